"""The local mailbox: what would have been mailed if a mail server were set.

JSON; a page for a browser; each message raw.
"""

from html import escape
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.notify.http.access import (
    MAIL_READERS,
    Asked,
    ListedMails,
    foreign,
    narrowed_to,
    page_of,
    pool_of,
    reached,
    read_cursor,
)
from services.notify.store.mailbox import Mail, find_raw, list_mails
from shared.errors import Refused
from shared.http import Json
from shared.identity.principal import Principal

router = APIRouter(tags=["mailbox"])

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>Gongdan · 本地邮箱</title>
<style>body{{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #ccc;border-radius:.5rem;padding:.5rem 1rem;margin:1rem 0}}
pre{{white-space:pre-wrap;font:inherit}}small{{color:#666}}h2{{font-size:1.1rem}}</style></head>
<body><h1>本地邮箱 · local mailbox</h1><p>{count} 封 · mails</p>
{mails}
</body></html>
"""
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@router.get("/mailbox")
async def get_mailbox(
    request: Request, principal: Annotated[Principal, MAIL_READERS], asked: Annotated[ListedMails, Query()]
) -> Response:
    """The mails, newest first: as a page where a browser (or `format=html`) asks, else as JSON."""
    before = read_cursor(asked.cursor)
    await reached(request, asked)
    mails = await list_mails(
        pool_of(request),
        scope=narrowed_to(principal),
        limit=asked.limit,
        ticket_id=asked.ticket_id,
        address=asked.to,
        before=before,
    )
    if asked.form == "html" or (asked.form is None and "text/html" in request.headers.get("accept", "")):
        return html_page(mails)
    return Json(page_of([document(mail) for mail in mails], [mail.place for mail in mails], limit=asked.limit))


@router.get("/mailbox/{mail_id}")
async def get_mail(
    request: Request, principal: Annotated[Principal, MAIL_READERS], mail_id: UUID, asked: Annotated[Asked, Query()]
) -> Json:
    """One mail."""
    await reached(request, asked)
    return Json(document(await find(request, principal, mail_id)))


@router.get("/mailbox/{mail_id}/raw")
async def get_raw_mail(
    request: Request, principal: Annotated[Principal, MAIL_READERS], mail_id: UUID, asked: Annotated[Asked, Query()]
) -> Response:
    """The message as it would have gone over SMTP, byte for byte."""
    await reached(request, asked)
    found = await find(request, principal, mail_id)
    raw = await find_raw(pool_of(request), found.delivery_id)
    return Response(raw or b"", media_type="message/rfc822")


async def find(request: Request, principal: Principal, mail_id: UUID) -> Mail:
    """The mail, if there is one and this principal may see it. Errors: Refused (403, 404)."""
    found = await list_mails(pool_of(request), scope=narrowed_to(principal), limit=1, delivery_id=mail_id)
    if found:
        return found[0]
    if await find_raw(pool_of(request), mail_id) is not None:
        raise foreign(principal)
    raise Refused(404, "Unknown mail", f"no mail {mail_id} here")


def document(mail: Mail) -> dict[str, Any]:
    """A mail as JSON values. Its id is its delivery's."""
    return {
        "id": mail.delivery_id,
        "delivery_id": mail.delivery_id,
        "ticket_id": mail.ticket_id,
        "ticket_number": mail.ticket_number,
        "message_id": mail.message_id,
        "from": mail.sender,
        "to": mail.address,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "received_at": mail.received_at,
        "raw": f"/notify/mailbox/{mail.delivery_id}/raw",
    }


def html_page(mails: list[Mail]) -> Response:
    """The mails for a person."""
    articles = "\n".join(
        f"<article><h2>{escape(mail.subject)}</h2><small>{mail.received_at:%Y-%m-%d %H:%M:%S} UTC · "
        f"{escape(mail.sender)} → {escape(mail.address)} · {escape(mail.ticket_number or '')} · "
        f'<a href="/notify/mailbox/{mail.delivery_id}/raw">raw</a></small><pre>{escape(mail.text)}</pre></article>'
        for mail in mails
    )
    content = PAGE.format(count=len(mails), mails=articles)
    headers = {"content-security-policy": CONTENT_SECURITY_POLICY}
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)
