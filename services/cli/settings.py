"""What the options of a command say, on top of the environment."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from shared.settings import CommonSettings, ServiceName

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of data, keys and run.json (GONGDAN_HOME, .gongdan).", show_default=False),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=0,
        max=65535,
        help="TCP port on loopback, 0 for a free one (GONGDAN_PORT, 8080).",
        show_default=False,
    ),
]


class Target(StrEnum):
    """What one process serves."""

    ALL = "all"
    INTAKE = "intake"
    ROUTING = "routing"
    NOTIFY = "notify"
    PROJECTION = "projection"

    @property
    def services(self) -> "tuple[ServiceName, ...]":
        """The services behind the word."""
        from shared.settings import SERVICES

        return tuple(service for service in SERVICES if self.value in {"all", service})


def common_settings(*, home: Path | None = None, port: int | None = None) -> "CommonSettings":
    """The settings that all services share, with the servers of the home folder where the environment names none."""
    from shared.settings import CommonSettings, with_servers

    return with_servers(CommonSettings(**given(home=home, port=port)))


def given(**options: Any) -> dict[str, Any]:
    """The options that were given; the others are left to the environment."""
    return {name: value for name, value in options.items() if value is not None}
