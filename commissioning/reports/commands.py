"""Writing a report: its header, people, sections, recommendations and appendices. Every change goes through the door.

Each part has its own version: a save on a stale one raises `Stale` with both texts, and nothing that was typed is lost.
Signing, questions and asking are `sign_offs`.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create
from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound, Stale
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body, Meeting, SectionTemplate
from commissioning.models.cases import CaseRole
from commissioning.models.people import Person, Post
from commissioning.models.reports import (
    Appendix,
    Recommendation,
    RecommendationOption,
    Report,
    ReportSignOff,
    RouteStop,
    Section,
)
from commissioning.policy import Party, may_globally
from workflows.registry import Refusal

MAX_TITLE = 300
MAX_TEXT = 100_000


@dataclass(frozen=True)
class Header:
    """A report's header as typed (LI-01, LI-02, BR-39). None leaves a field as it is."""

    title: str | None = None
    safe_title: str | None = None
    restricted: bool | None = None
    purpose: str | None = None
    report_of: str | None = None
    ward: str | None = None
    presenting_officer: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    is_confidential: bool | None = None
    is_exempt: bool | None = None
    exempt_paragraph: int | None = None
    public_interest: str | None = None
    exempt_review_on: date | None = None
    is_key_decision: bool | None = None
    key_reason: str | None = None
    background_papers: str | None = None
    draft_on: date | None = None
    sign_off_on: date | None = None


@dataclass(frozen=True)
class Wording:
    """A recommendation as typed. `options` are (text, suggested) for what is to be chosen from."""

    ask: str
    text: str
    reasons: str = ""
    risks: str = ""
    amount_pence: int | None = None
    deadline_on: date | None = None
    least: int | None = None
    most: int | None = None
    options: Sequence[tuple[str, bool]] = field(default_factory=tuple)
    about_id: int | None = None
    about_step: str | None = None
    secrecy: str = "open"


def create_report(
    session: Session,
    actor: Actor,
    title: str,
    meeting_id: int,
    *,
    now: datetime,
    key: str | None = None,
    header: Header | None = None,
    route: Sequence[tuple[int, bool]] = (),
) -> int:
    """Start a report for a meeting, with the sections of that body's template; its case id.

    `route` are further (body id, decides) after the meeting's own; the first body that decides need not be the first.
    Raises Forbidden, NotFound or Invalid.
    """
    if not may_globally(actor, "reports.create"):
        raise Forbidden([Refusal("not_yours", "Only officers can start a report")])
    _check_title(title)
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise Invalid({"meeting_id": "Choose a meeting"})
    stops = list(route) or [(meeting.body_id, True)]
    if meeting.body_id not in [b for b, _ in stops]:
        stops.insert(0, (meeting.body_id, False))
    bodies = {b.case_id: b for b in session.scalars(select(Body).where(Body.case_id.in_([b for b, _ in stops])))}
    if len(bodies) != len(stops):
        raise Invalid({"route": "Choose bodies that exist, each once"})
    fields = header or Header()
    assert actor.person_id is not None
    roles: list[tuple[str, int | None, int | None, int | None]] = [("author", actor.person_id, None, None)]
    for role, post in dict.fromkeys(
        (role, post) for b in bodies.values() for role, post in (("clerk", b.clerk_post_id), ("chair", b.chair_post_id))
    ):
        roles.append((role, None, post, None))
    values = {n: v for n, v in vars(fields).items() if v is not None and n not in {"title", "safe_title", "restricted"}}
    case_id = create(
        session,
        actor,
        NewCase(
            "report",
            title.strip(),
            safe_title=(fields.safe_title or "").strip(),
            scope=f"body:{meeting.body_id}",
            secrecy=_secrecy(fields.is_confidential, fields.is_exempt),
            restricted=bool(fields.restricted),
            roles=roles,
            facts=lambda case_id: [
                Report(case_id=case_id, meeting_id=meeting_id, **values),
                *_first_sections(session, case_id, meeting.body_id),
            ],
            body={"meeting": meeting_id, "route": stops},
        ),
        now=now,
        key=key,
    )
    if not session.scalars(select(RouteStop.id).where(RouteStop.report_id == case_id)).first():
        rows = [{"report_id": case_id, "body_id": b, "position": n, "decides": d} for n, (b, d) in enumerate(stops, 1)]
        session.execute(insert(RouteStop), rows)
    return case_id


