"""How a ticket finds its technician: mode, weights, ladder, limits. Which hard filters there are is code, not policy.

Every field has a default, and all defaults together are what holds where no policy was published. What each knob does
to a decision is told with examples in docs/reference/who.md.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.policies.model import Rule, ShortText, Word

Weight = Annotated[float, Field(ge=0, le=1000)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
Kilometres = Annotated[float, Field(gt=0, le=20_000)]
Positive = Annotated[float, Field(gt=0, le=1_000_000_000)]

Mode = Literal["push", "pull", "round_robin", "dispatcher"]
"""`push`: the best is asked. `pull`: all who could are told, who takes it first has it (抢单). `round_robin`: the one
whose turn it is. `dispatcher`: a person chooses from the ranked list."""

Matching = Literal["one_by_one", "together"]
"""`one_by_one`: each ticket in turn gets the best who is left. `together`: then tickets of one batch are exchanged
where both together score more so; who is served, and in which order of priority, stays as it is."""

Affinity = Literal["same_order", "preferred", "history"]
"""Worked on the same order; is wished for; served this customer not long ago."""

Units = Annotated[int, Field(ge=1, le=100)] | Literal["whole"]
"""How much of a capacity a ticket takes; `whole`: all of it, so that only who holds nothing can take it."""


class Weights(Rule):
    """How much each criterion counts (each is rated 0…1; a weight of 0 switches it off).

    A criterion counts only for tickets that have what it looks at: distance where the ticket has a place, `preferred`
    where it names somebody, and so on.
    """

    free: Weight = 10
    """The free part of the capacity; more is better."""
    skill: Weight = 4
    """How close the skills are to what is needed: enough is better than far more."""
    idle: Weight = 2
    """How long without new work; more is better."""
    load: Weight = 0
    """Units held; less is better."""
    distance: Weight = 10
    """Kilometres to the ticket's place as the crow flies; less is better."""
    preferred: Weight = 10
    """Whether the customer wishes for them."""
    same_order: Weight = 10
    """Whether they worked on the same order."""
    history: Weight = 10
    """Whether they served this customer within `history_days`."""
    today: Weight = 0
    """How much of a working day is left of their shift; more is better."""


class Scales(Rule):
    """At which value a criterion without an upper end is rated one half."""

    distance_km: Kilometres = 10
    idle_s: Positive = 3600
    load_units: Positive = 2


class Guard(Rule):
    """The fairness guard: nobody is chosen automatically more often than this in any such time."""

    assignments: Annotated[int, Field(ge=1, le=100_000)] = 100
    window_s: Annotated[float, Field(gt=0, le=604_800)] = 3600


class Step(Rule):
    """A rung of the ladder: what else holds once a ticket has waited `after_s` and `after_offers` were made for it."""

    name: ShortText | None = None
    after_s: Seconds = 0
    after_offers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Offers of this round that were declined or ran out."""
    radius_km: Kilometres | None = None
    """Instead of the policy's; a technician's own radius holds all the same."""
    neighbours: bool = False
    """Whether technicians of the neighbouring stores are looked at, too."""
    mode: Mode | None = None
    """Instead of the policy's."""


class Dispatch(Rule):
    """`dispatch/default`: how candidates are found and weighed; without this policy the defaults hold, as version 0."""

    mode: Mode = "push"
    matching: Matching = "one_by_one"
    weights: Weights = Weights()
    scales: Scales = Scales()
    affinity: tuple[Affinity, ...] = ()
    """Whoever has the first of these goes before whoever has not, whatever the scores; never past a hard filter."""
    history_days: Annotated[float, Field(gt=0, le=3650)] = 7
    radius_km: Kilometres | None = None
    """The greatest distance to a ticket's place; unset: only each technician's own limit holds."""
    relax_after_s: Seconds | None = None
    """After so long a wait, skills that are only wished for are dropped; unset: never. Needed ones never are."""
    declined_again_after_s: Seconds = 3600
    """So long somebody who declined this ticket is not asked about it again, in whatever round."""
    guard: Guard = Guard()
    units: dict[Word, Units] = {}
    """By category; a category that is not named takes one unit."""
    ladder: tuple[Step, ...] = ()
    """In order of `after_s`; all rungs that are reached hold, the later ones win."""

    @model_validator(mode="after")
    def rungs_rise(self) -> "Dispatch":
        """The ladder is read from the bottom up."""
        for lower, upper in zip(self.ladder, self.ladder[1:], strict=False):
            if upper.after_s < lower.after_s or upper.after_offers < lower.after_offers:
                raise ValueError("ladder: expected after_s and after_offers to rise from step to step")
        return self

    @model_validator(mode="after")
    def affinities_differ(self) -> "Dispatch":
        """Each affinity has one place in the order."""
        if len(set(self.affinity)) < len(self.affinity):
            raise ValueError("affinity: expected each name once")
        return self
