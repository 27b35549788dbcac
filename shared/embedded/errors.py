"""The one error of the embedded servers: what is wrong, and what a person can do about it."""


class CannotServe(Exception):  # noqa: N818 - an answer for a person, as `Refused` is one for a caller
    """A server cannot be had on this machine as things are; `remedy` says what would change that."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(f"{what}\n{remedy}")
        self.what = what
        self.remedy = remedy
