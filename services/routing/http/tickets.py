"""Commands about tickets, and what may be done about one now."""

from dataclasses import asdict
from typing import Annotated, Any, Final, get_args
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from services.routing.handle.commands import Given, give, read_actions
from services.routing.parts import Parts, parts_of
from services.routing.ticket.commands import AnyPersonCommand
from shared.errors import Refused
from shared.http.answers import Json
from shared.http.body import read_json_bytes, validate_json
from shared.http.openapi import problem
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.log.position import POSITION_CHARS_MAX
from shared.telemetry.metrics import metrics_for
from shared.telemetry.trace import current_traceparent

router = APIRouter(tags=["tickets"])

KEY_CHARACTERS_MAX: Final = 200
COMMAND: Final[TypeAdapter[AnyPersonCommand]] = TypeAdapter(Annotated[AnyPersonCommand, Field(discriminator="command")])
COMMAND_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": COMMAND.json_schema(ref_template="#/components/schemas/{model}")}},
    }
}
NAMES: Final = tuple(get_args(model.model_fields["command"].annotation)[0] for model in get_args(AnyPersonCommand))
"""The commands that there are."""


def known(name: str) -> str:
    """The name, if there is such a command."""
    if name not in NAMES:
        raise ValueError(f"one of {', '.join(NAMES)}")
    return name


class Named(BaseModel):
    """The part of the body that says which command it is."""

    model_config = ConfigDict(extra="allow")

    command: Annotated[str, AfterValidator(known)]


OUTCOMES: Final = {403: "forbidden", 404: "unknown", 409: "conflict", 422: "refused"}
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=KEY_CHARACTERS_MAX,
        pattern=r"^[\x21-\x7e]+$",
        description="Makes the command safe to repeat: the same key and body get the same answer, for a week at least.",
    ),
]
AtLeast = Annotated[
    str | None,
    Query(
        max_length=POSITION_CHARS_MAX, description="A position of an earlier answer: waits until routing has read it."
    ),
]


NAMES_SCHEMA: Final = {"type": "array", "items": {"type": "string"}}
EVENTS_SCHEMA: Final = {"type": "array", "items": {"type": "object"}, "description": "As in the ticket's history."}
COMMAND_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    404: problem("Routing has not met the ticket, after waiting for it for two seconds at most"),
    409: problem(
        "The ticket is not at `expected_version` any more: what came in between",
        version={"type": "integer"},
        events=EVENTS_SCHEMA,
        position={"type": "string"},
    ),
    422: problem(
        "Refused, and what is allowed instead; without `allowed`: fields that cannot be taken, or a key used before",
        allowed=NAMES_SCHEMA,
        status_now={"type": "string"},
        version={"type": "integer"},
    ),
}


@router.post("/tickets/{ticket_id}/commands", openapi_extra=COMMAND_BODY, responses=COMMAND_PROBLEMS)
async def post_command(
    request: Request,
    ticket_id: UUID,
    principal: Annotated[Principal, allow("agent", "store", "technician", "boss")],
    key: Key = None,
    at_least: AtLeast = None,
) -> Response:
    """Decide about a command.

    200 with the new events (none when nothing changes any more), 409 with what came in between, 422 with the reason and
    what is allowed now.
    """
    command = await read_command(request)
    parts = parts_of(request)
    await parts.waiters.wait(at_least)
    given = Given(
        ticket_id=ticket_id,
        command=command,
        by=principal,
        key=key,
        traceparent=current_traceparent(),
        names=parts.book.names,
    )
    return Json(await _counted(parts, given))


@router.get("/tickets/{ticket_id}/actions")
async def get_actions(
    request: Request,
    ticket_id: UUID,
    principal: Annotated[Principal, allow("agent", "store", "technician", "boss", "auditor")],
    at_least: AtLeast = None,
) -> Json:
    """What may be done about the ticket now, by whom, with which fields; `yours` says whether by the caller."""
    parts = parts_of(request)
    await parts.waiters.wait(at_least)
    state, actions = await read_actions(parts, ticket_id, principal)
    return Json(
        {
            "ticket_id": ticket_id,
            "status": state.status,
            "version": state.known.version,
            "allowed": [action.command for action in actions if action.yours],
            "actions": [_shown(asdict(action)) for action in actions],
        }
    )


async def read_command(request: Request) -> AnyPersonCommand:
    """The command in the body; its name is read first, so that a wrong one is told by its field."""
    content = await read_json_bytes(request)
    validate_json(content, Named)
    return validate_json(content, COMMAND)


def _shown(action: dict[str, Any]) -> dict[str, Any]:
    fields = {"required": action.pop("required"), "optional": action.pop("optional")}
    return {**action, "fields": fields}


async def _counted(parts: Parts, given: Given) -> bytes:
    """The answer, its outcome counted."""
    outcome = "error"
    try:
        answer = await give(parts, given)
        outcome = "done"
        return answer
    except Refused as refused:
        outcome = OUTCOMES.get(refused.status, "refused")
        raise
    finally:
        metrics_for("routing").count("gongdan_routing_commands_total", command=given.command.command, outcome=outcome)
