"""Rows for the tests of search: an open paper with secret parts, a secret paper, a draft, a decision and an action."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from commissioning.models.bodies import Action, AgendaItem, Body, Decision, Interest, Meeting, Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.models.people import Person, Post
from commissioning.models.reports import Recommendation, RecommendationOption, Report, RouteStop, Section

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = {1: "Author", 2: "Member", 3: "Outsider", 4: "Member with an interest", 5: "Owner"}
BODY, MEETING, ITEM, DECISION, SECRET_DECISION, ACTION = 10, 11, 12, 13, 14, 15
PAPER, SECRET, DRAFT = 20, 21, 22


def case(case_id: int, kind: str, title: str, **more: Any) -> Case:
    """A case of a kind, published and open unless said otherwise."""
    values: dict[str, Any] = {
        "state": "published", "definition": "board-report.v1", "entered_on": TODAY, "exposure": "published",
        "created_at": NOW, "moved_at": NOW, "safe_title": "A paper",
        "reference": f"{kind[:3].upper()}-{case_id:04d}-XXXX",
    }  # fmt: skip
    return Case(id=case_id, kind=kind, title=title, **(values | more))


def add_papers(session: Session) -> None:
    """Store everything."""
    for key, name in PEOPLE.items():
        session.add(Person(id=key, name=name, email=f"{key}@example.org", created_at=NOW))
    session.add(Post(id=1, code="clerk", name="Clerk"))
    session.add(case(BODY, "body", "Board"))
    session.add(case(MEETING, "meeting", "Board, 2 March 2026"))
    session.flush()
    session.add(
        Body(
            case_id=BODY, kind="partnership", name="Board", clerk_post_id=1, chair_post_id=1, clear_days=5,
            clear_day_rule="working", notice_days=0, call_in_days=0, meets_in_public=True, decides_by="consensus",
            close_days=7, close_time=time(10), quorum_divisor=4, quorum_minimum=3,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Meeting(
            case_id=MEETING, body_id=BODY, meeting_on=TODAY, starts_at=time(10), papers_close_at=NOW,
            publish_on=TODAY, calendar_uid="x",
        )
    )  # fmt: skip
    session.add_all([Membership(body_id=BODY, person_id=p, from_on=date(2020, 1, 1)) for p in (2, 4)])
    session.flush()
    _paper(session, PAPER, "Reducing lonely childhoods")
    _paper(session, SECRET, "Buying the quarrybank site", secrecy="exempt")
    _paper(session, DRAFT, "An early sketchbook", exposure="draft", state="drafting")
    session.flush()
    session.add_all(
        [
            Section(id=30, report_id=PAPER, position=1, key="a", heading="Background", kind="section",
                    text="Mentoring schemes reach few families.\n\nA pumpkinseed & a half is only text."),
            Section(id=31, report_id=PAPER, position=2, key="b", heading="Costs", kind="section", secrecy="exempt",
                    text="The canarysum is two million."),
            Section(id=32, report_id=PAPER, position=3, key="c", heading="Blankheading", kind="section", text=""),
            Section(id=33, report_id=SECRET, position=1, key="a", heading="Background", kind="section",
                    text="Mentoring and the canaryprice."),
            Section(id=34, report_id=DRAFT, position=1, key="a", heading="Background", kind="section",
                    text="Mentoring and the canarydraft."),
            Recommendation(id=40, report_id=PAPER, position=1, ask="choose", text="Choose measures", secrecy="open"),
            Recommendation(id=41, report_id=PAPER, position=2, ask="approve", text="Approve the canarysale",
                           secrecy="exempt"),
        ]
    )  # fmt: skip
    session.flush()
    session.add(RecommendationOption(id=45, recommendation_id=40, position=1, text="Breastfeeding prevalence"))
    _decided(session)


def _paper(session: Session, case_id: int, title: str, **more: Any) -> None:
    session.add(case(case_id, "report", title, **more))
    session.flush()
    session.add(Report(case_id=case_id, meeting_id=MEETING))
    session.add(CaseRole(id=case_id * 10, case_id=case_id, role="author", person_id=1))
    session.flush()
    session.add(RouteStop(report_id=case_id, body_id=BODY, position=1))


def _decided(session: Session) -> None:
    session.add_all(
        [
            case(i, k, "Decided", definition=f"{k}.v1")
            for i, k in ((DECISION, "decision"), (SECRET_DECISION, "decision"), (ACTION, "action"))
        ]
    )
    session.add(case(ITEM, "agenda_item", "Item"))
    session.flush()
    session.add(AgendaItem(case_id=ITEM, meeting_id=MEETING, report_id=PAPER, position=1))
    session.add(Interest(line_id=ITEM, report_id=PAPER, person_id=4, nature="A relative works there", declared_at=NOW))
    session.flush()
    for number, (key, recommendation, words) in enumerate(
        ((DECISION, 40, "Two measures were chosen"), (SECRET_DECISION, 41, "The canaryvote was taken")), 1
    ):
        session.add(
            Decision(
                case_id=key, body_id=BODY, meeting_id=MEETING, item_id=ITEM, report_id=PAPER,
                recommendation_id=recommendation, number=number, ask="approve", outcome="agreed", text=words,
                original_text=words, decided_on=TODAY, published_on=TODAY, effective_at=NOW,
            )
        )  # fmt: skip
    session.flush()
    session.add(Action(case_id=ACTION, text="Complete the canarydeed", owner_id=5, decision_id=SECRET_DECISION))
    session.add(CaseRole(id=999, case_id=ACTION, role="owner", person_id=5))
