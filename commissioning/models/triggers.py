"""What the database itself refuses, for both engines from one list.

Append-only audit tables, and separation of duties (the second wall; the first is `policy`).
"""

from __future__ import annotations

from dataclasses import dataclass

from commissioning.models import search
from commissioning.models.base import one_of

APPEND_ONLY = ("checkpoints", "checkpoint_leaves", "workflow_texts", "report_editions", "money_entries")
_EVENT_COLUMNS = (
    *("id", "chain", "seq", "case_id", "at", "name", "step", "actor_id", "for_id", "from_state", "to_state"),
    *("version", "request_key", "chained", "hash"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that must not be written: on which table and writes, which rows are looked at (SQL over NEW alone, which
    costs nothing for all others), when they are refused (SQL over NEW and what stands), and what is said."""

    name: str
    table: str
    on: str
    looks_at: str
    when: str
    message: str


def _own_work(person: str, case: str, roles: tuple[str, ...]) -> str:
    return (
        f"EXISTS (SELECT 1 FROM case_roles r WHERE r.case_id = NEW.{case}"
        f" AND {one_of('r.role', *roles)} AND r.person_id = NEW.{person})"
    )


_WRITERS = ("author", "contributor", "past_writer")
_REPORT_OWN = (*_WRITERS, "sponsor", "past_sponsor")
REFUSALS = (
    Refusal(
        "sign_off_own_work",
        "report_sign_offs",
        "INSERT OR UPDATE",
        "NEW.signed_by_id IS NOT NULL",
        _own_work("signed_by_id", "report_id", _REPORT_OWN),
        "nobody signs off their own work",
    ),
    Refusal(
        "sign_off_for_own_work",
        "report_sign_offs",
        "INSERT OR UPDATE",
        "NEW.signed_for_id IS NOT NULL",
        _own_work("signed_for_id", "report_id", _REPORT_OWN),
        "nobody signs off for somebody whose own work it is",
    ),
    Refusal(
        "author_is_not_sponsor",
        "case_roles",
        "INSERT OR UPDATE",
        f"NEW.person_id IS NOT NULL AND {one_of('NEW.role', *_WRITERS, 'sponsor')}",
        "EXISTS (SELECT 1 FROM case_roles r WHERE r.case_id = NEW.case_id AND r.person_id = NEW.person_id"
        f" AND r.id <> NEW.id AND ((NEW.role = 'sponsor' AND {one_of('r.role', *_WRITERS)})"
        f" OR ({one_of('NEW.role', *_WRITERS)} AND r.role = 'sponsor')))",
        "the sponsor of a report is neither its author nor a contributor",
    ),
    Refusal(
        "author_has_signed",
        "case_roles",
        "INSERT OR UPDATE",
        f"NEW.person_id IS NOT NULL AND {one_of('NEW.role', *_REPORT_OWN)}",
        "EXISTS (SELECT 1 FROM report_sign_offs s"
        " WHERE s.report_id = NEW.case_id AND (s.signed_by_id = NEW.person_id OR s.signed_for_id = NEW.person_id))",
        "who has signed a report off cannot become its author, contributor or sponsor",
    ),
    Refusal(
        "acceptance_of_own_return",
        "acceptances",
        "INSERT OR UPDATE",
        "NEW.return_id IS NOT NULL",
        "EXISTS (SELECT 1 FROM returns r WHERE r.case_id = NEW.return_id"
        " AND r.submitted_by_id IN (NEW.accepted_by_id, NEW.accepted_for_id))",
        "nobody accepts a return that they submitted",
    ),
)


def trigger_names() -> list[str]:
    """Every trigger that must exist, for verification."""
    names = [f"{t}_no_{verb}" for t in (*APPEND_ONLY, "events") for verb in ("update", "delete")]
    names += [r.name for r in REFUSALS]
    return names


def create_statements(dialect: str) -> list[str]:
    """The SQL that creates every trigger, those that keep the index of search included."""
    return refusing_statements(dialect) + search.create_statements(dialect)


def refusing_statements(dialect: str) -> list[str]:
    """The SQL that creates the triggers that refuse; verification compares what is there with it."""
    return _sqlite() if dialect == "sqlite" else _postgresql()


def _erasure_only(old: str = "OLD", new: str = "NEW", differs: str = "IS NOT") -> str:
    """True when an update of an event is anything but the erasure of body and salt."""
    same = " OR ".join(f"{old}.{c} {differs} {new}.{c}" for c in _EVENT_COLUMNS)
    return f"{same} OR {new}.body IS NOT NULL OR {new}.salt IS NOT NULL"


def _refused_update(table: str, differs: str) -> str:
    """When an update is refused, where not every one is: anything but lawful erasure."""
    if table == "events":
        return _erasure_only(differs=differs)
    if table == "report_editions":
        same = " OR ".join(f"OLD.{c} {differs} NEW.{c}" for c in ("id", "report_id", "number", "made_at", "sha256"))
        return f"{same} OR NEW.content <> ''"
    return ""


def _sqlite() -> list[str]:
    statements = []
    for table in (*APPEND_ONLY, "events"):
        for verb in ("UPDATE", "DELETE"):
            refused = _refused_update(table, "IS NOT") if verb == "UPDATE" else ""
            when = f"WHEN {refused} " if refused else ""
            statements.append(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for r in REFUSALS:
        for verb in r.on.split(" OR "):
            suffix = "" if verb == "INSERT" else "_update"
            statements.append(
                f"CREATE TRIGGER {r.name}{suffix} BEFORE {verb} ON {r.table} WHEN {r.looks_at} AND {r.when} "
                f"BEGIN SELECT RAISE(ABORT, '{r.message}'); END"
            )
    return statements


def _postgresql() -> list[str]:
    statements = [
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
    ]
    for table in (*APPEND_ONLY, "events"):
        refused = _refused_update(table, "IS DISTINCT FROM")
        when = f"WHEN ({refused}) " if refused else ""
        statements.append(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {when}"
            "EXECUTE FUNCTION refuse_change()"
        )
        statements.append(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        statements.append(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION refuse_change()"
        )
    for r in REFUSALS:
        statements.append(
            f"CREATE FUNCTION {r.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {r.when} THEN "
            f"RAISE EXCEPTION '{r.message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            "RETURN NEW; END $$"
        )
        statements.append(
            f"CREATE TRIGGER {r.name} BEFORE {r.on} ON {r.table} FOR EACH ROW WHEN ({r.looks_at}) "
            f"EXECUTE FUNCTION {r.name}()"
        )
    return statements
