"""Files that are attached: checked by what is inside them, not by their name, and stored once by their hash.

What could run, reach out or hide something is refused in words that say what to do. Nothing is unpacked to disk, and
nothing in a file is followed. `store_file` is the one way in; the checks of each kind are in `file_checks`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.people import StoredFile
from commissioning.models.reports import Appendix
from commissioning.public.safety.kept import checked
from commissioning.reports.file_checks import BadFile, check_file, words_in
from commissioning.reports.queries import get_report

MAX_BYTES = 20 * 1024 * 1024
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
ENDINGS = (*TYPES, "jpeg")


@dataclass(frozen=True)
class Stored:
    """A stored file: its hash, and the name under which it came, made harmless."""

    sha256: str
    name: str


def store_file(session: Session, actor: Actor, content: bytes, name: str, *, now: datetime) -> Stored:
    """Check a file and keep it. Raises Invalid for the field `file`, in words. The same content is stored once."""
    del actor  # who attached it is on record with the appendix
    clean = safe_name(name)
    ending = clean.rpartition(".")[2].lower()
    try:
        if ending not in ENDINGS:
            raise BadFile("must be a PDF, DOCX, XLSX, PPTX, PNG, JPG, TXT or CSV file")
        if not content:
            raise BadFile("is empty; choose another")
        if len(content) > MAX_BYTES:
            raise BadFile(f"must be {MAX_BYTES // 1024 // 1024} MB or smaller")
        kind = "jpg" if ending == "jpeg" else ending
        check_file(kind, content)
    except BadFile as error:
        raise Invalid({"file": f"The file {error}"}) from None
    digest = hashlib.sha256(content).hexdigest()
    if session.get(StoredFile, digest) is None:
        row = StoredFile(
            sha256=digest,
            size=len(content),
            media_type=TYPES[kind],
            content=content,
            text=words_in(kind, content),
            added_at=now,
        )
        session.add(row)
        session.flush()
        session.add(checked(digest, kind, content))
        session.flush()
    return Stored(digest, clean)


def safe_name(name: str) -> str:
    """A file's name without path, control characters and quotes, at most 120 characters; its ending is kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*;').strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:110]}{dot}{ending[:10]}" if dot else kept[:120]


def get_appendix_file(
    session: Session, actor: Actor, report_id: int, appendix_id: int, now: datetime
) -> tuple[Appendix, StoredFile, tuple[str, ...]]:
    """An appendix with its file, for who may see it, and what of it is secret. Raises NotFound."""
    view = get_report(session, actor, report_id, now)
    row = next((a for a in view.parts.appendices if a.id == appendix_id), None)
    if row is None or row.file_sha256 is None:
        raise NotFound
    file = session.get(StoredFile, row.file_sha256)
    if file is None:
        raise NotFound
    secret = row.secrecy != "open" or view.case.secrecy != "open"
    return row, file, (f"Appendix {row.letter}",) if secret else ()
