"""What is wrong with the areas of all territories together, beside what `shared.policies.check_policies` tells."""

from services.routing.territory.index import claims
from services.routing.territory.overlap import overlaps
from services.routing.territory.unused import never_used
from shared.policies import Policies, Problem


def check_territories(policies: Policies) -> list[Problem]:
    """Errors where two areas of one kind hold the same place, warnings for areas that can never serve anybody."""
    everything = list(claims(policies.territories()))
    return [*overlaps(everything), *never_used(everything)]
