"""Places where a test can make this process die or stop, to prove that a crash there is harmless.

`GONGDAN_FAILPOINTS="relay.after_produce=kill:3,reader.before_commit=stop"` names places; `kill` ends the process as
`kill -9` does, `stop` freezes it as SIGSTOP does, `raise` raises; `:n` lets it pass n - 1 times first. Unset
(always, in production) each call is one comparison with an empty dictionary.
"""

import os
import signal

FAILPOINTS: dict[str, tuple[str, int]] = {}


class FailpointHit(RuntimeError):  # noqa: N818 - not an error: a test asked for it
    """Raised by a failpoint set to `raise`."""


def read_failpoints(text: str) -> dict[str, tuple[str, int]]:
    """`place=action[:n]`, separated by commas."""
    points = {}
    for entry in filter(None, text.split(",")):
        place, _, action = entry.partition("=")
        name, _, count = action.partition(":")
        points[place] = (name, int(count or "1"))
    return points


FAILPOINTS.update(read_failpoints(os.environ.get("GONGDAN_FAILPOINTS", "")))  # noqa: TID251 - of every process


def failpoint(place: str) -> None:
    """Do what the environment asks for at `place`; nothing, unless it names it."""
    if not FAILPOINTS or place not in FAILPOINTS:
        return
    action, left = FAILPOINTS[place]
    FAILPOINTS[place] = (action, left - 1)
    if left != 1:
        return
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case _:
            raise FailpointHit(place)
