"""Signs of files as they are kept: made when a file is attached, read when its paper is to be published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.audit import canonical
from commissioning.models.people import StoredFile
from commissioning.models.publishing import FileCheck
from commissioning.public.safety.files import RULES, look_through
from commissioning.public.safety.signs import Sign

KINDS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/plain": "txt",
    "text/csv": "csv",
}


def checked(sha256: str, kind: str, content: bytes) -> FileCheck:
    """The row that keeps what was found in a file."""
    found = [list(astuple(sign)) for sign in look_through(kind, content)]
    return FileCheck(sha256=sha256, rules=RULES, signs=canonical(found))


def signs_of_files(session: Session, hashes: Sequence[str]) -> dict[str, list[Sign]]:
    """What was found in these files; one that these checks have not seen is looked through now."""
    rows = session.execute(
        select(FileCheck.sha256, FileCheck.signs).where(FileCheck.sha256.in_(hashes), FileCheck.rules == RULES)
    )
    found = {r.sha256: [Sign(*one) for one in json.loads(r.signs)] for r in rows}
    for file in session.scalars(select(StoredFile).where(StoredFile.sha256.in_(set(hashes) - set(found)))):
        found[file.sha256] = look_through(KINDS[file.media_type.split(";")[0]], file.content)
    return found
