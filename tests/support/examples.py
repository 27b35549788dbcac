"""How many examples a property gets: as many as it asks for, more when the profile gives more."""

from hypothesis import settings


def examples(least: int) -> settings:
    """At least this many, whatever the profile; without a deadline, for machines are busy at times."""
    return settings(max_examples=max(least, settings().max_examples), deadline=None)
