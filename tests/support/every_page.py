"""Every page of the URL map with a person who may read it, found in the example council.

Here: paths and readers. Not here: what is asked of the pages (`tests/browser/test_every_page.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from commissioning.db import reading
from commissioning.web.database import db
from tests.support.example_council import SignIn

OTHERWISE = (
    "Commissioning Manager",
    "System Administrator",
    "Partnership Clerk",
    "Democratic Services Officer",
    "Finance Manager",
    "Internal Auditor",
)
"""Who is asked after the people with a part in the case."""
AT_MOST = 40  # things of a kind that are tried

NO_PAGES = {"look.brand_css", "look.static_file", "static", "health.healthz", "health.readyz"}
"""What answers with no page."""
FILES = {"actions.export", "decisions.export", "reports.appendix_file"}
"""What answers with a file to keep."""
LEADS_ON = {"cases.case"}
"""What leads on to the page of the thing itself."""
IN_DISPUTE = {"reports.disputed"}
"""A page of an answer in dispute, which the example council has none of; read in test_reports_in_browser.py."""
IN_THE_MIDDLE = {"accounts.mail_code", "accounts.authenticator", "accounts.new_password", "accounts.set_up"}
"""Pages in the middle of signing in, read in test_accounts.py: nobody comes to them by their address alone."""

_VALUES = {
    ("report_id",): "SELECT case_id FROM reports ORDER BY case_id DESC",
    ("meeting_id",): "SELECT case_id FROM meetings ORDER BY case_id",
    ("body_id",): "SELECT case_id FROM bodies ORDER BY case_id",
    ("action_id",): "SELECT case_id FROM actions ORDER BY case_id",
    ("decision_id",): "SELECT case_id FROM decisions ORDER BY case_id",
    ("case_id",): "SELECT id FROM cases ORDER BY id",
    ("event_id",): "SELECT id FROM events ORDER BY id",
    ("number",): "SELECT id FROM posts ORDER BY id",
    ("section_id", "report_id"): "SELECT id, report_id FROM sections ORDER BY report_id DESC",
    ("recommendation_id", "report_id"): "SELECT id, report_id FROM recommendations ORDER BY report_id DESC",
    ("appendix_id", "report_id"): "SELECT id, report_id FROM appendices ORDER BY report_id DESC",
    ("sign_off_id", "report_id"): "SELECT id, report_id FROM report_sign_offs ORDER BY report_id DESC",
    ("question_id", "report_id"): "SELECT id, report_id FROM sign_off_questions",
    ("line_id", "action_id"): "SELECT id, action_id FROM action_lines",
    ("membership_id", "body_id"): "SELECT id, body_id FROM memberships",
    ("task_id", "case_id"): "SELECT id, case_id FROM tasks WHERE closed_at IS NULL ORDER BY id",
    ("step_name", "case_id"): "SELECT DISTINCT step, case_id FROM tasks WHERE closed_at IS NULL",
    ("recommendation_id", "item_id", "meeting_id"): (
        "SELECT r.id, i.case_id, i.meeting_id FROM agenda_items i JOIN recommendations r ON r.report_id = i.report_id"
    ),
}
_WITH_A_PART = (
    "SELECT p.name FROM case_roles r LEFT JOIN post_holdings h ON h.post_id = r.post_id AND h.to_on IS NULL "
    "JOIN people p ON p.id IN (r.person_id, h.person_id) WHERE r.case_id = :case_id ORDER BY r.role"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and somebody who may read it (None: who is not signed in)."""

    endpoint: str
    path: str
    who: str | None


class Finder:
    """Looks for each page of an application over the example council."""

    def __init__(self, app: Flask, sign_in: SignIn) -> None:
        self.app = app
        self._sign_in = sign_in
        self.clients: dict[str | None, FlaskClient] = {None: app.test_client()}

    def client(self, who: str | None) -> FlaskClient:
        """A client signed in as somebody."""
        if who not in self.clients:
            assert who is not None
            self.clients[who] = self._sign_in(who)
        return self.clients[who]

    def rules(self) -> list[Rule]:
        """The rules of the URL map that are pages."""
        left_out = NO_PAGES | FILES | LEADS_ON | IN_DISPUTE | IN_THE_MIDDLE
        return [
            rule
            for rule in self.app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            and rule.endpoint not in left_out
            and (not rule.rule.startswith("/api/") or rule.rule == "/api/v1/docs")
        ]

    def every_page(self) -> list[Found]:
        """A page for every rule. Raises LookupError with those that nobody of the example may read."""
        found, missing = [], []
        adapter = self.app.url_map.bind("localhost")
        with self.app.app_context():
            engine = db.engine  # and out of the context again: a client would find its first reader kept there
        with reading(engine) as session:
            for rule in self.rules():
                page = next(self._readable(session, rule, adapter.build), None)
                found.append(page) if page else missing.append(rule.rule)
        if missing:
            raise LookupError(f"nobody of the example may read: {missing}")
        return found

    def _readable(self, session: Session, rule: Rule, build: object) -> Iterator[Found]:
        assert callable(build)
        for values in _fillings(session, rule):
            path = build(rule.endpoint, values)
            case = next((v for n, v in reversed(values.items()) if n.endswith("_id")), None)
            parts = session.execute(text(_WITH_A_PART), {"case_id": case}).scalars() if case else ()
            for who in dict.fromkeys([*(() if values else (None,)), *parts, *OTHERWISE]):
                if self.client(who).get(path).status_code == 200:
                    yield Found(rule.endpoint, path, who)
                    break


def _fillings(session: Session, rule: Rule) -> list[dict[str, object]]:
    if not rule.arguments:
        return [{}]
    names = next((n for n in _VALUES if set(n) == rule.arguments), None)
    if names is None:
        raise LookupError(f"say what stands for {sorted(rule.arguments)} of {rule.rule}")
    rows = session.execute(text(_VALUES[names])).all()[:AT_MOST]
    return [dict(zip(names, row, strict=True)) for row in rows]
