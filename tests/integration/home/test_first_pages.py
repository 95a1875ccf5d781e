"""First pages by role: what waits, on whom one waits, and what one's part asks (product.md, "what they see first")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select

from commissioning.actors import Actor, Identity, load_actor
from commissioning.casework.errors import NotNow
from commissioning.db import in_transaction, make_engine, reading
from commissioning.demo.sources import load_papers
from commissioning.home import commands
from commissioning.home.queries import Named, get_standing, list_next_meetings
from commissioning.home.queries_boards import get_member_page, list_ladder
from commissioning.models.base import Base
from commissioning.models.bodies import Body
from commissioning.models.cases import Case, Message, Task
from commissioning.models.people import Person
from commissioning.models.reports import Asked
from commissioning.web.database import db
from tests.support.example_council import NOW, SignIn

LI = load_papers()["LI"].title.replace("'", "’")
QUERIES = 45
"""At most so many statements for a first page, whoever reads it and however much there is."""


def words(client: FlaskClient, path: str = "/") -> str:
    """The text of a page, tags taken out."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    text = re.sub(r"<(script|style).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("'", "’").split())


def part(text: str, start: str, end: str) -> str:
    """The words of a page between two headings."""
    return text[text.index(start) : text.index(end, text.index(start))]


def test_author_sees_own_reports_and_who_holds_each_sign_off(sign_in: SignIn) -> None:
    page = words(sign_in("Payment by Results Project Lead"))
    assert "Wednesday 11 March 2026" in page
    assert "working day 8 of March" in page
    others = part(page, "Waiting on others", "Next meetings")
    assert "waiting for Finance" not in others, "its question moved that to the author"
    assert "waiting for Equalities Team since" in others
    assert "Legal" not in others
    own = part(page, "Reports that you write", "Start a report")
    assert LI in own
    assert "Signed: Legal Services, Human Resources" in own
    assert re.search(r"Equalities Team Since .{5,40} Waiting", own)
    assert "Answer a question from Finance Manager" in part(page, "Waiting for you", "Waiting on others")


def test_author_sees_blank_headings_br_40(sign_in: SignIn) -> None:
    page = words(sign_in("Interim Programme Director"))
    assert "Still blank: Revenue, Capital, Land" in page


def test_signer_sees_the_teams_queue_with_what_changed(sign_in: SignIn) -> None:
    page = words(sign_in("Finance Business Partner"))
    queue = part(page, "Sign-offs asked of Finance", "Help")
    assert re.search(r"Foster carers: recruitment campaign .{0,80} Changed since signed What changed: Financial", queue)
    assert LI in queue
    assert "Short breaks" not in queue
    waiting = part(page, "Waiting for you", "Waiting on others")
    assert "overdue" in waiting
    assert waiting.index("overdue") < waiting.index(LI)


def test_sponsor_and_deputy(sign_in: SignIn) -> None:
    assert "Reports that you sponsor" in words(sign_in("Assistant Director of Children’s Services"))
    assert "acting for Assistant Director of Children’s Services" in words(sign_in("Assistant Director, Resources"))


def test_clerk_sees_one_ladder_missing_late_unsigned_quorum_minutes(sign_in: SignIn) -> None:
    ladder = part(words(sign_in("Democratic Services Officer")), "Deadlines of your boards", "Help")
    assert "Late: papers have closed" in ladder
    assert "Minutes due" in ladder
    assert "4 voting members, quorum 3" in ladder
    assert "1 apology" in ladder
    assert "Not in yet" in ladder


def test_member_sees_what_is_asked_and_what_was_decided(sign_in: SignIn) -> None:
    page = words(sign_in("Lead Member for Children"))
    asked = part(page, "Recommendations that ask something of you", "Decided at the last meeting")
    assert "The Board approves the establishment of the Performance and Commissioning Sub-Group" in asked
    assert "purchase of the site" in asked
    decided = part(page, "Decided at the last meeting", "Help")
    assert "Plan evening sessions and the village van (Early Years Policy Officer)" in decided
    assert "Rejected" in decided


