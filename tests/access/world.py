"""A council with a paper for every body x state x class, each word that may be secret a canary of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine, insert, update
from sqlalchemy.orm import Session

from commissioning.accounts.browsers import token_hash
from commissioning.audit import canonical, sha256
from commissioning.boards.commands import NewBody, NewMember, add_member, create_body
from commissioning.casework import NewCase, create
from commissioning.clock import fresh_id
from commissioning.models.bodies import AgendaItem, Body, Interest
from commissioning.models.cases import Case
from commissioning.models.notices import Notice
from commissioning.models.outside import OutsideComment
from commissioning.models.people import ApiToken, Deputy, Grant, Person, Post, PostHolding
from commissioning.models.publishing import Exemption
from commissioning.models.reports import (
    Appendix,
    Recommendation,
    Report,
    ReportSignOff,
    Risk,
    RouteStop,
    Section,
    SignOffQuestion,
)
from commissioning.models.word import WordCopy, WordReturn
from commissioning.notices.words import SAYS
from commissioning.public.rules import publication_of
from commissioning.word.papers import WordPaper, WordSection
from commissioning.word.writing import write_document
from tests.access.expected import EVERYBODY, PAPER_PEOPLE, may_know, may_know_decision, may_read_question, may_read_word
from tests.access.world_apart import fill_apart
from tests.access.world_decisions import decide
from tests.support.council import NOW, Council
from tests.support.cycle_world import fill_cycles
from tests.support.partner_world import fill_partners
from tests.support.unit_world import UnitWorld, fill_units
from tests.support.units import make_town

STATES = {"draft": "in_clearance", "shared": "submitted", "published": "published"}
CLASSES = ("open", "exempt", "confidential")


@dataclass
class Paper:
    """One paper and its canaries."""

    id: int
    exposure: str
    secrecy: str
    is_public_body: bool
    """Whether it is everybody's, once published: not in a body that does not meet in public, not if restricted."""
    canaries: list[str] = field(default_factory=list)
    question: str = ""
    secret_part: str = ""
    decided: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Its decisions (case, canary): published, on a secret recommendation, and recorded but not published yet."""

    @property
    def facts(self) -> tuple[str, str, bool]:
        """What the oracle goes by."""
        return self.exposure, self.secrecy, self.is_public_body

    @property
    def is_public(self) -> bool:
        """Whether it was put before the public."""
        return self.exposure == "published" and self.secrecy == "open" and self.is_public_body


@dataclass
class World:
    """The council, its people by what they are to every paper, all papers, and what belongs to its units."""

    council: Council
    papers: list[Paper]
    units: UnitWorld

    @property
    def people(self) -> dict[str, int]:
        """Ids by name."""
        return self.council.people

    def forbidden_of_papers(self, who: str) -> list[str]:
        """Canaries of papers that must not reach somebody."""
        words = []
        for paper in self.papers:
            if who == "nobody" and paper.is_public:
                words += [paper.question, paper.secret_part]  # the public edition has its open parts
            elif not may_know(who, paper.exposure, paper.secrecy, is_public_body=paper.is_public_body):
                words += [*paper.canaries, paper.question, paper.secret_part]
            elif not may_read_question(who):
                words.append(paper.question)
            for exposure, (_case, word) in paper.decided.items():
                if not may_know_decision(who, exposure, paper.facts):
                    words.append(word)
        return words

    def forbidden_of_units(self, who: str) -> list[str]:
        """Canaries of units that must not reach somebody."""
        owned = self.units.words.items()
        return [w for (whose, number), words in owned if not may_read_word(who, whose, number) for w in words]


def make_world(engine: Engine) -> World:
    """Build it; nineteen papers, and two units with a month behind them."""
    council = make_town(engine)
    council.now = NOW
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
                a = (body_id, meeting_id, exposure, state, secrecy, is_public)
                papers.append(council.write(lambda s, a=a: _paper(s, council, *a)))
        if is_public:
            a = (body_id, meeting_id, "published", "published", "open", is_public)
            papers.append(council.write(lambda s, a=a: _paper(s, council, *a, restricted=True)))
    units = fill_units(council)
    fill_cycles(units, council, cabinet)
    fill_partners(units, council)
    fill_apart(units, council, papers, (cabinet, officers, elsewhere))
    council.write(lambda s: s.add_all(_token(council, name) for name in EVERYBODY if name != "nobody"))
    return World(council, papers, units)


def _notice(council: Council, report_id: int, body_id: int) -> Notice:
    """A notice that a draft is to be considered in private: public, while nothing else of the draft is."""
    said = canonical(dict.fromkeys(SAYS["private_meeting"], "A matter"))
    return Notice(
        id=fresh_id(), report_id=report_id, body_id=body_id, kind="private_meeting", published_on=NOW.date(),
        published_at=NOW, published_by_id=council.people["clerk"], content=said, sha256=sha256(said),
    )  # fmt: skip


def token_of(who: str) -> str:
    """Somebody's bearer token for the API."""
    return f"token-of-{who}"


def _token(council: Council, who: str) -> ApiToken:
    return ApiToken(person_id=council.people[who], name="tests", token_hash=token_hash(token_of(who)), made_at=NOW)


