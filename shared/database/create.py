"""Make the services' databases where they are missing, on the embedded server and on one's own alike."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.errors import Unavailable
from shared.settings import NotConfigured


async def create_databases(admin_url: str, names: Sequence[str]) -> list[str]:
    """Make those of `names` that the server does not have; answer which were made. Safe to call from several at once.

    `admin_url` names any database of that server, as a user that may make databases. Errors: NotConfigured says
    which right is missing, Unavailable where nobody answers.
    """
    connection = await _connect(admin_url)
    try:
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname = ANY($1)", list(names))
        existing = {row["datname"] for row in rows}
        missing = [name for name in names if name not in existing]
        for name in missing:
            await _create(connection, name)
    finally:
        await connection.close()
    return missing


async def create_missing(urls: Mapping[str, str]) -> list[str]:
    """Make each database that one of `urls` (by service) names and its server lacks; answer the services.

    Connects to the database itself first, so that a user without any further right is enough where it exists.
    """
    made = []
    for service, url in urls.items():
        try:
            await (await _connect(url)).close()
        except asyncpg.InvalidCatalogNameError:
            name = urlsplit(url).path.lstrip("/")
            if await create_databases(_maintenance(url), [name]):
                made.append(service)
    return made


async def _connect(url: str) -> asyncpg.Connection:
    where = without_password(url)
    try:
        return await asyncpg.connect(url, timeout=10)
    except asyncpg.InvalidCatalogNameError:
        raise
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise NotConfigured(
            f"{where}: PostgreSQL does not let us in: {error}. Check user and password in the URL, and that"
            " pg_hba.conf admits this machine."
        ) from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotConfigured(f"{where}: {error}. The user needs CONNECT on this database.") from error
    except asyncpg.TooManyConnectionsError as error:
        raise NotConfigured(f"{where}: {error}. Raise max_connections of the server.") from error
    except (OSError, TimeoutError) as error:
        raise Unavailable(f"{where}: no PostgreSQL answers there ({error}).") from error


async def _create(connection: asyncpg.Connection, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    try:
        await connection.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return  # somebody else made it in the same moment
    except asyncpg.InsufficientPrivilegeError as error:
        user = await connection.fetchval("SELECT current_user")
        raise NotConfigured(
            f"The database {name} is missing and the user {user} may not make it (it lacks CREATEDB)."
            f" Either `ALTER ROLE {user} CREATEDB`, or make it by hand:"
            f" `CREATE DATABASE {quoted} OWNER {user} ENCODING 'UTF8'`."
        ) from error


def _maintenance(url: str) -> str:
    """The same server and user, the database that every server has."""
    return urlunsplit(urlsplit(url)._replace(path="/postgres"))


def without_password(url: str) -> str:
    """The address of a database as it may be shown: user, host, port, name."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.username or ''}@{host}{parts.path}"
