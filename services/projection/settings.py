"""What projection reads from the environment beside the common settings."""

from pydantic import Field

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Projection's settings; names in the environment begin with `GONGDAN_`."""

    projection_pool_size: int = Field(10, ge=2, le=50)
    """Connections for answers. Default 10."""

    projection_live_views: int = Field(200, ge=1, le=10_000)
    """Live views and followed logs at once in one process; one more is answered 503. Default 200."""

    projection_at_least_wait_s: float = Field(2.0, gt=0, le=30)
    """Seconds that a read waits for the position it was asked for. Default 2."""
