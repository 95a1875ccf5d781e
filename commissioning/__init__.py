"""A workflow and approvals service for public bodies that commission services."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings

ROOT = Path(__file__).parent.parent


def create_app(settings: Settings) -> Flask:
    """The application for these settings. Fails here, not at first use, if anything is missing or undeclared."""
    from flask import Flask
    from flask_wtf.csrf import CSRFProtect
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

    from commissioning import blueprints, clock, dispatching, features
    from commissioning.api import web as api
    from commissioning.db import engine_options, install_rules
    from commissioning.late_cli import LateCommands
    from commissioning.web import access, addresses, errors, headers, look, sessions, shell
    from commissioning.web.database import db
    from commissioning.web.drawing import Environment
    from commissioning.web.form_cookie import FormCookie

    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder="static")
    app.config.from_mapping(settings_config(settings))
    app.jinja_environment = Environment
    app.session_interface = FormCookie()
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), govuk])
    clock.live_at(settings.clock_at)
    dispatching.use(settings.dispatcher)
    features.load_house(settings.nation, settings.workflows_dir)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.absolute_database_url)
    db.init_app(app)
    with app.app_context():
        install_rules(db.engine)
    CSRFProtect(app)
    addresses.install(app)
    _trust_proxies(app, settings.trusted_proxies)
    for part in (headers, sessions, access, errors, look, shell):
        part.install(app)
    blueprints.install(app)
    api.install(app)
    app.cli = LateCommands(app.name)
    access.declared(app)
    return app


def _trust_proxies(app: Flask, proxies: int) -> None:
    """Take the visitor's address and scheme from what that many proxies wrote; without any, nobody's word is taken."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]


def settings_config(settings: Settings) -> dict[str, object]:
    """Flask's configuration from our settings."""
    is_https = settings.base_url.startswith("https://")
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.absolute_database_url,
        "SERVICE_NAME": settings.service_name,
        "ORGANISATION_NAME": settings.organisation_name,
        "BRAND_COLOUR": settings.brand_colour,
        "LOGO_FILE": settings.logo_file,
        "BASE_URL": settings.base_url,
        "IS_HTTPS": is_https,
        "IS_DEMO": settings.is_demo,
        "SESSION_COOKIE_NAME": "__Host-form" if is_https else "form",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 30 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
    }
