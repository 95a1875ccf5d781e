"""Why somebody cannot take over what another holds: where separation of duties would be broken, and in which case.

Nobody signs off, sponsors or approves their own work (product.md, "Rules that hold everywhere"); a paper that nobody
could sign any more would be stranded. Here: facts, read from what the command has locked. Words for them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.models.cases import CaseRole
from commissioning.models.people import Person, Post, PostHolding
from commissioning.models.reports import ReportSignOff
from commissioning.policy import BARRED

WRITES = frozenset({"author", "contributor"})
WROTE = WRITES | {"past_writer"}


@dataclass
class Paper:
    """Who is what in one case: roles by person as they would be, posts asked, and who has signed."""

    case_id: int
    roles: dict[int, set[str]] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    """Posts whose sign-off is still to come or may have to be given again."""
    signed: set[int] = field(default_factory=set)


def read_papers(session: Session, case_ids: Iterable[int]) -> dict[int, Paper]:
    """Cases by id, as they stand."""
    found = {i: Paper(i) for i in case_ids}
    for row in session.execute(
        select(CaseRole.case_id, CaseRole.role, CaseRole.person_id, CaseRole.post_id).where(CaseRole.case_id.in_(found))
    ):
        paper = found[row.case_id]
        if row.person_id is not None:
            paper.roles.setdefault(row.person_id, set()).add(row.role)
        elif row.role == "asked":
            paper.asked.add(row.post_id)
    for signed in session.execute(
        select(ReportSignOff.report_id, ReportSignOff.signed_by_id, ReportSignOff.signed_for_id).where(
            ReportSignOff.report_id.in_(found), ReportSignOff.outcome.is_not(None)
        )
    ):
        found[signed.report_id].signed |= {p for p in (signed.signed_by_id, signed.signed_for_id) if p is not None}
    return found


def holders(session: Session, today: date) -> dict[int, set[int]]:
    """Active people by the post that they hold today."""
    found: dict[int, set[int]] = {}
    for post_id, person_id in session.execute(
        select(PostHolding.post_id, PostHolding.person_id)
        .join(Person, Person.id == PostHolding.person_id)
        .where(
            Person.is_active,
            PostHolding.from_on <= today,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today),
        )
    ):
        found.setdefault(post_id, set()).add(person_id)
    return found


def why_not_take(
    session: Session,
    paper: Paper,
    giver: int,
    taker: int,
    before: Mapping[int, set[int]],
    after: Mapping[int, set[int]],
) -> str:
    """Why the taker cannot have the giver’s parts in this case; "" if they can. `before`, `after`: people by post."""
    given, own = paper.roles.get(giver, set()), paper.roles.get(taker, set())
    would = own | given
    if "sponsor" in would and would & WROTE:
        return "wrote it and would sponsor it" if own & WROTE else "sponsors it and would write in it"
    if given & WRITES and "past_sponsor" in own:
        return "sponsored it earlier"
    if given & (WRITES | {"sponsor"}) and taker in paper.signed:
        return "has signed it off"
    teams = {post for post in paper.asked if taker in after.get(post, set())}
    if "sponsor" in would and teams:
        return "would sponsor it and be in a team that signs it off"
    return _stranded(session, paper, taker, would, before, after)


def _stranded(
    session: Session,
    paper: Paper,
    taker: int,
    would: set[str],
    before: Mapping[int, set[int]],
    after: Mapping[int, set[int]],
) -> str:
    """A team in which somebody could sign, and nobody could any more: its members would all have a part in it."""
    bars = set(BARRED["report.sign_off"])
    was_barred = {p for p, roles in paper.roles.items() if roles & bars}
    now_barred = was_barred | ({taker} if would & bars else set())
    for post in sorted(paper.asked):
        if before.get(post, set()) - was_barred and not after.get(post, set()) - now_barred:
            name = session.get_one(Post, post).name
            return f"would be the only one left in {name}, which signs it off, and has a part in it"
    return ""
