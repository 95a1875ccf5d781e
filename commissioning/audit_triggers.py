"""Whether the database still refuses changes: every trigger there, switched on, and as it was made."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from commissioning.models.triggers import refusing_statements, trigger_names

_NAME = re.compile(r"CREATE (TRIGGER|FUNCTION) (\w+)")


def missing_triggers(session: Session) -> list[str]:
    """Names of triggers that are missing, switched off or altered; sorted."""
    dialect = session.get_bind().dialect.name
    wanted: dict[str, dict[str, str]] = {"TRIGGER": {}, "FUNCTION": {}}
    for statement in refusing_statements(dialect):
        match = _NAME.match(statement)
        assert match is not None
        wanted[match[1]][match[2]] = statement
    unknown = set(trigger_names()) - wanted["TRIGGER"].keys()
    assert not unknown, unknown
    check = _sqlite if dialect == "sqlite" else _postgresql
    return sorted(check(session, wanted["TRIGGER"], wanted["FUNCTION"]))


def _plain(sql: str) -> str:
    return " ".join(sql.split())


def _sqlite(session: Session, triggers: dict[str, str], _functions: dict[str, str]) -> set[str]:
    rows = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    there = {row[0]: _plain(row[1]) for row in rows}
    return {name for name, sql in triggers.items() if there.get(name) != _plain(sql)}


def _postgresql(session: Session, triggers: dict[str, str], functions: dict[str, str]) -> set[str]:
    """Switched-off triggers are told by `tgenabled`; what they run by the body of the function."""
    rows = session.execute(
        text(
            "SELECT t.tgname, t.tgenabled, p.proname, p.prosrc, c.relname, (t.tgtype & 60), t.tgqual IS NOT NULL"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
        )
    )
    bodies = {name: _plain(sql.split("$$")[1]) for name, sql in functions.items()}
    there = {row[0]: row for row in rows}
    return {name for name, sql in triggers.items() if not _is_as_made(there.get(name), sql, bodies)}


_VERBS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


def _is_as_made(row: Any, sql: str, bodies: dict[str, str]) -> bool:
    if row is None:
        return False
    _, enabled, function, source, table, verbs, has_when = row
    match = re.search(r"BEFORE ([A-Z ]+) ON (\w+) .*EXECUTE FUNCTION (\w+)\(\)", sql)
    assert match is not None
    wanted = sum(_VERBS[verb] for verb in match[1].split(" OR "))
    if isinstance(enabled, bytes):
        enabled = enabled.decode()
    return (
        enabled == "O"
        and (function, table, verbs) == (match[3], match[2], wanted)
        and has_when == (" WHEN (" in sql)
        and _plain(source) == bodies[match[3]]
    )
