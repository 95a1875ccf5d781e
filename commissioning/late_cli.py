"""The commands of `flask`, imported when one is asked for: a web process has no use for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from click import ClickException, Command, Context
from flask.cli import AppGroup


class LateCommands(AppGroup):
    """Those of `commissioning.cli`."""

    def list_commands(self, ctx: Context) -> list[str]:
        self._bring()
        return super().list_commands(ctx)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        self._bring()
        return super().get_command(ctx, cmd_name)

    def _bring(self) -> None:
        from commissioning.cli import groups

        if not self.commands:
            self.commands: dict[str, Any] = {command.name or "": _in_words(command) for command in groups()}


def _in_words(command: Command) -> Command:
    """The command, or group of them, which says in words that the database cannot be used, and ends with 1."""
    invoke: Callable[[Context], Any] = command.invoke

    def run(context: Context) -> Any:
        from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError

        from commissioning.db import Unavailable

        try:
            return invoke(context)
        except (Unavailable, OperationalError, InterfaceError, ProgrammingError) as error:
            cause = error.__cause__ if isinstance(error, Unavailable) else error
            if isinstance(cause, ProgrammingError) and getattr(cause.orig, "sqlstate", "") != _NO_SUCH_TABLE:
                raise
            reason = str(cause.orig if isinstance(cause, DBAPIError) else cause).strip()
            raise ClickException(
                f"The database cannot be used: {reason}\n"
                "Set DATABASE_URL, make it reachable, or bring it to the newest schema: flask db upgrade"
            ) from None

    command.invoke = run  # type: ignore[method-assign, assignment]
    return command


_NO_SUCH_TABLE = "42P01"
"""PostgreSQL's code; SQLite says it with an OperationalError."""
