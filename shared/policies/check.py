"""What policies must agree on among each other: each alone may be well-formed and still point at nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.divisions.compile import is_listed
from shared.errors import FieldError
from shared.policies.agreement import ServiceAgreement
from shared.policies.places import Crew, Store
from shared.policies.snapshot import Policies
from shared.policies.workflow import Status, Workflow

AUTOMATIC: dict[Status, tuple[Status, ...]] = {
    "open": ("queued", "offered"),
    "queued": ("offered",),
    "offered": ("open", "queued", "offered"),
}
"""Where a ticket goes by itself, without a command: to an offer, or to a queue that says why."""
FIRST: Status = "open"
ENDS: tuple[Status, ...] = ("resolved", "closed", "cancelled")
"""A workflow in which no ticket ever ends is none."""
A_DIVISION = "a division of the official lists or of the division policies"
COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in one policy that does not fit the others. Errors refuse the policy, warnings are only shown."""

    policy: str
    """`kind/name`."""
    error: FieldError
    severity: Literal["error", "warning"] = "error"


def check_policies(policies: Policies) -> list[Problem]:
    """Every problem in the snapshot, by policy and field; empty when all fits. Total."""
    problems = [
        *_stores(policies),
        *_crews(policies),
        *_territories(policies),
        *_workflows(policies),
        *_agreements(policies),
    ]
    return sorted(problems, key=lambda one: (one.policy, one.error.field))


def _stores(policies: Policies) -> Iterator[Problem]:
    """A store lies in a division that some list knows."""
    own = _own_divisions(policies)
    for one in policies.of_kind("store"):
        if isinstance(one.body, Store) and not _is_division(one.body.division, own):
            yield Problem(one.key, FieldError("division", A_DIVISION, one.body.division))


def _crews(policies: Policies) -> Iterator[Problem]:
    """A crew belongs to a store, and a technician to one crew: else both crews are told."""
    stores = policies.stores()
    places: dict[str, list[tuple[str, str]]] = {}
    for one in policies.of_kind("crew"):
        if not isinstance(one.body, Crew):
            continue
        if one.name not in stores:
            yield Problem(one.key, FieldError("name", "the id of a store", one.name))
        for at, technician in enumerate(one.body.technicians):
            places.setdefault(technician.id, []).append((one.key, f"technicians.{at}.id"))
    for id_, found in places.items():
        yield from _each_but_one(found, f"a technician of one crew only, {id_} is also in", got=id_)


def _territories(policies: Policies) -> Iterator[Problem]:
    """An area has a store, a division that is known, and no equal, for which of two would serve it: both are told."""
    stores, own = policies.stores(), _own_divisions(policies)
    places: dict[str, list[tuple[str, str]]] = {}
    for one in policies.territories():
        for at, area in enumerate(one.body.areas):
            if area.store_id not in stores:
                yield Problem(one.key, FieldError(f"areas.{at}.store_id", "the id of a store", area.store_id))
            if area.division is not None:
                if not _is_division(area.division[:COUNTY_DIGITS], own):
                    yield Problem(one.key, FieldError(f"areas.{at}.division", A_DIVISION, area.division))
                places.setdefault(area.division, []).append((one.key, f"areas.{at}.division"))
    for division, found in places.items():
        yield from _each_but_one(found, f"one area for each division, {division} is also in", got=division)


def _each_but_one(found: list[tuple[str, str]], expected: str, *, got: str) -> Iterator[Problem]:
    """A problem at each place (policy, field) where something stands that may stand in one only."""
    for policy, field in found:
        others = [f"{key} {place}" for key, place in found if (key, place) != (policy, field)]
        if others:
            yield Problem(policy, FieldError(field, f"{expected} {', '.join(others)}", got))


def _workflows(policies: Policies) -> Iterator[Problem]:
    """Commands start where tickets can be, tickets can end, and somebody has the skills that are asked for."""
    skills = {skill for _, technician in policies.technicians().values() for skill in technician.skills}
    for one in policies.of_kind("workflow"):
        if not isinstance(one.body, Workflow):
            continue
        reached = _reached(one.body)
        for name, command in one.body.commands.items():
            for state in command.from_states:
                if state not in reached and state != "merged":
                    expected = "a state that some command or the dispatch leads to"
                    yield Problem(one.key, FieldError(f"commands.{name}.from", expected, state))
        if not reached.intersection(ENDS):
            expected = f"a command that leads to one of {', '.join(ENDS)}"
            yield Problem(one.key, FieldError("commands", expected, ", ".join(one.body.commands)))
        yield from _category_problems(one.key, one.body, skills)


def _category_problems(key: str, workflow: Workflow, skills: set[str]) -> Iterator[Problem]:
    """Rules have names of their own, and skills that somebody has (a warning: the technician may come next)."""
    seen: set[str] = set()
    for at, rule in enumerate(workflow.categories):
        if rule.name in seen:
            expected = "a name that no other rule has"
            yield Problem(key, FieldError(f"categories.{at}.name", expected, rule.name))
        seen.add(rule.name)
        for skill in rule.skills:
            if skills and skill not in skills:
                expected = "a skill that some technician has"
                yield Problem(key, FieldError(f"categories.{at}.skills", expected, skill), "warning")


def _agreements(policies: Policies) -> Iterator[Problem]:
    """A clock counts on a calendar that there is."""
    for one in policies.of_kind("service_agreement"):
        for at, clock in enumerate(one.body.clocks if isinstance(one.body, ServiceAgreement) else ()):
            if policies.calendar(clock.calendar) is None:
                yield Problem(one.key, FieldError(f"clocks.{at}.calendar", "the name of a calendar", clock.calendar))


def _reached(workflow: Workflow) -> set[Status]:
    """Every state that a ticket can come to from `open`."""
    reached, ahead = set[Status](), [FIRST]
    while ahead:
        state = ahead.pop()
        if state in reached:
            continue
        reached.add(state)
        ahead += AUTOMATIC.get(state, ())
        ahead += [rule.to for rule in workflow.commands.values() if state in rule.from_states and rule.to is not None]
    return reached


def _own_divisions(policies: Policies) -> set[str]:
    return {division.code for one in policies.divisions() for division in one.body.divisions}


def _is_division(code: str, own: set[str]) -> bool:
    return code in own or is_listed(code)
