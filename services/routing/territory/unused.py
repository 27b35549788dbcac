"""Areas that no ticket can ever be given by, so that nobody waits for them to be used."""

from collections.abc import Iterable, Iterator

from services.routing.territory.index import TOWNSHIP_DIGITS, Claim
from shared.divisions.compile import is_listed
from shared.errors import FieldError
from shared.policies import Problem


def never_used(everything: Iterable[Claim]) -> Iterator[Problem]:
    """A warning for each: a polygon or circle, for no contact carries a point yet; a township that no list has."""
    for claim in everything:
        area = claim.area
        if area.polygon is not None or area.circle is not None:
            kind = "polygon" if area.polygon is not None else "circle"
            expected = f"a division or a postcode, for no contact carries a point yet: this {kind} serves nobody"
            yield _warning(claim, kind, expected, claim.store_id)
        elif area.division is not None and not _is_read(area.division):
            expected = "a township of the official lists, for addresses are read by them: this one serves nobody"
            yield _warning(claim, "division", expected, area.division)


def _is_read(code: str) -> bool:
    """Whether an address can lead to it; that a county exists is told by `shared.policies.check_policies`."""
    return len(code) < TOWNSHIP_DIGITS or is_listed(code)


def _warning(claim: Claim, kind: str, expected: str, got: str) -> Problem:
    return Problem(claim.policy, FieldError(f"areas.{claim.at}.{kind}", expected, got), "warning")
