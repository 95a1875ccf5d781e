"""The job that builds packs: claim one, gather its words and files, set it in a process of its own, keep the file.

A claim has a lease, so that a builder that died holds nothing up. Between claim and keeping no transaction is open: a
pack takes seconds, and everybody else would wait.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, and_, or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.audit import sha256
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_ignoring
from commissioning.db import in_transaction, reading
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.packs import PackBuild
from commissioning.models.people import StoredFile
from commissioning.packs.agenda import HEADING, NAMED, OPEN, WHOLE, Wanted, read_items, to_follow
from commissioning.packs.commands import want
from commissioning.packs.document import Gathered, add_line, begin, close, cover_of, refuse_missing
from commissioning.packs.failing import note_failed
from commissioning.packs.queries import all_levels, offers_of, packs_of
from commissioning.packs.setting import NotSet, set_pages
from workflows.london import london_day

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""Longer than setting a pack may take."""
_TOLD = 10
"""Times that progress is noted, however many items there are."""


def build_waiting(engine: Engine, now: datetime, colour: str, base_url: str) -> int:
    """Build every pack that is wanted; how many. `now` is when; `base_url` leads to appendices that are no pages."""
    count = 0
    while (found := in_transaction(engine, _claim, now)) is not None:
        _build(engine, found, now, colour, base_url)
        count += 1
    return count


def _claim(session: Session, now: datetime) -> int | None:
    row = session.scalars(
        select(PackBuild)
        .where(
            or_(
                PackBuild.progress == "waiting",
                and_(PackBuild.progress == "building", PackBuild.lease_until < now),
            )
        )
        .order_by(PackBuild.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.progress, row.lease_until, row.done = "building", now + LEASE, 0
    session.flush()
    return row.id


def _build(engine: Engine, build_id: int, now: datetime, colour: str, base_url: str) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix="pack-") as name:
            folder = Path(name)
            gathered = _gather(engine, build_id, folder, now, colour, base_url)
            if gathered is None:
                in_transaction(engine, _drop, build_id)
                return
            result = set_pages(folder)
            content = (folder / "pack.pdf").read_bytes()
            in_transaction(engine, _keep, build_id, content, int(result["pages"]), gathered.added, now)
    except NotSet as why:
        in_transaction(engine, note_failed, build_id, str(why), why.spots, now)
    except Exception:
        log.exception("the pack of build %s could not be built", build_id)
        words = "Something went wrong that is not the papers’ fault. Try again; if it stays so, tell an administrator."
        in_transaction(engine, note_failed, build_id, words, (), now)


def _gather(engine: Engine, build_id: int, folder: Path, now: datetime, colour: str, base_url: str) -> Gathered | None:
    """Write the document and its files; None if it is not wanted any more as it was asked for. Raises NotSet."""
    (folder / "pictures").mkdir()
    with reading(engine) as session:
        row = session.get_one(PackBuild, build_id)
        meeting = session.get_one(Meeting, row.meeting_id)
        wanted = wanted_of(session, meeting, row.wanted, now)
        if wanted is None or wanted.variant != row.variant:
            return None
        facts = wanted.facts(cover_of(session, meeting))
        if sha256(facts) != row.source:
            return None
        gathered = begin(session, meeting, wanted, colour, now)
        for n, item in enumerate(wanted.items):
            if n % max(1, len(wanted.items) // _TOLD) == 0:
                in_transaction(engine, _progress, build_id, n, len(wanted.items))
            place = f"public/reports/{item.id}" if wanted.edition == "public" else f"reports/{item.report_id}"
            add_line(session, item, gathered, f"{base_url.rstrip('/')}/{place}")
        in_transaction(engine, _progress, build_id, len(wanted.items), len(wanted.items))
        if gathered.missing and not row.lacks:
            refuse_missing(gathered.missing)
        close(gathered)
        for name, digest in gathered.files.items():
            content = session.scalars(select(StoredFile.content).where(StoredFile.sha256 == digest)).one()
            (folder / name).write_bytes(content)
    (folder / "document.json").write_text(json.dumps(gathered.document))
    return gathered


def wanted_of(session: Session, meeting: Meeting, content: str, now: datetime) -> Wanted | None:
    """What was asked for, as things stand; None if an item is not there any more, or is secret by now."""
    asked = json.loads(content)
    service = Actor(None, system="packs")
    if asked["edition"] == "public":
        whole = read_items(session, meeting, service, london_day(now), is_draft=asked["draft"])
        open_ = read_items(session, meeting, None, london_day(now), is_draft=asked["draft"])
        packs = packs_of(meeting.case_id, whole, open_, asked["draft"])
        return next((w for w in packs if w.content == content), None)
    items = {i.id: i for i in read_items(session, meeting, service, london_day(now), is_draft=asked["draft"])}
    found = []
    for item_id, level, stage, _ in asked["items"]:
        item = items.get(item_id)
        if item is None or (level == OPEN and item.is_secret) or level not in (WHOLE, OPEN, NAMED):
            return None
        if stage == HEADING:
            found.append(item if level == WHOLE else replace(item, level=level, reason=""))
        else:
            found.append(to_follow(item) if stage == "to_follow" else replace(item.at(level), stage=stage))
    return Wanted(meeting.case_id, asked["part"], asked["edition"], tuple(found), asked["draft"])


def _progress(session: Session, build_id: int, done: int, steps: int) -> None:
    row = session.get_one(PackBuild, build_id)
    row.done, row.steps = done, steps


def _drop(session: Session, build_id: int) -> None:
    session.delete(session.get_one(PackBuild, build_id))


def _keep(session: Session, build_id: int, content: bytes, pages: int, added: list[str], now: datetime) -> None:
    digest = hashlib.sha256(content).hexdigest()
    file = {"sha256": digest, "size": len(content), "media_type": "application/pdf", "content": content, "text": None,
            "added_at": now}  # fmt: skip
    insert_ignoring(session, StoredFile, [file], ("sha256",))
    row = session.get_one(PackBuild, build_id)
    row.progress, row.file_sha256, row.pages, row.size = "ready", digest, pages, len(content)
    row.added, row.built_at, row.lease_until, row.reason = "\n".join(added), now, None, ""


def want_due(engine: Engine, now: datetime) -> int:
    """Want the packs of agendas that are out and ahead, wherever none is there as things stand; how many are new."""
    today = london_day(now)
    with reading(engine) as session:
        meetings = session.scalars(
            select(Meeting)
            .join(Case, Case.id == Meeting.case_id)
            .where(Meeting.meeting_on >= today, Case.state.in_(house.states_meaning("meeting", "public")))
            .order_by(Meeting.case_id)
        ).all()
        new = [o for m in meetings for o in offers_of(session, m, all_levels(session, m, now)) if o.build is None]
    return sum(in_transaction(engine, want, offer, None, now) for offer in new)
