"""Bring a service's database to the newest shape (Alembic, one history per service)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "routing", "notify", "projection")


def migrate(url: str, service: str) -> str:
    """Migrate the database at `url` (postgresql://…) to the newest revision of `service`; answer that revision.

    Safe to call again and from several processes at once. Not to be called from a running event loop.
    """
    config = configuration(url, service)
    command.upgrade(config, "head")
    return head(service)


def head(service: str) -> str:
    """The newest revision that this program knows for `service`."""
    revision = ScriptDirectory.from_config(configuration("", service)).get_current_head()
    return revision or ""


def configuration(url: str, service: str) -> Config:
    """Alembic's configuration without a file."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "shared" / "database" / "alembic"))
    config.set_main_option("version_locations", str(ROOT / "services" / service / "migrations" / "versions"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    return config
