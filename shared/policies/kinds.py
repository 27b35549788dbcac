"""The model of each kind of policy, and reading a body with errors that name the field."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.errors import FieldError, Refused
from shared.policies.agreement import ServiceAgreement
from shared.policies.calendar import Calendar, Holidays
from shared.policies.dispatch import Dispatch
from shared.policies.model import PUBLISHED, PolicyName, Rule
from shared.policies.notification import Notification
from shared.policies.places import Chain, Crew, Divisions, Store, Territory
from shared.policies.workflow import Workflow

Policy = (
    Chain
    | Divisions
    | Store
    | Crew
    | Territory
    | Holidays
    | Calendar
    | ServiceAgreement
    | Workflow
    | Dispatch
    | Notification
)

POLICY_KINDS: dict[str, type[Rule]] = {
    "chain": Chain,
    "division": Divisions,
    "store": Store,
    "crew": Crew,
    "territory": Territory,
    "holiday": Holidays,
    "calendar": Calendar,
    "service_agreement": ServiceAgreement,
    "workflow": Workflow,
    "dispatch": Dispatch,
    "notification": Notification,
}
"""Every kind, in an order in which each finds what it points at when they are applied one after the other."""

ERRORS_MAX = 100
GOT_CHARACTERS_MAX = 80
_JSON = {dict: "object", tuple: "list", type(None): "null"}
_NAME: TypeAdapter[str] = TypeAdapter(PolicyName)


def parse_policy(kind: str, name: str, body: Mapping[str, Any], *, is_published: bool = False) -> Policy:
    """The body as the model of its kind; else `Refused`: 404 for an unknown kind, 422 with one entry per field.

    What `is_published` was checked then, by the program of that day: of a trap that is known only since, the chain is
    told when it publishes the next version, and not by a service that does not start.
    """
    model = POLICY_KINDS.get(kind)
    if model is None:
        known = ", ".join(POLICY_KINDS)
        raise Refused(404, "Unknown kind of policy", f"policy {kind}/{name}: expected a kind of {known}, got {kind}")
    errors = [*_name_errors(name)]
    try:
        parsed = model.model_validate(dict(body), context=PUBLISHED if is_published else None)
    except ValidationError as error:
        errors += [_field_error(one) for one in error.errors(include_url=False)[:ERRORS_MAX]]
        parsed = None
    if errors or parsed is None:
        raise Refused(
            422, "Policy not valid", f"policy {kind}/{name}: {errors[0].field}: {errors[0].expected}", errors=errors
        )
    return parsed  # type: ignore[return-value]  # every value of POLICY_KINDS is one of Policy


def policy_body(policy: Rule) -> dict[str, Any]:
    """The policy as JSON values, as it stands in `policy.published`; reading it again gives an equal policy."""
    return policy.model_dump(mode="json", by_alias=True, exclude_none=True)


def _name_errors(name: str) -> list[FieldError]:
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return [FieldError("name", "lower-case letters, digits and hyphens, at most 63", _shown(name))]
    return []


def _field_error(error: Any) -> FieldError:
    """One of pydantic's errors in the words of a problem body."""
    path, value = [str(part) for part in error["loc"]], error["input"]
    expected = str(error["msg"]).removeprefix("Value error, ")
    name, colon, rest = expected.partition(": ")
    if error["type"] == "value_error" and colon and isinstance(value, Mapping) and name in value:
        # A model that checks its fields against each other names the one that is wrong at the head of its sentence.
        path, value, expected = [*path, name], value[name], rest.removeprefix("expected ")
    got = "nothing" if error["type"] == "missing" else _shown(value)
    return FieldError(".".join(path) or "body", expected, got)


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, str | int | float) else _JSON.get(type(value), type(value).__name__)
    return text if len(text) <= GOT_CHARACTERS_MAX else text[:GOT_CHARACTERS_MAX] + "…"
