"""What `gongdan run` prints when all is up: where to look, and lines that can be pasted."""

import shlex
import sys
from pathlib import Path

import orjson
from rich.console import Console

from services.cli.runfile import curl_file
from services.cli.sample import SAMPLE_STORE_ID
from shared.ids import uuid7
from shared.settings import CommonSettings

CUP = {
    "store_id": SAMPLE_STORE_ID,
    "clerk": "小陈",
    "customer": {"name": "王芳", "phone": "138 0013 8000"},
    "description": "杯子漏水，刚买一个星期",
}


def welcome(console: Console, settings: CommonSettings, url: str) -> None:
    """Print addresses, the commands to look with, and three lines for curl (tokens stand in files of the home)."""
    console.print(f"\n[bold green]Gongdan 工單[/] [bold]{url}[/]   data in {settings.home}\n")
    for what, path in (
        ("documentation 文档", "/intake/docs · /routing/docs · /notify/docs · /projection/docs"),
        ("mailbox 邮箱", mailbox_line(settings, url)),
        ("tokens 令牌", f"{settings.home}/run.json"),
        ("log 日志", f"{settings.home}/logs/gongdan.log"),
    ):
        console.print(f"  {what:18} {path}")
    console.print("\n[bold]Paste one of these 试一试[/]\n")
    for line in curl_lines(settings, url):
        console.print(line, markup=False)
    tail, show = (command_line(settings, words) for words in ("tail", "show GD-…"))
    console.print(f"\n[dim]{tail} · {show} · Ctrl-C stops everything, the data stays 数据会保留[/]\n", highlight=False)


def curl_lines(settings: CommonSettings, url: str) -> list[str]:
    """Post a contact as the till does, list tickets as an agent does, see the store's board as its staff does."""
    visit = {"visit_id": f"V-{uuid7().hex[-12:]}", **CUP}
    body = shlex.quote(orjson.dumps(visit).decode())
    return [
        f"{_curl(settings, 'integration')} {url}/intake/store/contacts -H 'Content-Type: application/json' -d {body}",
        f"{_curl(settings, 'agent')} '{url}/projection/tickets?limit=3'",
        f"{_curl(settings, 'store')} {url}/projection/stores/{SAMPLE_STORE_ID}/board",
    ]


def mailbox_line(settings: CommonSettings, url: str) -> str:
    """How a person gets the mailbox as a page: a browser by itself shows no token."""
    return f"{_curl(settings, 'agent')} '{url}/notify/mailbox?format=html' -o mailbox.html"


def command_line(settings: CommonSettings, words: str) -> str:
    """A command as it is to be typed in this folder, with the home where that is not the one of itself."""
    program = Path(sys.executable).with_name("gongdan")
    shown = program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program
    default = CommonSettings.model_fields["home"].default
    home = "" if settings.home == Path(default).absolute() else f" --home {shlex.quote(str(settings.home))}"
    return f"{shlex.quote(str(shown))} {words}{home}"


def _curl(settings: CommonSettings, role: str) -> str:
    return f"curl -sSK {shlex.quote(str(curl_file(settings.home, role)))}"
