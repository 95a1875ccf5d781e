"""Databases of PostgreSQL that a test is done with, emptied for the next one: a new one takes ten times as long.

Emptied is one that nobody could tell from a new one: no row but those that the migrations put there, no number drawn,
nobody connected. One whose schema was changed, that held much, or that somebody still works in is dropped instead. With
a database stay its connections: what PostgreSQL looked up and planned for one test it need not for the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Engine, create_engine

MUCH: Final = 5_000
"""Rows; what was deleted takes room until it is swept, and a new database is cheaper than that."""
OFTEN: Final = 60
"""So many tests use one database one after the other."""
_CATALOGS: Final = (
    "pg_class",
    "pg_attribute",
    "pg_constraint",
    "pg_index",
    "pg_trigger",
    "pg_proc",
    "pg_namespace",
    "pg_db_role_setting",
)
_CONNECTED: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
_DRAWN: Final = (
    "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences"
    " WHERE last_value IS NOT NULL"
)
lent: Final[dict[str, Reused]] = {}
"""Those that tests have now, by their address as SQLAlchemy writes it."""


class Reused:
    """One database, with a connection of its own that stays open while tests come and go. `uri` is libpq's address,
    `url` SQLAlchemy's."""

    def __init__(self, name: str, uri: str, url: str) -> None:
        self.name, self.url = name, url
        self._uses = 0
        self._engine: Engine | None = None
        # As replica: no trigger and no foreign key is asked when rows go.
        self._connection = psycopg.connect(
            uri, autocommit=True, options="-c session_replication_role=replica -c lock_timeout=5s"
        )
        names = [str(name) for (name,) in self._all("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        self._which = sql.SQL(" UNION ALL ").join(
            sql.SQL("(SELECT {} FROM {} LIMIT 1)").format(sql.Literal(name), sql.Identifier(name)) for name in names
        )
        self._migrated = {str(name) for (name,) in self._connection.execute(self._which, prepare=True)}
        self._stood = self._standing()

    def engine(self, make: Callable[[], Engine]) -> Engine:
        """One of the many engines of tests, all with the connections of the first, which is made by `make`."""
        self._engine = self._engine or make()
        one = Engine(self._engine.pool, self._engine.dialect, self._engine.url)
        vars(one)["dispose"] = lambda close=True: None  # the connections are not its own
        return one

    def emptied(self) -> bool:
        """Empty it; False if it is not as good as new, and is to be dropped."""
        self._uses += 1
        try:
            return (
                self._uses < OFTEN
                and self._all(_CONNECTED) == [(1 + self._idle(),)]
                and self._empty() < MUCH
                and self._standing() == self._stood
            )
        except psycopg.Error:
            return False

    def close(self) -> None:
        """Let go of it, before it is dropped."""
        self._connection.close()
        if self._engine is not None:
            self._engine.dispose()

    def _all(self, statement: LiteralString) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, prepare=True).fetchall()

    def _idle(self) -> int:
        """How many connections wait for the next test; -1 if any is still in use."""
        pool: Any = self._engine.pool if self._engine else None
        if pool is None:
            return 0
        return -1 if pool.checkedout() else pool.checkedin()

    def _standing(self) -> list[tuple[Any, ...]]:
        """What would be another after any change of the schema, or of what the migrations put into tables."""
        parts = [
            sql.SQL("SELECT count(*), max(xmin::text::bigint) FROM {}").format(sql.Identifier(name))
            for name in (*_CATALOGS, *sorted(self._migrated))
        ]
        return self._connection.execute(sql.SQL(" UNION ALL ").join(parts), prepare=True).fetchall()

    def _empty(self) -> int:
        """Delete every row that a test put there; returns how many."""
        gone = 0
        with self._connection.transaction():
            for (name,) in self._connection.execute(self._which, prepare=True).fetchall():
                if name not in self._migrated:
                    gone += self._connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name))).rowcount
            self._all(_DRAWN)
        return gone


def share_connections() -> None:
    """From now on engines of a database that is lent to a test have its connections."""
    from sqlalchemy.engine import create as sqlalchemys

    from commissioning import db

    def made(url: Any, **options: Any) -> Engine:
        reused = lent.get(url if isinstance(url, str) else url.render_as_string(hide_password=False))
        return reused.engine(lambda: create_engine(url, **options)) if reused else create_engine(url, **options)

    sqlalchemys.create_engine = made  # where flask-sqlalchemy's come from
    vars(db)["create_engine"] = made