def _people(session: Session, council: Council) -> None:
    for name in PAPER_PEOPLE:
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
    *,
    restricted: bool = False,
) -> Paper:
    mark = f"{'kept' if restricted else 'pub' if is_public else 'off'}{exposure}{secrecy}"
    words = {k: f"zq{k}{mark}" for k in ("title", "section", "advice", "annex", "comment", "question", "part")}
    people, posts = council.people, council.posts
    sign_off, terms = fresh_id(), fresh_id()
    case_id = create(
        session,
        council.actor("author", session),
        NewCase(
            "report", f"Paper {words['title']}", f"Safe title {mark}", scope=f"body:{body_id}", secrecy=secrecy,
            restricted=restricted,
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
                    id=terms, report_id=i, position=2, key="terms", heading="Terms", kind="section",
                    text=f"Terms {words['part']}", secrecy="exempt",
                ),
                Section(
                    id=fresh_id(), report_id=i, position=3, key="marked", heading="Marked", kind="section",
                    text=f"Open to all.\n[exempt] Marked {words['part']}",
                ),
                Section(
                    id=fresh_id(), report_id=i, position=4, key="risk", heading="Risk", kind="implication",
                    text=f"Risk {words['section']}",
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
    session.add(
        Recommendation(id=fresh_id(), report_id=case_id, position=1, ask="agree", text=f"Agree {words['advice']}")
    )
    for position, (secrecy_of_it, word) in enumerate((("open", "advice"), ("exempt", "part")), 1):
        session.add(
            Risk(
                id=fresh_id(), report_id=case_id, position=position, text=f"Risk {words[word]}", arises="decided",
                rating="low", consequence=f"Follows {words[word]}", secrecy=secrecy_of_it,
            )
        )  # fmt: skip
    session.add(
        Exemption(
            id=fresh_id(), report_id=case_id, level="section", part_id=terms, paragraph=3, reason="Bids are open.",
            review_on=NOW.date(),
        )
    )  # fmt: skip
    session.add(Appendix(id=fresh_id(), report_id=case_id, position=1, letter="A", title=f"Annex {words['annex']}"))
    session.add(
        OutsideComment(
            id=fresh_id(), report_id=case_id, body=f"Forum {words['part']}", asked_by_id=people["author"],
            asked_on=NOW.date(), due_on=NOW.date(), answer="commented", text=f"It said {words['part']}",
            said_by="Its chair", said_on=NOW.date(), secrecy="exempt", recorded_by_id=people["clerk"], recorded_at=NOW,
        )
    )  # fmt: skip
    _in_word(session, case_id, people["author"], f"Summary {words['section']}, rewritten")
    session.add(
        SignOffQuestion(
            id=fresh_id(), report_id=case_id, sign_off_id=sign_off, asked_by_id=people["signer"],
            asked_of_id=people["author"], question=words["question"], asked_at=NOW,
        )
    )  # fmt: skip
    if exposure != "draft":
        item_state = "listed" if exposure == "shared" else "published"
        item_id = create(
            session,
            council.actor("clerk", session),
            NewCase(
                "agenda_item", f"Paper {words['title']}", f"Safe title {mark}", scope=f"body:{body_id}",
                secrecy=secrecy,
                roles=[("clerk", None, posts["clerk"], None)],
                facts=lambda i: [
                    AgendaItem(case_id=i, meeting_id=meeting_id, report_id=case_id, position=case_id % 1000),
                    Interest(
                        line_id=i, report_id=case_id, person_id=people["member_with_interest"], nature="employer",
                        declared_at=NOW,
                    ),
                ],
                state=item_state,
            ),
            now=NOW,
        )  # fmt: skip
        if exposure == "published":
            session.flush()
            session.execute(update(Case).where(Case.id == meeting_id).values(exposure="published"))
            session.add(publication_of(session, session.get_one(Case, case_id), item_id, 1, NOW))
    if exposure == "draft" and secrecy == "exempt" and is_public:
        session.add(_notice(council, case_id, body_id))
    canaries = [words[k] for k in ("title", "section", "advice", "annex", "comment")]
    paper = Paper(case_id, exposure, secrecy, is_public and not restricted, canaries, words["question"], words["part"])
    if exposure == "published":
        paper.decided = decide(session, council, (case_id, secrecy), body_id, meeting_id, mark)
    return paper


def _in_word(session: Session, report_id: int, author: int, text: str) -> None:
    """A copy of the paper that is out, and a document that came back and says what the paper says."""
    asked = WordPaper(fresh_id(), "Paper", "", "", None, "", [WordSection(1, "Summary", text)], None, [], 1)
    content = write_document(asked)
    session.add(
        WordCopy(
            id=asked.copy_id, report_id=report_id, taken_by_id=author, taken_at=NOW, content=content, base="{}"
        )
    )  # fmt: skip
    session.flush()
    session.add(
        WordReturn(
            id=fresh_id(), report_id=report_id, copy_id=asked.copy_id, brought_by_id=author, brought_at=NOW,
            file_name="paper.docx", content=content,
        )
    )  # fmt: skip
