"""What is found in a paper before it goes out, and the clerk's answer (product.md, "Publishing safely").

Looked at is what the public would read, nothing else: open sections and recommendations, signers' words, the files of
open appendices; and that what is exempt says why. What blocks holds the paper back, and the agenda lists it as to
follow; what warns goes out once the clerk has said why. Either way the clerk has seen it before the agenda is out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.audit import canonical, sha256
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotNow
from commissioning.casework.registry import guard
from commissioning.clock import fresh_id
from commissioning.meetings.queries import find_open_item, list_items
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.publishing import FindingsAnswer
from commissioning.public.safety.kept import signs_of_files
from commissioning.public.safety.personal import signs_in
from commissioning.public.safety.signs import BLOCKER, Sign, unexplained
from commissioning.reports.claimed import list_unexplained, read_exemptions
from commissioning.reports.covers import Parts, read_many_parts
from commissioning.reports.marks import has_marks, open_text
from workflows.registry import Refusal

MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class Spot:
    """A sign and where it stands."""

    where: str
    sign: Sign

    @property
    def is_blocker(self) -> bool:
        """Whether the paper cannot go out with it."""
        return self.sign.severity == BLOCKER


@dataclass(frozen=True, slots=True)
class Looked:
    """A paper that was looked through: its spots, blockers first, and whether the clerk has answered them."""

    report_id: int
    spots: tuple[Spot, ...]
    answer: FindingsAnswer | None

    @property
    def blockers(self) -> list[Spot]:
        """What it cannot go out with."""
        return [s for s in self.spots if s.is_blocker]

    @property
    def digest(self) -> str:
        """What was found, in one code."""
        return digest_of(self.spots)


def digest_of(spots: Sequence[Spot]) -> str:
    """The code of exactly these findings."""
    return sha256(canonical([[s.where, s.sign.code, s.sign.text] for s in spots]))


def look_at(session: Session, reports: Sequence[Any]) -> dict[int, Looked]:
    """What is found in these reports (cases) today. One that is withheld as a whole is not looked at: it stays inside.
    A few queries, however many they are."""
    ids = [r.id for r in reports if r.secrecy == "open" and not r.restricted]
    many = read_many_parts(session, ids)
    hashes = [a.file_sha256 for p in many.values() for a in p.appendices if a.file_sha256 and a.secrecy == "open"]
    files = signs_of_files(session, hashes) if hashes else {}
    rows = session.scalars(select(FindingsAnswer).where(FindingsAnswer.report_id.in_(ids)))
    answers = {(a.report_id, a.digest): a for a in rows}
    kept = read_exemptions(session, ids)
    found = {}
    for report_id, parts in many.items():
        # Why a paper is to follow is read by everybody, so a secret section is not named by its heading.
        names = ("A section" if p.level == "section" else p.name for p in list_unexplained(parts, kept[report_id]))
        secret = [Spot(name, unexplained()) for name in names]
        spots = tuple(sorted([*secret, *_spots(parts, files)], key=lambda s: not s.is_blocker))
        found[report_id] = Looked(report_id, spots, answers.get((report_id, digest_of(spots))))
    return found


def _spots(parts: Parts, files: dict[str, list[Sign]]) -> list[Spot]:
    header = parts.report
    known = (header.contact_email, header.contact_phone)
    secret = {s.speciality for s in parts.sections if s.secrecy != "open" or has_marks(parts.text_of(s))}
    texts = [(s.heading, open_text(parts.text_of(s))) for s in parts.sections if s.secrecy == "open"]
    texts += [
        (
            f"Recommendation {r.position}",
            "\n".join([r.text, r.reasons, r.risks, *(o.text for o in parts.options[r.id])]),
        )
        for r in parts.recommendations
        if r.secrecy == "open"
    ]
    texts += [
        ("A signing officer’s comment", f"{s.comment}\n{s.conditions}")
        for s in parts.sign_offs
        if s.outcome and s.speciality not in secret
    ]
    texts.append(("Background papers", header.background_papers))
    spots = [Spot(where, sign) for where, text in texts for sign in signs_in(text, known)]
    for a in parts.appendices:
        if a.secrecy == "open":
            spots += [Spot(f"Appendix {a.letter}", sign) for sign in files.get(a.file_sha256 or "", [])]
    return spots


def is_for_the_public(session: Session, meeting_id: int) -> bool:
    """Whether papers of a meeting go before the public at all."""
    body_id = session.get_one(Meeting, meeting_id).body_id
    return session.get_one(Body, body_id).meets_in_public


@guard("safe_to_publish@1")
def safe_to_publish(context: Context) -> Refusal | None:
    """Nothing goes out that says more than its pages show, and nothing that warns without the clerk's word."""
    item = find_open_item(context.session, context.case.id)
    if item is None or not is_for_the_public(context.session, item.meeting_id):
        return None
    looked = look_at(context.session, [context.case]).get(context.case.id)
    if looked is None or not looked.spots:
        return None
    if looked.blockers:
        first = looked.blockers[0]
        return Refusal("unsafe", f"{first.where}: {first.sign.text}. {first.sign.do}", "the author")
    if looked.answer is None:
        return Refusal("unanswered", "What was found in it before publication is not answered yet", "the clerk")
    return None


@guard("findings_answered@1")
def findings_answered(context: Context) -> Refusal | None:
    """The clerk has seen, for each paper of the agenda, what was found in it before the agenda goes out."""
    if not is_for_the_public(context.session, context.case.id):
        return None
    items = list_items(context.session, context.case.id, is_open=True)
    cases = context.session.scalars(select(Case).where(Case.id.in_([i.report_id for i in items]))).all()
    waiting = [one for one in look_at(context.session, cases).values() if one.spots and one.answer is None]
    if not waiting:
        return None
    count = f"{len(waiting)} papers have" if len(waiting) > 1 else "One paper has"
    text = f"{count} findings before publication that nobody has answered: see “Before publication”"
    return Refusal("unanswered", text, "the clerk")


def answer_findings(
    session: Session, actor: Actor, report_id: int, digest: str, reason: str, *, now: datetime, key: str | None = None
) -> None:
    """The clerk's word on what was found in a paper: why it goes out with what warns, or that it is to follow.

    Raises Invalid without a reason, NotNow if something else was found meanwhile.
    """
    said = reason.strip()
    if not said:
        raise Invalid({"reason": "Enter why it may go out, or what is done about it"})
    if len(said) > MAX_REASON:
        raise Invalid({"reason": f"The reason must be {MAX_REASON:,} characters or fewer"})

    def change(context: Context) -> None:
        looked = look_at(session, [context.case]).get(report_id)
        if looked is None or not looked.spots or looked.digest != digest:
            raise NotNow([Refusal("changed", "Something else was found meanwhile: look at it again")])
        if looked.answer is None:
            session.add(
                FindingsAnswer(
                    id=fresh_id(),
                    report_id=report_id,
                    digest=digest,
                    reason=said,
                    answered_at=now,
                    answered_by_id=context.person_id,
                )
            )
        context.notes["findings"] = [[s.where, s.sign.code] for s in looked.spots]
        context.reason = said

    amend(
        session, actor, report_id, "report.answer_findings", "report.findings_answered", change,
        now=now, key=key, body=[digest, said],
    )  # fmt: skip
