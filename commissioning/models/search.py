"""Words to search: one row for each part of a report, each decision, action, plan, cycle, item of the library, with its
own secrecy.

The rows follow their sources by triggers, in the transaction that writes the source, on both engines: no writer can
forget them. Here: the table and the SQL that keeps it. Not here: who may find what (`search.queries`).
"""

# ruff: noqa: S608 - statements are put together from names of this module alone

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commissioning.models.base import Base, BigId, CaseRef, Code, Key, one_of

PART_KINDS = (
    "title",
    "section",
    "recommendation",
    "risk",
    "option",
    "decision",
    "action",
    "unit",
    "unit_name",
    "outcome",
    "improvement",
    "remit",
    "priority",
    "plan_outcome",
    "library",
)
WORDS_TABLE = "search_words"
WORDS_INDEX = "ix_search_parts_words"
PG_WORDS = r"to_tsvector('english', regexp_replace(heading || ' ' || text, '[\W_]+', ' ', 'g'))"
"""The indexed expression; queries must use the same. Words alone: a reference or a tag in the text is none to it."""


class SearchPart(Base):
    """One searchable part. `part_id` is the id of its source row; `report_id` says whose secret part it would be."""

    __tablename__ = "search_parts"
    __table_args__ = (
        UniqueConstraint("kind", "part_id"),
        CheckConstraint(one_of("kind", *PART_KINDS), name="kind"),
    )

    id: Mapped[Key]
    kind: Mapped[Code]
    part_id: Mapped[int] = mapped_column(BigId)
    case_id: Mapped[CaseRef | None] = mapped_column(index=True)
    """None for an item of the library, which is no case."""
    report_id: Mapped[int | None] = mapped_column(BigId)
    heading: Mapped[str]
    text: Mapped[str]
    secrecy: Mapped[Code] = mapped_column(default="open")


@dataclass(frozen=True, slots=True)
class Source:
    """How one table's rows become parts: `select` is the row over NEW (case, report, heading, text, secrecy)."""

    table: str
    kind: str
    key: str
    select: str
    changes: tuple[str, ...]
    """Columns whose change matters."""
    also: str = ""
    """A further statement on update."""
    when: str = ""


