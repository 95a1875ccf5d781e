"""Reading over the API, and taking a step. Creating and editing is `writing`; what the answers hold is `schemas`."""

from __future__ import annotations

from sqlalchemy import select

from commissioning.api import data_bodies, data_cycles, data_months, data_reports, data_units
from commissioning.api.cases import BASE, list_cases, read_case
from commissioning.api.data import get_data
from commissioning.api.events import count_of, events_of
from commissioning.api.lists import page_links
from commissioning.api.operations import about, as_it_stands, operation
from commissioning.api.schemas import (
    CaseOut,
    CasesOut,
    CasesQuery,
    DecisionOut,
    DecisionsOut,
    EventsOut,
    GrantOut,
    MeOut,
    PageQuery,
    PersonOut,
    StepBody,
    TaskOut,
    TaskQuery,
    TasksOut,
)
from commissioning.casework import perform
from commissioning.casework.errors import Invalid
from commissioning.casework.inbox import InboxRow, count_tasks, list_tasks
from commissioning.casework.locks import parties_of
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.people import Person, Post
from commissioning.policy import GLOBAL_ACTIONS
from commissioning.reports.readings import note_reading
from commissioning.web import requests
from commissioning.web.access import may_call

__all__ = ["data_bodies", "data_cycles", "data_months", "data_reports", "data_units"]


@operation("GET", "/me", MeOut, tag="me")
def me() -> MeOut:
    """Who am I?

    The person whom the token stands for, with posts, roles and those deputised for today, and what they may begin.
    """
    session, actor = requests.reading(), requests.actor()
    person = session.get_one(Person, requests.person_id())
    assert actor.me is not None
    posts = session.scalars(select(Post).where(Post.id.in_(actor.me.posts)).order_by(Post.name, Post.id))
    return MeOut(
        id=person.id,
        name=person.name,
        email=person.email,
        job_title=person.job_title,
        posts=[PersonOut(id=p.id, name=p.name) for p in posts],
        roles=[GrantOut(role=role, scope=scope) for role, scope in sorted(actor.me.grants)],
        acting_for=[PersonOut(id=i.person_id, name=i.name) for i in actor.acting_for],
        may=[action for action in GLOBAL_ACTIONS if may_call(action)],
    )


@operation("GET", "/tasks", TasksOut, tag="me", query=TaskQuery)
def tasks(query: TaskQuery) -> TasksOut:
    """What waits for me?

    Open tasks of the caller, of posts that they hold, and of people for whom they deputise; most urgent first.
    """
    session, actor = requests.reading(), requests.actor()
    total = count_tasks(session, actor)
    rows = list_tasks(session, actor, query.page * query.per_page, now=requests.now())
    shown = rows[(query.page - 1) * query.per_page :]
    return TasksOut(
        total=total,
        page=query.page,
        per_page=query.per_page,
        links=page_links(query.page, query.per_page, total),
        items=[_task(row) for row in shown],
    )


def _task(row: InboxRow) -> TaskOut:
    here = f"{BASE}/cases/{row.case_id}"
    return TaskOut(
        id=row.task_id,
        case_id=row.case_id,
        kind=row.kind,
        reference=row.reference,
        title=row.title,
        state=row.state,
        version=row.version,
        step=row.step,
        label=row.step_label,
        part=row.part,
        due_on=row.due_on,
        is_overdue=row.is_overdue,
        holder=row.holder,
        links={"case": here, "step": f"{here}/steps/{row.step}"},
    )


@operation("GET", "/cases", CasesOut, tag="cases", query=CasesQuery)
def cases(query: CasesQuery) -> CasesOut:
    """List cases.

    Those that the caller may know of; what is secret is in neither the list nor its total.
    """
    items, total = list_cases(requests.reading(), requests.actor(), query, requests.now())
    links = page_links(query.page, query.per_page, total)
    return CasesOut(total=total, page=query.page, per_page=query.per_page, links=links, items=items)


@operation("GET", "/cases/{case_id}", CaseOut, tag="cases")
def case(case_id: int) -> CaseOut:
    """Read a case.

    Where it is, whom it waits for, the fields of its kind, the steps that can be taken now, and why the others cannot.
    Reading what is exempt or confidential in a report goes on record.
    """
    found = read_case(requests.reading(), requests.actor(), case_id, requests.now())
    secret = data_reports.secret_read(found.data) if found.kind == "report" else ()
    if secret:
        requests.run(note_reading, case_id, secret)
    return found


@operation("GET", "/cases/{case_id}/events", EventsOut, tag="cases", query=PageQuery)
def events(case_id: int, query: PageQuery) -> EventsOut:
    """What happened to a case?

    Newest first. An auditor sees that something happened to a case that they may not read, without its words.
    """
    session, actor = requests.reading(), requests.actor()
    items = events_of(session, actor, case_id, requests.now(), page=query.page, per_page=query.per_page)
    total = count_of(session, case_id)
    links = page_links(query.page, query.per_page, total)
    return EventsOut(total=total, page=query.page, per_page=query.per_page, links=links, items=items)


@operation("GET", "/decisions", DecisionsOut, tag="cases", query=PageQuery)
def decisions(query: PageQuery) -> DecisionsOut:
    """List decisions with their records.

    Those that the caller may know of, the latest first.
    """
    session, actor, now = requests.reading(), requests.actor(), requests.now()
    wanted = CasesQuery(kind="decision", page=query.page, per_page=query.per_page, sort="-created_at")
    items, total = list_cases(session, actor, wanted, now)
    rows = {c.id: c for c in session.scalars(select(Case).where(Case.id.in_([i.id for i in items])))}
    return DecisionsOut(
        total=total,
        page=query.page,
        per_page=query.per_page,
        links=page_links(query.page, query.per_page, total),
        items=[DecisionOut(**i.model_dump(), data=get_data(session, actor, rows[i.id], now)) for i in items],
    )


@operation("POST", "/cases/{case_id}/steps/{step}", CaseOut, tag="cases", body=StepBody, problems=(403, 409))
def take_step(case_id: int, step: str, body: StepBody, key: str) -> CaseOut | None:
    """Take a step.

    `version` is the one that the caller saw: a case that has moved since answers 409 with how it stands. The same key
    again gives the same answer and does nothing more. 204: it is done, and the case is out of the caller's sight.
    """
    about(case_id)
    part = body.part if body.part is not None else _own_part(case_id, step)
    requests.run(
        perform, case_id, step, key=key, version=body.version, reason=body.reason, fields=body.fields, part=part
    )
    return as_it_stands()


def _own_part(case_id: int, step_name: str) -> int | None:
    """Which part of the case the caller answers for with this step, if it is held by parts. Raises Invalid if several.

    It follows from who holds what, not from the state, so that a repeated request is the same request.
    """
    session, actor = requests.reading(), requests.actor()
    step = house.workflows[session.get_one(Case, case_id).definition].steps.get(step_name)
    own = {
        p.part
        for p in parties_of(session, [case_id])[case_id]
        if step is not None
        and p.role in step.by
        and p.part is not None
        and (p.person_id in actor.person_ids or p.post_id in actor.post_ids)
    }
    if len(own) > 1:
        raise Invalid({"part": f"You answer for several parts of this: say which ({', '.join(map(str, sorted(own)))})"})
    return next(iter(own), None)
