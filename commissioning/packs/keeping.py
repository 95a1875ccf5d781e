"""How long packs are kept: what was given out stays on record, drafts and failures go.

A pack that was built while the agenda was out could be read by members and, in its public edition, by everybody: it is
kept as it was given. A draft (built before that) and one that could not be built are nobody's record.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from commissioning.models.packs import PackBuild
from commissioning.models.people import StoredFile
from commissioning.models.publishing import FileCheck
from commissioning.models.reports import Appendix
from commissioning.models.word import WordTemplate

KEPT_DAYS: Final = 30
"""After they were last asked for."""
DRAFT: Final = '"draft":true'
"""Stands in what a draft is built from (`PackBuild.wanted`)."""
_SOME: Final = 100


def drop_old(session: Session, now: datetime) -> int:
    """Delete some of the drafts and failures that are old enough, with their files; how many, 0 when none is left."""
    old = session.scalars(
        select(PackBuild)
        .where(
            PackBuild.asked_at < now - timedelta(days=KEPT_DAYS),
            PackBuild.progress.in_(("ready", "failed")),
            or_(PackBuild.wanted.contains(DRAFT, autoescape=True), PackBuild.progress == "failed"),
        )
        .order_by(PackBuild.id)
        .limit(_SOME)
        .with_for_update(skip_locked=True)
    ).all()
    files = {row.file_sha256 for row in old if row.file_sha256}
    for row in old:
        session.delete(row)
    session.flush()
    if files:
        held = (
            select(column).where(column.in_(files))
            for column in (PackBuild.file_sha256, Appendix.file_sha256, WordTemplate.file_sha256, FileCheck.sha256)
        )
        kept = {sha for query in held for sha in session.scalars(query)}
        session.execute(delete(StoredFile).where(StoredFile.sha256.in_(files - kept)))
    return len(old)
