"""What our own writer of messages writes is what the standard library reads."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.mime import Mailbox, encoded_words, one_line, write_message
from tests.unit.notify.happenings import NOON

SENDER = Mailbox("好家居", "service@chain.example")
lines = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)
words = lines.map(one_line)
names = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60).map(one_line)


def a_message(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "sender": SENDER,
        "to": Mailbox("", "zhang@customers.example"),
        "subject": "Hello",
        "at": NOON,
        "headers": [("Message-ID", "<1@chain.example>")],
        "text": "Hello\n",
        "html": "<p>Hello</p>",
        "boundary": "=_1",
    }
    return write_message(**(fields | changes))


def read(raw: bytes) -> EmailMessage:
    message: Any = message_from_bytes(raw, policy=default)
    assert message.defects == []
    return message  # type: ignore[no-any-return] # the policy makes it one


@given(subject=words)
def test_every_subject_is_read_as_it_was_written(subject: str) -> None:
    assert str(read(a_message(subject=subject))["Subject"]) == subject


@given(name=names)
def test_every_name_is_read_as_it_was_written(name: str) -> None:
    raw = message_from_bytes(a_message(to=Mailbox(name, "zhang@customers.example")))["To"]
    # `email.policy.default` of Python 3.11 puts a space between two encoded words of a name; the older way does not.
    written, address = parseaddr(str(raw))
    assert address == "zhang@customers.example"
    assert str(make_header(decode_header(written.replace("\r\n", "")))) == name


@given(texts=st.lists(lines, max_size=5))
def test_every_text_is_read_as_it_was_written(texts: list[str]) -> None:
    text = "\n".join(texts)
    message = read(a_message(text=text, html=text))
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert body.get_content().rstrip("\r\n").splitlines() == text.rstrip("\n").splitlines()


@given(subject=words, name=names, text=lines)
def test_lines_are_ascii_and_short(subject: str, name: str, text: str) -> None:
    raw = a_message(subject=subject, to=Mailbox(name, "zhang@customers.example"), text=text)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 150
    assert b"\n" not in raw.replace(b"\r\n", b"")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_encoded_word_holds_whole_characters(text: str) -> None:
    assert all(len(word) <= 75 for word in encoded_words(text).split("\r\n "))


@pytest.mark.parametrize("text", ["a\r\nBcc: b@c.example", "a\nBcc: b@c.example", "=?utf-8?b?QQ==?="])
def test_no_value_becomes_another_header(text: str) -> None:
    message = read(a_message(subject=text, to=Mailbox(text, "zhang@customers.example")))
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "zhang@customers.example"
