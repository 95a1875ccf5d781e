"""How many statements a page takes: a budget for each, and the same number for a long list as for a short one.

quality.md, "Performance": cost must not grow with history. Counted at the driver, over the example council.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from commissioning.db import reading
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.web.database import db
from tests.support.example_council import SignIn

CLERK, OFFICER, SIGNER, AUDITOR = (
    "Partnership Clerk",
    "Commissioning Manager",
    "Finance Manager",
    "Internal Auditor",
)
BUDGETS = {
    "/": (CLERK, 24),
    "/reports": (OFFICER, 10),
    "/reports/<report>": (OFFICER, 46),
    "/meetings": (CLERK, 11),
    "/meetings/<meeting>": (CLERK, 30),
    "/decisions": (CLERK, 9),
    "/actions": (CLERK, 20),
    "/boards/<body>": (CLERK, 27),
    "/search?q=children": (OFFICER, 40),
    "/sign-offs": (SIGNER, 40),
    "/audit": (AUDITOR, 8),
}
"""Who opens the page, and how many statements it may take."""


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The statements that reach the database within."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def statements(example_app: Flask, sign_in: SignIn) -> Callable[[str, str], list[str]]:
    """`statements("/reports", "Finance Manager")`: what the second opening of a page asks the database."""

    def of(path: str, who: str) -> list[str]:
        client = sign_in(who)
        assert client.get(path).status_code == 200, path
        with counting(example_app) as said:
            assert client.get(path).status_code == 200, path
        return said

    return of


def some(session: Session, path: str) -> str:
    """The path with a report, meeting and body in it that have much to show."""
    report = session.scalars(
        select(Case.id).where(Case.kind == "report", Case.state == "published").order_by(Case.id)
    ).first()
    meeting = session.scalars(
        select(Meeting.case_id).join(Case, Case.id == Meeting.case_id).order_by(Meeting.meeting_on)
    ).first()
    body = session.scalars(select(Body.case_id).order_by(Body.case_id)).first()
    for name, value in (("<report>", report), ("<meeting>", meeting), ("<body>", body)):
        path = path.replace(name, str(value))
    return path


@pytest.mark.parametrize("page", sorted(BUDGETS))
def test_a_page_stays_within_its_budget(
    page: str, council: Engine, statements: Callable[[str, str], list[str]]
) -> None:
    who, most = BUDGETS[page]
    with reading(council) as session:
        path = some(session, page)
    said = statements(path, who)
    assert 0 < len(said) <= most, f"{path}: {len(said)} statements, {most} allowed:\n" + "\n".join(said)
