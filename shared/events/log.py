"""The log's own record: where one leader of a relay ended and the next began."""

from typing import ClassVar

from shared.events.fact import Fact, Source


class LogFenced(Fact):
    """A relay took a new producer epoch: nothing older of that relay comes after this record.

    Every reader steps over it.

    `SOURCE` is nominal: each service's relay writes its own, the one named exception to one owner per type beside
    the dead letters.
    """

    TYPE: ClassVar[str] = "log.fenced"
    SOURCE: ClassVar[Source] = "/intake"

    service: str
    term: int
