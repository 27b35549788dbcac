"""The four services as four processes, with a mail server of somebody else's: the same story, the same code."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.cli.sample import DEPLOY, sample_policies
from tests.e2e.stores import a_store, a_visit
from tests.integration.notify.mail_server import MailServer, mail_server
from tests.support.door import SERVICES, Door, open_doors
from tests.support.eventually import eventually
from tests.support.program import command, served, servers, token
from tests.support.servers import temporary_home


@pytest.fixture(scope="module")
async def mails() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with temporary_home() as folder, servers(folder):
        yield folder


@pytest.fixture(scope="module")
async def apart(home: Path, mails: MailServer) -> AsyncIterator[Door]:
    """A door to four processes; the sample's policies are published, its customers imported."""
    environment = {"GONGDAN_NOTIFY_SMTP_URL": mails.url}
    tokens = {role: token(home, role, name=role) for role in ("integration", "agent", "boss", "auditor")}
    with ExitStack() as stack:
        urls = {one: stack.enter_context(served(home, one, environment=environment)).url for one in SERVICES}
        async with open_doors(urls, tokens) as door:
            policies = [{"kind": kind, "name": name, "body": body} for kind, name, body in sample_policies()]
            published = await door.call("PUT", "/routing/policies", "boss", json={"policies": policies})
            assert published.status_code == 200, published.text
            customers = (DEPLOY / "sample" / "customers.csv").read_bytes()
            kind = {"Content-Type": "text/csv"}
            imported = await door.call(
                "POST", "/intake/customers:import", "integration", content=customers, headers=kind
            )
            assert imported.status_code == 200, imported.text
            yield door


async def test_four_processes_do_together_what_one_does(apart: Door, mails: MailServer, home: Path) -> None:
    store = await a_store(apart, 3)
    contact = await apart.contact(a_visit(store))
    shown = await apart.ticket_when(contact["ticket_id"], within_s=15, status="offered")
    assert shown["technician_id"] in store.technicians
    accepted = await apart.command(contact["ticket_id"], "accept", expected_version=shown["version"])
    after = await apart.ticket(contact["ticket_id"], at_least=accepted["position"])
    assert after["status"] == "accepted"
    arrived = await eventually(lambda: [mail for mail in mails.taken if "c00082@mail.example" in str(mail["To"])], 30)
    assert contact["ticket_number"] in str(arrived[0]["Subject"])
    assert (await apart.get("/notify/mailbox", ticket_id=contact["ticket_id"]))["items"] == []
    command("rebuild", "--check", "--home", str(home))


def test_the_status_of_the_servers_tells_no_password(home: Path) -> None:
    databases = json.loads((home / "servers.json").read_bytes())["databases"]
    said = command("servers", "status", "--home", str(home))
    for name, url in databases.items():
        parts = urlsplit(url)
        assert f"@{parts.hostname}:{parts.port}/{name}" in said
        assert parts.password
        assert parts.password not in said
