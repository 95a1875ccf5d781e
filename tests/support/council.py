"""A small council for tests of bodies, meetings and decisions: people, posts, a body, a meeting, papers in any state.

Here: a world that is made through the product's own commands and rows. Nothing here is part of the product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from commissioning import features
from commissioning.actors import Actor, load_actor
from commissioning.audit import sha256
from commissioning.boards.commands import NewBody, NewMember, add_member, create_body
from commissioning.casework import NewCase, create, perform
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.db import in_transaction, reading
from commissioning.meetings.commands import NewMeeting, create_meeting
from commissioning.models.bodies import AgendaItem, Decision, Meeting
from commissioning.models.cases import Case, Event
from commissioning.models.people import Grant, Person, Post, PostHolding
from commissioning.models.publishing import Exemption
from commissioning.models.reports import Recommendation, RecommendationOption, Report, ReportSignOff, RouteStop
from commissioning.reports.claimed import list_unexplained
from commissioning.reports.covers import covered_text, read_parts
from tests.support.kept import made_once
from workflows.london import london_instant

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
"""A Thursday."""
MEETING_ON = date(2026, 11, 3)
"""A Tuesday: papers close Fri 23 Oct at 10:00, publish by Mon 26 Oct; published that day, call-in to Tue 10 Nov."""
PUBLISH_AT = datetime(2026, 10, 26, 10, 0, tzinfo=UTC)
MEETING_AT = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)

PEOPLE = ("admin", "clerk", "chair", "author", "sponsor", "ann", "bob", "cat", "dan", "stranger", "director", "lawyer")


@dataclass
class Council:
    """People by name, posts by code; commands run as one of them at a moment."""

    engine: Engine
    people: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    now: datetime = NOW

    def actor(self, name: str, session: Session) -> Actor:
        """The actor of that name, with today's posts and grants."""
        found = load_actor(session, self.people[name], self.now.date())
        assert found is not None
        return found

    def run(self, who: str, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a command as somebody, in a transaction of its own."""

        def wrapped(session: Session) -> Any:
            return command(session, self.actor(who, session), *args, now=self.now, **kwargs)

        return in_transaction(self.engine, wrapped)

    def step(self, who: str, case_id: int, step: str, **kwargs: Any) -> Any:
        """Take a step as somebody."""
        return self.run(who, perform, case_id, step, **kwargs)

    def read(self, question: Callable[[Session], Any]) -> Any:
        """Ask the database something."""
        with reading(self.engine) as session:
            return question(session)

    def state(self, case_id: int) -> str:
        """The state of a case."""
        return str(self.read(lambda s: s.get_one(Case, case_id).state))

    def events(self, case_id: int) -> list[str]:
        """Names of a case's events, in order."""
        return list(
            self.read(lambda s: s.scalars(select(Event.name).where(Event.case_id == case_id).order_by(Event.seq)).all())
        )

    def write(self, change: Callable[[Session], Any]) -> Any:
        """Write rows past the commands, to set a scene."""
        return in_transaction(self.engine, change)

    def body(self, name: str = "Cabinet", kind: str = "executive", **more: Any) -> int:
        """A body with ann, bob, cat and dan as voting members."""
        new = NewBody(name, kind, self.posts["clerk"], self.posts["chair"], **more)
        body_id: int = self.run("admin", create_body, new)
        for person in ("ann", "bob", "cat", "dan"):
            self.run("admin", add_member, body_id, NewMember(self.people[person], date(2026, 1, 1)))
        return body_id

    def meeting(self, body_id: int, on: date = MEETING_ON) -> int:
        """A meeting of a body at 14:00, a minute later for each that it has on that day; be it at shorter notice."""
        there = select(func.count()).where(Meeting.body_id == body_id, Meeting.meeting_on == on)
        at = time(14, self.read(lambda s: s.scalars(there).one()))
        new = NewMeeting(body_id, on, at, "Room 1", "It cannot wait")
        found: int = self.run("clerk", create_meeting, new)
        return found

    def report(
        self,
        meeting_id: int,
        recommendations: list[dict[str, Any]],
        *,
        state: str = "submitted",
        title: str = "Short breaks",
        route: list[tuple[int, bool]] | None = None,
        signed: bool = True,
        **facts: Any,
    ) -> int:
        """A paper with recommendations, in a state, put there past its own workflow."""

        def make(session: Session) -> int:
            scope = session.get_one(Case, meeting_id).scope
            sign_off = fresh_id()
            case_id = create(
                session,
                self.actor("author", session),
                NewCase(
                    "report",
                    title,
                    f"Paper: {title[:5]}",
                    scope=scope,
                    roles=[
                        ("author", self.people["author"], None, None),
                        ("sponsor", self.people["sponsor"], None, None),
                        ("clerk", None, self.posts["clerk"], None),
                        ("chair", None, self.posts["chair"], None),
                        ("asked", None, self.posts["legal"], sign_off),
                    ],
                    facts=lambda i: [
                        Report(case_id=i, meeting_id=meeting_id, **facts),
                        ReportSignOff(
                            id=sign_off, report_id=i, post_id=self.posts["legal"], speciality="legal", asked_at=self.now
                        ),
                    ],
                    state=state,
                ),
                now=self.now,
            )
            body_id = int(str(scope).rpartition(":")[2])
            for position, (stop, decides) in enumerate(route or [(body_id, True)], 1):
                session.add(RouteStop(report_id=case_id, body_id=stop, position=position, decides=decides))
            for position, given in enumerate(recommendations, 1):
                values = {"ask": "agree", "text": f"That recommendation {position} be agreed"} | given
                options = values.pop("options", [])
                recommendation = fresh_id()
                session.add(Recommendation(id=recommendation, report_id=case_id, position=position, **values))
                session.flush()
                for n, text in enumerate(options, 1):
                    session.add(
                        RecommendationOption(id=fresh_id(), recommendation_id=recommendation, position=n, text=text)
                    )
            session.flush()
            if signed:
                self.explain(session, case_id)
                self.sign(session, case_id)
            return case_id

        return int(self.write(make))

    def sign(self, session: Session, report_id: int) -> None:
        """Let Legal have cleared a report as it stands."""
        sign_off = session.scalars(select(ReportSignOff).where(ReportSignOff.report_id == report_id)).one()
        text = covered_text(read_parts(session, report_id), sign_off)
        sign_off.outcome, sign_off.signed_by_id, sign_off.signed_at = "cleared", self.people["lawyer"], self.now
        sign_off.content, sign_off.content_sha256 = text, sha256(text)
        session.flush()

    def explain(self, session: Session, report_id: int) -> None:
        """Let it be recorded why the exempt parts of a report are withheld."""
        for part in list_unexplained(read_parts(session, report_id), []):
            given = {"paragraph": 3, "reason": "Bids are still open.", "review_on": date(2027, 1, 5)}
            which = {"id": fresh_id(), "report_id": report_id, "level": part.level, "part_id": part.part_id}
            session.add(Exemption(**which, **given))
        session.flush()

    def submit(self, report_id: int) -> None:
        """Let a report that is being written be cleared by Legal and submitted, past its own workflow."""

        def make(session: Session) -> None:
            asked = {"asked_at": self.now, "post_id": self.posts["legal"], "speciality": "legal"}
            session.add(ReportSignOff(id=fresh_id(), report_id=report_id, **asked))
            session.execute(update(Case).where(Case.id == report_id).values(state="submitted", exposure="shared"))
            session.flush()
            self.sign(session, report_id)

        self.write(make)

    def recommendations(self, report_id: int) -> list[int]:
        """Ids of a report's recommendations, in order."""
        return list(
            self.read(
                lambda s: s.scalars(
                    select(Recommendation.id)
                    .where(Recommendation.report_id == report_id)
                    .order_by(Recommendation.position)
                ).all()
            )
        )

    def items(self, meeting_id: int) -> list[int]:
        """Ids of a meeting's items, in order."""
        query = select(AgendaItem.case_id).where(AgendaItem.meeting_id == meeting_id)
        return list(self.read(lambda s: s.scalars(query.order_by(AgendaItem.position, AgendaItem.case_id)).all()))

    def decisions(self, meeting_id: int) -> list[Decision]:
        """A meeting's decisions by number."""
        query = select(Decision).where(Decision.meeting_id == meeting_id).order_by(Decision.number)
        return list(self.read(lambda s: s.scalars(query).all()))

    def at(self, day: date, hour: int = 12) -> None:
        """Let it be that day, at that hour in London."""
        self.now = london_instant(day, time(hour))


@made_once
def make_council(engine: Engine) -> Council:
    """People, two posts and their holders, in an empty database."""
    if not house.workflows:
        features.load_house("england")
    council = Council(engine)

    def people(session: Session) -> None:
        for name in PEOPLE:
            person = Person(name=name.capitalize(), email=f"{name}@example.org", created_at=NOW)
            session.add(person)
            session.flush()
            council.people[name] = person.id
        for code, second in (
            ("clerk", "Head of Democratic Services"),
            ("chair", "Chair of Cabinet"),
            ("legal", "Legal"),
        ):
            post = Post(code=code, name=second)
            session.add(post)
            session.flush()
            council.posts[code] = post.id
            holder = council.people["lawyer" if code == "legal" else code]
            session.execute(insert(PostHolding).values(post_id=post.id, person_id=holder, from_on=date(2026, 1, 1)))
        for name, role in (("admin", "administrator"), ("author", "officer"), ("director", "director")):
            session.execute(
                insert(Grant).values(
                    person_id=council.people[name], role=role, scope_kind="organisation", from_on=date(2026, 1, 1)
                )
            )

    council.write(people)
    return council
