"""The zip that is handed over to another committee system: each paper as PDF, its appendices, and a manifest.

The same papers give the same zip: nothing in it says when it was made. PDFs alone: what was signed off is what the
other system publishes, and a Word file beside it could be changed there; who wants to write takes one from the report.
A zip is made in the request, about a second a paper, and never kept: what is in it depends on who asks, and files of
what is exempt are not to lie about. So that nobody holds up the service, one zip has at most `AT_ONCE` papers, and each
text the limits of what somebody waits for. Not here: what of whom is in it (`papers`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.elsewhere.papers import Papers, Sheet
from commissioning.models.bodies import Meeting
from commissioning.models.people import StoredFile
from commissioning.models.reports import ReportEdition
from commissioning.packs import document
from commissioning.packs.setting import Limits, set_pages
from commissioning.reports.readings import note_reading
from workflows.working_days import in_words

MANIFEST: Final = (
    *("Number", "Reference", "Title", "What it is", "File", "Class", "Why not for publication", "Asks to"),
    *("Bytes", "SHA-256"),
)
AT_ONCE: Final = 10
"""Papers in one zip; a meeting with more has several."""
LIMITS: Final = Limits(patience_s=20, cpu_s=15, memory_mb=1024)
_ZIPPED_AT = (1980, 1, 1, 0, 0, 0)
"""A zip begins its calendar there: the same papers give the same file."""


@dataclass(frozen=True)
class Gathered:
    """What the files are made from, read in one go: documents to be set and contents of appendices, by name."""

    papers: Sequence[Papers]
    documents: Mapping[str, dict[str, Any]]
    contents: Mapping[str, bytes]


def gather(session: Session, meeting: Meeting, papers: Sequence[Papers], colour: str) -> Gathered:
    """Read what the files of these papers are made from. `colour` is the council's, as #rrggbb."""
    documents = {s.name: _document(session, meeting, s, colour) for p in papers for s in p.sheets}
    wanted = {a.name: a.sha256 for p in papers for a in p.attached if a.name}
    rows = session.execute(
        select(StoredFile.sha256, StoredFile.content).where(StoredFile.sha256.in_(set(wanted.values())))
    )
    stored = {row.sha256: row.content for row in rows}
    return Gathered(papers, documents, {name: stored[sha] for name, sha in wanted.items()})


def make_zip(found: Gathered) -> bytes:
    """Set the papers and put everything into a zip with its manifest. Raises NotSet for a paper that cannot be set."""
    files = {name: _pages(laid) for name, laid in found.documents.items()} | dict(found.contents)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"manifest.csv": _manifest(found.papers, files).encode(), **files}.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIPPED_AT), content)
    return made.getvalue()


def note_handed_over(
    session: Session, actor: Actor, meeting_id: int, report_ids: Sequence[int], sha256: str, secret: Sequence[int],
    *, now: datetime,
) -> None:  # fmt: skip
    """That papers were handed over, with the hash of the zip; and the reading of each of them that holds a secret."""
    audit.note(
        session, f"handed-over:{meeting_id}", "papers.handed_over", actor, now,
        meeting_id=meeting_id, reports=list(report_ids), sha256=sha256,
    )  # fmt: skip
    for report_id in secret:
        note_reading(session, actor, report_id, ("handed over to another committee system",), now=now)


def _document(session: Session, meeting: Meeting, sheet: Sheet, colour: str) -> dict[str, Any]:
    """One paper as the typesetter takes it: no cover, its appendices by the names of their files."""
    item = sheet.item
    frozen = session.scalars(
        select(ReportEdition.made_at)
        .where(ReportEdition.report_id == item.report_id, ReportEdition.sha256 == item.edition)
        .order_by(ReportEdition.number)
    ).first()
    assert frozen is not None
    gathered = document.Gathered(
        {"title": item.title, "body": meeting.body.name, "what": "", "edition": sheet.said_class, "colour": colour,
         "at": int(frozen.timestamp()), "cover": [], "notes": [], "agenda": [], "items": []}
    )  # fmt: skip
    document.add_line(session, item, gathered, "")
    (paper,) = gathered.document["items"]
    paper |= {"heading": item.title, "sheets": [], "listed": [[what, name] for what, name in sheet.listed]}
    meets = f"{meeting.body.name}, {in_words(meeting.meeting_on)}"
    paper["facts"] = [["Meeting", meets], *paper["facts"], ["Class", sheet.said_class]]
    return gathered.document | {"agenda": []}


def _pages(laid: dict[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="hand-over-") as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        (folder / "document.json").write_text(json.dumps(laid))
        set_pages(folder, LIMITS)
        return (folder / "pack.pdf").read_bytes()


def _manifest(papers: Sequence[Papers], files: Mapping[str, bytes]) -> str:
    """A line for each file, and one for each paper of which there is none."""
    said = io.StringIO()
    writer = csv.writer(said)
    writer.writerow(MANIFEST)
    for one in papers:
        first, asks = (one.number, one.case.reference, one.title), "; ".join(one.asks)
        why = " ".join(one.reason)
        rows = [("Report", s.name, s.said_class, asks) for s in one.sheets]
        rows += [(a.what, a.name, a.said_class, "") for a in one.attached]
        for what, name, kept, asked in rows or [("Report", "", one.said_class, "")]:
            content = files.get(name)
            facts = (len(content), hashlib.sha256(content).hexdigest()) if content is not None else ("", "")
            writer.writerow([_cell(c) for c in (*first, what, name, kept, why, asked, *facts)])
    return said.getvalue()


def _cell(value: Any) -> Any:
    """No word of a title is read as a formula by a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
