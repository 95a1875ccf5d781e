"""`/decisions`: the register, as a page and as CSV; one decision as its statement (P-14); correcting its record."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning import labels, visibility
from commissioning.actions.queries import list_actions
from commissioning.boards.queries import list_bodies
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.decisions.correcting import Correction, correct_decision
from commissioning.decisions.forms import ReplyForm
from commissioning.decisions.replying import get_reply
from commissioning.decisions.replying import reply as give_reply
from commissioning.decisions.shown import standing_of, state_of
from commissioning.decisions.voting import votes_on
from commissioning.labels_decisions import CALL_IN_SETTLED, DECISION_WAYS, REPLIES
from commissioning.meetings import queries
from commissioning.meetings.forms import CorrectionForm
from commissioning.models.bodies import Decision
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation
from commissioning.web import access, requests
from commissioning.web.saving import Saved, ask, csv_file, in_sheet, save
from commissioning.web.steps import case_url, case_view, may_amend

blueprint = Blueprint("decisions", __name__)
MOST_EXPORTED = 10_000


def _filters() -> tuple[queries.DecisionFilter, list[str]]:
    """What is looked for, and what of it cannot be read, in words."""
    unread: list[str] = []
    days: dict[str, date | None] = {}
    for name in ("from", "to"):
        typed = request.args.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(typed) if typed else None
        except ValueError:
            days[name] = None
            unread.append(f"“{typed[:20]}” is not a day like 2026-11-03, so it was left out")
    wanted = queries.DecisionFilter(
        body_id=requests.whole_number(request.args.get("body")),
        state=request.args.get("state", ""),
        ask=request.args.get("ask", ""),
        outcome=request.args.get("outcome", ""),
        from_on=days["from"],
        to_on=days["to"],
        called_in=request.args.get("called_in") == "yes",
        words=request.args.get("q", "")[:200],
    )
    return wanted, unread


@blueprint.get("/decisions")
@access.signed_in
def decisions() -> str:
    """The register, newest first."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    page, (wanted, unread) = requests.page_number(), _filters()
    rows, total = queries.list_decisions(session, actor, today, wanted, page=page)
    return render_template(
        "decisions/decisions.html",
        decisions=rows,
        standing={d.case_id: standing_of(d) for d in rows},
        all_states=[(s.name, s.label) for s in house.states_of("decision").values()],
        bodies=list_bodies(session, actor, today),
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        filters=wanted,
        unread=unread,
        words=labels,
    )


_COLUMNS = (
    *("Number", "Body", "Decided", "Asked to", "Outcome", "Decision", "As proposed", "Chosen", "Sum", "Reasons"),
    *("Alternatives", "Interests", "State", "Published", "Call-in until", "Called in", "In effect from"),
    *("Not carried out", "Corrected", "Made", "Minute"),
)


def _row(d: Decision) -> tuple[Any, ...]:
    return (
        *(d.number, d.body.name, d.decided_on.isoformat(), labels.ASKS[d.ask], labels.OUTCOMES[d.outcome], d.text),
        d.original_text if d.original_text != d.text else "",
        "; ".join(d.chosen.splitlines()),
        in_sheet(d.amount_pence) if d.amount_pence is not None else "",
        *(d.reasons, d.alternatives, d.interests, state_of(d), d.published_on and d.published_on.isoformat()),
        d.call_in_until_on and d.call_in_until_on.isoformat(),
        d.call_in.called_on.isoformat() if d.call_in else "",
        d.effective_at and d.effective_at.isoformat(),
        d.not_carried_out,
        d.corrected_on and d.corrected_on.isoformat(),
        *(DECISION_WAYS[d.way], d.minute_reference),
    )