_DECIDED = "(SELECT r.secrecy FROM recommendations r WHERE r.id = {}.recommendation_id)"
_MARKED = " OR ".join(f"replace(lower(NEW.text), ' ', '') LIKE '%[{c}]%'" for c in ("exempt", "confidential"))
"""A section with a marked paragraph is found as a whole by those alone who may read all of it."""
SOURCES = (
    Source(
        "cases",
        "title",
        "id",
        "SELECT NEW.id, CASE WHEN NEW.kind = 'report' THEN NEW.id END, NEW.title, NEW.reference, 'open'",
        ("title", "reference"),
        when=one_of("NEW.kind", "report", "cycle", "plan"),
    ),
    Source(
        "sections",
        "section",
        "id",
        "SELECT NEW.report_id, NEW.report_id, NEW.heading, NEW.text,"
        f" CASE WHEN NEW.secrecy = 'open' AND ({_MARKED}) THEN 'exempt' ELSE NEW.secrecy END WHERE NEW.text <> ''",
        ("heading", "text", "secrecy"),
        also="UPDATE search_parts SET secrecy = (SELECT CASE WHEN NEW.secrecy = 'open' THEN r.secrecy"
        " ELSE NEW.secrecy END FROM report_risks r WHERE r.id = search_parts.part_id)"
        " WHERE NEW.key = 'risk' AND kind = 'risk' AND case_id = NEW.report_id",
    ),
    Source(
        "report_risks",
        "risk",
        "id",
        "SELECT NEW.report_id, NEW.report_id, 'Risk', NEW.text || ' ' || NEW.consequence || ' ' || NEW.response,"
        " CASE WHEN NEW.secrecy = 'open' THEN COALESCE((SELECT s.secrecy FROM sections s"
        " WHERE s.report_id = NEW.report_id AND s.key = 'risk'), 'open') ELSE NEW.secrecy END",
        ("text", "consequence", "response", "secrecy"),
    ),
    Source(
        "recommendations",
        "recommendation",
        "id",
        "SELECT NEW.report_id, NEW.report_id, 'Recommendation', NEW.text || ' ' || NEW.reasons || ' ' || NEW.risks,"
        " NEW.secrecy",
        ("text", "reasons", "risks", "secrecy"),
        also="UPDATE search_parts SET secrecy = NEW.secrecy WHERE kind = 'option' AND part_id IN"
        " (SELECT o.id FROM recommendation_options o WHERE o.recommendation_id = NEW.id)",
    ),
    Source(
        "recommendation_options",
        "option",
        "id",
        "SELECT r.report_id, r.report_id, 'To choose from', NEW.text, r.secrecy FROM recommendations r"
        " WHERE r.id = NEW.recommendation_id",
        ("text",),
    ),
    Source(
        "decisions",
        "decision",
        "case_id",
        "SELECT NEW.case_id, NEW.report_id, 'Decision', NEW.text || ' ' || NEW.reasons || ' ' || NEW.comments,"
        f" {_DECIDED.format('NEW')}",
        ("text", "reasons", "comments"),
    ),
    Source(
        "actions",
        "action",
        "case_id",
        "SELECT NEW.case_id, d.report_id, 'Action', NEW.text || ' ' || NEW.measure,"
        f" COALESCE({_DECIDED.format('d')}, 'open')"
        " FROM (SELECT 1 AS one) x LEFT JOIN decisions d ON d.case_id = NEW.decision_id",
        ("text", "measure", "decision_id"),
    ),
    Source(
        "units",
        "unit",
        "case_id",
        "SELECT NEW.case_id, CAST(NULL AS BIGINT), NEW.name, NEW.remit || ' ' || NEW.area, 'open'",
        ("name", "remit", "area"),
    ),
    Source(
        "unit_names",
        "unit_name",
        "id",
        "SELECT NEW.unit_id, CAST(NULL AS BIGINT), 'Earlier name', NEW.name, 'open'",
        ("name",),
    ),
    Source(
        "spec_outcomes",
        "outcome",
        "id",
        "SELECT NEW.specification_id, CAST(NULL AS BIGINT), 'Outcome',"
        " NEW.statement || ' ' || NEW.measure || ' ' || NEW.target_group || ' ' || NEW.priority, 'open'",
        ("statement", "measure", "target_group", "priority"),
    ),
    Source(
        "improvements",
        "improvement",
        "id",
        "SELECT NEW.specification_id, CAST(NULL AS BIGINT), 'Area for improvement', NEW.text, 'open'",
        ("text",),
    ),
    Source(
        "cycles",
        "remit",
        "case_id",
        "SELECT NEW.case_id, CAST(NULL AS BIGINT), 'Remit', NEW.remit, 'open' WHERE NEW.remit <> ''",
        ("remit",),
    ),
    Source(
        "priorities",
        "priority",
        "id",
        "SELECT NEW.plan_id, CAST(NULL AS BIGINT), NEW.code, NEW.title, 'open'",
        ("code", "title"),
    ),
    Source(
        "plan_outcomes",
        "plan_outcome",
        "id",
        "SELECT p.plan_id, CAST(NULL AS BIGINT), 'Outcome',"
        " NEW.statement || ' ' || NEW.measure || ' ' || NEW.target_group, 'open'"
        " FROM priorities p WHERE p.id = NEW.priority_id",
        ("statement", "measure", "target_group"),
    ),
    Source(
        "library_items",
        "library",
        "id",
        "SELECT CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), NEW.title, NEW.figure || ' ' || NEW.text || ' ' ||"
        " NEW.services || ' ' || NEW.impact || ' ' || NEW.source, 'open' WHERE NEW.archived_on IS NULL",
        ("title", "figure", "text", "services", "impact", "source", "archived_on"),
    ),
)


