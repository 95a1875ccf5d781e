"""What of a meeting's agenda a reader gets in a pack: which items, how much of each, and in which words.

The levels: `whole` (secret parts too), `open` (without them), `named` (safe title, paragraph and reason alone). Who
may know and read is asked in SQL. A pack is then known by its levels, never by who asked for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import String, and_, cast, exists, false, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.audit import canonical, sha256
from commissioning.meetings.agenda import AgendaLine, is_at_table, list_agenda
from commissioning.models.bodies import AgendaItem, Body, Meeting
from commissioning.models.cases import Case, Event
from commissioning.models.reports import Appendix, Recommendation, Report, ReportEdition, Section, is_secret_part
from commissioning.public.withdrawing import withdrawn_parts
from commissioning.visibility import may_read_secret, reports
from workflows.london import london_instant

WHOLE, OPEN, NAMED = "whole", "open", "named"
HEADING, WITHDRAWN = "heading", "withdrawn"
ItemCase = aliased(Case, name="item_case")
_FIRST = ("agenda_item.published", "agenda_item.to_follow")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the agenda as somebody may read it. `is_later`: came as a supplement.

    `stage`: listed, to_follow or published for a report; heading for a line without one, whose words are its `reason`.
    """

    id: int
    report_id: int
    label: str
    title: str
    safe_title: str
    level: str
    stage: str
    is_later: bool
    reason: str
    expected_on: date | None
    secret: tuple[str, ...]
    """What is withheld of it as things stand: `section:<key>`, `recommendation:<position>`, `appendix:<letter>`."""
    has_secret: bool
    """Whether anything of it is exempt or confidential, now or as it was frozen."""
    edition: str
    """The hash of its frozen text, or how it stands where there is none."""
    exempt: tuple[str, ...]
    """Why it is not open: the words of its placeholder."""
    is_secret: bool
    """Whether it is exempt or confidential as a whole."""

    def at(self, level: str) -> Item:
        """The same item as far as a level goes."""
        return replace(self, level=level, title=self.safe_title if level == NAMED else self.title)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pack that somebody may have: its items by level, and the hashes by which it is known."""

    meeting_id: int
    part: str
    edition: str
    items: tuple[Item, ...]
    is_draft: bool = False

    @property
    def content(self) -> str:
        """Canonical JSON: which items, how much of each; what is secret of it counts where it is withheld."""
        rows = [[i.id, i.level, i.stage, list(i.secret) if i.level == OPEN else []] for i in self.items]
        return canonical({"part": self.part, "edition": self.edition, "draft": self.is_draft, "items": rows})

    @property
    def variant(self) -> str:
        """Its hash."""
        return sha256(self.content)

    def facts(self, about: Sequence[Any]) -> str:
        """Canonical JSON of everything that the pack says, with frozen texts by their hash. `about` is the cover."""
        rows = [
            [i.id, i.label, i.title, i.stage, i.edition, i.reason, i.expected_on, list(i.exempt)] for i in self.items
        ]
        return canonical([list(about), rows])


def read_items(
    session: Session, meeting: Meeting, reader: Actor | None, today: date, *, is_draft: bool = False
) -> list[Item]:
    """The agenda as this reader may read it, in order; that of the public edition for nobody in particular.

    Only what is published, and with `is_draft` also what is listed for an agenda that is not out yet. Eight queries.
    """
    items = {i.id: i for i in _read_reports(session, meeting, reader, today, is_draft=is_draft)}
    sees_all = reader is not None and (
        reader.system is not None or reader.is_granted("director") or is_at_table(session, reader, meeting.case_id)
    )
    found = [
        items.get(line.id) if line.item is not None else _heading(line, sees_all)
        for line in list_agenda(session, meeting.case_id)
    ]
    return [i for i in found if i is not None]


def _heading(line: AgendaLine, sees_all: bool) -> Item:
    """A line without a report. Of a private one everybody has the title, those at the table the words."""
    level = NAMED if line.is_private and not sees_all else WHOLE
    text = line.text if level == WHOLE else ""
    return Item(
        line.id,
        0,
        line.number,
        line.title,
        line.safe_title,
        level,
        HEADING,
        False,
        text,
        None,
        (),
        False,
        "",
        (),
        False,
    )


def _read_reports(
    session: Session, meeting: Meeting, reader: Actor | None, today: date, *, is_draft: bool
) -> list[Item]:
    known, reads = _rights(reader, today)
    rows = session.execute(
        select(AgendaItem, ItemCase, Case, Report, known.label("known"), reads.label("reads"))
        .join(ItemCase, ItemCase.id == AgendaItem.case_id)
        .join(Case, Case.id == AgendaItem.report_id)
        .join(Report, Report.case_id == AgendaItem.report_id)
        .join(Body, Body.case_id == meeting.body_id)
        .where(
            AgendaItem.meeting_id == meeting.case_id,
            or_(ItemCase.exposure == "published", ItemCase.is_done.is_(False) if is_draft else false()),
        )
        .order_by(AgendaItem.position, AgendaItem.case_id)
    ).all()
    out, first = _when_published(session, meeting.case_id, [r[0].case_id for r in rows])
    report_ids = [r[0].report_id for r in rows]
    secret = secret_now(session, report_ids)
    frozen = frozen_of(session, report_ids, meeting)
    gone = withdrawn_parts(session, report_ids) if reader is None else set()
    found = []
    for row in rows:
        letters = tuple(
            sorted(f"appendix:{part}" for case, kind, part in gone if (case, kind) == (row[2].id, "appendix"))
        )
        item = _item(row, (*secret.get(row[2].id, ()), *letters), frozen.get(row[2].id))
        published, followed = first.get((item.id, _FIRST[0])), first.get((item.id, _FIRST[1]))
        if published is None and followed is None:
            if is_draft and (row.known or reader is None):
                found.append(replace(item, stage="listed"))
            continue
        is_later = published is not None and out is not None and published > out
        item = replace(item, stage="published", is_later=is_later, reason=item.reason if followed else "")
        if (item.report_id, "report", "") in gone:
            item = replace(to_follow(item), stage=WITHDRAWN, title="Withdrawn")
        found.append(item if published is not None else to_follow(item))
    return found


def to_follow(item: Item) -> Item:
    """An item as it stands in a pack to which its paper did not come: by its safe title, whoever reads."""
    return replace(
        item, stage="to_follow", level=NAMED, title=item.safe_title, secret=(), has_secret=False, edition="", exempt=()
    )


def _rights(reader: Actor | None, today: date) -> tuple[Any, Any]:
    """Whether the reader may know of the report of an item, and read what is secret in it."""
    heard = and_(ItemCase.exposure == "published", ItemCase.is_done)
    is_open = and_(Case.secrecy == "open", Case.restricted.is_(False))
    public = and_(is_open, Body.meets_in_public, or_(Case.exposure == "published", heard))
    if reader is None:
        return public, false()
    if reader.system:
        return true(), true()
    return or_(reports(reader, today), public), may_read_secret(reader, today)


def _item(row: Any, secret: tuple[str, ...], frozen: Any) -> Item:
    item, case, report = row[0], row[2], row[3]
    has_secret = case.secrecy != "open" or bool(secret) or bool(frozen is not None and frozen.has_secret)
    level = NAMED if not row.known else WHOLE if not has_secret or row.reads else OPEN
    return Item(
        item.case_id,
        item.report_id,
        item.number or str(item.position),
        case.title if row.known else row[1].safe_title,
        row[1].safe_title,
        level,
        "",
        False,
        item.to_follow_reason,
        item.expected_on,
        secret,
        has_secret,
        frozen.sha256 if frozen is not None else f"{case.version}:{case.chain_hash}",
        why_not_open(report),
        case.secrecy != "open",
    )


def why_not_open(report: Report) -> tuple[str, ...]:
    """P-13, LI-02: confidential and exempt are two answers; exempt names its paragraph and the public interest."""
    found = []
    if report.is_confidential:
        found.append("Confidential: it must be withheld by law.")
    if report.is_exempt:
        paragraph = f", paragraph {report.exempt_paragraph}" if report.exempt_paragraph else ""
        found.append(f"Exempt: Schedule 12A{paragraph} of the Local Government Act 1972.")
        if report.public_interest:
            found.append(f"Public interest: {report.public_interest}")
    return tuple(found)


def _when_published(
    session: Session, meeting_id: int, item_ids: Sequence[int]
) -> tuple[datetime | None, dict[tuple[int, str], datetime]]:
    """When the agenda was published last, and when each item was published or listed as to follow first."""
    out: datetime | None = None
    first: dict[tuple[int, str], datetime] = {}
    for event in session.execute(
        select(Event.case_id, Event.name, Event.at)
        .where(Event.case_id.in_([meeting_id, *item_ids]), Event.name.in_(("meeting.agenda_published", *_FIRST)))
        .order_by(Event.at, Event.id)
    ):
        if event.case_id == meeting_id:
            out = event.at
        elif event.case_id is not None:
            first.setdefault((event.case_id, event.name), event.at)
    return out, first


def secret_now(session: Session, report_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Parts that are exempt or confidential as things stand, by report."""
    parts: tuple[tuple[Any, str, Any], ...] = (
        (Section, "section", Section.key),
        (Recommendation, "recommendation", Recommendation.position),
        (Appendix, "appendix", Appendix.letter),
    )
    found: dict[int, tuple[str, ...]] = {}
    if report_ids:
        chosen = [
            select(table.report_id, literal(kind).label("kind"), cast(column, String).label("name")).where(
                table.report_id.in_(report_ids), is_secret_part(table)
            )
            for table, kind, column in parts
        ]
        for row in sorted(session.execute(union_all(*chosen)), key=tuple):
            found[row.report_id] = (*found.get(row.report_id, ()), f"{row.kind}:{row.name}")
    return found


