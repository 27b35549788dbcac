"""Rules are published: checked alone and together, each change a new version and an event; the same body is neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.routing.calendar import check_calendars
from services.routing.parts import Parts
from services.routing.store.crews import lock_crew
from services.routing.store.policies import (
    PolicyRow,
    load_newest,
    load_policies,
    load_versions,
    lock_policies,
    publish,
)
from services.routing.store.save import mark_crews
from services.routing.territory import check_territories
from shared.clock import now
from shared.errors import FieldError, Refused
from shared.identity.principal import Principal
from shared.ids import StoreId
from shared.policies import POLICY_KINDS, Policies, Problem, check_policies, parse_policy, policy_body

CONCERN_ONE_CREW = ("crew", "store")
CONCERN_ALL_CREWS = ("workflow", "dispatch")
BODY_BYTES_MAX = 800 * 1024
"""Of one policy as JSON: it must fit into a record."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A policy that somebody wants to publish."""

    kind: str
    name: str
    body: Mapping[str, Any]

    @property
    def key(self) -> str:
        """`kind/name`."""
        return f"{self.kind}/{self.name}"


async def apply(
    parts: Parts, proposed: Sequence[Proposed], *, by: Principal, traceparent: str | None
) -> list[dict[str, Any]]:
    """Publish what differs from the newest versions, all or none; answers each with its version and `changed`.

    Raises Refused (404 for an unknown kind, 422 with the fields) when one is not well-formed or does not fit.
    """
    bodies = {one.key: _checked_body(one) for one in proposed}
    async with parts.pool.acquire() as connection, connection.transaction():
        await lock_policies(connection)
        current = await load_policies(connection, parts.book.current)
        changed = [one for one in proposed if _body_of(current, one) != bodies[one.key]]
        _check_together(current, changed)
        if changed:
            # Whoever gives work to a crew meanwhile does it by the version that was, and is counted by the next one.
            for store_id in sorted({one.name for one in changed if one.kind == "crew"}):
                await lock_crew(connection, StoreId(store_id))
            entries = [(one.kind, one.name, bodies[one.key]) for one in changed]
            await publish(connection, entries, actor=by.actor, traceparent=traceparent)
            await mark_crews(connection, _crews(current, changed), whole=True)
    after = await parts.book.refresh()
    keys = {one.key for one in changed}
    return [
        {
            "kind": one.kind,
            "name": one.name,
            "version": after.version(one.kind, one.name),
            "body": bodies[one.key],
            "changed": one.key in keys,
        }
        for one in proposed
    ]


async def check(parts: Parts, proposed: Sequence[Proposed]) -> dict[str, Any]:
    """What would be said about publishing these, without doing it: `{valid, errors, warnings}`, each by policy."""
    errors: list[dict[str, str]] = []
    before = policies = parts.book.current
    for one in proposed:
        try:
            policies = policies.with_policy(one.kind, one.name, policies.version(one.kind, one.name) + 1, one.body)
        except Refused as refused:
            entries = refused.errors or (FieldError("kind", f"one of {', '.join(POLICY_KINDS)}", one.kind),)
            errors += [{"policy": one.key, **error.document()} for error in entries]
    problems = new_problems(before, policies, proposed, now())
    errors += [_shown(problem) for problem in problems if problem.severity == "error"]
    warnings = [_shown(problem) for problem in problems if problem.severity == "warning"]
    return {"valid": not errors, "errors": errors, "warnings": warnings}


async def newest(parts: Parts, kind: str, name: str | None = None) -> list[dict[str, Any]]:
    """The newest version of each policy of a kind, or of the one named. Raises Refused (404) for what there is not."""
    check_kind(kind)
    rows = await load_newest(parts.pool, kind, name)
    if name is not None and not rows:
        raise Refused(404, "Policy not found", f"there is no policy {kind}/{name}")
    return [_row(row) for row in rows]


async def versions(parts: Parts, kind: str, name: str) -> list[dict[str, Any]]:
    """The versions of a policy, newest first. Raises Refused (404) for what there is not."""
    check_kind(kind)
    rows = await load_versions(parts.pool, kind, name)
    if not rows:
        raise Refused(404, "Policy not found", f"there is no policy {kind}/{name}")
    return [_row(row) for row in rows]


def check_kind(kind: str) -> None:
    """Raise Refused (404) for a kind that there is not."""
    if kind not in POLICY_KINDS:
        known = ", ".join(POLICY_KINDS)
        raise Refused(404, "Unknown kind of policy", f"expected a kind of {known}, got {kind:.60}")


def _checked_body(one: Proposed) -> dict[str, Any]:
    """The body as it will be stored: read by its model, and small enough for a record."""
    body = policy_body(parse_policy(one.kind, one.name, one.body))
    size = len(str(body).encode())
    if size > BODY_BYTES_MAX:
        error = FieldError("(body)", f"at most {BODY_BYTES_MAX} bytes", f"{size} bytes")
        raise Refused(422, "Policy too large", f"policy {one.key}: {size} bytes", errors=[error])
    return body


def _body_of(policies: Policies, one: Proposed) -> dict[str, Any] | None:
    found = policies.entry(one.kind, one.name)
    return policy_body(found.body) if found is not None else None


def _check_together(current: Policies, changed: Sequence[Proposed]) -> None:
    """Refuse (422) what does not fit the policies that there are, or what they would not fit any more."""
    policies = current
    for one in changed:
        policies = policies.with_policy(one.kind, one.name, current.version(one.kind, one.name) + 1, one.body)
    problems = new_problems(current, policies, changed, now())
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        first, keys = errors[0], {one.key for one in changed}
        raise Refused(
            422,
            "Policy does not fit",
            f"policy {first.policy}: {first.error.field}: expected {first.error.expected}, got {first.error.got}",
            errors=[problem.error if problem.policy in keys else _elsewhere(problem) for problem in errors],
        )


def new_problems(before: Policies, after: Policies, proposed: Sequence[Proposed], at: datetime) -> list[Problem]:
    """Every problem of what is proposed, and what it would break in other policies; theirs from before are not its."""
    keys, problems = {one.key for one in proposed}, _all_problems(after, at)
    if all(problem.policy in keys for problem in problems):
        return problems
    known = set(_all_problems(before, at))
    return [problem for problem in problems if problem.policy in keys or problem not in known]


def _all_problems(policies: Policies, at: datetime) -> list[Problem]:
    return [*check_policies(policies), *check_territories(policies), *check_calendars(policies, at)]


def _elsewhere(problem: Problem) -> FieldError:
    """The field of a policy that nobody proposed, which the field alone would not tell."""
    return replace(problem.error, field=f"{problem.policy} {problem.error.field}")


def _crews(current: Policies, changed: Sequence[Proposed]) -> set[StoreId]:
    """The crews whose dispatch may answer otherwise now."""
    crews = {StoreId(one.name) for one in changed if one.kind in CONCERN_ONE_CREW}
    if any(one.kind in CONCERN_ALL_CREWS for one in changed):
        crews |= {StoreId(one.name) for one in current.of_kind("crew")}
    return crews


def _shown(problem: Problem) -> dict[str, str]:
    return {"policy": problem.policy, **problem.error.document()}


def _row(row: PolicyRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "version": row.version,
        "body": row.body,
        "actor": row.actor,
        "recorded_at": row.recorded_at,
    }
