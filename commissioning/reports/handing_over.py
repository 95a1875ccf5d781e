"""A cleared paper as named files for another committee system: its text, its appendices, and a manifest with hashes.

Names of files say the reference and the safe title, nothing that must be kept.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from commissioning import labels
from commissioning.models.people import StoredFile
from commissioning.models.reports import Appendix

MANIFEST = ("File", "What it is", "Class", "Bytes", "SHA-256")
_ZIPPED_AT = (1980, 1, 1, 0, 0, 0)
"""A zip begins its calendar there: the same paper gives the same file."""


def as_text(paper: Mapping[str, Any]) -> str:
    """A paper as plain text with the numbers that it was signed under."""
    lines = [paper["title"], ""]
    lines += [f"To: {paper['body']}", f"Meeting: {paper['meeting_on']}", ""] if paper["meeting_on"] else [""]
    for section in paper["sections"]:
        mark = "" if section["secrecy"] == "open" else f" [{labels.SECRECY[section['secrecy']].upper()}]"
        lines += [f"{section['number']}. {section['heading']}{mark}", "", section["text"].strip(), ""]
    lines += ["Recommendations", ""]
    for asked in paper["recommendations"]:
        mark = "" if asked["secrecy"] == "open" else f" [{labels.SECRECY[asked['secrecy']].upper()}]"
        lines += [f"{asked['number']}. {labels.ASKS[asked['ask']]}{mark}: {asked['text'].strip()}"]
        lines += [f"   Reasons: {asked['reasons'].strip()}"] if asked["reasons"].strip() else []
        lines += [""]
    lines += ["Sign-offs", ""]
    for signed in (s for s in paper["sign_offs"] if s["outcome"]):
        said = f"{signed['post']}: {labels.SIGN_OFF_OUTCOMES[signed['outcome']]}, {signed['signed_by']}"
        lines += [f"{said}, {signed['signed_at'][:10]}", *([signed["comment"]] if signed["comment"] else []), ""]
    return "\n".join(lines).rstrip() + "\n"


def list_files(session: Session, report_id: int) -> list[tuple[Appendix, bytes]]:
    """The appendices of a report that have a file, in order, with what is in them."""
    rows = session.scalars(
        select(Appendix)
        .where(Appendix.report_id == report_id, Appendix.file_sha256.is_not(None))
        .options(joinedload(Appendix.file).options(undefer(StoredFile.content)))
        .order_by(Appendix.position, Appendix.id)
    )
    return [(row, row.file.content) for row in rows if row.file is not None]


def pack(
    reference: str, safe_title: str, secrecy: str, text: str, appendices: Iterable[tuple[Appendix, bytes]]
) -> bytes:
    """The zip: the report, each appendix, and `manifest.csv`."""
    stem = f"{reference} {_plain(safe_title)}".strip()
    files = [(f"{stem}.txt", "Report", secrecy, text.encode())]
    for row, content in appendices:
        name = f"{stem} Appendix {row.letter}{PurePath(row.file_name).suffix.lower()[:6]}"
        kept = row.secrecy if row.secrecy != "open" else secrecy
        files.append((name, f"Appendix {row.letter}", kept, content))
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, _what, _class, content in files:
            archive.writestr(zipfile.ZipInfo(name, _ZIPPED_AT), content)
        archive.writestr(zipfile.ZipInfo("manifest.csv", _ZIPPED_AT), _manifest(files))
    return found.getvalue()


def _manifest(files: Iterable[tuple[str, str, str, bytes]]) -> str:
    said = io.StringIO()
    writer = csv.writer(said)
    writer.writerow(MANIFEST)
    for name, what, secrecy, content in files:
        sha = hashlib.sha256(content).hexdigest()
        writer.writerow((name, what, labels.SECRECY[secrecy], len(content), sha))
    return said.getvalue()


def _plain(title: str) -> str:
    """A title as every file system takes it."""
    return re.sub(r"[^\w.-]+", " ", title).strip()[:80].strip(" .")
