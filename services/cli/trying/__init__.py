"""`gongdan try <part>`: the pure parts at full speed, without a server: a line in, one JSON line out.

`command.py` makes a command of each part, `lines.py` reads and writes; each part is one small file with a function
`part(<its options>)` that answers how one document is answered.
"""

from typing import Final

PARTS: Final[dict[str, str]] = {
    "address": "services.cli.trying.address",
    "due": "services.cli.trying.due",
    "dispatch": "services.cli.trying.dispatch",
    "pair": "services.cli.trying.pair",
    "phone": "services.cli.trying.phone",
    "text": "services.cli.trying.text",
}
"""Part → its module, imported when it is called. The module has

* `part(**options) -> Callable[[Mapping[str, Any]], dict[str, Any]]`: Typer takes the command's options from its
  signature and its help from its docstring; imports of what is slow to load stand inside;
* `TAKES`: `"text"` where a line may also be plain text (it comes as `{"text": …}`), `"json"` where it is a document.

What the returned function raises as `Unreadable`, `ValueError` or `Refused` becomes the line's error.
"""