def create_statements(dialect: str) -> list[str]:
    """The SQL that makes the full-text index and the triggers that keep it."""
    return _sqlite() if dialect == "sqlite" else _postgresql()


def _insert(source: Source) -> str:
    kind, key = source.kind, source.key
    return (
        "INSERT INTO search_parts (kind, part_id, case_id, report_id, heading, text, secrecy)"
        f" SELECT '{kind}', NEW.{key}, p.* FROM ({_named(source.select)}) p"
    )


def _named(select: str) -> str:
    """The select as a common table, so that its five columns have names on both engines."""
    return f"WITH q(case_id, report_id, heading, text, secrecy) AS ({select}) SELECT * FROM q"


def _delete(source: Source, row: str) -> str:
    return f"DELETE FROM search_parts WHERE kind = '{source.kind}' AND part_id = {row}.{source.key}"


def _differs(source: Source, word: str) -> str:
    return "(" + " OR ".join(f"OLD.{c} {word} NEW.{c}" for c in source.changes) + ")"


def _sqlite() -> list[str]:
    columns = "rowid, heading, text"
    gone = f"INSERT INTO {WORDS_TABLE}({WORDS_TABLE}, {columns}) VALUES ('delete', OLD.id, OLD.heading, OLD.text);"
    added = f"INSERT INTO {WORDS_TABLE}({columns}) VALUES (NEW.id, NEW.heading, NEW.text);"
    made = [
        f"CREATE VIRTUAL TABLE {WORDS_TABLE} USING fts5(heading, text, content='search_parts', content_rowid='id',"
        " tokenize='porter unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER search_parts_added AFTER INSERT ON search_parts BEGIN {added} END",
        f"CREATE TRIGGER search_parts_gone AFTER DELETE ON search_parts BEGIN {gone} END",
        f"CREATE TRIGGER search_parts_changed AFTER UPDATE OF heading, text ON search_parts BEGIN {gone} {added} END",
    ]
    for s in SOURCES:
        when = f"WHEN {s.when} " if s.when else ""
        also = f"{s.also}; " if s.also else ""
        changed = " AND ".join(x for x in (s.when, _differs(s, "IS NOT")) if x)
        made += [
            f"CREATE TRIGGER {s.table}_searched AFTER INSERT ON {s.table} {when}BEGIN {_insert(s)}; END",
            f"CREATE TRIGGER {s.table}_searched_update AFTER UPDATE OF {', '.join(s.changes)} ON {s.table}"
            f" WHEN {changed} BEGIN {_delete(s, 'OLD')}; {_insert(s)}; {also}END",
            f"CREATE TRIGGER {s.table}_searched_delete AFTER DELETE ON {s.table} BEGIN {_delete(s, 'OLD')}; END",
        ]
    return made


def _postgresql() -> list[str]:
    made = [f"CREATE INDEX {WORDS_INDEX} ON search_parts USING gin ({PG_WORDS})"]
    for s in SOURCES:
        also = f" {s.also};" if s.also else ""
        when = f"WHEN ({s.when}) " if s.when else ""
        changed = " AND ".join(x for x in (s.when, _differs(s, "IS DISTINCT FROM")) if x)
        function = f"EXECUTE FUNCTION {s.table}_searched()"
        made += [
            f"CREATE FUNCTION {s.table}_searched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP <> 'INSERT' THEN {_delete(s, 'OLD')}; END IF;"
            f" IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;"
            f" {_insert(s)};"
            f" IF TG_OP = 'UPDATE' THEN NULL;{also} END IF;"
            " RETURN NEW; END $$",
            f"CREATE TRIGGER {s.table}_searched AFTER INSERT ON {s.table} FOR EACH ROW {when}{function}",
            f"CREATE TRIGGER {s.table}_searched_update AFTER UPDATE OF {', '.join(s.changes)} ON {s.table}"
            f" FOR EACH ROW WHEN ({changed}) {function}",
            f"CREATE TRIGGER {s.table}_searched_delete AFTER DELETE ON {s.table} FOR EACH ROW {function}",
        ]
    return made
