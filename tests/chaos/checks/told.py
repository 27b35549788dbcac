"""Law 7: nobody is told twice, and nobody is left untold without a visible reason."""

from collections.abc import Collection, Iterable, Iterator

from tests.chaos.checks.broken import Broken
from tests.chaos.checks.log import Index
from tests.chaos.log_reader import Raw

ONCE = "nobody is told twice"
VISIBLE = "nobody is left untold without a visible reason"
NO_OTHER = "no letter goes out that the log does not tell of"

RULES = {
    "ticket.opened": ("customer", "store"),
    "ticket.assigned": ("customer", "technician", "store"),
    "ticket.replied": ("customer",),
    "ticket.resolved": ("customer", "store"),
}
"""Who is to be told of what, as the chain's rules say."""
SAY_STORE = ("ticket.opened", "ticket.routed", "ticket.assigned")
ENDS = ("notification.sent", "notification.failed", "notification.suppressed")


def check_told(index: Index, letters: Collection[str]) -> list[Broken]:
    """Every claim of this module. `letters`: the delivery id of each letter in the mailbox, as often as it is there."""
    ends = [fact for kind in ENDS for fact in index.by_type[kind]]
    return [*once(ends), *visible(index, ends), *no_other(index.by_type["notification.sent"], letters)]


def once(ends: Iterable[Raw]) -> Iterator[Broken]:
    """One end for each event and recipient."""
    seen: dict[tuple[str, str, str], Raw] = {}
    for fact in ends:
        key = (fact.data["about_event_id"], fact.data["recipient"], fact.data["channel"])
        before = seen.setdefault(key, fact)
        if before is not fact:
            yield Broken(ONCE, f"{fact.place}: {key} ended at {before.place} already")


def visible(index: Index, ends: Iterable[Raw]) -> Iterator[Broken]:
    """Every event that somebody is to be told of has an end for each of them."""
    ended = {(fact.data["about_event_id"], fact.data["recipient"]) for fact in ends}
    with_store = {fact.subject for kind in SAY_STORE for fact in index.by_type[kind] if fact.data.get("store_id")}
    for kind, recipients in RULES.items():
        for fact in index.by_type[kind]:
            knows_store = fact.data.get("store_id") if kind == "ticket.opened" else fact.subject in with_store
            for recipient in recipients:
                if (fact.id, recipient) not in ended and (recipient != "store" or knows_store):
                    yield Broken(VISIBLE, f"{fact.place} {kind} {fact.id}: nothing says what {recipient} was told")


def no_other(sent: Iterable[Raw], letters: Collection[str]) -> Iterator[Broken]:
    """The mailbox holds each letter that was sent, once, and no other."""
    told = {fact.data["delivery_id"]: fact for fact in sent}
    counted: set[str] = set()
    for letter in letters:
        if letter in counted:
            yield Broken(ONCE, f"letter {letter} lies in the mailbox twice")
        if letter not in told:
            yield Broken(NO_OTHER, f"letter {letter} lies in the mailbox, nothing in the log says so")
        counted.add(letter)
    for delivery_id in told.keys() - counted:
        yield Broken(NO_OTHER, f"{told[delivery_id].place}: letter {delivery_id} was sent, and is not in the mailbox")
