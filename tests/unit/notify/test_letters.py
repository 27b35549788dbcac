"""A delivery as a mail."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from services.notify.letters import STRANGER_GRACE, Composed, MailDue, compose
from services.notify.mime import Mailbox
from services.notify.senders import Later, Letter, Never
from shared.ids import derived_id
from tests.unit.notify.happenings import LIN, NOON, NUMBER, STORE, TICKET, some_policies

ORIGIN = Mailbox("好家居", "service@chain.example")
ID = derived_id("a delivery")


def due(**changes: Any) -> MailDue:
    one = MailDue(
        id=ID,
        first_id=ID,
        resends=0,
        ticket_id=TICKET,
        event_id=derived_id("an event"),
        event_type="ticket.opened",
        correlation_id=derived_id("a journey"),
        recipient="customer",
        recipient_id="c-1",
        template="opened",
        values={"number": NUMBER, "customer_name": "张伟", "store_id": STORE, "description": "杯子漏水"},
        attempts=1,
        planned_at=NOON,
        claimed_at=NOON,
        customer_email="zhang@customers.example",
        customer_language="zh-CN",
    )
    return replace(one, **changes)


def letter(**changes: Any) -> Letter:
    composed = compose(due(**changes), some_policies(), sender=ORIGIN)
    assert isinstance(composed, Composed), composed
    return composed.letter


def parsed(one: Letter) -> EmailMessage:
    return message_from_bytes(one.raw, policy=default)


def test_a_mail_says_who_to_whom_about_what() -> None:
    message = parsed(letter())
    assert message["From"] == "好家居 <service@chain.example>"
    assert message["To"] == "张伟 <zhang@customers.example>"
    assert NUMBER in message["Subject"]
    assert "我们收到了" in message["Subject"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOON


def test_subject_and_body_are_utf8_in_seven_bits() -> None:
    raw = letter().raw
    assert raw.isascii()
    assert b"\r\n" in raw
    plain = parsed(letter()).get_body(("plain",))
    assert plain is not None
    assert plain.get_content_charset() == "utf-8"
    assert "杯子漏水" in plain.get_content()


def test_there_is_the_same_as_html() -> None:
    html = parsed(letter()).get_body(("html",))
    assert html is not None
    assert "杯子漏水" in html.get_content()


def test_a_letter_written_again_is_the_same_to_the_byte() -> None:
    assert letter() == letter()


def test_a_resend_keeps_the_message_id() -> None:
    first, again = letter(), letter(id=derived_id("a resend"), resends=1)
    assert first.message_id == again.message_id == f"<{ID}@chain.example>"
    assert first.delivery_id != again.delivery_id


def test_the_letters_of_a_ticket_are_one_thread() -> None:
    one, other = parsed(letter()), parsed(letter(first_id=derived_id("another"), template="resolved"))
    assert one["References"] == other["References"] == one["In-Reply-To"]
    assert one["Message-ID"] != other["Message-ID"]


def test_each_recipient_is_written_to_in_their_own_language() -> None:
    composed = compose(due(customer_language="en"), some_policies(), sender=ORIGIN)
    assert isinstance(composed, Composed)
    assert composed.template == "opened@en"
    assert "Wulin" in composed.letter.text


def test_a_store_and_a_technician_are_found_in_the_policies() -> None:
    assert letter(recipient="store", recipient_id=STORE).address == "wulin@stores.example"
    assert letter(recipient="technician", recipient_id=LIN).address == "lin@crew.example"


def test_a_person_without_address_is_never_written_to() -> None:
    for changes in ({"customer_email": None}, {"recipient": "technician", "recipient_id": "t-wang"}):
        outcome = compose(due(**changes), some_policies(), sender=ORIGIN)
        assert isinstance(outcome, Never)
        assert outcome.reason == "no_address"


def test_an_unknown_store_may_still_become_known() -> None:
    stranger = due(recipient="store", recipient_id="hz-new")
    assert isinstance(compose(stranger, some_policies(), sender=ORIGIN), Later)
    late = compose(replace(stranger, claimed_at=NOON + STRANGER_GRACE), some_policies(), sender=ORIGIN)
    assert isinstance(late, Never)


def test_an_address_or_a_name_cannot_smuggle_headers_in() -> None:
    for address in ("a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "<a@b.example>", "nobody"):
        assert isinstance(compose(due(customer_email=address), some_policies(), sender=ORIGIN), Never)
    message = parsed(letter(values={"number": NUMBER, "customer_name": "Z\r\nBcc: c@d.example"}))
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "zhang@customers.example"


def test_an_international_domain_is_written_in_ascii() -> None:
    assert letter(customer_email="li@例子.example").address == "li@xn--fsqu00a.example"


def test_an_address_that_mail_cannot_carry_is_refused() -> None:
    outcome = compose(due(customer_email="李@b.example"), some_policies(), sender=ORIGIN)
    assert isinstance(outcome, Never)
    assert outcome.reason == "refused"


def test_the_time_to_accept_is_shown_on_the_chains_clock() -> None:
    values = {"number": NUMBER, "accept_by": NOON.isoformat(), "technician_id": LIN, "store_id": STORE}
    assert "20:00" in letter(recipient="technician", recipient_id=LIN, template="assigned", values=values).text


def test_an_unknown_template_is_refused_by_name() -> None:
    outcome = compose(due(template="unknown"), some_policies(), sender=ORIGIN)
    assert isinstance(outcome, Never)
    assert "unknown" in outcome.detail
