"""A small council for tests that go over the web: people with posts and roles, two bodies, meetings, papers, tokens.

Here: rows, made through the door where they are cases. Not here: what tests say of them. `SECRET` stands in every word
of the paper that is secret, so that a test can look for it anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from commissioning.accounts.browsers import token_hash
from commissioning.actors import load_actor, system_actor
from commissioning.casework import NewCase, create
from commissioning.clock import fresh_id
from commissioning.db import in_transaction, reading
from commissioning.models.bodies import Body, Meeting, Membership, SectionTemplate
from commissioning.models.people import ApiToken, Grant, Person, Post, PostHolding
from commissioning.models.reports import Recommendation, Report, RouteStop, Section
from commissioning.web.database import db
from tests.support.unit_world import UnitWorld, fill_units
from tests.support.units import Town, add_people

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday, a week without bank holidays."""
SECRET = "Kestrel"
"""The word that nobody may read who may not read the secret paper."""
PEOPLE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "author": (("officer",), ()),
    "colleague": (("officer",), ()),
    "sponsor": (("officer",), ()),
    "lawyer": ((), ("legal",)),
    "clerk": ((), ("clerk",)),
    "chair": ((), ("chair",)),
    "member": ((), ()),
    "director": (("director",), ()),
    "auditor": (("auditor",), ()),
    "administrator": (("administrator",), ()),
}
"""Who there is: roles granted for the organisation, and posts held."""
_BODY = {
    "clear_days": 5,
    "clear_day_rule": "working",
    "notice_days": 0,
    "call_in_days": 5,
    "decides_by": "vote_or_consensus",
    "close_days": 8,
    "close_time": time(12, 0),
    "quorum_divisor": 4,
    "quorum_minimum": 3,
}


