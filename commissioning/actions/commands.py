"""Recording an action, changing its words, owner and lines, and writing down progress (NY-03 to NY-05).

Its states and its date are moved by steps of the definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actions.rules import month_end
from commissioning.actors import Actor
from commissioning.boards.queries import may_in_body, scope_of
from commissioning.casework import NewCase, amend, create
from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound, check_seen
from commissioning.casework.locks import parties_of
from commissioning.casework.making import RoleRow
from commissioning.clock import fresh_id
from commissioning.models.bodies import Action, ActionLine, Body
from commissioning.models.cases import CaseRole
from commissioning.models.people import Person
from commissioning.policy import holds
from workflows.london import london_day
from workflows.registry import Refusal

LONGEST = 4000
MOST_LINES = 20
_SHORT = 120


@dataclass(frozen=True)
class Line:
    """One line: a plan priority, its own progress, when it comes to the board (a meeting, a month or a status)."""

    priority: str
    progress: str = ""
    report_to_board: str = ""


@dataclass(frozen=True)
class ActionInput:
    """An action as it is typed. `due_precision` "month": due by the end of the month of `due_on`."""

    text: str
    owner_id: int | None = None
    due_on: date | None = None
    due_precision: str = "day"
    measure: str = ""
    number: str = ""
    lines: tuple[Line, ...] = ()
    paper_to_id: int | None = None
    """The body to which a paper is promised, for the forward plan."""


def create_action(
    session: Session, actor: Actor, body_id: int, new: ActionInput, *, now: datetime, key: str | None = None
) -> int:
    """Record an action of a body; its id. It is proposed until the body's clerk agrees it."""
    body = session.get(Body, body_id)
    if body is None:
        raise Invalid({"body_id": "Select the body that it belongs to"})
    refusal = may_in_body(session, actor, "actions.create", body_id)
    if refusal:
        raise Forbidden([refusal])
    due_on = month_end(new.due_on) if new.due_on and new.due_precision == "month" else new.due_on
    _check(session, new)
    if due_on is not None and due_on < london_day(now):
        raise Invalid({"due_on": "Due date must be today or later"})
    roles: list[RoleRow] = [("clerk", None, body.clerk_post_id, None), ("chair", None, body.chair_post_id, None)]
    if new.owner_id is not None:
        roles.append(("owner", new.owner_id, None, None))

    def facts(case_id: int) -> list[Action]:
        row = Action(
            case_id=case_id,
            text=new.text.strip(),
            owner_id=new.owner_id,
            action_due_on=due_on,
            due_precision=new.due_precision,
            measure=new.measure.strip(),
            body_id=body_id,
            number=new.number.strip(),
            paper_to_id=new.paper_to_id,
        )
        session.add(row)
        session.flush()
        _write_lines(session, case_id, new.lines)
        return []

    case = NewCase(
        "action", _title(new.text), scope=scope_of(body_id), roles=roles, facts=facts, body={"given": asdict(new)}
    )
    return create(session, actor, case, now=now, key=key)


def edit_action(
    session: Session,
    actor: Actor,
    action_id: int,
    new: ActionInput,
    *,
    now: datetime,
    key: str | None = None,
    seen: int | None = None,
) -> None:
    """Change words, measure, number, lines; the owner only by the clerk. The date has a step of its own.

    `seen` is the number of the action's last event that the editor saw. Raises Stale if there is a later one.
    """
    _check(session, new)

    def change(context: Context) -> None:
        action = session.get_one(Action, action_id)
        check_seen(
            seen,
            context.case.chain_seq,
            context.case.safe_title,
            theirs=_as_text(session, action),
            yours=_typed_text(new),
        )
        for name, value in (("text", new.text), ("measure", new.measure), ("number", new.number)):
            context.changed(name, getattr(action, name), value.strip())
            setattr(action, name, value.strip())
        context.case.title = _title(new.text)
        if context.case.secrecy == "open":
            context.case.safe_title = context.case.title
        _change_owner(context, action, new.owner_id)
        old = [Line(x.priority, x.progress, x.report_to_board) for x in _lines(session, action_id)]
        if tuple(old) != tuple(_clean(new.lines)):
            context.changed("lines", [asdict(x) for x in old], [asdict(x) for x in _clean(new.lines)])
            session.execute(delete(ActionLine).where(ActionLine.action_id == action_id))
            _write_lines(session, action_id, new.lines)

    amend(
        session,
        actor,
        action_id,
        "action.edit",
        "action.edited",
        change,
        now=now,
        key=key,
        body=[asdict(new), seen],
    )