def _first_sections(session: Session, case_id: int, body_id: int) -> list[Section]:
    templates = session.scalars(
        select(SectionTemplate)
        .where(SectionTemplate.body_id == body_id)
        .order_by(SectionTemplate.position, SectionTemplate.id)
    )
    return [
        Section(
            id=fresh_id(),
            report_id=case_id,
            position=t.position,
            key=t.key,
            heading=t.heading,
            kind=t.kind,
            speciality=t.speciality,
            hint=t.hint,
            is_required=t.is_required,
        )
        for t in templates
    ]


def edit_header(
    session: Session,
    actor: Actor,
    report_id: int,
    header: Header,
    version: int,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Change header fields. Raises Stale if somebody else changed the header since `version`."""

    def change(context: Context) -> None:
        contributes(context)
        report = session.get_one(Report, report_id)
        _check_version(context, report, "The header", version, _header_words(report), _typed_words(header))
        _check_header(header)
        case = context.case
        for name, value in vars(header).items():
            if value is None:
                continue
            holder: Any = case if name in {"title", "safe_title", "restricted"} else report
            new = value.strip() if isinstance(value, str) else value
            context.changed(name, getattr(holder, name), new)
            setattr(holder, name, new)
        case.secrecy = _secrecy(report.is_confidential, report.is_exempt)
        report.version += 1

    amend(session, actor, report_id, "report.edit", "report.header_edited", change, now=now, key=key, body=vars(header))


def edit_section(
    session: Session,
    actor: Actor,
    report_id: int,
    section_id: int,
    text: str,
    version: int,
    *,
    now: datetime,
    key: str | None = None,
    secrecy: str | None = None,
) -> int:
    """Store a section's text; its new version. Raises Stale with both texts, or Invalid if it is too long."""
    if len(text) > MAX_TEXT:
        raise Invalid({"text": f"Text must be {MAX_TEXT:,} characters or fewer; it has {len(text):,}"})
    result = [version]

    def change(context: Context) -> None:
        contributes(context)
        section = session.get(Section, section_id)
        if section is None or section.report_id != report_id:
            raise NotFound
        new = text.replace("\r\n", "\n").strip()
        if section.text == new and (secrecy is None or section.secrecy == secrecy):
            result[0] = section.version
            return
        _check_version(context, section, section.heading, version, section.text, new)
        context.changed(f"section:{section.key}", section.text, new)
        section.text = new
        if secrecy is not None:
            context.changed(f"secrecy:{section.key}", section.secrecy, secrecy)
            section.secrecy = secrecy
        _stamp(context, section)
        result[0] = section.version

    amend(
        session, actor, report_id, "report.edit", "report.section_edited", change,
        now=now, key=key, body=[section_id, text, secrecy],
    )  # fmt: skip
    return result[0]


def save_recommendation(
    session: Session,
    actor: Actor,
    report_id: int,
    wording: Wording,
    *,
    now: datetime,
    key: str | None = None,
    recommendation_id: int | None = None,
    version: int | None = None,
) -> int:
    """Add a recommendation, or change one; its id. Raises Invalid by field, Stale with both texts."""
    _check_wording(wording)
    result = [recommendation_id or 0]

    def change(context: Context) -> None:
        contributes(context)
        if recommendation_id is None:
            last = session.scalars(
                select(Recommendation.position)
                .where(Recommendation.report_id == report_id)
                .order_by(Recommendation.position.desc())
                .limit(1)
            ).first()
            row = Recommendation(id=fresh_id(), report_id=report_id, position=(last or 0) + 1, version=0)
            session.add(row)
        else:
            found = session.get(Recommendation, recommendation_id)
            if found is None or found.report_id != report_id:
                raise NotFound
            row = found
            _check_version(context, row, f"Recommendation {row.position}", version, row.text, wording.text.strip())
        old = getattr(row, "text", None)
        for name, value in vars(wording).items():
            if name != "options":
                setattr(row, name, value.strip() if isinstance(value, str) else value)
        context.changed(f"recommendation:{row.position}", old, row.text)
        context.notes["ask"] = wording.ask
        _stamp(context, row)
        session.flush()
        _store_options(session, row.id, wording)
        result[0] = row.id

    also = [wording.about_id] if wording.about_id else []
    amend(
        session, actor, report_id, "report.edit", "report.recommendation_saved", change,
        now=now, key=key, body=[recommendation_id, vars(wording)], also=also,
    )  # fmt: skip
    return result[0]


def remove_recommendation(
    session: Session, actor: Actor, report_id: int, recommendation_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take a recommendation out; the others close up. Its text stays in the record."""

    def change(context: Context) -> None:
        contributes(context)
        row = session.get(Recommendation, recommendation_id)
        if row is None or row.report_id != report_id:
            raise NotFound
        context.changed(f"recommendation:{row.position}", row.text, None)
        session.execute(delete(RecommendationOption).where(RecommendationOption.recommendation_id == row.id))
        session.delete(row)
        session.flush()
        _renumber(session, Recommendation, report_id)

    amend(
        session, actor, report_id, "report.edit", "report.recommendation_removed", change,
        now=now, key=key, body=recommendation_id,
    )  # fmt: skip


def move_recommendation(
    session: Session,
    actor: Actor,
    report_id: int,
    recommendation_id: int,
    to: int,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Put a recommendation at another place (1 is first)."""

    def change(context: Context) -> None:
        contributes(context)
        rows = list(
            session.scalars(
                select(Recommendation)
                .where(Recommendation.report_id == report_id)
                .order_by(Recommendation.position, Recommendation.id)
            )
        )
        row = next((r for r in rows if r.id == recommendation_id), None)
        if row is None:
            raise NotFound
        context.changed("order", [r.position for r in rows], to)
        rows.remove(row)
        rows.insert(max(0, min(to - 1, len(rows))), row)
        for position, r in enumerate(rows, 1):
            r.position = position

    amend(
        session, actor, report_id, "report.edit", "report.recommendations_ordered", change,
        now=now, key=key, body=[recommendation_id, to],
    )  # fmt: skip


def save_appendix(
    session: Session,
    actor: Actor,
    report_id: int,
    title: str,
    *,
    now: datetime,
    key: str | None = None,
    appendix_id: int | None = None,
    kind: str = "document",
    is_illustrative: bool = False,
    secrecy: str = "open",
    file_name: str | None = None,
    file_sha256: str | None = None,
) -> int:
    """Add an appendix under the next free letter, or change one; its id. The file is stored and checked before."""
    if not title.strip():
        raise Invalid({"title": "Enter the appendix’s title"})
    if len(title) > MAX_TITLE:
        raise Invalid({"title": f"Title must be {MAX_TITLE} characters or fewer"})
    result = [appendix_id or 0]

    def change(context: Context) -> None:
        contributes(context)
        rows = session.scalars(select(Appendix).where(Appendix.report_id == report_id)).all()
        if appendix_id is None:
            taken = {a.letter for a in rows}
            letter = next((x for x in string.ascii_uppercase if x not in taken), None)
            if letter is None:
                raise Invalid({"": "A report can have 26 appendices, A to Z"})
            row = Appendix(id=fresh_id(), report_id=report_id, letter=letter, position=ord(letter), version=0)
            session.add(row)
        else:
            found = next((a for a in rows if a.id == appendix_id), None)
            if found is None:
                raise NotFound
            row = found
        context.changed(f"appendix:{row.letter}", [row.title, row.file_sha256], [title.strip(), file_sha256])
        row.title, row.kind, row.is_illustrative, row.secrecy = title.strip(), kind, is_illustrative, secrecy
        if file_sha256 is not None:
            row.file_sha256, row.file_name = file_sha256, file_name or ""
        row.version += 1
        result[0] = row.id

    amend(
        session, actor, report_id, "report.edit", "report.appendix_saved", change,
        now=now, key=key, body=[appendix_id, title, kind, is_illustrative, secrecy, file_sha256],
    )  # fmt: skip
    return result[0]


def remove_appendix(
    session: Session, actor: Actor, report_id: int, appendix_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take an appendix out; the letters of the others stay, because the text cites them."""

    def change(context: Context) -> None:
        contributes(context)
        row = session.get(Appendix, appendix_id)
        if row is None or row.report_id != report_id:
            raise NotFound
        context.changed(f"appendix:{row.letter}", [row.title, row.file_sha256], None)
        session.delete(row)

    amend(
        session, actor, report_id, "report.edit", "report.appendix_removed", change,
        now=now, key=key, body=appendix_id,
    )  # fmt: skip


def name_sponsor(
    session: Session, actor: Actor, report_id: int, person_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Name the report's sponsor, in place of an earlier one. Raises Invalid if it is the author or a contributor."""

    def change(context: Context) -> None:
        person = _person(session, person_id, "sponsor_id")
        if any(p.person_id == person_id and p.role in ("author", "contributor") for p in context.parties):
            raise Invalid({"sponsor_id": f"{person.name} writes this report, so somebody else must sponsor it"})
        _refuse_signers(session, report_id, person, "sponsor_id")
        old = next((p.person_id for p in context.parties if p.role == "sponsor"), None)
        session.execute(delete(CaseRole).where(CaseRole.case_id == report_id, CaseRole.role == "sponsor"))
        add_role(context, "sponsor", person_id=person_id)
        context.parties[:] = [p for p in context.parties if p.role != "sponsor" or p.person_id == person_id]
        context.changed("sponsor", old, person_id)

    amend(
        session, actor, report_id, "report.name_people", "report.sponsor_named", change,
        now=now, key=key, body=person_id,
    )  # fmt: skip


def name_contributor(
    session: Session, actor: Actor, report_id: int, person_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Let somebody else write in the report. Who has signed it, or sponsors it, cannot."""

    def change(context: Context) -> None:
        person = _person(session, person_id, "person_id")
        if any(p.person_id == person_id and p.role in ("author", "contributor") for p in context.parties):
            raise Invalid({"person_id": f"{person.name} writes in this report already"})
        if any(p.person_id == person_id and p.role == "sponsor" for p in context.parties):
            raise Invalid({"person_id": f"{person.name} sponsors this report, so cannot write in it"})
        _refuse_signers(session, report_id, person, "person_id")
        add_role(context, "contributor", person_id=person_id)
        context.changed("contributor", None, person_id)

    amend(
        session, actor, report_id, "report.name_people", "report.contributor_named", change,
        now=now, key=key, body=person_id,
    )  # fmt: skip


def name_signer(
    session: Session,
    actor: Actor,
    report_id: int,
    post_id: int,
    *,
    now: datetime,
    key: str | None = None,
    covers: Sequence[str] = (),
) -> None:
    """Ask a team or post for a sign-off. `covers` are keys of sections that it covers besides its own implication."""

    def change(context: Context) -> None:
        post = session.get(Post, post_id)
        if post is None or not post.speciality:
            raise Invalid({"post_id": "Choose a team that signs off"})
        if session.scalars(
            select(ReportSignOff.id).where(ReportSignOff.report_id == report_id, ReportSignOff.post_id == post_id)
        ).first():
            raise Invalid({"post_id": f"{post.name} is asked already"})
        count = len(session.scalars(select(ReportSignOff.id).where(ReportSignOff.report_id == report_id)).all())
        row = ReportSignOff(
            id=fresh_id(),
            report_id=report_id,
            post_id=post_id,
            speciality=post.speciality,
            position=count + 1,
            covers=",".join(covers),
        )
        session.add(row)
        session.flush()
        add_role(context, "asked", post_id=post_id, part=row.id)
        context.changed("signer", None, post.name)

    amend(
        session, actor, report_id, "report.name_people", "report.signer_named", change,
        now=now, key=key, body=[post_id, list(covers)],
    )  # fmt: skip


def remove_signer(
    session: Session, actor: Actor, report_id: int, sign_off_id: int, *, now: datetime, key: str | None = None
) -> None:
    """No longer ask a team that has not answered. An answer that was given stays."""

    def change(context: Context) -> None:
        row = session.get(ReportSignOff, sign_off_id)
        if row is None or row.report_id != report_id:
            raise NotFound
        if row.outcome is not None:
            raise Invalid({"": "This team has answered; what was signed stays on record"})
        session.execute(delete(CaseRole).where(CaseRole.case_id == report_id, CaseRole.part == sign_off_id))
        context.parties[:] = [p for p in context.parties if p.part != sign_off_id]
        context.changed("signer", session.get_one(Post, row.post_id).name, None)
        session.delete(row)

    amend(
        session, actor, report_id, "report.name_people", "report.signer_removed", change,
        now=now, key=key, body=sign_off_id,
    )  # fmt: skip


def add_role(
    context: Context, role: str, *, person_id: int | None = None, post_id: int | None = None, part: int | None = None
) -> None:
    """Give a role in the case to a person or post."""
    context.session.add(
        CaseRole(id=fresh_id(), case_id=context.case.id, role=role, person_id=person_id, post_id=post_id, part=part)
    )
    context.session.flush()
    context.parties.append(Party(role, person_id, post_id, part))


def contributes(context: Context) -> None:
    """Whoever writes in a report becomes a contributor, a deputy of the author too: they cannot sign it."""
    me = context.actor.person_id
    if me is None or any(p.person_id == me and p.role in ("author", "contributor") for p in context.parties):
        return
    if any(p.person_id == me and p.role == "sponsor" for p in context.parties):
        raise Forbidden([Refusal("own_work", "You sponsor this report, so you cannot write in it")])
    signed = context.session.scalars(
        select(ReportSignOff.id).where(
            ReportSignOff.report_id == context.case.id,
            (ReportSignOff.signed_by_id == me) | (ReportSignOff.signed_for_id == me),
        )
    ).first()
    if signed:
        raise Forbidden([Refusal("own_work", "You have signed this report off, so you cannot write in it")])
    add_role(context, "contributor", person_id=me)
    context.notes["became_contributor"] = context.actor.name


def _refuse_signers(session: Session, report_id: int, person: Person, name: str) -> None:
    signed = session.scalars(
        select(ReportSignOff.id).where(
            ReportSignOff.report_id == report_id,
            (ReportSignOff.signed_by_id == person.id) | (ReportSignOff.signed_for_id == person.id),
        )
    ).first()
    if signed:
        raise Invalid({name: f"{person.name} has signed this report off already"})


def _person(session: Session, person_id: int, name: str) -> Person:
    person = session.get(Person, person_id)
    if person is None or not person.is_active:
        raise Invalid({name: "Choose somebody who can sign in"})
    return person


def _check_title(title: str) -> None:
    if not title.strip():
        raise Invalid({"title": "Enter a title"})
    if len(title) > MAX_TITLE:
        raise Invalid({"title": f"Title must be {MAX_TITLE} characters or fewer"})


def _check_header(header: Header) -> None:
    if header.title is not None:
        _check_title(header.title)
    errors = {}
    for name, value in vars(header).items():
        if isinstance(value, str) and len(value) > 4000:
            errors[name] = f"{name.replace('_', ' ').capitalize()} must be 4,000 characters or fewer"
    if header.is_exempt:
        if header.exempt_paragraph not in range(1, 8):
            errors["exempt_paragraph"] = "Choose the paragraph of Schedule 12A, 1 to 7"
        if not (header.public_interest or "").strip():
            errors["public_interest"] = "Enter why withholding it outweighs the public interest in disclosing it"
        if header.exempt_review_on is None:
            errors["exempt_review_on"] = "Enter the date on which the exemption is reviewed"
    if header.is_key_decision and not (header.key_reason or "").strip():
        errors["key_reason"] = "Enter why it is a key decision"
    if errors:
        raise Invalid(errors)


def _check_wording(wording: Wording) -> None:
    errors = {}
    if not wording.text.strip():
        errors["text"] = "Enter what the body is asked to decide"
    for name in ("text", "reasons", "risks"):
        if len(getattr(wording, name)) > 10_000:
            errors[name] = f"{name.capitalize()} must be 10,000 characters or fewer"
    if wording.amount_pence is not None and wording.amount_pence < 0:
        errors["amount_pence"] = "Sum of money must be 0 or more"
    if wording.ask == "choose":
        count = len([o for o, _ in wording.options if o.strip()])
        if count < 2:
            errors["options"] = "Enter at least two things to choose from"
        elif not 1 <= (wording.least or 1) <= (wording.most or count) <= count:
            errors["most"] = f"The number to choose must be between 1 and {count}, the least not above the most"
    if bool(wording.about_id) != bool(wording.about_step):
        errors["about_step"] = "Choose both the thing that it is about and what is to happen to it"
    if errors:
        raise Invalid(errors)


def _store_options(session: Session, recommendation_id: int, wording: Wording) -> None:
    wanted = [(t.strip(), s) for t, s in wording.options if t.strip()] if wording.ask == "choose" else []
    existing = session.scalars(
        select(RecommendationOption)
        .where(RecommendationOption.recommendation_id == recommendation_id)
        .order_by(RecommendationOption.position, RecommendationOption.id)
    ).all()
    for position, (text, suggested) in enumerate(wanted, 1):
        if position <= len(existing):
            row = existing[position - 1]
            row.text, row.is_suggested, row.position = text, suggested, position
        else:
            session.add(
                RecommendationOption(
                    id=fresh_id(),
                    recommendation_id=recommendation_id,
                    position=position,
                    text=text,
                    is_suggested=suggested,
                )
            )
    for row in existing[len(wanted) :]:
        session.delete(row)


def _renumber(session: Session, model: type[Recommendation], report_id: int) -> None:
    rows = session.scalars(select(model).where(model.report_id == report_id).order_by(model.position, model.id))
    for position, row in enumerate(rows, 1):
        row.position = position


def _check_version(context: Context, row: Any, what: str, version: int | None, theirs: Any, yours: Any) -> None:
    if version is None or row.version == version:
        return
    editor = context.session.get(Person, row.edited_by_id) if getattr(row, "edited_by_id", None) else None
    raise Stale(what, editor.name if editor else "", getattr(row, "edited_at", None), theirs, yours)


def _stamp(context: Context, row: Any) -> None:
    row.version += 1
    row.edited_by_id, row.edited_at = context.actor.person_id, context.now


def _secrecy(is_confidential: bool | None, is_exempt: bool | None) -> str:
    if is_confidential:
        return "confidential"
    return "exempt" if is_exempt else "open"


def _header_words(report: Report) -> str:
    names = ("purpose", "report_of", "ward", "presenting_officer", "contact_name", "contact_phone", "contact_email")
    return "\n".join(f"{n.replace('_', ' ')}: {getattr(report, n)}" for n in names)


def _typed_words(header: Header) -> str:
    return "\n".join(f"{n.replace('_', ' ')}: {v}" for n, v in vars(header).items() if v not in (None, ""))
