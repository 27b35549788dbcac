"""What nobody should have written is kept, its bytes unchanged, by every reader of the log."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.chaos.checks.broken import Broken
from tests.chaos.log_reader import Injected

KEPT = "what cannot be read is kept with its bytes unchanged, by every reader"
ONLY_FOREIGN = "nothing of ours is set aside"

READERS = ("/intake", "/routing", "/notify", "/projection")
NOT_CARRIED = frozenset({"big", "double"})
"""Too big for a record with a reason beside it (its row keeps it); read before, and skipped."""
OURS = "gongdan_dead_"


def all_kept(injected: Iterable[Injected], dead: Iterable[Injected]) -> Iterator[Broken]:
    """`dead`: what lies on the dead-letter topic."""
    by_place: dict[str, list[tuple[str, Injected]]] = {}
    for letter in dead:
        headers = dict(letter.headers)
        place, reader = ((headers.get(f"{OURS}{name}") or b"").decode() for name in ("place", "source"))
        by_place.setdefault(place, []).append((reader, letter))
    for record in injected:
        if record.kind in NOT_CARRIED:
            continue
        found = by_place.get(record.place, [])
        readers = Counter(reader for reader, _ in found)
        if readers != Counter(READERS):
            yield Broken(KEPT, f"{record.place} ({record.kind}) was kept by {dict(readers)}")
        for reader, letter in found:
            if as_it_was(letter) != (record.key, record.headers, record.value):
                yield Broken(KEPT, f"{letter.place}: {reader} changed {record.place} ({record.kind})")


def as_it_was(letter: Injected) -> tuple[bytes | None, tuple[tuple[str, bytes | None], ...], bytes | None]:
    """A dead letter without what its reader wrote on it."""
    headers = tuple((name, value) for name, value in letter.headers if not name.startswith(OURS))
    return letter.key, headers, letter.value
