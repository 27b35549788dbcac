"""`gongdan migrate`, `topics apply`, `token issue`: what an operator does by hand before or beside the services."""

import asyncio
from typing import Annotated

import typer

from services.cli.answer import AsJson, answer, misused
from services.cli.settings import Home, Target, common_settings

topics = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The topics of the log.")
token = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Bearer tokens.")

DAYS = 30


@topics.callback()
@token.callback()
def group() -> None:
    """Keep the command's own name (`topics apply`), although there is only one of them."""


def migrate(
    target: Annotated[Target, typer.Option("--target", help="Whose database.")] = Target.ALL,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Bring the databases to the newest shape, making those that are missing; nothing happens where they are."""
    from services.cli.prepare import migrate_databases
    from shared.database.create import create_missing

    settings = common_settings(home=home)
    # A missing address, or a server that is away, is said before Alembic is loaded, which takes a second.
    made = asyncio.run(create_missing({service: settings.database_url(service) for service in target.services}))
    revisions = migrate_databases(settings, target.services)
    lines = [
        f"{service}: {revision}" + (", made now" if service in made else "") for service, revision in revisions.items()
    ]
    answer(revisions, "\n".join(lines), as_json=as_json)


@topics.command("apply")
def apply(home: Home = None, as_json: AsJson = False) -> None:
    """Create the topics that are missing, and check that the others are as their cards say."""
    from services.cli.prepare import make_topics
    from shared.log.topics import topic_cards

    made = asyncio.run(make_topics(common_settings(home=home)))
    kept = [card.name for card in topic_cards() if card.name not in made]
    lines = [f"{name}: made" for name in made] + [f"{name}: as its card says" for name in kept]
    answer({"made": made, "kept": kept}, "\n".join(sorted(lines)), as_json=as_json)


@token.command("issue")
def issue(
    role: Annotated[
        str, typer.Option("--role", help="integration, agent, store, technician, boss, auditor, operator.")
    ],
    name: Annotated[str, typer.Option("--name", help="Who it is; stands in every event that they cause.")],
    store: Annotated[str | None, typer.Option("--store", help="The store of a store or technician.")] = None,
    technician: Annotated[str | None, typer.Option("--technician", help="The technician's id.")] = None,
    days: Annotated[float, typer.Option("--days", help="How long it is good.")] = DAYS,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Issue a token, signed with GONGDAN_TOKEN_KEY, else with the key of the home folder."""
    from shared.identity.keys import load_key
    from shared.identity.tokens import issue_token

    settings = common_settings(home=home)
    key = load_key(home=settings.home, token_key=settings.token_key)
    try:
        text = issue_token(key, role=role, name=name, store_id=store, technician_id=technician, days=days)
    except ValueError as error:
        misused(str(error))
    answer({"token": text, "role": role, "name": name, "days": days}, text, as_json=as_json)
