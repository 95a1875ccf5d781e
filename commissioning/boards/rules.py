"""What the definition `group` names: when a group may be approved, sit, and be stood down (NY-15, NY-16)."""

from __future__ import annotations

from sqlalchemy import func, select

from commissioning.boards.queries import count_members
from commissioning.casework.context import Context
from commissioning.casework.registry import Kind, guard, house
from commissioning.models.bodies import AgendaItem, Body, Meeting
from commissioning.models.cases import Case
from workflows.registry import Refusal

KIND = "body"

house.kind(Kind(KIND, "BOD", "group"))


@guard("parent_sits@1")
def parent_sits(context: Context) -> Refusal | None:
    """A group is approved under a body that sits; one that stands alone needs none."""
    parent_id = context.session.get_one(Body, context.case.id).parent_id
    if parent_id is None:
        return None
    parent = context.session.get_one(Case, parent_id)
    if house.workflows[parent.definition].states[parent.state].has("sitting"):
        return None
    return Refusal("parent_not_sitting", f"{parent.safe_title} does not sit, so no group can be approved under it")


@guard("has_members@1")
def has_members(context: Context) -> Refusal | None:
    """A body sits once it has as many members as its quorum needs at least."""
    body = context.session.get_one(Body, context.case.id)
    found = count_members(context.session, body.case_id, context.today)
    if found >= body.quorum_minimum:
        return None
    said = f"{found} {'member' if found == 1 else 'members'}"
    text = f"It has {said} today, and its quorum needs at least {body.quorum_minimum}"
    return Refusal("too_few_members", text, "the clerk")


@guard("no_open_papers@1")
def no_open_papers(context: Context) -> Refusal | None:
    """A body is stood down once no meeting and no paper of it is open."""
    meetings = context.session.execute(
        select(func.count())
        .select_from(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id == context.case.id, Case.is_done.is_(False))
    ).scalar_one()
    papers = context.session.execute(
        select(func.count())
        .select_from(AgendaItem)
        .join(Case, Case.id == AgendaItem.case_id)
        .join(Meeting, Meeting.case_id == AgendaItem.meeting_id)
        .where(Meeting.body_id == context.case.id, Case.is_done.is_(False))
    ).scalar_one()
    if not meetings and not papers:
        return None
    said = f"{meetings} of its meetings and {papers} of its papers are still open"
    return Refusal("open_papers", f"It cannot be stood down while {said}", "its clerk")
