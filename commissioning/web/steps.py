"""Taking a step of any case: the page that asks what the step needs, and what every case page shows of its case.

`case_view` gives a template all that `macros/case.html` draws. `/cases/<id>/steps/<step>` works for every kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from commissioning import labels, visibility
from commissioning.actors import Actor
from commissioning.casework import audience, perform
from commissioning.casework.buttons import Button, buttons
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.casework.locks import asking_parties, parties_of
from commissioning.casework.registry import house
from commissioning.casework.sets import table_of
from commissioning.casework.timeline import Happening, asking_events, list_happenings, states_in
from commissioning.models.bodies import AgendaItem
from commissioning.models.cases import Case, Task
from commissioning.models.people import Person, Post
from commissioning.policy import ACTIONS, identity_for
from commissioning.statements import read_ahead, run
from commissioning.visibility import asking, has_part
from commissioning.web import access, requests
from commissioning.web.filters import when
from commissioning.web.formbase import BaseForm
from commissioning.web.step_forms import needs_form, page_of, step_form, typed_fields
from workflows.definition import Step
from workflows.registry import Refusal
from workflows.strip import strip

blueprint = Blueprint("cases", __name__)

PLACES = {
    "report": "reports",
    "meeting": "meetings",
    "decision": "decisions",
    "action": "actions",
    "body": "boards",
    "return": "returns",
    "budget_year": "money",
    "virement": "virements",
    "monitoring_meeting": "monitoring-meetings",
    "setup_step": "units/set-up",
    "duplication": "duplications",
    "unit": "units",
    "plan": "plans",
    "cycle": "cycles",
    "cycle_output": "cycles/outputs",
    "contract": "contracts",
    "specification": "specifications",
    "partner_return": "partner-returns",
}
"""Where the page of a kind is; of any other kind it is `/cases/<id>`."""


@dataclass(frozen=True, slots=True)
class ButtonView:
    """A step as a page shows it: `href` leads to a form, `url` posts at once; `reasons` say why it cannot be taken."""

    step: str
    label: str
    href: str
    url: str
    is_secondary: bool
    acting_for: str
    reasons: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """What the top and the foot of a case's page show."""

    case: Case
    kind_label: str
    state_label: str
    tone: str
    strip: list[dict[str, str]]
    available: list[ButtonView]
    unavailable: list[ButtonView]
    waiting: Sequence[Any]
    """Open tasks, each with `holder_name`: the person or post that it waits for."""
    asks: list[dict[str, str]]
    """Whom the reader can ask how it stands (`holder`), and where (`url`)."""
    events: list[Happening]
    audience: audience.Audience


def case_url(kind: str, case_id: int) -> str:
    """The address of a case's page."""
    return f"/{PLACES[kind]}/{case_id}" if kind in PLACES else url_for("cases.case", case_id=case_id)


def step_url(case_id: int, step: str, part: int | None) -> str:
    """The address of a step of a case; written out, because a list has one in each line."""
    return f"/cases/{case_id}/steps/{step}" + ("" if part is None else f"?part={part}")


def case_view(session: Session, case: Case, *, via: str = "", past: str = "") -> CaseView:
    """Everything a case page shows of its case, for the actor of this request, who may see it. Ten queries or so.

    `via` and `past`: a state that this case goes through off the main line, and one of it that it does not.
    """
    now, today = requests.now(), requests.today()
    workflow = house.workflows[case.definition]
    places = {"done": "done", "current": "current", "ahead": "ahead"}
    actor = requests.actor()
    asked = asking(_waiting, actor, today, case_id=case.id)
    read_ahead(session, asking_parties([case.id]), asked, asking_events(case.id), *audience.ahead(case, today))
    views = [_button_view(case, b) for b in buttons(session, actor, case, now)]
    (waiting,) = run(session.connection(), asked)
    events = list_happenings(session, actor, case.id, case.kind, today)
    line = strip(workflow, states_in(session, case.id, events), case.state, via=via, past=past)
    return CaseView(
        case,
        labels.KINDS[case.kind],
        workflow.states[case.state].label,
        _tone(case),
        [{"label": item.label, "status": places[item.place], "note": ""} for item in line],
        [v for v in views if not v.reasons],
        [v for v in views if v.reasons],
        waiting,
        _asks(actor, case, waiting),
        events,
        audience.get_audience(session, case, today),
    )


_taker, _asked_person = table_of(Person).alias("taker"), table_of(Person).alias("asked")


@lru_cache(maxsize=64)
def _waiting(who: Actor) -> Any:
    """Open tasks of a case: whom each waits for, whether it is the reader's own, and whether they hold a part by which
    they may ask."""
    free = Task.taken_by_id.is_(None)
    named = and_(free, or_(Task.person_id.in_(who.person_ids), Task.post_id.in_(who.post_ids)))
    return (
        select(
            Task.id,
            Task.part,
            Task.step,
            Task.person_id,
            Task.post_id,
            Task.due_on,
            Task.opened_at,
            func.coalesce(_taker.c.name, _asked_person.c.name, Post.name, "").label("holder_name"),
            func.coalesce(or_(named, Task.taken_by_id.in_(who.person_ids)), false()).label("is_own"),
            has_part(who, *ACTIONS["case.ask"].by, case_id=Task.case_id).label("may_ask"),
        )
        .outerjoin(_taker, _taker.c.id == Task.taken_by_id)
        .outerjoin(_asked_person, _asked_person.c.id == Task.person_id)
        .outerjoin(Post, Post.id == Task.post_id)
        .where(Task.case_id == bindparam("case_id"), Task.closed_at.is_(None))
        .order_by(Task.due_on, Task.id)
    )