def record_progress(
    session: Session,
    actor: Actor,
    action_id: int,
    line_id: int,
    progress: str,
    report_to_board: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Write down how one line stands, and when it comes to the board (NY-04, NY-05)."""
    if len(progress) > LONGEST:
        raise Invalid({"progress": f"Progress must be {LONGEST:,} characters or fewer"})

    def change(context: Context) -> None:
        line = session.get(ActionLine, line_id)
        if line is None or line.action_id != action_id:
            raise NotFound
        context.changed(f"progress on {line.priority}", line.progress, progress.strip())
        context.changed(f"report to board of {line.priority}", line.report_to_board, report_to_board.strip()[:200])
        line.progress, line.report_to_board = progress.strip(), report_to_board.strip()[:200]

    body = [line_id, progress, report_to_board]
    amend(session, actor, action_id, "action.edit", "action.edited", change, now=now, key=key, body=body)


def _check(session: Session, new: ActionInput) -> None:
    errors = {}
    if not new.text.strip():
        errors["text"] = "Enter what is to be done"
    elif len(new.text) > LONGEST:
        errors["text"] = f"Action must be {LONGEST:,} characters or fewer"
    if new.due_precision not in labels.DUE_PRECISION:
        errors["due_precision"] = "Select how exact the date is"
    if new.owner_id is not None:
        owner = session.get(Person, new.owner_id)
        if owner is None or not owner.is_active:
            errors["owner_id"] = "Select a person from the list"
    if len(_clean(new.lines)) > MOST_LINES:
        errors["lines"] = f"An action has {MOST_LINES} lines at most"
    if any(x.progress.strip() and not x.priority.strip() for x in new.lines):
        errors["lines"] = "Enter the plan priority of each line"
    if errors:
        raise Invalid(errors)


def _change_owner(context: Context, action: Action, owner_id: int | None) -> None:
    if owner_id == action.owner_id:
        return
    me = context.identity
    if me is not None and not holds(me, "clerk", context.parties, context.case.scope):
        raise Forbidden([Refusal("not_yours", "Only the clerk can give an action to somebody else")])
    session, case = context.session, context.case
    if owner_id is None and any(a.of == "owner" for a in case.where.asks):
        raise Invalid({"owner_id": "Select an owner: the next step is theirs"})
    context.changed("owner", action.owner_name or None, session.get_one(Person, owner_id).name if owner_id else None)
    before = CaseRole.person_id == action.owner_id if action.owner_id else CaseRole.post_id == action.owner_post_id
    held = (CaseRole.case_id == case.id, CaseRole.role == "owner", before)
    session.execute(delete(CaseRole).where(*held))
    if owner_id is not None:
        session.add(CaseRole(id=fresh_id(), case_id=case.id, role="owner", person_id=owner_id))
        context.tell(
            "action_given",
            f"An action is yours: {case.safe_title}",
            "You are now the owner of this action.",
            "You are its owner.",
            people=[owner_id],
        )
    action.owner_id, action.owner_post_id = owner_id, None
    session.flush()
    context.parties[:] = parties_of(session, [case.id])[case.id]


def _lines(session: Session, action_id: int) -> Sequence[ActionLine]:
    return session.scalars(
        select(ActionLine).where(ActionLine.action_id == action_id).order_by(ActionLine.position, ActionLine.id)
    ).all()


def _clean(lines: Sequence[Line]) -> list[Line]:
    cleaned = [Line(x.priority.strip()[:200], x.progress.strip(), x.report_to_board.strip()[:200]) for x in lines]
    return [x for x in cleaned if x.priority]


def _write_lines(session: Session, action_id: int, lines: Sequence[Line]) -> None:
    for position, line in enumerate(_clean(lines), 1):
        session.add(ActionLine(action_id=action_id, position=position, **asdict(line)))


def _as_text(session: Session, action: Action) -> str:
    return _typed_text(
        ActionInput(
            action.text,
            measure=action.measure,
            lines=tuple(Line(x.priority, x.progress, x.report_to_board) for x in _lines(session, action.case_id)),
        )
    )


def _typed_text(new: ActionInput) -> str:
    lines = [f"{x.priority}: {x.progress} ({x.report_to_board})" for x in new.lines]
    return "\n".join([new.text, new.measure, *lines]).strip()


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHORT else words[: _SHORT - 1].rstrip() + "…"
