"""`flask ...` commands. Errors name file, row and column; exit codes 0, 1 (refused), 2 (usage)."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from commissioning import clock, dispatching
from commissioning.accounts.cli_commands import Installation as AccountsInstallation
from commissioning.accounts.cli_commands import token_group, user_group
from commissioning.audit_commands import Installation as AuditInstallation
from commissioning.audit_commands import audit_group
from commissioning.backup_commands import backup_command, restore_command
from commissioning.casework.registry import house
from commissioning.contracts.import_commands import import_contracts_command
from commissioning.db import migration_config, upgrade
from commissioning.demo.demo_commands import demo_group
from commissioning.export_commands import export_command
from commissioning.features import all_fires, folders_of
from commissioning.message_commands import Installation as MessageInstallation
from commissioning.message_commands import message_group
from commissioning.money.import_commands import Installation as ImportInstallation
from commissioning.money.import_commands import import_group
from commissioning.reminders.forecast_commands import Installation as ReminderInstallation
from commissioning.reminders.forecast_commands import reminder_group
from commissioning.scheduler_commands import Installation as SchedulerInstallation
from commissioning.scheduler_commands import scheduler_group
from commissioning.specifications.import_commands import import_personal_command
from commissioning.web.database import db
from commissioning.worker_commands import worker_group
from commissioning.workflow_commands import Installation as WorkflowInstallation
from commissioning.workflow_commands import Running, refuse_changed_definitions, workflow_group

database = AppGroup("db", help="The database's schema.")


@database.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    from flask import current_app

    upgrade(str(current_app.config["SQLALCHEMY_DATABASE_URI"]))
    if current_app.config["SETTINGS"].dispatcher == "procrastinate":
        dispatching.prepare(db.engine)
    refuse_changed_definitions(db.engine)
    click.echo("The database has the newest schema.")


def _audited() -> AuditInstallation:
    from flask import current_app

    folder = current_app.config["SETTINGS"].checkpoint_dir
    return AuditInstallation(db.engine, Path(folder) if folder else None, clock.now())


def _scheduled() -> SchedulerInstallation:
    from flask import current_app

    return SchedulerInstallation(db.engine, current_app.config["SETTINGS"])


def _workflows() -> WorkflowInstallation:
    from flask import current_app

    folder = current_app.config["SETTINGS"].workflows_dir
    return WorkflowInstallation(folders_of(folder), house.rules, all_fires())


def _running() -> Running:
    return Running(db.engine, clock.now())


def _importing() -> ImportInstallation:
    return ImportInstallation(db.engine, clock.now())


def _accounts() -> AccountsInstallation:
    from flask import current_app

    config = current_app.config
    house_name = f"{config['ORGANISATION_NAME']} {config['SERVICE_NAME']}"
    return AccountsInstallation(db.engine, clock.now(), bool(config["IS_DEMO"]), house_name, config["SECRET_KEY"])


@database.command("check")
def db_check() -> None:
    """Refuse (exit 1) if the models and the migrations say different things."""
    from alembic import command
    from alembic.util.exc import CommandError
    from flask import current_app

    try:
        command.check(migration_config(str(current_app.config["SQLALCHEMY_DATABASE_URI"])))
    except CommandError as error:
        raise click.ClickException(str(error)) from None


def groups() -> list[click.Command]:
    """Every command, and every group of them."""
    imports = import_group(_importing)
    imports.add_command(import_contracts_command(_importing))
    imports.add_command(import_personal_command(_importing))
    return [
        database,
        demo_group(lambda: db.engine, clock.now),
        audit_group(_audited),
        scheduler_group(_scheduled),
        worker_group(_scheduled),
        user_group(_accounts),
        token_group(_accounts),
        workflow_group(_workflows, _running),
        reminder_group(lambda: ReminderInstallation(db.engine, clock.now())),
        message_group(lambda: MessageInstallation(db.engine, clock.now())),
        imports,
        backup_command(_audited),
        restore_command(_audited),
        export_command(_importing),
    ]
