"""How many examples a property gets: as many as it asks for, more when the profile gives more."""

from typing import Final

from hypothesis import settings

BY_DEFAULT: Final = 100
"""What Hypothesis gives where nobody asks for more."""


def examples(count: int) -> settings:
    """So many, or what a profile with more than usual says; without a deadline, for machines are busy at times."""
    of_profile = settings().max_examples
    return settings(max_examples=count if of_profile <= BY_DEFAULT else max(count, of_profile), deadline=None)