def test_secret_papers_are_not_on_the_pages_of_others(sign_in: SignIn) -> None:
    for name in ("Ward Councillor, North", "System Administrator", "Internal Auditor", "HR Manager"):
        page = words(sign_in(name))
        assert "Castle Road" not in page, name
        assert "485,000" not in page, name
    assert "Castle Road" in words(sign_in("Cabinet Member for Resources"))


def test_auditor_administrator_director(sign_in: SignIn) -> None:
    assert "Latest events" in words(sign_in("Internal Auditor"))
    office = words(sign_in("System Administrator"))
    assert "1 post is held by nobody: Procurement Lead" in office
    assert "Papers that stand still" in words(sign_in("Director of Children’s Services"))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "name",
    [
        "Payment by Results Project Lead",
        "Finance Manager",
        "Democratic Services Officer",
        "Lead Member for Children",
        "Director of Children’s Services",
        "System Administrator",
    ],
)
def test_a_first_page_asks_few_questions_of_the_database(example_app: Flask, sign_in: SignIn, name: str) -> None:
    client = sign_in(name)
    client.get("/")
    with example_app.app_context():
        engine = db.engine
    with counted(engine) as sent:
        client.get("/")
    assert len([s for s in sent if s.startswith(("SELECT", "WITH", "INSERT", "UPDATE"))]) <= QUERIES, len(sent)


def test_pages_are_flat_with_history(council: Engine) -> None:
    """The ladder and the member's page ask as often for one board as for all, with all that was ever decided."""
    with reading(council) as session:
        person = session.scalars(select(Person.id).where(Person.name == "Lead Member for Children")).one()
        actor = load_actor(session, person, NOW.date())
        assert actor is not None
        bodies = [Named(b.case_id, b.name) for b in session.scalars(select(Body).order_by(Body.name))]
        standing = get_standing(session, actor, NOW.date())
        assert len(standing.member_of) == 3
    counts = []
    for some in (bodies[:1], bodies):
        with reading(council) as session, counted(council) as sent:
            get_member_page(session, actor, some, NOW.date())
            list_ladder(session, some, actor, NOW.date())
        counts.append(len(sent))
    assert counts[1] <= 12
    assert counts[1] - counts[0] <= 4


def ask_as(council: Engine, name: str, holder: str) -> str:
    """Ask, on LI's paper, the team of that name."""

    def command(session: object) -> str:
        person = session.scalars(select(Person.id).where(Person.name == name)).one()
        actor = load_actor(session, person, NOW.date())
        tasks = session.scalars(
            select(Task).join(Case, Case.id == Task.case_id).where(Case.kind == "report", Task.closed_at.is_(None))
        ).all()
        task = next(t for t in tasks if t.holder_name == holder and t.case.title.startswith("Payment by Results"))
        assert actor is not None
        return commands.ask(session, actor, task.case_id, task.id, "How far are you?", now=NOW)

    return in_transaction(council, command)


def test_ask_is_recorded_once_for_each_person_and_working_day(council: Engine) -> None:
    author = "Payment by Results Project Lead"
    assert ask_as(council, author, "Finance") == "Finance"
    with pytest.raises(NotNow):
        ask_as(council, author, "Finance")
    assert ask_as(council, author, "Equalities Team") == "Equalities Team"
    with reading(council) as session:
        assert len(session.scalars(select(Asked).where(Asked.text == "How far are you?")).all()) == 2
        told = session.scalars(
            select(Person.name)
            .join(Message, Message.person_id == Person.id)
            .where(Message.about == "asked", Message.made_at == NOW)
        ).all()
    assert set(told) == {"Finance Manager", "Finance Business Partner", "Equalities Officer"}


def form_key(client: FlaskClient, path: str) -> dict[str, str]:
    """The key against double sending that a page's form carries."""
    found = re.search(r'name="idempotency_key" value="([^"]+)"', client.get(path).text.split("</header>")[1])
    assert found is not None
    return {"idempotency_key": found[1]}


