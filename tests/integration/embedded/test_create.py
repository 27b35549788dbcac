"""Databases are made where they are missing, and a missing right is named."""

import secrets
from collections.abc import Iterator

import asyncpg
import pytest

from shared.database.create import create_databases, create_missing
from shared.errors import Unavailable
from shared.settings import NotConfigured
from tests.support.databases import execute, named
from tests.support.servers import TestServers

NAME = f"made_{secrets.token_hex(4)}"


@pytest.fixture
def stranger(servers: TestServers) -> Iterator[str]:
    """The URL of a user who may connect and no more."""
    execute(servers.admin_url, f"CREATE ROLE stranger_{NAME} LOGIN PASSWORD 'secret'")
    where = servers.admin_url.rpartition("@")[2]
    yield f"postgresql://stranger_{NAME}:secret@{where}"
    execute(servers.admin_url, f"DROP ROLE stranger_{NAME}")


@pytest.fixture
def name(servers: TestServers) -> Iterator[str]:
    yield NAME
    execute(servers.admin_url, f'DROP DATABASE IF EXISTS "{NAME}"')


async def test_what_is_missing_is_made_and_what_is_there_is_left(servers: TestServers, name: str) -> None:
    assert await create_databases(servers.admin_url, [name]) == [name]
    assert await create_databases(servers.admin_url, [name]) == []


async def test_the_database_of_a_url_is_made(servers: TestServers, name: str) -> None:
    url = named(servers.admin_url, name)
    assert await create_missing({"intake": url}) == ["intake"]
    assert await create_missing({"intake": url}) == []


async def test_a_user_without_the_right_is_told_which_one(stranger: str) -> None:
    with pytest.raises(NotConfigured, match=r"lacks CREATEDB.*ALTER ROLE stranger_.*CREATE DATABASE"):
        await create_missing({"intake": named(stranger, NAME)})


async def test_a_wrong_password_is_told_without_it(servers: TestServers, stranger: str) -> None:
    with pytest.raises(NotConfigured, match="does not let us in") as raised:
        await create_missing({"intake": stranger.replace(":secret@", ":wrong@")})
    assert "wrong" not in str(raised.value)


async def test_a_server_that_is_away_is_told() -> None:
    with pytest.raises(Unavailable, match="no PostgreSQL answers there"):
        await create_databases("postgresql://somebody@127.0.0.1:1/postgres", [NAME])


async def test_a_user_without_rights_is_enough_where_the_database_exists(
    servers: TestServers, stranger: str, name: str
) -> None:
    await create_databases(servers.admin_url, [name])
    assert await create_missing({"intake": named(stranger, name)}) == []
    connection = await asyncpg.connect(named(stranger, name))
    await connection.close()
