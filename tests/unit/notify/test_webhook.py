"""What a subscriber is sent, and where webhooks may go."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook, WebhookVerificationError

from services.notify.http.subscriptions import is_taken, new_secret
from services.notify.policy.plan import Ticket, take_in
from services.notify.policy.subscribers import Subscriber, body_of, wanting
from services.notify.senders import Later, Never, Sent
from services.notify.senders.webhook import (
    Call,
    ForbiddenAddress,
    Reach,
    check_url,
    failed,
    guarded_socket,
    headers_of,
    judge,
    reach_of,
    retry_after_s,
)
from services.notify.settings import Settings
from shared.clock import now
from shared.events.registry import encode
from shared.ids import derived_id
from tests.unit.notify.happenings import TICKET, an_event, opened, replied

SECRET = new_secret()


def a_call(**changes: Any) -> Call:
    event = an_event(replied("好"))
    fields: dict[str, Any] = {
        "url": "https://a.example/hook",
        "secret": SECRET,
        "event_id": event.id,
        "delivery_id": derived_id("a delivery"),
        "sequence": 7,
        "body": body_of(event, encode(event.data)),
        "at": now(),
    }
    return Call(**(fields | changes))


def test_the_reference_library_verifies_the_signature() -> None:
    call = a_call()
    headers = headers_of(call)
    assert Webhook(SECRET).verify(call.body, headers)["id"] == headers["webhook-id"] == str(call.event_id)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(call.body + b" ", headers)


def test_our_own_headers_say_which_delivery_and_which_place() -> None:
    headers = headers_of(a_call())
    assert headers["Gongdan-Delivery-Id"] == str(derived_id("a delivery"))
    assert headers["Gongdan-Sequence"] == "7"


def test_the_body_is_the_event_as_recorded_in_the_form_of_cloudevents() -> None:
    event = an_event(opened())
    value = encode(event.data)
    body = body_of(event, value)
    assert value in body, "the data is there byte for byte"
    headers = {"content-type": "application/cloudevents+json"}
    read = from_structured_event(HTTPMessage(headers, body), JSONFormat())
    assert read.get_id() == str(event.id)
    assert read.get_source() == "/intake"
    assert read.get_type() == "ticket.opened"
    assert read.get_subject() == str(TICKET)
    assert read.get_time() == event.occurred_at
    assert read.get_extension("sequence") == 1
    assert read.get_data() == orjson.loads(value)


def test_subscribers_get_what_they_named() -> None:
    def one(*types: str) -> Subscriber:
        return Subscriber(id=derived_id(*types), event_types=frozenset(types), ordered=True)

    every, kind, exact, other = one("*"), one("ticket.*"), one("ticket.opened", "x.y"), one("approval.*")
    assert wanting([every, kind, exact, other], "ticket.opened", ()) == [every, kind, exact]
    assert wanting([every, kind, exact, other], "notification.sent", ()) == [every]


def test_an_integration_gets_what_belongs_to_its_own_contacts_only() -> None:
    shop = Subscriber(id=derived_id("shop"), event_types=frozenset("*"), ordered=True, sender="integration:shop")
    assert wanting([shop], "ticket.opened", ("integration:shop",)) == [shop]
    assert wanting([shop], "ticket.replied", ("agent:li", "integration:shop")) == [shop]
    assert wanting([shop], "ticket.replied", ("agent:li", "integration:till")) == []


def test_a_ticket_keeps_the_integrations_that_sent_its_contacts_once_each() -> None:
    ticket = Ticket(ticket_id=TICKET)
    for actor in ("integration:shop", "system:routing", "agent:li", "integration:till", "integration:shop"):
        ticket = take_in(ticket, None, actor=actor)
    assert ticket.senders == ("integration:shop", "integration:till")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, Sent), (204, Sent), (429, Later), (500, Later), (503, Later), (302, Never), (400, Never), (410, Never)],
)
def test_only_429_and_5xx_are_tried_again(status: int, kind: type) -> None:
    assert isinstance(judge(status, "", None), kind)


def test_no_answer_is_tried_again_and_a_forbidden_address_is_not() -> None:
    assert isinstance(failed(TimeoutError()), Later)
    assert isinstance(failed(aiohttp.ServerDisconnectedError()), Later)
    refused = failed(ForbiddenAddress("10.0.0.1 is not a public address"))
    assert isinstance(refused, Never)
    assert refused.reason == "forbidden_address"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_private_addresses_are_refused_in_whatever_form(address: str) -> None:
    assert reach_of(address) > Reach.PUBLIC
    with pytest.raises(ForbiddenAddress):
        guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)), reach=Reach.PUBLIC)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_are_reached(address: str) -> None:
    assert reach_of(address) is Reach.PUBLIC


@pytest.mark.parametrize(
    ("address", "reach"),
    [("127.0.0.1", Reach.LOOPBACK), ("::1", Reach.LOOPBACK), ("127.0.0.1", Reach.PRIVATE), ("10.0.0.1", Reach.PRIVATE)],
)
def test_the_settings_allow_near_addresses(address: str, reach: Reach) -> None:
    with guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)), reach=reach) as made:
        assert made.family == socket.AF_INET


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "fe80::1", "fc00::1", "::ffff:10.0.0.1"]
)
def test_where_loopback_is_allowed_private_and_link_local_addresses_are_not(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)), reach=Reach.LOOPBACK)
    host = f"[{address}]" if ":" in address else address
    assert check_url(f"http://{host}/", reach=Reach.LOOPBACK)
    assert check_url(f"http://{host}/", reach=Reach.PRIVATE) is None


def test_only_the_explicit_setting_reaches_further_than_loopback(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).webhook_reach is Reach.PUBLIC
    assert Settings(home=tmp_path, notify_webhook_loopback=True).webhook_reach is Reach.LOOPBACK
    assert Settings(home=tmp_path, notify_webhook_private=True).webhook_reach is Reach.PRIVATE


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "https:///path",
        "nothing",
        "https://user:pass@a.example/",
        "http://[::1",
        "http://a.example:99999/",
        "http://127.0.0.1:80/",
        "http://[::ffff:10.0.0.1]/",
        "http://localhost/",
        "http://x.localhost./",
    ],
)
def test_urls_that_cannot_be_a_subscribers_are_refused(url: str) -> None:
    assert check_url(url, reach=Reach.PUBLIC)


def test_names_and_allowed_private_urls_are_taken() -> None:
    assert check_url("https://a.example:8443/hook?x=1", reach=Reach.PUBLIC) is None
    assert check_url("http://127.0.0.1:9000/hook", reach=Reach.LOOPBACK) is None
    assert check_url("http://localhost:9000/hook", reach=Reach.LOOPBACK) is None


@pytest.mark.parametrize("secret", ["", "whsec_", "a", "whsec_a", "密"])
def test_secrets_that_the_reference_library_refuses_are_refused(secret: str) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it raises
        Webhook(secret)
    assert not is_taken(secret)


def test_a_secret_made_here_is_taken() -> None:
    assert is_taken(new_secret())
    assert is_taken("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert new_secret() != new_secret()


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert retry_after_s("120", at) == 120
    assert retry_after_s("Sun, 22 Nov 2026 12:01:00 GMT", at) == 60
    assert retry_after_s("Sun, 22 Nov 2026 11:00:00 GMT", at - timedelta(0)) == 0
    assert retry_after_s("soon", at) is None
    assert retry_after_s(None, at) is None