def test_ask_by_page_is_seen_by_both(sign_in: SignIn) -> None:
    author = sign_in("Payment by Results Project Lead")
    path = re.search(r"/cases/\d+/ask/\d+", author.get("/").text)
    assert path is not None
    text = {"text": "Could you look at it by Friday?"}
    keys = [form_key(author, path[0]) for _ in range(2)]
    assert author.post(path[0], data=keys[0] | text).status_code == 303
    assert "You asked on 11 March" in words(author)
    again = author.post(path[0], data=keys[1] | text)
    assert (again.status_code, text["text"] in again.text) == (409, True)
    asked = author.get(path[0]).text
    assert ("once each working day is enough" in asked, "<textarea" in asked) == (True, False)
    holder = re.search(r"Ask<span[^>]*> ([^<]+?) about", author.get("/").text)
    assert holder is not None
    signer = sign_in({"Finance": "Finance Manager", "Equalities Team": "Equalities Officer"}[holder[1]])
    assert "Payment by Results Project Lead asks: “Could you look at it by Friday?”" in words(signer)
    assert sign_in("Ward Councillor, North").get(path[0]).status_code == 404


def test_an_answer_that_one_waits_for_can_be_asked_for(sign_in: SignIn) -> None:
    """Every line of "Waiting on others" has Ask, that of a question without an answer too."""
    signer, author = sign_in("Finance Manager"), sign_in("Payment by Results Project Lead")
    path = re.search(r"/cases/\d+/ask/questions/\d+", signer.get("/").text)
    assert path is not None
    text = {"text": "Only the year is missing."}
    keys = [form_key(signer, path[0]) for _ in range(2)]
    assert signer.post(path[0], data=keys[0] | text).status_code == 303
    assert "You asked on 11 March" in words(signer)
    again = signer.post(path[0], data=keys[1] | text)
    assert (again.status_code, text["text"] in again.text) == (409, True)
    asked = signer.get(path[0]).text
    assert ("once each working day is enough" in asked, "<textarea" in asked) == (True, False)
    assert "Finance Manager asks: “Only the year is missing.”" in words(author)
    for other in (author, sign_in("Equalities Officer"), sign_in("Ward Councillor, North")):
        assert other.get(path[0]).status_code == 404


def test_search_page_finds_and_marks(sign_in: SignIn) -> None:
    client = sign_in("Lead Member for Children")
    page = client.get("/search?q=Sub-Group").text
    assert "<mark>" in page
    assert "Commissioning Strategy: Update" in page
    assert "Nothing found" in words(client, "/search?q=nowhereatall")
    assert "Castle Road" in words(client, "/search?q=nursery+site")
    assert "Nothing found" in words(sign_in("Ward Councillor, North"), "/search?q=nursery+site")


def test_help_and_accessibility_are_open_to_everybody(example_app: Flask) -> None:
    client = example_app.test_client()
    assert "How a paper goes" in client.get("/help").text
    assert "we do not claim" in client.get("/accessibility").text  # P-26: a statement, honest about what it is not
    assert client.get("/").status_code == 303


def test_the_first_page_goes_through_bodies_and_meetings_and_never_through_every_case(tmp_path: Path) -> None:
    """Cost must not grow with history: also where SQLite has counted the cases, and nothing but the cases."""
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "FROM bodies" in statement:
            raw = connection.connection.driver_connection
            plans.append("\n".join(str(row) for row in raw.execute("EXPLAIN QUERY PLAN " + statement, values)))

    with engine.execution_options(writes=True).connect() as connection:
        Base.metadata.create_all(connection)
        connection.exec_driver_sql("ANALYZE")
        counted = "INSERT INTO sqlite_stat1 VALUES ('cases', 'ix_cases_kind_state', '1000 1000 10')"
        connection.exec_driver_sql(counted)
        connection.commit()
    engine.dispose()
    event.listen(engine, "before_cursor_execute", explain)
    with reading(engine) as session:
        get_standing(session, Actor(Identity(1, "A", frozenset({1, 2}), frozenset())), NOW.date())
        list_next_meetings(session, Actor(Identity(1, "A", frozenset({1, 2}), frozenset())), NOW.date())
    assert len(plans) == 2
    assert not [plan for plan in plans if "SCAN cases" in plan], plans
