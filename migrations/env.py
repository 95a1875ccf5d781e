"""Alembic's environment: the connection comes from the caller (`commissioning.db.upgrade`) or from the settings."""

from alembic import context

from commissioning.db import make_engine
from commissioning.models import Base
from commissioning.models.search import WORDS_TABLE


def is_ours(name, kind, _parents):
    """The tables behind SQLite's full-text index are made by SQLite, PostgreSQL's word index by `models.search`, the
    tables of workers by Procrastinate."""
    others = (WORDS_TABLE, "procrastinate_")
    return not ((kind == "table" and name and name.startswith(others)) or name == "ix_search_parts_words")


def run(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=False,
        include_name=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is not None:
    run(connection)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        from config import load_settings

        url = load_settings().absolute_database_url
    engine = make_engine(url)
    try:
        with engine.execution_options(writes=True).connect() as opened:
            run(opened)
            opened.commit()
    finally:
        engine.dispose()  # nothing may stay connected: PostgreSQL copies no database that somebody is using
