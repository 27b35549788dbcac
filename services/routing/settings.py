"""Every environment variable of routing, with unit and default."""

from pydantic import Field

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """What routing reads from the environment beside what all services share."""

    routing_pool_size_max: int = Field(12, ge=4, le=80)
    """Connections to the database that one process opens at most for requests and loops. Default 12."""
