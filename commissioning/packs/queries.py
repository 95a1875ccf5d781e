"""Packs that a reader may have, and how far each is built. Whoever may not have one does not know of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, load_actor
from commissioning.audit import sha256
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.meetings.queries import get_meeting
from commissioning.models.bodies import AgendaItem, Interest, Meeting
from commissioning.models.cases import Case
from commissioning.models.packs import PackBuild
from commissioning.models.people import StoredFile
from commissioning.packs.agenda import HEADING, WHOLE, Item, Wanted, in_pack, read_items, supplements
from commissioning.packs.document import NO_FILE, cover_of
from commissioning.visibility import has_part
from workflows.london import london_day


@dataclass(frozen=True)
class Offer:
    """A pack that the reader may have. `build` is the one of what stands now, `given` the newest that can be read."""

    wanted: Wanted
    source: str
    facts: str
    build: PackBuild | None
    given: PackBuild | None

    @property
    def name(self) -> str:
        """What it is called on a page."""
        what = f"Supplement, item {self.wanted.part}" if self.wanted.part else "Agenda pack"
        return f"{what}, {self.wanted.edition} edition"

    @property
    def status(self) -> str:
        """none, waiting, building, ready, failed; or stale where only an earlier one is there."""
        if self.build is not None:
            return self.build.progress
        return "stale" if self.given is not None else "none"

    @property
    def lacks_files(self) -> bool:
        """Whether it could not be built because appendices are missing: it can be built without them."""
        return self.build is not None and any(words in self.build.reason for words in NO_FILE.values())

    @property
    def why_stale(self) -> list[str]:
        """What changed since the one that can be read, item by item."""
        return what_changed(self.given.facts, self.facts) if self.given is not None else []


def what_changed(before: str, after: str) -> list[str]:
    """In words, from the facts of two sources."""
    (old_cover, old), (new_cover, new) = json.loads(before), json.loads(after)
    was, now = {r[0]: r for r in old}, {r[0]: r for r in new}
    found = [f"item {r[1]} was added" for r in new if r[0] not in was]
    found += [f"item {r[1]} was taken out" for r in old if r[0] not in now]
    both = [(was[i], now[i]) for i in now if i in was]
    found += [f"item {a[1]} is now item {b[1]}" for a, b in both if a[1] != b[1]]
    found += [f"item {b[1]} was changed" for a, b in both if a[2:] != b[2:]]
    if old_cover != new_cover:
        found.append("what the cover says was changed")
    return found


def list_offers(session: Session, actor: Actor, meeting_id: int, now: datetime) -> tuple[Meeting, list[Offer]]:
    """The packs of a meeting that the actor may have: the public edition, their own, and supplements.

    Before the agenda is published, drafts for its clerk and chair alone. Raises NotFound for an unknown meeting.
    """
    today = london_day(now)
    meeting = get_meeting(session, actor, meeting_id, today)
    is_draft = not house.workflows[meeting.case.definition].states[meeting.case.state].has("public")
    if is_draft and not _is_officer(session, actor, meeting_id):
        return meeting, []
    own = read_items(session, meeting, actor, today, is_draft=is_draft)
    open_ = read_items(session, meeting, None, today, is_draft=is_draft) if meeting.body.meets_in_public else []
    return meeting, offers_of(session, meeting, packs_of(meeting_id, own, open_, is_draft))


def _is_officer(session: Session, actor: Actor, meeting_id: int) -> bool:
    part = select(Case.id).where(Case.id == meeting_id, has_part(actor, "clerk", "chair"))
    return session.execute(part).first() is not None


def packs_of(meeting_id: int, own: Sequence[Item], open_: Sequence[Item], is_draft: bool) -> list[Wanted]:
    """Pack and supplements in both editions; the private one only where it holds more than the public one."""
    found = []
    public = {i.id: i for i in open_}
    sets = [("", in_pack(own), in_pack(open_))]
    sets += [(i.label, [i], [public[i.id]] if i.id in public else []) for i in supplements(own)]
    for part, mine, everybodys in sets:
        if everybodys:
            found.append(Wanted(meeting_id, part, "public", tuple(everybodys), is_draft))
        if any(i.stage != HEADING for i in mine) and _holds_more(mine, everybodys):
            found.append(Wanted(meeting_id, part, "private", tuple(mine), is_draft))
    return found


def _holds_more(mine: Sequence[Item], everybodys: Sequence[Item]) -> bool:
    return [(i.id, i.level) for i in mine] != [(i.id, i.level) for i in everybodys]


def all_levels(session: Session, meeting: Meeting, now: datetime) -> list[Wanted]:
    """The packs that are built without being asked for: the public edition, the whole one, and those of members who
    have declared an interest."""
    today = london_day(now)
    open_ = read_items(session, meeting, None, today) if meeting.body.meets_in_public else []
    apart = session.scalars(
        select(Interest.person_id)
        .join(AgendaItem, AgendaItem.case_id == Interest.line_id)
        .where(AgendaItem.meeting_id == meeting.case_id)
        .distinct()
    ).all()
    readers = [Actor(None, system="packs"), *(load_actor(session, person, today) for person in sorted(apart))]
    found: dict[str, Wanted] = {}
    for reader in readers:
        if reader is not None:
            own = read_items(session, meeting, reader, today)
            found |= {w.variant: w for w in packs_of(meeting.case_id, own, open_, False)}
    return list(found.values())


def offers_of(session: Session, meeting: Meeting, wanted: Sequence[Wanted]) -> list[Offer]:
    """Each with how far it is built."""
    cover = cover_of(session, meeting) if wanted else []
    rows = session.scalars(
        select(PackBuild)
        .where(PackBuild.meeting_id == meeting.case_id, PackBuild.variant.in_([w.variant for w in wanted]))
        .order_by(PackBuild.id)
    ).all()
    found = []
    for one in wanted:
        facts = one.facts(cover)
        source = sha256(facts)
        mine = [r for r in rows if r.variant == one.variant]
        now_ = [r for r in mine if r.source == source]
        build = next((r for r in now_ if r.progress == "ready"), None) or (now_[-1] if now_ else None)
        given = build if build is not None and build.progress == "ready" else None
        given = given or next((r for r in reversed(mine) if r.progress == "ready"), None)
        found.append(Offer(one, source, facts, build, given))
    return found


def list_public(session: Session, meeting: Meeting, today: date) -> list[Offer]:
    """The public edition and its supplements, those that are there: what everybody may have of a public meeting.

    A pack of which something was withdrawn, or withheld since, is none of them: it was made for other rights.
    """
    open_ = read_items(session, meeting, None, today)
    found = offers_of(session, meeting, packs_of(meeting.case_id, open_, open_, False))
    return [o for o in found if o.given is not None]


def get_pack(
    session: Session, actor: Actor, meeting_id: int, edition: str, part: str, now: datetime
) -> tuple[Meeting, Offer]:
    """One pack as the actor may have it. A member who may read no more than everybody gets the public one.

    Raises NotFound where there is none for them.
    """
    meeting, offers = list_offers(session, actor, meeting_id, now)
    of_part = [o for o in offers if o.wanted.part == part]
    found = next((o for o in of_part if o.wanted.edition == edition), None)
    if found is None and edition == "private":
        found = next(iter(of_part), None)
    if found is None:
        raise NotFound
    return meeting, found


def file_of(session: Session, build: PackBuild) -> bytes:
    """The bytes of a pack."""
    return session.scalars(select(StoredFile.content).where(StoredFile.sha256 == build.file_sha256)).one()


def secret_reports(offer: Offer) -> list[int]:
    """Reports whose secret parts stand in a pack: reading them goes on record."""
    return [i.report_id for i in offer.wanted.items if i.level == WHOLE and i.has_secret]


def left_out(offer: Offer) -> list[str]:
    """Numbers of the items of which something is left out of a pack, or everything."""
    return [i.label for i in offer.wanted.items if i.stage not in ("to_follow", HEADING) and i.level != WHOLE]
