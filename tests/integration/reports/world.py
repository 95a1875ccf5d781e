"""A council with officers, four signing teams and a board, in which a report is written through the commands."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from commissioning.casework import Result
from commissioning.models.bodies import SectionTemplate
from commissioning.models.people import Deputy, Grant, Person, Post, PostHolding
from commissioning.models.reports import Recommendation, ReportSignOff, Section
from commissioning.reports.commands import (
    Wording,
    create_report,
    edit_section,
    name_signer,
    name_sponsor,
    save_recommendation,
)
from commissioning.reports.covers import covered_text, read_parts
from commissioning.reports.sign_offs import sign_off
from tests.support.council import NOW, Council, make_council
from tests.support.kept import made_once

EXTRA = ("lena", "lou", "fin", "una", "olga")
"""lena and lou hold Legal, fin Finance, una Equalities; olga is an officer with no part in anything."""
SECTIONS = (
    ("purpose", "Purpose", "section", None),
    ("background", "Background", "section", None),
    ("legal", "Legal implications", "implication", "legal"),
    ("finance", "Financial implications", "implication", "finance"),
    ("equalities", "Equalities implications", "implication", "equalities"),
)
CLOSED_AT = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
"""The moment at which papers for the meeting close: 10:00 in London, on summer time."""
TEXTS = {
    "purpose": "To ask the Cabinet for a decision on short breaks.",
    "background": "Short breaks are used by 140 families.\nSee Appendix A.",
    "legal": "The Council has the power to do this.",
    "finance": "The cost is £120,000 a year, met from the base budget.",
    "equalities": "None, because nobody’s access changes.",
}


class Papers:
    """The council, one board, one meeting, and a report by `author` with `sponsor`."""

    def __init__(self, engine: Engine, **body: Any) -> None:
        self.council: Council = make_council(engine)
        self.council.write(self._extras)
        self.body = self.council.body(**body)
        self.council.write(self._templates)
        self.meeting = self.council.meeting(self.body)
        self.report = 0

    def _extras(self, session: Session) -> None:
        c = self.council
        for name in EXTRA:
            person = Person(name=name.capitalize(), email=f"{name}@example.org", created_at=NOW)
            session.add(person)
            session.flush()
            c.people[name] = person.id
        session.get_one(Post, c.posts["legal"]).speciality = "legal"
        session.get_one(Post, c.posts["legal"]).standard_wording = "There are no legal implications beyond these."
        for code, name in (("finance", "Finance"), ("equalities", "Equalities")):
            post = Post(code=code, name=name, speciality=code, kind="team")
            session.add(post)
            session.flush()
            c.posts[code] = post.id
        for code, name in (("legal", "lena"), ("legal", "lou"), ("finance", "fin"), ("equalities", "una")):
            row = {"post_id": c.posts[code], "person_id": c.people[name], "from_on": date(2026, 1, 1)}
            session.execute(insert(PostHolding).values(**row))
        for name in ("olga", "sponsor"):
            session.add(Grant(person_id=c.people[name], role="officer", from_on=date(2026, 1, 1)))

    def _templates(self, session: Session) -> None:
        session.execute(delete(SectionTemplate).where(SectionTemplate.body_id == self.body))
        for n, (key, heading, kind, speciality) in enumerate(SECTIONS, 1):
            session.add(
                SectionTemplate(
                    body_id=self.body, position=n, key=key, heading=heading, kind=kind, speciality=speciality
                )
            )

    def draft(self) -> int:
        """A report that is written and ready to be sent for sign-off to Legal and Finance."""
        c = self.council
        self.report = c.run("author", create_report, "Short breaks", self.meeting)
        for key, text in TEXTS.items():
            c.run("author", edit_section, self.report, self.section(key).id, text, 1)
        self.ask("That the Cabinet approves the plan for short breaks")
        c.run("author", name_sponsor, self.report, c.people["sponsor"])
        for post in ("legal", "finance"):
            c.run("author", name_signer, self.report, c.posts[post])
        return self.report

    def ask(self, text: str, ask: str = "approve", **more: Any) -> int:
        """Add a recommendation."""
        made: int = self.council.run("author", save_recommendation, self.report, Wording(ask, text, **more))
        return made

    def out(self) -> int:
        """The draft, sent for sign-off."""
        self.draft()
        self.council.step("author", self.report, "request_clearance")
        return self.report

    def cleared(self) -> int:
        """The report with both sign-offs, at the sponsor."""
        self.out()
        self.sign("lena", "legal")
        self.sign("fin", "finance")
        return self.report

    def submitted(self) -> int:
        """The report approved by its sponsor."""
        self.cleared()
        self.council.step("sponsor", self.report, "submit")
        return self.report

    def sign(self, who: str, post: str, outcome: str = "cleared", **more: Any) -> Result:
        """Answer a sign-off."""
        fields = {"comment": f"In the words of {who}"} | more
        found: Result = self.council.run(who, sign_off, self.report, self.sign_off(post).id, outcome=outcome, **fields)
        return found

    def sign_off(self, post: str) -> ReportSignOff:
        """The sign-off asked of a post."""
        query = select(ReportSignOff).where(
            ReportSignOff.report_id == self.report, ReportSignOff.post_id == self.council.posts[post]
        )
        found: ReportSignOff = self.council.read(lambda s: s.scalars(query).one())
        return found

    def section(self, key: str) -> Section:
        """A section by its key."""
        query = select(Section).where(Section.report_id == self.report, Section.key == key)
        found: Section = self.council.read(lambda s: s.scalars(query).one())
        return found

    def write(self, key: str, text: str, who: str = "author") -> int:
        """Change a section's text; its new version."""
        row = self.section(key)
        found: int = self.council.run(who, edit_section, self.report, row.id, text, row.version)
        return found

    def recommendations(self) -> list[Recommendation]:
        """Recommendations in order."""
        query = select(Recommendation).where(Recommendation.report_id == self.report)
        return list(self.council.read(lambda s: s.scalars(query.order_by(Recommendation.position)).all()))

    def current(self, post: str) -> bool:
        """Whether a signature covers the text as it is now."""
        from commissioning.reports.covers import is_current

        row = self.sign_off(post)
        return bool(self.council.read(lambda s: is_current(read_parts(s, self.report), row)))

    def covered(self, post: str) -> str:
        """The text that a sign-off covers now."""
        row = self.sign_off(post)
        return str(self.council.read(lambda s: covered_text(read_parts(s, self.report), row)))

    def deputy(self, name: str, of: str) -> None:
        """Let somebody act for somebody for all of the year."""
        c = self.council
        row = {"person_id": c.people[of], "deputy_id": c.people[name]}
        c.write(lambda s: s.add(Deputy(from_on=date(2026, 1, 1), to_on=date(2026, 12, 31), **row)))

    @property
    def state(self) -> str:
        """The report's state."""
        return self.council.state(self.report)


@made_once
def make_papers(engine: Engine) -> Papers:
    """The papers in an empty database, with a body of the usual rules."""
    return Papers(engine)