@dataclass
class Council:
    """The application with its people by name, their tokens, and its things by name."""

    app: Any
    people: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)

    def write(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run `command(session, ...)` in one transaction."""
        with self.app.app_context():
            return in_transaction(db.engine, command, *args, **kwargs)

    def read(self, query: Callable[[Session], Any]) -> Any:
        """What a reading session finds."""
        with self.app.app_context(), reading(db.engine) as session:
            return query(session)

    def do(self, who: str, command: Callable[..., Any], *args: Any, now: datetime = NOW, **kwargs: Any) -> Any:
        """Run a command as somebody."""

        def run(session: Session) -> Any:
            actor = load_actor(session, self.people[who], now.date())
            return command(session, actor, *args, now=now, **kwargs)

        return self.write(run)

    def token(self, who: str) -> str:
        """The bearer token of somebody."""
        return f"token-of-{who}"


def found_council(app: Any) -> Council:
    """Fill an empty database."""
    council = Council(app)
    council.write(fill, council)
    return council


SUMMER = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
"""A Tuesday, once the units are there: April's returns are met on, May's are open."""


def add_units(council: Council) -> UnitWorld:
    """Two units with all that belongs to one, and tokens of their people; it is SUMMER by then."""
    with council.app.app_context():
        engine = db.engine
    town = Town(engine, {**council.people, "admin": council.people["administrator"]}, council.posts)
    town.write(lambda s: add_people(s, town))
    world = fill_units(town)
    new = {name: i for name, i in town.people.items() if name not in council.people and name != "admin"}
    council.people |= new
    council.write(lambda s: s.add_all(_token(council, name) for name in new))
    return world


def _token(council: Council, name: str) -> ApiToken:
    token = token_hash(council.token(name))
    return ApiToken(person_id=council.people[name], name="tests", token_hash=token, made_at=NOW)


def fill(session: Session, council: Council) -> None:
    """People, bodies, meetings and papers."""
    for code, name in (("clerk", "Democratic Services"), ("chair", "Chair of Cabinet"), ("legal", "Legal team")):
        post = Post(code=code, name=name, kind="team", speciality=code if code == "legal" else None, notice_days=0)
        session.add(post)
        session.flush()
        council.posts[code] = post.id
    for name, (roles, posts) in PEOPLE.items():
        _person(session, council, name, roles, posts)
    for name, public in (("Cabinet", True), ("Management team", False)):
        council.cases[name] = _body(session, council, name, public)
        council.cases[f"{name} meets"] = _meeting(session, council, council.cases[name])
    session.add(
        Membership(body_id=council.cases["Cabinet"], person_id=council.people["member"], from_on=date(2026, 1, 1))
    )
    council.cases["paper"] = _paper(session, council, "Parks", "drafting", "open")
    council.cases["public paper"] = _paper(session, council, "Libraries", "published", "open")
    council.cases["secret paper"] = _paper(session, council, f"{SECRET} sale", "published", "exempt")


def _person(session: Session, council: Council, name: str, roles: tuple[str, ...], posts: tuple[str, ...]) -> None:
    person = Person(name=name.title(), email=f"{name}@example.org", created_at=NOW)
    session.add(person)
    session.flush()
    for role in roles:
        session.add(Grant(person_id=person.id, role=role, from_on=date(2026, 1, 1)))
    for post in posts:
        session.add(PostHolding(post_id=council.posts[post], person_id=person.id, from_on=date(2026, 1, 1)))
    council.people[name] = person.id
    session.add(_token(council, name))


def _officers(council: Council) -> list[tuple[str, int | None, int | None, int | None]]:
    return [("clerk", None, council.posts["clerk"], None), ("chair", None, council.posts["chair"], None)]


def _body(session: Session, council: Council, name: str, public: bool) -> int:
    def facts(case_id: int) -> list[Any]:
        kind = "executive" if public else "officer"
        posts = {"clerk_post_id": council.posts["clerk"], "chair_post_id": council.posts["chair"]}
        body = Body(case_id=case_id, kind=kind, name=name, meets_in_public=public, **posts, **_BODY)
        session.add(body)
        session.flush()
        return [
            SectionTemplate(body_id=case_id, position=1, key="background", heading="Background", kind="section"),
            SectionTemplate(
                body_id=case_id, position=2, key="legal", heading="Legal", kind="implication", speciality="legal"
            ),
        ]

    new = NewCase("body", name, roles=_officers(council), facts=facts, state="sitting")
    return create(session, system_actor("set up"), new, now=NOW)


def _meeting(session: Session, council: Council, body_id: int) -> int:
    def facts(case_id: int) -> list[Any]:
        return [
            Meeting(
                case_id=case_id,
                body_id=body_id,
                meeting_on=date(2026, 4, 1),
                starts_at=time(10, 0),
                papers_close_at=NOW + timedelta(days=14),
                publish_on=date(2026, 3, 24),
                calendar_uid=f"meeting-{case_id}",
            )
        ]

    new = NewCase(
        "meeting", "A meeting", scope=f"body:{body_id}", roles=_officers(council), facts=facts, state="open_for_papers"
    )
    return create(session, system_actor("set up"), new, now=NOW)


def _paper(session: Session, council: Council, title: str, state: str, secrecy: str) -> int:
    people, body_id = council.people, council.cases["Cabinet"]

    def facts(case_id: int) -> list[Any]:
        session.add(
            Report(
                case_id=case_id,
                meeting_id=council.cases["Cabinet meets"],
                purpose=f"Why {title}",
                is_exempt=secrecy == "exempt",
                draft_on=date(2026, 3, 9),
            )
        )
        session.flush()
        texts = [("background", "Background", "section", None), ("legal", "Legal", "implication", "legal")]
        return [
            RouteStop(report_id=case_id, body_id=body_id, position=1),
            *(
                Section(
                    id=fresh_id(), report_id=case_id, position=n, key=key, heading=heading, kind=kind,
                    speciality=speciality, text=f"{title}: {heading}", secrecy=secrecy,
                )
                for n, (key, heading, kind, speciality) in enumerate(texts, 1)
            ),
            Recommendation(
                id=fresh_id(), report_id=case_id, position=1, ask="agree", text=f"Agree to {title}", secrecy=secrecy
            ),
        ]  # fmt: skip

    roles = [("author", people["author"], None, None), ("sponsor", people["sponsor"], None, None), *_officers(council)]
    safe = "A property matter" if secrecy != "open" else title
    new = NewCase(
        "report",
        title,
        safe_title=safe,
        scope=f"body:{body_id}",
        secrecy=secrecy,
        roles=roles,
        facts=facts,
        state=state,
    )
    return create(session, system_actor("set up"), new, now=NOW)
