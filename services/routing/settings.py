"""Every environment variable of routing, with unit and default."""

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Routing reads from the environment what all services share, and nothing more: its rules are policies."""
