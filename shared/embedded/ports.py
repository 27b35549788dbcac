"""Ports on loopback: the one from last time while it is free, else another free one."""

import secrets
import socket

from shared.embedded.errors import CannotServe

HOST = "127.0.0.1"

FIRST_PORT = 20_000
LAST_PORT = 29_999
"""Below the range from which systems take the ports of outgoing connections, so that a remembered port stays free."""

TRIES_MAX = 200


def choose_port(remembered: int, taken: set[int]) -> int:
    """A port that can be bound now: `remembered` (0: none) if possible; none of `taken`, to which it is added."""
    for port in (remembered, *(_random_port() for _ in range(TRIES_MAX))):
        if port and port not in taken and is_free(port):
            taken.add(port)
            return port
    raise CannotServe(
        f"None of {TRIES_MAX} ports tried between {FIRST_PORT} and {LAST_PORT} on {HOST} is free.",
        remedy="End what listens there (`ss -ltnp` shows it), or allow this program to listen.",
    )


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as servers do: a connection that lingers is no hindrance
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether something accepts connections on this port of loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((HOST, port)) == 0


def _random_port() -> int:
    return FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT + 1)
