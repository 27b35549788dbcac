"""The texts that people are told, one file per recipient, template and language, and how values are put in.

A file is a subject line, an empty line, and the body. `$name` stands for a value; a line that names a value nobody
knows is left out. Values are put in as they are and never read as templates again. The files are read once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import get_args

from shared.events.fact import Language

VALUE = re.compile(r"\$([a-z_]+)")
FOLDER = Path(__file__).parent
LANGUAGES: tuple[Language, ...] = get_args(Language)

NOBODY: Mapping[Language, str] = {"zh-CN": "尊敬的顾客", "zh-TW": "尊敬的顧客", "en": "customer"}
"""How a customer is addressed whose name nobody knows."""

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head>
<body>
{paragraphs}
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Text:
    """One template in one language."""

    subject: "Line"
    lines: tuple["Line", ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: literal text and names of values in turn, beginning with text."""

    parts: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The values that it names."""
        return self.parts[1::2]

    def fill(self, values: Mapping[str, str]) -> str | None:
        """The line with its values, or None when one of them is not known."""
        parts = list(self.parts)
        for place in range(1, len(parts), 2):
            value = values.get(parts[place])
            if value is None:
                return None
            parts[place] = value
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Written:
    """A template with its values put in."""

    subject: str
    text: str
    html: str


class TemplateMissingError(LookupError):
    """No such template for this recipient; a notification policy names one that does not exist."""


def write(recipient: str, template: str, language: Language, values: Mapping[str, str]) -> Written:
    """The letter's words. Errors: TemplateMissingError."""
    found = load(recipient, template, language)
    known = {"customer_name": NOBODY[language], **{name: value for name, value in values.items() if value}}
    subject = " ".join((found.subject.fill(known) or known.get("number", "")).split())
    text = joined(filled for line in found.lines if (filled := line.fill(known)) is not None)
    return Written(subject, text, page(subject, text, language))


@cache
def load(recipient: str, template: str, language: Language) -> Text:
    """The template's file. Errors: TemplateMissingError."""
    try:
        content = (FOLDER / recipient / f"{template}.{language}.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TemplateMissingError(f"template {template} for the {recipient} in {language}: no such file") from None
    subject, _, body = content.partition("\n\n")
    return Text(read_line(subject.strip()), tuple(map(read_line, body.strip().split("\n"))))


def read_line(text: str) -> Line:
    """A line of a file."""
    return Line(tuple(VALUE.split(text)))


def joined(lines: Iterable[str]) -> str:
    """Lines as a text, without the empty lines that lines left out leave behind each other."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip() + "\n"


def page(subject: str, text: str, language: Language) -> str:
    """The same words as HTML: paragraphs and line breaks, everything else escaped."""
    paragraphs = "\n".join(
        f"<p>{escape(paragraph).replace(chr(10), '<br>' + chr(10))}</p>" for paragraph in text.strip().split("\n\n")
    )
    return PAGE.format(language=language, subject=escape(subject), paragraphs=paragraphs)
