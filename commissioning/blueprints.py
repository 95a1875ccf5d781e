"""The pages: one blueprint for each feature, in the order of the navigation."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Register every feature's pages."""
    from commissioning.accounts.routes_own import blueprint as accounts
    from commissioning.admin.routes_rules import blueprint as admin
    from commissioning.home.routes import blueprint as home
    from commissioning.search.routes import blueprint as search
    from commissioning.web.steps import blueprint as steps

    for blueprint in (home, accounts, admin, steps, search):
        app.register_blueprint(blueprint)
