"""The pages: one blueprint for each feature, in the order of the navigation."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Register every feature's pages."""
    from commissioning.accounts.routes_own import blueprint as accounts
    from commissioning.admin.routes_rules import blueprint as admin
    from commissioning.auditing.routes import blueprint as auditing
    from commissioning.home.routes import blueprint as home
    from commissioning.reminders.routes import blueprint as reminders
    from commissioning.search.routes import blueprint as search
    from commissioning.web.health import blueprint as health
    from commissioning.web.steps import blueprint as steps

    for blueprint in (home, accounts, admin, steps, reminders, search, auditing, health):
        app.register_blueprint(blueprint)
