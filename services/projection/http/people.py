"""Customers across channels, the chain's stores and technicians, boards and queues."""

from typing import Annotated

import phonenumbers
from fastapi import APIRouter, Query

from services.projection import spans
from services.projection.http.asked import ID_CHARACTERS_MAX
from services.projection.http.door import Stands, TheDoor, all_shown, bound_store, check_store, not_found
from services.projection.views.board import board, store_item, technician_item
from services.projection.views.customer import customer_view
from shared.http.answers import Json
from shared.identity.principal import Principal
from shared.identity.roles import allow
from shared.policies import Policies

router = APIRouter(tags=["people and places"])
Reader = Annotated[Principal, allow("agent", "store", "technician", "boss", "auditor")]
REGION = "CN"
"""Of numbers without a country code, where no policy names the chain's."""


@router.get("/customers")
async def find_customers(
    the_door: TheDoor, standing: Stands, principal: Reader, phone: Annotated[str, Query(min_length=3, max_length=40)]
) -> Json:
    """Who gave this number, as their newest ticket knows them; several may have, and `customer_id` may be null."""
    policies = await the_door.chain.policies(standing)
    number = e164(phone, policies)
    found = await spans.customers_by_phone(the_door.pool, standing.generation, number, store_id=bound_store(principal))
    items = [
        ticket["customer"] | {"newest_ticket_id": ticket["ticket_id"], "newest_opened_at": ticket["opened_at"]}
        for ticket in found
    ]
    return Json({"phone": number, "items": items, "position": standing.position})


@router.get("/customers/{customer}")
async def get_customer(the_door: TheDoor, standing: Stands, principal: Reader, customer: str) -> Json:
    """The customer, their contacts across channels, tickets and orders."""
    tickets = await spans.tickets_of_customer(
        the_door.pool, standing.generation, customer, store_id=bound_store(principal)
    )
    if not tickets:
        if await spans.is_customer(the_door.pool, standing.generation, customer):
            check_store(principal, None, what=f"customer {customer:.80}")
        raise not_found(f"customer {customer:.80}")
    told = await spans.contacts_of(the_door.pool, standing.generation, tickets)
    answer = customer_view(customer, told)
    return Json(answer | {"tickets": await all_shown(the_door, standing, tickets), "position": standing.position})


@router.get("/stores")
async def list_stores(the_door: TheDoor, standing: Stands, principal: Reader) -> Json:
    """The stores of the current policies."""
    policies = await the_door.chain.policies(standing)
    bound = bound_store(principal)
    items = [store_item(one, store) for one, store in policies.stores().items() if bound in {None, one}]
    return Json({"items": items, "position": standing.position})


@router.get("/technicians")
async def list_technicians(
    the_door: TheDoor,
    standing: Stands,
    principal: Reader,
    store: Annotated[str | None, Query(max_length=ID_CHARACTERS_MAX)] = None,
) -> Json:
    """The technicians of the current policies, of one store if `store` is given, each with load and capacity."""
    policies = await the_door.chain.policies(standing)
    bound = bound_store(principal)
    found = {
        technician_id: (store_id, technician)
        for technician_id, (store_id, technician) in policies.technicians().items()
        if store in {None, store_id} and bound in {None, store_id}
    }
    loads = await spans.loads(the_door.pool, standing.generation, list(found))
    items = [
        technician_item(one, store_id, technician, load=loads.get(one, 0))
        for one, (store_id, technician) in sorted(found.items())
    ]
    return Json({"items": items, "position": standing.position})


@router.get("/stores/{store}/board")
async def get_board(the_door: TheDoor, standing: Stands, principal: Reader, store: str) -> Json:
    """What waits at a store (in the order of dispatch), who works on what, load and capacity of each."""
    check_store(principal, store, what=f"store {store:.80}")
    policies = await the_door.chain.policies(standing)
    tickets, is_complete = await spans.tickets_of_store(the_door.pool, standing.generation, store)
    if policies.store(store) is None and not tickets:
        raise not_found(f"store {store:.80}")
    crew = policies.crew(store)
    members = {technician.id for technician in crew.technicians} if crew is not None else set()
    members |= {ticket["technician_id"] for ticket in tickets if ticket["technician_id"] is not None}
    loads = await spans.loads(the_door.pool, standing.generation, sorted(members))
    answer = board(store, await all_shown(the_door, standing, tickets), loads, policies)
    return Json(answer | {"is_complete": is_complete, "position": standing.position})


@router.get("/technicians/{technician}/queue")
async def get_queue(the_door: TheDoor, standing: Stands, principal: Reader, technician: str) -> Json:
    """What a technician holds, oldest first, load and capacity."""
    policies = await the_door.chain.policies(standing)
    tickets = await spans.tickets_of_technician(the_door.pool, standing.generation, technician)
    store_id, found = policies.technician(technician) or (None, None)
    if found is None and not tickets:
        raise not_found(f"technician {technician:.80}")
    check_store(principal, store_id, what=f"technician {technician:.80}")
    counted = await spans.loads(the_door.pool, standing.generation, [technician])
    item = technician_item(technician, store_id, found, load=counted.get(technician, 0))
    return Json(
        {
            "technician": item,
            "load": item["load"],
            "capacity": item["capacity"],
            "items": await all_shown(the_door, standing, tickets),
            "position": standing.position,
        }
    )


def e164(phone: str, policies: Policies) -> str:
    """The number as tickets hold it: E.164 where it can be read as one, else as it came."""
    chain = policies.chain()
    try:
        number = phonenumbers.parse(phone, REGION if chain is None else chain.phone_region)
    except phonenumbers.NumberParseException:
        return phone
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
