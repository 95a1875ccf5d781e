"""The commands of `flask`, imported when one is asked for: a web process has no use for them."""

from __future__ import annotations

from typing import Any

from click import Command, Context
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
            self.commands: dict[str, Any] = {group.name or "": group for group in groups()}
