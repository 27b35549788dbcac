"""How the candidates for a ticket are weighed against each other; hard filters are code, not policy, and come first."""

from typing import Annotated

from pydantic import Field

from shared.policies.model import Rule

Weight = Annotated[float, Field(ge=0, le=1000)]


class Weights(Rule):
    """How much each criterion counts (each is 0…1, more is better; a weight of 0 switches it off)."""

    free: Weight = 10
    """The free part of the capacity."""
    skill: Weight = 4
    """How close the skills are to what is needed: enough is better than far more."""
    idle: Weight = 2
    """How long without new work, beside the longest of the candidates."""


class Dispatch(Rule):
    """`dispatch/default`: the weights of the score; without this policy the defaults hold, as version 0."""

    weights: Weights = Weights()
