"""`python -m commissioning.serve`: settings, schema, example council, scheduler and web server, in one command.

One worker process with threads, and the scheduler in it: what the embedded database can use. Past one machine the web
server is gunicorn on `wsgi:app` and the scheduler is `flask scheduler run`. Exit codes: 0 stopped, 1 it cannot run here
(port, database), 2 the settings or definitions are wrong; the words say what to do.
"""

from __future__ import annotations

import importlib.util
import socket
import sys
from typing import TYPE_CHECKING, Any

import click

from config import SettingsError, load_settings

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from config import Settings

THREADS = 8
STOP_WITHIN_S = 10


class CannotServe(Exception):
    """Why the service cannot run here, and what to do."""


def main() -> int:
    """Serve until stopped; the exit code."""
    try:
        settings = load_settings()
    except SettingsError as error:
        click.echo(f"These settings cannot be used:\n{error}", err=True)
        return 2
    from workflows.loading import DefinitionError

    try:
        with _listen(settings) as listener:
            settings = _reached(settings, listener)
            app = _prepare(settings)
            _serve(app, settings, listener)
    except CannotServe as error:
        click.echo(str(error), err=True)
        return 1
    except DefinitionError as error:
        click.echo(f"A workflow definition cannot be used:\n{error}", err=True)
        return 2
    return 0


def _listen(settings: Settings) -> socket.socket:
    """Take the port first: nothing is done if somebody else has it."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.bind, settings.port))
        # Listening only when all is ready would let a second start take the port meanwhile.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"Port {settings.port} on {settings.bind} cannot be used ({error.strerror}). Perhaps the service runs "
            "already; or choose another port, for example: make run PORT=8001"
        ) from None
    return listener


def _reached(settings: Settings, listener: socket.socket) -> Settings:
    """The settings with the address that links lead to: where it listens, unless BASE_URL says another."""
    if "base_url" in settings.model_fields_set:
        return settings
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    return settings.model_copy(update={"base_url": f"http://{host}:{listener.getsockname()[1]}"})


def _prepare(settings: Settings) -> Flask:
    """The application over a database that is there, has the newest schema, and holds the example council if wanted."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    from commissioning import clock, create_app
    from commissioning.casework import texts
    from commissioning.db import Unavailable
    from commissioning.web.database import db

    app = create_app(settings)
    try:
        with app.app_context():
            _upgrade(db.engine, settings)
            texts.check(db.engine)
            if settings.is_demo:
                _only_the_example(db.engine)
                _load_example(db.engine, clock.now())
            db.engine.dispose()  # no connection may pass into the worker process
    except (SQLAlchemyError, Unavailable) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise CannotServe(f"The database cannot be used: {reason}\nSet DATABASE_URL, or make it reachable.") from None
    return app


def _upgrade(engine: Engine, settings: Settings) -> None:
    from sqlalchemy import inspect, text

    from commissioning import dispatching
    from commissioning.db import newest_schema, upgrade

    with engine.connect() as connection:
        has_schema = inspect(connection).has_table("alembic_version")
        schema = connection.scalar(text("SELECT version_num FROM alembic_version")) if has_schema else None
    if schema != newest_schema():
        click.echo("Making the database's schema new." if has_schema else "Making the database.")
        upgrade(settings.absolute_database_url)
    if settings.dispatcher == "procrastinate":
        dispatching.prepare(engine)


def _only_the_example(engine: Engine) -> None:
    """Anybody may sign in as anybody in the example council: nobody real may have an account beside it."""
    from commissioning.accounts.signing_in import DemoRefused, check_demo
    from commissioning.db import reading

    with reading(engine) as session:
        try:
            check_demo(session)
        except DemoRefused as error:
            raise CannotServe(str(error)) from None


def _load_example(engine: Engine, now: Any) -> None:
    """The example council, if the database is empty and the installation has one."""
    if importlib.util.find_spec("commissioning.demo.demo_commands") is None:
        return
    importlib.import_module("commissioning.demo.demo_commands").load_if_empty(engine, now)


def _serve(app: Flask, settings: Settings, listener: socket.socket) -> None:
    from gunicorn.app.base import BaseApplication

    options = {
        "bind": f"fd://{listener.detach()}",  # gunicorn owns and closes it from here on
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "graceful_timeout": STOP_WITHIN_S,
        "loglevel": "warning",
        "proc_name": "commissioning",
        "control_socket_disable": True,
        "when_ready": lambda _server: _tell(settings),
        "post_worker_init": lambda worker: _start_ticking(app, settings, worker),
        "worker_exit": lambda _server, worker: _stop_ticking(worker),
    }

    class Server(BaseApplication):
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    try:
        Server().run()
    except SystemExit as stopped:
        if stopped.code not in (0, None):
            raise CannotServe("The web server stopped by itself; see above.") from None


def _tell(settings: Settings) -> None:
    click.echo(f"\n{settings.service_name} is at {settings.base_url}")
    if settings.is_demo:
        click.echo(f"Sign in at {settings.base_url}/sign-in by one click as any example person.")
    else:
        click.echo("Sign in with an account; the first is made by: flask users add")
    click.echo("Ctrl-C stops everything.")
    sys.stdout.flush()


def _start_ticking(app: Flask, settings: Settings, worker: Any) -> None:
    from commissioning import scheduler
    from commissioning.web.database import db

    with app.app_context():
        worker.engine, worker.ticking = db.engine, scheduler.start(db.engine, settings)


def _stop_ticking(worker: Any) -> None:
    from commissioning import scheduler

    ticking = getattr(worker, "ticking", None)
    if ticking is not None:
        scheduler.stop(ticking)
        worker.engine.dispose()  # the last connection that is closed folds SQLite's log into the database


if __name__ == "__main__":
    sys.exit(main())
