"""How many statements a page takes: a budget for each, and the same number for a long list as for a short one.

quality.md, "Performance": cost must not grow with history. Counted at the driver, over the example council.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from commissioning import create_app
from commissioning.db import make_engine, reading
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.web.database import db
from config import load_settings
from tests.support.example_council import NOW, CouncilFile, SignIn

SECRETARY = "Democratic Services Officer"
CLERK, OFFICER, SIGNER, AUDITOR, ADMINISTRATOR, DIRECTOR = (
    "Partnership Clerk",
    "Commissioning Manager",
    "Finance Manager",
    "Internal Auditor",
    "System Administrator",
    "Director of Children’s Services",
)
BUDGETS = {
    "/": (CLERK, 18),
    "/reports": (OFFICER, 7),
    "/reports/<report>": (OFFICER, 42),  # whether one may see it and what one is to it: two, in one round trip
    "/meetings": (CLERK, 8),
    "/meetings/<meeting>": (CLERK, 22),
    "/meetings/<held>/live": (SECRETARY, 20),
    "/meetings/<meeting>/pack": (CLERK, 26),
    "/meetings/<meeting>/read": (CLERK, 22),
    "/decisions": (CLERK, 6),
    "/forward-plan": (DIRECTOR, 22),
    "/actions": (CLERK, 11),  # two of them are what there is to filter by
    "/boards/<body>": (CLERK, 20),
    "/search?q=children": (OFFICER, 7),
    "/sign-offs": (SIGNER, 13),
    "/audit": (AUDITOR, 6),
    "/overview": (DIRECTOR, 26),
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
    held = session.scalars(
        select(Case.id).where(Case.kind == "meeting", Case.state.in_(("held", "agenda_published"))).order_by(Case.title)
    ).first()
    body = session.scalars(select(Body.case_id).order_by(Body.case_id)).first()
    for name, value in (("<report>", report), ("<meeting>", meeting), ("<held>", held), ("<body>", body)):
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


LISTS = {
    "/": (CLERK, "<li", None),
    "/reports": (DIRECTOR, "<tr", None),
    "/actions": (CLERK, "<tr", None),
    "/decisions": (DIRECTOR, "<tr", None),
    "/meetings": (CLERK, "<tr", None),
    "/sign-offs": (SIGNER, "<tr", None),
    "/admin/people": (ADMINISTRATOR, "<tr", "?q=Finance"),
    "/audit": (AUDITOR, "<tr", "?event=report.created"),
}
"""Who reads a list, what begins a line of it, what narrows it (None: the small council has fewer lines, or none)."""


def looked_at(engine: Engine, path: str, who: str, line: str) -> tuple[int, int]:
    """How many lines a page has, and how many statements its second opening takes."""
    settings = load_settings(
        database_url=str(engine.url), secret_key="for-tests-alone", demo=True, clock_at=NOW, smtp_url=""
    )
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    with reading(engine) as session:
        person = session.scalars(select(Person.id).where(Person.name == who)).one()
    client = app.test_client()
    assert client.post("/sign-in/example", data={"person": person}).status_code == 303
    client.get(path)
    with counting(app) as said:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True).count(line), len(said)


@pytest.mark.parametrize("page", sorted(LISTS))
def test_a_long_list_takes_no_more_statements_than_a_short_one(
    page: str, council: Engine, council_file: CouncilFile, tmp_path: Path
) -> None:
    who, line, narrowed = LISTS[page]
    if narrowed is None:
        shutil.copyfile(council_file("small"), tmp_path / "small.db")
        smaller = make_engine(f"sqlite:///{tmp_path / 'small.db'}")
        few = looked_at(smaller, page, who, line)
        smaller.dispose()
    else:
        few = looked_at(council, page + narrowed, who, line)
    many = looked_at(council, page, who, line)
    assert few[0] < many[0], (few, many)
    assert many[1] <= few[1] + CONDITIONAL.get(page, 0), (few, many)


CONDITIONAL = {"/": 1}
"""Statements that a section asks only if it has lines at all."""