def _asks(actor: Actor, case: Case, waiting: Sequence[Any]) -> list[dict[str, str]]:
    """Where to ask each other holder that the case waits for, if the reader may ask about it."""
    granted = any(actor.is_granted(role, case.scope) for role in ACTIONS["case.ask"].by)
    found = {w.holder_name: w.id for w in reversed(waiting) if not w.is_own and (granted or w.may_ask)}
    return [{"holder": name, "url": f"/cases/{case.id}/ask/{task_id}"} for name, task_id in sorted(found.items())]


def may_amend(session: Session, case: Case, action: str) -> bool:
    """Whether the actor of this request may do an action of `policy.ACTIONS` to a case now."""
    rule = ACTIONS[action]
    if not rule.fits(house.workflows[case.definition].states[case.state]):
        return False
    known = g.setdefault("parties", {})  # a page asks of one case again and again: once for each request is enough
    if case.id not in known:
        known[case.id] = parties_of(session, [case.id])[case.id]
    return not isinstance(identity_for(requests.actor(), action, rule.by, known[case.id], case.scope), Refusal)


def _tone(case: Case) -> str:
    if case.is_done:
        return "green"
    return {"draft": "grey", "shared": "blue", "published": "teal"}[case.exposure]


def _button_view(case: Case, button: Button) -> ButtonView:
    step = button.step
    own = page_of(case.kind, step.name)
    url = step_url(case.id, step.name, button.part)
    href = own(case.id, button.part) if own else url if needs_form(step) else ""
    return ButtonView(step.name, step.label, href, url, step.secondary, button.acting_for, button.reasons)


@blueprint.get("/cases/<int:case_id>")
@access.signed_in
def case(case_id: int) -> Any:
    """To the page of a case of any kind."""
    session = requests.reading()
    found = visibility.get_case(session, requests.actor(), case_id, requests.today())
    if found.kind == "agenda_item":
        return redirect(case_url("report", session.get_one(AgendaItem, case_id).report_id), 303)
    return redirect(case_url(found.kind, case_id), 303)


@blueprint.route("/cases/<int:case_id>/steps/<step_name>", methods=["GET", "POST"])
@access.signed_in
def step(case_id: int, step_name: str) -> Any:
    """Ask what a step needs, or take it."""
    session = requests.reading()
    found = visibility.get_case(session, requests.actor(), case_id, requests.today())
    workflow = house.workflows[found.definition]
    if step_name not in workflow.steps or not workflow.steps[step_name].for_people:
        raise NotFound
    chosen, own = workflow.steps[step_name], page_of(found.kind, step_name)
    if own and request.method == "GET":
        return redirect(own(case_id, requests.whole_number(request.args.get("part", ""))), 303)
    form = step_form(session, requests.actor(), found, chosen, requests.today())
    if request.method == "POST":
        if form.validate():
            return take(session, found, chosen, form)
        return _asked(session, found, chosen, form, 422)
    form["part"].data = request.args.get("part", "")
    return _asked(session, found, chosen, form, 200)


def take(session: Session, case: Case, step: Step, form: BaseForm) -> Any:
    """Take the step with what the form holds; on a refusal the form again with what was typed, and why."""
    reason = form["reason"].data if "reason" in form else ""
    part = form["part"].data or request.args.get("part", "")
    try:
        back_to = requests.run(
            _perform,
            case.id,
            case.kind,
            step.name,
            key=form.idempotency_key.data,
            version=form.version.data,
            reason=reason,
            fields=typed_fields(form, step),
            part=requests.whole_number(part),
        )
    except Invalid as error:
        for name, text in error.errors.items():
            form.refuse(name if name in form else "", text)
        return _asked(session, case, step, form, 422)
    except Forbidden as error:
        return _asked(session, case, step, form, 403, error.reasons)
    except NotNow as error:
        return _asked(session, case, step, form, 409, error.reasons)
    except Stale as error:
        # What was typed stands in the form, which now carries the version that the reader is being shown.
        session.rollback()
        session.expire_all()
        case = visibility.get_case(session, requests.actor(), case.id, requests.today())
        seen, form.version.data = form.version.data, case.version
        text = str(error)
        if seen != form.version.data:
            at = f", {when(error.changed_at)}" if error.changed_at else ""
            text = f"It is now “{_state_label(case)}”: changed by {error.changed_by or 'somebody else'}{at}"
        return _asked(session, case, step, form, 409, [Refusal("stale", text)])
    flash(f"{step.label}: done.")
    return redirect(back_to, 303)


def _perform(session: Session, actor: Actor, case_id: int, kind: str, step: str, **how: Any) -> str:
    """Take a step; then the case's page, or the first page for somebody who may not see the case any more."""
    perform(session, actor, case_id, step, **how)
    return case_url(kind, case_id) if visibility.may_see(session, actor, case_id, kind, requests.today()) else "/"


def _asked(
    session: Session, case: Case, step: Step, form: BaseForm, status: int, refused: list[Refusal] | None = None
) -> Any:
    found = buttons(session, requests.actor(), case, requests.now())
    button = next((b for b in found if b.step.name == step.name), None)
    reasons: Any = refused or (button.reasons if button else ())
    if button is None and not refused:
        reasons = (Refusal("wrong_state", f"It is {_state_label(case)}, so this cannot be done now"),)
    is_typed = any(field.data for field in form.shown())
    page = render_template(
        "cases/step.html",
        case=case,
        case_url=case_url(case.kind, case.id),
        kind_label=labels.KINDS[case.kind],
        step=step,
        form=form,
        reasons=reasons,
        refused=bool(refused or form.errors),
        is_drawn=button is not None or is_typed,
        is_typed=is_typed,
        acting_for=button.acting_for if button else "",
    )
    return page, status


def _state_label(case: Case) -> str:
    return house.workflows[case.definition].states[case.state].label
