"""The offer ladder: who is asked next when an offer runs out, and when the circle is widened. It only foretells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from services.routing.dispatch.candidates import Asking, Call, sieve
from services.routing.dispatch.group import Group
from services.routing.dispatch.members import Member
from services.routing.dispatch.rules import AUTOMATIC, Rules, terms_of, units_of
from services.routing.dispatch.score import set_standings
from services.routing.dispatch.waiting import WaitingTicket
from shared.ids import TechnicianId

RUNGS_MAX = 20
MembersAt = Callable[[datetime], Sequence[Member]]


@dataclass(frozen=True, slots=True)
class Rung:
    """One offer to come: to whom, when, on which step of the policy's ladder (0: before its first)."""

    technician_id: TechnicianId
    at: datetime
    step: int


def rungs(
    members_at: MembersAt, ticket: WaitingTicket, asking: Asking, *, accept_s: float, limit: int = RUNGS_MAX
) -> list[Rung]:
    """Who would be asked one after the other from now on if everybody let `accept_s` pass, while nothing else changes.

    `members_at` answers the members as they are now, with the shifts that they have around another moment. Where nobody
    is left, the ladder waits for its next step and goes on there; it ends where no step is left, or where the choice is
    not dispatch's own any more (a pool, a dispatcher).
    """
    return list(islice(_climb(members_at, ticket, asking, accept_s), limit))


def next_change_at(ticket: WaitingTicket, rules: Rules, now: datetime) -> datetime | None:
    """The next instant after now at which waiting alone changes who may be asked: a step, relaxation, a decline's end.

    None when there is none. It is when a crew is worth another look although nothing happened.
    """
    since = ticket.waiting_since or ticket.opened_at
    waits_s = [step.after_s for step in rules.ladder if len(ticket.asked) >= step.after_offers]
    if ticket.wants.additional and rules.relax_after_s is not None:
        waits_s.append(rules.relax_after_s)
    instants = [since + timedelta(seconds=wait_s) for wait_s in waits_s]
    pause = timedelta(seconds=rules.declined_again_after_s)
    instants += [at + pause for _, at in ticket.wants.declined]
    return min((at for at in instants if at > now), default=None)


def _climb(members_at: MembersAt, ticket: WaitingTicket, asking: Asking, accept_s: float) -> Iterator[Rung]:
    while True:
        terms = terms_of(ticket, asking.rules, asking.now)
        if terms.mode not in AUTOMATIC:
            return
        members = members_at(asking.now)
        set_standings(members, asking.rules)
        call = Call(ticket, terms, units_of(ticket, asking.rules), asking, {})
        group = Group(call, sieve(members, call))
        best = group.weigh(()).best_first
        if best:
            chosen = best[0].member.id
            yield Rung(chosen, asking.now, terms.step)
            ticket = replace(ticket, asked=ticket.asked | {chosen})
            asking = replace(asking, now=asking.now + timedelta(seconds=accept_s))
            continue
        later = next_change_at(ticket, asking.rules, asking.now)
        if later is None:
            return
        asking = replace(asking, now=later)
