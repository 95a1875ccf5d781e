"""The pages: one blueprint for each feature, in the order of the navigation."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Register every feature's pages."""
    from commissioning.accounts.routes_own import blueprint as accounts

    for blueprint in (accounts,):
        app.register_blueprint(blueprint)
