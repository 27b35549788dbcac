"""Who gets it: dispatch's offers, a person's assignment, and the way back after a reopening. Never over capacity."""

from dataclasses import dataclass
from datetime import datetime

from services.routing.ticket.commands import AnyPersonCommand, Asked, Assign, Offer, Reopen, Resume
from services.routing.ticket.deadlines import accept_by
from services.routing.ticket.evolve import RoutingDecision
from services.routing.ticket.places import place_of
from services.routing.ticket.seen import seen_by
from services.routing.ticket.state import TicketState
from services.routing.ticket.transitions import Rules, refusal
from shared.errors import FieldError
from shared.events.fact import Decision
from shared.events.routing import TicketAssigned, TicketReopened
from shared.ids import StoreId, TechnicianId
from shared.policies import Policies, Technician


@dataclass(frozen=True, slots=True)
class Chosen:
    """A technician of a store, in which round they are asked, and why they."""

    store_id: StoreId
    technician_id: TechnicianId
    round: int
    decision: Decision


def offer(state: TicketState, command: Offer, policies: Policies, now: datetime) -> list[RoutingDecision]:
    """Dispatch's choice, if the ticket still waits on that crew's list and they were not asked in this round."""
    place = place_of(state)
    workflow = policies.workflow(state.known.workflow)
    if place is None or workflow is None or place.store_id != command.store_id:
        return []
    if command.technician_id in place.asked:
        return []
    chosen = Chosen(command.store_id, command.technician_id, state.known.round, command.decision)
    return [_assigned(state, chosen, Rules(workflow, policies, now))]


def assign(state: TicketState, asked: Asked, command: Assign, rules: Rules) -> list[RoutingDecision]:
    """A person's choice: of whoever has room, on duty or not, asked before or not; it begins a new round."""
    found = rules.policies.technician(command.technician_id)
    store_id = command.store_id or state.known.store_id or (found[0] if found else None)
    if found is None or found[0] != store_id:
        expected = f"a technician of store {store_id}" if store_id else "a technician of some store"
        error = FieldError("technician_id", expected, command.technician_id)
        raise refusal(state, asked, rules.policies, f"{command.technician_id} is not {expected}", error)
    technician = found[1]
    if _held(asked, technician) >= technician.capacity:
        error = FieldError("technician_id", f"somebody with fewer than {technician.capacity}", technician.id)
        raise refusal(
            state, asked, rules.policies, f"{technician.id} is full ({technician.capacity} tickets at once)", error
        )
    why = _why("assigned_by_person", {"zh": "由人指派", "en": "assigned by a person"}, asked, found, rules)
    # A new round: whoever said no before this choice may be asked again after it.
    next_round = state.known.round + 1 if state.known.asked else state.known.round
    return [_assigned(state, Chosen(found[0], TechnicianId(technician.id), next_round, why), rules)]


def reopen(state: TicketState, asked: Asked, command: Reopen, rules: Rules) -> list[RoutingDecision]:
    """Back to its technician if they are there and have room, else it waits for one."""
    reopened = TicketReopened(seen=seen_by(state), reason=command.reason)
    technician_id = state.known.technician_id
    found = rules.policies.technician(technician_id) if technician_id else None
    if technician_id is None or found is None or found[0] != state.known.store_id:
        return [reopened]
    on_duty = asked.on_duty.get(technician_id, found[1].on_duty)
    if not on_duty or _held(asked, found[1]) >= found[1].capacity:
        return [reopened]
    why = _why("back_to_technician", {"zh": "回到原来的维修师", "en": "back to its technician"}, asked, found, rules)
    return [reopened, _assigned(state, Chosen(found[0], technician_id, state.known.round + 1, why), rules)]


ADDS_LOAD = (Assign, Reopen, Resume)
"""Commands after which somebody may hold more than before."""


def crew_to_lock(state: TicketState, command: AnyPersonCommand, policies: Policies) -> StoreId | None:
    """The crew whose load the command may add to, so that it is decided under that crew's lock; None for most."""
    match command:
        case Assign():
            found = policies.technician(command.technician_id)
            return found[0] if found else None
        case Reopen() | Resume():
            return state.known.store_id
        case _:
            return None


def _held(asked: Asked, technician: Technician) -> int:
    return asked.held.get(TechnicianId(technician.id), 0)


def _assigned(state: TicketState, chosen: Chosen, rules: Rules) -> TicketAssigned:
    times = accept_by(rules.workflow, rules.now)
    return TicketAssigned(
        seen=seen_by(state),
        technician_id=chosen.technician_id,
        store_id=chosen.store_id,
        offer=state.known.offer + 1,
        accept_by=times.accept_by,
        warn_at=times.warn_at,
        round=chosen.round,
        decision=chosen.decision,
    )


def _why(rule: str, words: dict[str, str], asked: Asked, found: tuple[StoreId, Technician], rules: Rules) -> Decision:
    """The decision record of a choice that no scores were needed for."""
    store_id, technician = found
    load = f"{_held(asked, technician)}/{technician.capacity}"
    return Decision(
        rule=rule,
        candidates=[technician.id],
        policies={f"crew/{store_id}": rules.policies.version("crew", store_id)},
        inputs={"load_before": _held(asked, technician), "capacity": technician.capacity, "by": asked.by.actor},
        words={"zh": f"{words['zh']}（{load}）", "en": f"{words['en']} ({load})"},
    )
