"""What the workflow allows now: the one place that compares a command with the state, the role and the policy."""

from dataclasses import dataclass
from datetime import datetime

from services.routing.ticket.commands import (
    Accept,
    AnyPersonCommand,
    Asked,
    Assign,
    Cancel,
    Close,
    Decline,
    Note,
    Reopen,
    Reply,
    Resolve,
    Resume,
    SetPriority,
    Start,
    Wait,
)
from services.routing.ticket.places import holder
from services.routing.ticket.scope import has_ticket
from services.routing.ticket.state import (
    Accepted,
    Cancelled,
    Closed,
    InProgress,
    Offered,
    Open,
    Queued,
    Resolved,
    TicketState,
    Unopened,
    Waiting,
)
from shared.errors import FieldError, Refused
from shared.identity.principal import Principal, Role
from shared.policies import CommandRule, Policies, Workflow


@dataclass(frozen=True, slots=True)
class Rules:
    """What a person's command is decided by: the workflow of the ticket, all policies, the instant."""

    workflow: Workflow
    policies: Policies
    now: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One command that may be given now: by which roles, with which fields, and whether the asker is one of them."""

    command: str
    roles: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    yours: bool


def actions(state: TicketState, by: Principal, policies: Policies) -> list[Action]:
    """What may be done about the ticket now, by command name."""
    workflow = policies.workflow(state.known.workflow)
    if workflow is None or isinstance(state, Unopened):
        return []
    return [
        Action(name, rule.roles, rule.required, rule.optional, yours=_may(state, by, rule))
        for name, rule in sorted(workflow.allowed(state.status).items())
    ]


def allowed(state: TicketState, by: Principal, policies: Policies) -> list[str]:
    """The names of the commands that this person may give now."""
    return [action.command for action in actions(state, by, policies) if action.yours]


def check(state: TicketState, asked: Asked, policies: Policies, now: datetime) -> Rules | None:
    """The rules to decide by if the command is allowed now, None if it would change nothing any more.

    Raises Refused: 404 for a ticket that nobody opened, 403 for a role that may never, 422 with `allowed` otherwise.
    """
    if isinstance(state, Unopened):
        raise Refused(404, "Ticket not found", "routing has not met this ticket")
    workflow = policies.workflow(state.known.workflow)
    name = asked.command.command
    rule = workflow.commands.get(name) if workflow else None
    if workflow is None or rule is None:
        raise refusal(state, asked, policies, f"the workflow {state.known.workflow} has no command {name}")
    _check_role(asked, rule)
    if changes_nothing(state, asked):
        return None
    if state.status not in rule.from_states:
        raise refusal(state, asked, policies, f"{name} is not possible while the ticket is {state.status}")
    if not has_ticket(state, asked.by):
        raise refusal(state, asked, policies, f"the ticket is {state.status} with somebody else now")
    _check_fields(asked.command, rule)
    return Rules(workflow, policies, now)


def is_stale(state: TicketState, expected_version: int) -> bool:
    """Whether a decision changed the state since that version; notes, replies and warnings are no conflict."""
    return not state.known.changed_version <= expected_version <= state.known.version


def changes_nothing(state: TicketState, asked: Asked) -> bool:
    """Whether what the command wants is so already, so that it is answered with no events."""
    command = asked.command
    match command:
        case Accept():
            return isinstance(state, Accepted) and has_ticket(state, asked.by)
        case Start() | Resume():
            return isinstance(state, InProgress) and has_ticket(state, asked.by)
        case Wait():
            return isinstance(state, Waiting) and state.waiting_for == command.waiting_for
        case Decline():
            return _has_declined(state, asked.by)
        case Reopen():
            return isinstance(state, Open | Queued | Offered) and state.known.reopened > 0
        case Resolve():
            return isinstance(state, Resolved)
        case Close():
            return isinstance(state, Closed)
        case Cancel():
            return isinstance(state, Cancelled)
        case Assign():
            in_store = command.store_id is None or command.store_id == state.known.store_id
            return in_store and holder(state) == command.technician_id
        case SetPriority():
            return state.known.priority == command.priority
        case Note() | Reply():
            return False


def refusal(state: TicketState, asked: Asked, policies: Policies, why: str, *errors: FieldError) -> Refused:
    """The 422 that says why not, and what is allowed instead."""
    names = allowed(state, asked.by, policies)
    detail = f"{why}; allowed now: {', '.join(names) or 'nothing'}"
    extra = {"allowed": names, "status_now": state.status, "version": state.known.version}
    return Refused(422, "Command refused", detail, errors=errors, extra=extra)


def _has_declined(state: TicketState, by: Principal) -> bool:
    """Whether there is no offer any more that a decline could mean."""
    if by.role is Role.TECHNICIAN:
        return by.technician_id in state.known.asked and holder(state) != by.technician_id
    return isinstance(state, Open | Queued) and state.known.offer > 0


def _may(state: TicketState, by: Principal, rule: CommandRule) -> bool:
    return by.role.value in rule.roles and has_ticket(state, by)


def _check_role(asked: Asked, rule: CommandRule) -> None:
    if asked.by.role.value not in rule.roles:
        roles = ", ".join(rule.roles)
        raise Refused(
            403,
            "Forbidden",
            f"{asked.command.command}: expected a role of {roles}, got {asked.by.role.value}",
            extra={"allowed_roles": list(rule.roles)},
        )


def _check_fields(command: AnyPersonCommand, rule: CommandRule) -> None:
    """The workflow may demand what the command itself leaves open, such as a reason."""
    given = command.model_dump(by_alias=True, exclude_none=True)
    missing = [
        FieldError(field, "a value, by the workflow", "nothing") for field in rule.required if field not in given
    ]
    if missing:
        names = ", ".join(error.field for error in missing)
        raise Refused(422, "Fields missing", f"{command.command}: the workflow asks for {names}", errors=missing)
