"""What is handed over of a meeting that another committee system runs: which papers, which files, in which class.

Here: what this reader may hand over, and why a paper stays behind. Not here: the pages of a paper and the zip
(`handing_over`). What is secret is a file of its own beside the open one; no name of a file says anything of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.meetings.queries import get_meeting
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Report
from commissioning.packs.agenda import OPEN, WHOLE, Item, frozen_of, secret_now, why_not_open
from commissioning.packs.document import paper_of
from commissioning.public.publishing import Looked, look_at
from commissioning.visibility import may_read_secret, visible

PRIVATE: Final = "Not for publication"
"""The folder of what is exempt or confidential, and of papers that are restricted."""
PART_EXEMPT, RESTRICTED = "Open, parts withheld", "Restricted"
_LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Attached:
    """An appendix: its name in the zip ("" where no file is attached), what it is, its class, its file's hash."""

    name: str
    what: str
    said_class: str
    sha256: str


@dataclass(frozen=True)
class Sheet:
    """A text of a paper to be set as a PDF: its name in the zip, its class, what of it, and its appendices by name."""

    name: str
    said_class: str
    item: Item
    listed: tuple[tuple[str, str], ...]


@dataclass
class Papers:
    """One paper: its line in the manifest and its files; `why_not` says why it stays behind, "" where it does not."""

    number: int
    case: Case
    said_class: str
    title: str
    asks: tuple[str, ...] = ()
    sheets: list[Sheet] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    reason: tuple[str, ...] = ()
    """Why there is no file of it in the open edition."""
    why_not: str = ""
    unsafe: Looked | None = None
    secret_read: bool = False
    """Whether its files hold anything exempt or confidential: handing that over goes on record."""

    @property
    def file_names(self) -> list[str]:
        """Names of all its files."""
        return [s.name for s in self.sheets] + [a.name for a in self.attached]


def get_kept(session: Session, actor: Actor, meeting_id: int, today: date) -> Meeting:
    """A meeting that another system runs. Raises NotFound."""
    found = get_meeting(session, actor, meeting_id, today)
    if not found.body.kept_in:
        raise NotFound
    return found


def list_papers(
    session: Session, actor: Actor, meeting: Meeting, today: date, *, is_open: bool, only: int | None = None
) -> list[Papers]:
    """The papers meant for a meeting that the reader may know of, in order, with the files to hand over.

    `is_open`: what everybody may read, and of a paper that is secret as a whole its safe title and the reason alone.
    `only`: that paper. A few queries, and two for each paper (its frozen text).
    """
    rows = session.execute(
        select(Case, Report, may_read_secret(actor, today).label("reads"))
        .join(Report, Report.case_id == Case.id)
        .where(Report.meeting_id == meeting.case_id, Case.scope == f"body:{meeting.body_id}")
        .where(visible(actor, "report", today), Case.state != "withdrawn")
        .order_by(Case.reference)
    ).all()
    ids = [r.Case.id for r in rows]
    secret, frozen = secret_now(session, ids), frozen_of(session, ids, meeting)
    looked = look_at(session, [r.Case for r in rows]) if meeting.body.meets_in_public else {}
    ready = house.states_meaning("board-report", "frozen")
    found, number = [], 0
    for row in rows:
        case, edition = row.Case, frozen.get(row.Case.id)
        item = _item(case, row.Report, secret.get(case.id, ()), edition)
        one = Papers(0, case, _class(item, case), _title(case))
        one.why_not = "" if case.state in ready and edition is not None else _not_ready(case)
        if not one.why_not and _is_unsafe(looked.get(case.id)):
            one.unsafe, one.why_not = looked[case.id], "What was found in it before publication is not settled"
        if not one.why_not:
            one.number = number = number + 1
        if (is_open and case.restricted) or only not in (None, case.id):
            continue
        if not one.why_not:
            _add_files(session, one, item, reads=bool(row.reads), is_open=is_open)
        found.append(one)
    return found


def _is_unsafe(looked: Looked | None) -> bool:
    return looked is not None and bool(looked.spots) and (bool(looked.blockers) or looked.answer is None)


def _not_ready(case: Case) -> str:
    return f"Not submitted yet: {house.workflows[case.definition].states[case.state].label.lower()}"


def _item(case: Case, report: Report, secret: tuple[str, ...], edition: Any) -> Item:
    """A paper as one that stands on no agenda of ours."""
    has_secret = case.secrecy != "open" or bool(secret) or bool(edition is not None and edition.has_secret)
    return Item(
        case.id, case.id, case.reference, case.title, case.safe_title, WHOLE, "published", False, "", None, secret,
        has_secret, edition.sha256 if edition is not None else "", why_not_open(report), case.secrecy != "open",
    )  # fmt: skip


def _class(item: Item, case: Case) -> str:
    if case.secrecy != "open":
        return labels.SECRECY[case.secrecy]
    if case.restricted:
        return RESTRICTED
    return PART_EXEMPT if item.has_secret else labels.SECRECY["open"]


def _title(case: Case) -> str:
    """What the manifest calls a paper: it goes on to others, so of a secret one it has the safe title alone."""
    return case.title if case.secrecy == "open" and not case.restricted else case.safe_title


def _add_files(session: Session, one: Papers, item: Item, *, reads: bool, is_open: bool) -> None:
    """The open text and open appendices; beside them, for who may, the whole text and what is withheld."""
    is_kept = item.is_secret or one.case.restricted
    if is_kept and (is_open or (item.has_secret and not reads)):
        one.reason = item.exempt or (f"{one.said_class}: not for publication.",)
        return
    if not is_kept:
        _add(session, one, item.at(OPEN), "")
    if is_kept or (item.has_secret and reads and not is_open):
        _add(session, one, item, PRIVATE)
        one.secret_read = item.has_secret


def _add(session: Session, one: Papers, item: Item, folder: str) -> None:
    paper = paper_of(session, item)
    if paper is None:
        one.why_not = "Its words were erased"
        return
    files = _attached(one, paper, is_kept=bool(folder) and one.said_class != PART_EXEMPT)
    said = "Whole, with the parts that are withheld" if folder and one.said_class == PART_EXEMPT else one.said_class
    listed = tuple((a.what, a.name.rpartition("/")[2] or "no file is attached") for a in files)
    one.sheets.append(Sheet(_place(folder, f"{_stem(one.case)}.pdf"), said, item, listed))
    one.attached += [a for a in files if a not in one.attached]
    one.asks = tuple(f"{r['number']}: {labels.ASKS[r['ask']].lower()}" for r in paper["recommendations"])


def _attached(one: Papers, paper: dict[str, Any], *, is_kept: bool) -> list[Attached]:
    """Its appendices, each by itself; `is_kept`: those of a paper that is withheld as a whole."""
    found = []
    for a in paper["appendices"]:
        is_secret = a["secrecy"] != "open"
        said = labels.SECRECY[a["secrecy"]] if is_secret or not is_kept else one.said_class
        name = f"{_stem(one.case)} Appendix {a['letter']}{PurePath(a['file_name']).suffix.lower()[:6]}"
        place = _place(PRIVATE if is_secret or is_kept else "", name) if a["file_sha256"] else ""
        found.append(Attached(place, f"Appendix {a['letter']}", said, a["file_sha256"] or ""))
    return found


def _place(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _stem(case: Case) -> str:
    """The beginning of every file's name: reference and safe title, as every file system takes them."""
    plain = re.sub(r"[^\w.-]+", " ", case.safe_title).strip()[:_LONGEST_NAME].strip(" .")
    return f"{case.reference} {plain}".strip()
