"""Which store, category, skills and priority a ticket gets when it was opened, and why."""

from services.routing.dispatch.needs import Needs, needs_of
from services.routing.territory.choose import choose_store
from services.routing.territory.locate import locate
from services.routing.ticket.evolve import RoutingDecision
from services.routing.ticket.seen import seen_by
from services.routing.ticket.state import TicketState
from shared.events.fact import Decision
from shared.events.intake import TicketOpened
from shared.events.routing import AddressFound, TicketQueued, TicketRouted
from shared.policies import Policies, Workflow

DISPATCHER = "dispatcher"
"""The queue of tickets for which no store was found: a person chooses."""


def route(state: TicketState, opened: TicketOpened, policies: Policies) -> list[RoutingDecision]:
    """Store, category, skills and priority of a ticket just opened; without a store it waits for a dispatcher."""
    if state.known.routed:
        return []
    address = opened.address_text if isinstance(opened.address_text, str) else None
    located = locate(address, policies)
    workflow = policies.workflow()
    choice = choose_store(located, named_store_id=opened.store_id, policies=policies)
    needs = _needs(opened, workflow)
    version = policies.version("workflow", "default")
    facts: list[RoutingDecision] = [
        TicketRouted(
            seen=seen_by(state),
            store_id=choice.store_id,
            priority=needs.priority if needs else "normal",
            category=needs.category if needs else None,
            skills=list(needs.skills) if needs else [],
            address=AddressFound(code=located.code, names=list(located.names), confidence=located.confidence),
            workflow=f"default@{version}",
            decision=_explained(choice.decision, needs, version),
        )
    ]
    if choice.store_id is None:
        facts.append(TicketQueued(seen=seen_by(state), queue=DISPATCHER, reason="no_store", decision=choice.decision))
    return facts


def _needs(opened: TicketOpened, workflow: Workflow | None) -> Needs | None:
    if workflow is None:
        return None
    text = opened.description if isinstance(opened.description, str) else ""
    product_category = opened.product.category if opened.product else None
    return needs_of(text, product_category=product_category, urgency=opened.urgency, workflow=workflow)


def _explained(decision: Decision, needs: Needs | None, workflow_version: int) -> Decision:
    """The decision about the store, with what the workflow's rules said about category and priority."""
    if needs is None:
        return decision
    inputs = {**decision.inputs, "category_rule": needs.rule, "impact": needs.impact}
    policies = {**decision.policies, "workflow/default": workflow_version}
    return decision.model_copy(update={"inputs": inputs, "policies": policies})
