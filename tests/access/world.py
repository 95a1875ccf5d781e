"""A council with a paper for every body x state x class, each word that may be secret a canary of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from commissioning.boards.commands import NewBody, NewMember, add_member, create_body
from commissioning.casework import NewCase, create
from commissioning.clock import fresh_id
from commissioning.models.bodies import AgendaItem, Body, Interest
from commissioning.models.cases import Case
from commissioning.models.people import Deputy, Grant, Person, Post, PostHolding
from commissioning.models.reports import Appendix, Report, ReportSignOff, RouteStop, Section, SignOffQuestion
from tests.access.expected import EVERYBODY
from tests.support.council import NOW, Council, make_council

STATES = {"draft": "in_clearance", "shared": "submitted", "published": "published"}
CLASSES = ("open", "exempt", "confidential")


@dataclass
class Paper:
    """One paper and its canaries."""

    id: int
    exposure: str
    secrecy: str
    is_public_body: bool
    canaries: list[str] = field(default_factory=list)
    question: str = ""
    secret_part: str = ""


@dataclass
class World:
    """The council, its people by what they are to every paper, and all papers."""

    council: Council
    papers: list[Paper]

    @property
    def people(self) -> dict[str, int]:
        """Ids by name."""
        return self.council.people


def make_world(engine: Engine) -> World:
    """Build it; about eighteen papers."""
    council = make_council(engine)
    council.write(lambda s: _people(s, council))
    cabinet = council.body()
    council.write(lambda s: _members(s, council, cabinet))
    officers = int(
        council.run(
            "admin", create_body, NewBody("Management Team", "officer", council.posts["clerk"], council.posts["chair"])
        )
    )
    council.write(lambda s: _members(s, council, officers))
    elsewhere = int(
        council.run(
            "admin",
            create_body,
            NewBody("Harbour Board", "partnership", council.posts["clerk"], council.posts["other_chair"]),
        )
    )
    council.run("admin", add_member, elsewhere, NewMember(council.people["member_of_another_body"], date(2026, 1, 1)))
    papers = []
    for body_id, is_public in ((cabinet, True), (officers, False)):
        meeting_id = council.meeting(body_id)
        for exposure, state in STATES.items():
            for secrecy in CLASSES:
                papers.append(
                    council.write(
                        lambda s, a=(body_id, meeting_id, exposure, state, secrecy, is_public): _paper(s, council, *a)
                    )
                )
    return World(council, papers)


def _people(session: Session, council: Council) -> None:
    for name in EVERYBODY:
        if name in council.people or name == "nobody":
            continue
        person = Person(name=name.replace("_", " ").capitalize(), email=f"{name}@example.org", created_at=NOW)
        session.add(person)
        session.flush()
        council.people[name] = person.id
    for code in ("finance", "other_chair"):
        post = Post(
            code=code, name=code.replace("_", " ").capitalize(), speciality="finance" if code == "finance" else None
        )
        session.add(post)
        session.flush()
        council.posts[code] = post.id
    holds = {"finance": "signer", "other_chair": "member_of_another_body"}
    for code, who in holds.items():
        session.execute(
            insert(PostHolding).values(
                post_id=council.posts[code], person_id=council.people[who], from_on=date(2026, 1, 1)
            )
        )
    for name, role in (("auditor", "auditor"), ("administrator", "administrator"), ("officer", "officer")):
        session.execute(
            insert(Grant).values(
                person_id=council.people[name], role=role, scope_kind="organisation", from_on=date(2026, 1, 1)
            )
        )
    session.add(
        Deputy(
            person_id=council.people["author"],
            deputy_id=council.people["authors_deputy"],
            from_on=date(2026, 1, 1),
            to_on=date(2027, 12, 31),
        )
    )


def _members(session: Session, council: Council, body_id: int) -> None:
    rows = [("member", None), ("member_with_interest", None), ("chair", None), ("former_member", date(2026, 3, 1))]
    table = Body.__mapper__.relationships["members"].mapper.local_table
    for name, until in rows:
        session.execute(
            insert(table).values(
                body_id=body_id, person_id=council.people[name], organisation="", is_voting=True,
                from_on=date(2026, 1, 1), to_on=until,
            )
        )  # fmt: skip


def _paper(
    session: Session,
    council: Council,
    body_id: int,
    meeting_id: int,
    exposure: str,
    state: str,
    secrecy: str,
    is_public: bool,
) -> Paper:
    mark = f"{'pub' if is_public else 'off'}{exposure}{secrecy}"
    words = {k: f"zq{k}{mark}" for k in ("title", "section", "advice", "annex", "comment", "question", "part")}
    people, posts = council.people, council.posts
    sign_off = fresh_id()
    case_id = create(
        session,
        council.actor("author", session),
        NewCase(
            "report", f"Paper {words['title']}", f"Safe title {mark}", scope=f"body:{body_id}", secrecy=secrecy,
            roles=[
                ("author", people["author"], None, None),
                ("contributor", people["contributor"], None, None),
                ("sponsor", people["sponsor"], None, None),
                ("asked", None, posts["finance"], sign_off),
                ("clerk", None, posts["clerk"], None),
                ("chair", None, posts["chair"], None),
            ],
            facts=lambda i: [
                Report(
                    case_id=i, meeting_id=meeting_id, is_exempt=secrecy == "exempt",
                    is_confidential=secrecy == "confidential",
                ),
                RouteStop(report_id=i, body_id=body_id, position=1, decides=True),
                Section(
                    id=fresh_id(), report_id=i, position=1, key="summary", heading="Summary", kind="section",
                    text=f"Summary {words['section']}",
                ),
                Section(
                    id=fresh_id(), report_id=i, position=2, key="terms", heading="Terms", kind="section",
                    text=f"Terms {words['part']}", secrecy="exempt",
                ),
                ReportSignOff(
                    id=sign_off, report_id=i, post_id=posts["finance"], speciality="finance",
                    comment=words["comment"], asked_at=NOW,
                ),
            ],
            state=state,
        ),
        now=NOW,
    )  # fmt: skip
    from commissioning.models.reports import Recommendation

    session.add(
        Recommendation(id=fresh_id(), report_id=case_id, position=1, ask="agree", text=f"Agree {words['advice']}")
    )
    session.add(Appendix(id=fresh_id(), report_id=case_id, position=1, letter="A", title=f"Annex {words['annex']}"))
    session.add(
        SignOffQuestion(
            id=fresh_id(), report_id=case_id, sign_off_id=sign_off, asked_by_id=people["signer"],
            asked_of_id=people["author"], question=words["question"], asked_at=NOW,
        )
    )  # fmt: skip
    if exposure != "draft":
        item_state = "listed" if exposure == "shared" else "published"
        create(
            session,
            council.actor("clerk", session),
            NewCase(
                "agenda_item", f"Paper {words['title']}", f"Safe title {mark}", scope=f"body:{body_id}",
                secrecy=secrecy,
                roles=[("clerk", None, posts["clerk"], None)],
                facts=lambda i: [
                    AgendaItem(case_id=i, meeting_id=meeting_id, report_id=case_id, position=case_id % 1000),
                    Interest(
                        item_id=i, report_id=case_id, person_id=people["member_with_interest"], nature="employer",
                        declared_at=NOW,
                    ),
                ],
                state=item_state,
            ),
            now=NOW,
        )  # fmt: skip
    canaries = [words[k] for k in ("title", "section", "advice", "annex", "comment")]
    return Paper(case_id, exposure, secrecy, is_public, canaries, words["question"], words["part"])


_ONE = {
    "report_id": "SELECT case_id FROM reports",
    "meeting_id": "SELECT case_id FROM meetings",
    "body_id": "SELECT case_id FROM bodies",
    "action_id": "SELECT case_id FROM actions",
    "monitoring_meeting_id": "SELECT case_id FROM monitoring_meetings",
    "decision_id": "SELECT case_id FROM decisions",
    "case_id": "SELECT case_id FROM reports UNION SELECT case_id FROM agenda_items UNION SELECT case_id FROM meetings",
    "event_id": "SELECT max(id) FROM events GROUP BY case_id",
    "number": "SELECT id FROM people WHERE id <= 3",
}
_OF_A_REPORT = {
    "section_id": "SELECT report_id, id FROM sections",
    "recommendation_id": "SELECT report_id, id FROM recommendations",
    "appendix_id": "SELECT report_id, id FROM appendices",
    "sign_off_id": "SELECT report_id, id FROM report_sign_offs",
    "person_id": "SELECT case_id, person_id FROM case_roles WHERE role = 'contributor'",
    "passage": "SELECT report_id, 'recommendation-' || id || '-text' FROM recommendations",
    "question_id": "SELECT report_id, id FROM sign_off_questions",
}
_OF_A_CASE = {"task_id": "SELECT case_id, id FROM tasks WHERE closed_at IS NULL"}
_OF_A_BODY = {
    "section_id": "SELECT body_id, id FROM section_templates",
    "membership_id": "SELECT body_id, id FROM memberships",
}
_OF_A_MEETING = {"item_id": "SELECT meeting_id, case_id FROM agenda_items"}


def fillings(session: Session, names: frozenset[str]) -> list[dict[str, int]]:
    """Values for the converters of a path that belong together: a section with the report that it is of."""
    owners = (("report_id", _OF_A_REPORT), ("case_id", _OF_A_CASE), ("meeting_id", _OF_A_MEETING))
    for owner, parts in (*owners, ("body_id", _OF_A_BODY)):
        for part, query in parts.items():
            if names == {owner, part}:
                return [{owner: r[0], part: r[1]} for r in session.execute(text(query))]
    if len(names) == 1 and next(iter(names)) in _ONE:
        (name,) = names
        return [{name: r[0]} for r in session.execute(text(_ONE[name]))]
    return [] if names else [{}]


__all__ = ["Case", "Paper", "World", "fillings", "make_world"]
