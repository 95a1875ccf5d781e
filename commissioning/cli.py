"""`flask ...` commands. Errors name file, row and column; exit codes 0, 1 (refused), 2 (usage)."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from commissioning.db import upgrade

database = AppGroup("db", help="The database's schema.")


@database.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    from flask import current_app

    upgrade(str(current_app.config["SQLALCHEMY_DATABASE_URI"]))
    click.echo("The database has the newest schema.")


def install(app: Flask) -> None:
    """Register every command."""
    app.cli.add_command(database)