@blueprint.get("/decisions.csv")
@access.signed_in
def export() -> Any:
    """The register as CSV, filtered as on the page."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    rows, _ = queries.list_decisions(session, actor, today, _filters()[0], per_page=MOST_EXPORTED)
    return csv_file("decisions", _COLUMNS, (_row(d) for d in rows))


@blueprint.get("/decisions/<int:decision_id>")
@access.signed_in
def decision(decision_id: int) -> str:
    """One decision, as the statement that is published of it (P-14)."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_decision(session, actor, decision_id, today)
    report = visibility.get_case(session, actor, found.report_id, today, "report")
    recommendation = session.get_one(Recommendation, found.recommendation_id)
    actions, _ = list_actions(session, actor, today, decision_id=decision_id, per_page=200)
    return render_template(
        "decisions/decision.html",
        decision=found,
        view=case_view(session, found.case),
        report=report,
        number=queries.numbers_of(session, [found.report_id])[found.recommendation_id],
        about=_seen(session, recommendation.about_id),
        has_about=recommendation.about_id is not None,
        actions=actions,
        states={a.case_id: house.workflows[a.case.definition].states[a.case.state].label for a in actions},
        others=_others(session, found),
        may_correct=may_amend(session, found.case, "decision.correct"),
        case_url=case_url,
        words=labels,
        settled=CALL_IN_SETTLED,
        ways=DECISION_WAYS,
        voted=votes_on(session, [found])[decision_id],
        reply=get_reply(session, decision_id),
        replies=REPLIES,
        may_reply=may_amend(session, found.case, "decision.reply"),
    )


def _seen(session: Session, case_id: int | None) -> Case | None:
    if case_id is None:
        return None
    try:
        return visibility.get_case(session, requests.actor(), case_id, requests.today())
    except NotFound:
        return None


def _others(session: Session, found: Decision) -> list[tuple[str, Case]]:
    """Other decisions that the reader may know of, by what they are to this one: replaced by it, in its place, or made
    at the same meeting."""
    same = [Decision.replaces_id == found.case_id, Decision.case_id == (found.replaces_id or 0)]
    if found.meeting_id is not None:
        same.append(Decision.meeting_id == found.meeting_id)
    rows = session.execute(
        select(Decision.case_id, Decision.replaces_id, Case)
        .join(Case, Case.id == Decision.case_id)
        .where(
            or_(*same), Decision.case_id != found.case_id,
            visibility.visible(requests.actor(), "decision", requests.today()),
        )
        .order_by(Decision.number, Decision.case_id)
        .limit(100)
    )  # fmt: skip
    words = {found.case_id: "replaced_by"}
    return [
        ("replaces" if r.case_id == found.replaces_id else words.get(r.replaces_id, "beside"), r.Case) for r in rows
    ]


@blueprint.route("/decisions/<int:decision_id>/correct", methods=["GET", "POST"])
@access.signed_in
def correct(decision_id: int) -> Any:
    """Correct the record: what was decided, and what the statement says beside it."""
    session = requests.reading()
    found = queries.get_decision(session, requests.actor(), decision_id, requests.today())
    if not may_amend(session, found.case, "decision.correct"):
        raise NotFound
    names = [name for name in Correction.__dataclass_fields__ if name != "why"]
    form = CorrectionForm(data={n: getattr(found, n) for n in names} | {"version": found.case.chain_seq})

    def send() -> Saved:
        new = Correction(**{n: form[n].data or "" for n in (*names, "why")})
        return save(form, correct_decision, decision_id, new, seen=form.version.data)

    return ask(
        form, send, "The record was corrected. What it said before is kept.",
        lambda _value: url_for("decisions.decision", decision_id=decision_id),
        lambda _done: render_template("decisions/correct.html", form=form, decision=found),
    )  # fmt: skip


@blueprint.route("/decisions/<int:decision_id>/reply", methods=["GET", "POST"])
@access.signed_in
def reply(decision_id: int) -> Any:
    """Give the executive's reply to what scrutiny recommended."""
    session = requests.reading()
    found = queries.get_decision(session, requests.actor(), decision_id, requests.today())
    row = get_reply(session, decision_id)
    if row is None or not may_amend(session, found.case, "decision.reply"):
        raise NotFound
    form = ReplyForm(data={"answer": row.answer, "reasons": row.reasons})

    def send() -> Saved:
        return save(form, give_reply, decision_id, form.answer.data, form.reasons.data)

    return ask(
        form, send, "The reply was recorded.",
        lambda _value: url_for("decisions.decision", decision_id=decision_id),
        lambda _done: render_template("decisions/reply.html", form=form, decision=found, row=row),
    )  # fmt: skip
