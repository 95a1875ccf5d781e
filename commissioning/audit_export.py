"""Exports of the audit trail: JSON lines that a third party can verify, and XES for process-mining tools.

JSON lines: a header, every event with its chained bytes and hash, every checkpoint with its leaves, an end line with
counts. Bodies (names, reasons, old and new text) go along unless they were erased, or belong to something secret; then
the line says so and the salt stays here too. `docs/verify/verify_audit.py` verifies such a file with nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import quoteattr  # nosec B406

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.orm import Session

from commissioning.audit import canonical, instant
from commissioning.audit_checkpoints import as_record, leaves_of
from commissioning.audit_verify import FACTS, Progress, events_query, stream
from commissioning.models.bodies import AgendaItem, Decision
from commissioning.models.cases import Case, Checkpoint
from commissioning.models.reports import Appendix, Recommendation, Section, is_secret_part

_WIDTH = len(FACTS)


def has_secret_text() -> ColumnElement[bool]:
    """Over `Case`: whether words of its events may be secret, so that auditors see the events without them.

    A case that is secret or restricted itself; a report with any secret part; its agenda items, decisions, meetings.
    """
    parts = [select(m.report_id).where(is_secret_part(m)) for m in (Section, Recommendation, Appendix)]
    reports = parts[0].union(*parts[1:])
    items = select(AgendaItem.case_id).where(AgendaItem.report_id.in_(reports))
    meetings = select(AgendaItem.meeting_id).where(AgendaItem.report_id.in_(reports))
    decisions = select(Decision.case_id).where(Decision.report_id.in_(reports))
    return or_(
        Case.secrecy != "open",
        Case.restricted,
        *(Case.id.in_(ids) for ids in (reports, items, meetings, decisions)),
    )


def jsonl(session: Session, *, now: datetime, progress: Progress | None = None) -> Iterator[str]:
    """Lines of the export, each with its line break. `session` is one of `audit_verify.snapshot`."""
    secret = set(session.scalars(select(Case.id).where(has_secret_text())))
    total = session.scalars(text("SELECT count(*) FROM events")).one()
    yield _line({"type": "header", "v": 1, "made_at": instant(now)})
    events = 0
    for rows in stream(session, events_query(session)):
        for row in rows:
            chained, stored_hash, salt, body = row[_WIDTH : _WIDTH + 4]
            line = {"type": "event", "chained": chained, "hash": stored_hash}
            if body is None or salt is None:
                line["body"] = "erased"
            elif row[2] in secret:
                line["body"] = "withheld"
            else:
                line |= {"body": "here", "text": body, "salt": salt}
            yield _line(line)
        events += len(rows)
        if progress:
            progress(events, total)
    checkpoints = session.scalars(select(Checkpoint).order_by(Checkpoint.id)).all()
    for checkpoint in checkpoints:
        yield _line(as_record(checkpoint, leaves_of(session, checkpoint.id)))
    yield _line({"type": "end", "events": events, "checkpoints": len(checkpoints)})


def _line(value: dict[str, Any]) -> str:
    return canonical(value) + "\n"


_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/>
    <string key="lifecycle:transition" value="complete"/>
  </global>
  <classifier name="Event" keys="concept:name"/>
"""


def xes(session: Session, *, progress: Progress | None = None) -> Iterator[str]:
    """The log of all cases: one trace for each, one event for each event. No names and no words, only codes and ids."""
    cases = {row.id: row for row in session.execute(select(Case.id, Case.reference, Case.kind, Case.definition))}
    total = session.scalars(text("SELECT count(*) FROM events WHERE case_id IS NOT NULL")).one()
    yield _HEAD
    done, current = 0, None
    for rows in stream(session, events_query(session, "case_id IS NOT NULL")):
        for row in rows:
            facts = dict(zip(FACTS, row, strict=False))
            if facts["chain"] != current:
                yield ("" if current is None else "  </trace>\n") + _trace(cases[facts["case_id"]])
                current = facts["chain"]
            yield _xes_event(facts, json.loads(row[_WIDTH])["system"])
        done += len(rows)
        if progress:
            progress(done, total)
    yield ("" if current is None else "  </trace>\n") + "</log>\n"


def _trace(case: Any) -> str:
    return "  <trace>\n" + "".join(
        _attribute("string", key, value, 4)
        for key, value in (("concept:name", case.reference), ("kind", case.kind), ("definition", case.definition))
    )


def _xes_event(facts: dict[str, Any], system: str | None) -> str:
    who = f"person {facts['actor_id']}" if facts["actor_id"] is not None else f"service: {system or ''}"
    lines = [
        _attribute("string", "concept:name", facts["name"], 6),
        _attribute("date", "time:timestamp", facts["at"], 6),
        _attribute("string", "lifecycle:transition", "complete", 6),
        _attribute("string", "org:resource", who, 6),
    ]
    for name in ("step", "from_state", "to_state"):
        if facts[name] is not None:
            lines.append(_attribute("string", name, facts[name], 6))
    for name in ("seq", "version", "for_id"):
        if facts[name] is not None:
            lines.append(_attribute("int", name, facts[name], 6))
    return "    <event>\n" + "".join(lines) + "    </event>\n"


def _attribute(kind: str, key: str, value: Any, indent: int) -> str:
    return f"{' ' * indent}<{kind} key={quoteattr(key)} value={quoteattr(str(value))}/>\n"