def frozen_of(session: Session, report_ids: Sequence[int], meeting: Meeting) -> dict[int, Any]:
    """The newest frozen text of each report that was there on the day of the meeting."""
    until = london_instant(meeting.meeting_on + timedelta(days=1), time.min)
    later = aliased(ReportEdition)
    words = (said for word in ("exempt", "confidential") for said in (f'"secrecy":"{word}"', f"[{word}]"))
    marked = or_(*(ReportEdition.content.icontains(said) for said in words))
    rows = session.execute(
        select(ReportEdition.id, ReportEdition.report_id, ReportEdition.sha256, marked.label("has_secret")).where(
            ReportEdition.report_id.in_(report_ids),
            ReportEdition.made_at < until,
            ~exists().where(
                later.report_id == ReportEdition.report_id, later.made_at < until, later.number > ReportEdition.number
            ),
        )
    )
    return {r.report_id: r for r in rows}


def in_pack(items: Sequence[Item]) -> list[Item]:
    """The items of the pack itself. One that was to follow stays so, and one that came later is not in it: a supplement
    moves nobody's pages."""
    return [to_follow(i) if i.is_later else i for i in items if not i.is_later or i.reason]


def supplements(items: Sequence[Item]) -> list[Item]:
    """Items that were published after the agenda, each a PDF of its own."""
    return [i for i in items if i.is_later]
