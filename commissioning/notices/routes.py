"""`/forward-plan`, notices at their own addresses, publishing and withdrawing them, promising a paper."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from commissioning.actions.commands import ActionInput, create_action
from commissioning.actions.routes import may_create
from commissioning.boards.queries import list_bodies, list_people
from commissioning.casework.errors import NotFound
from commissioning.models.reports import Report
from commissioning.notices import commands, plan, queries, words
from commissioning.notices.forms import PromiseForm, WithdrawForm, notice_form
from commissioning.visibility import get_case
from commissioning.web import access, requests
from commissioning.web.filters import iso_day, month
from commissioning.web.formbase import choice
from commissioning.web.saving import ask, csv_file, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("notices", __name__)


def _wanted() -> plan.PlanFilter:
    args = request.args
    return plan.PlanFilter(
        args.get("kind", "") if args.get("kind") in plan.KINDS else "",
        requests.whole_number(args.get("body")),
        args.get("due", "all") if args.get("due") in plan.DUE else "all",
    )


@blueprint.get("/forward-plan")
@access.signed_in
def forward_plan() -> str:
    """What is to be decided, and what was promised."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    wanted, page = _wanted(), requests.page_number()
    found = plan.list_entries(session, actor, wanted, requests.now())
    return render_template(
        "notices/forward_plan.html",
        entries=found[(page - 1) * plan.PER_PAGE : page * plan.PER_PAGE],
        page=page,
        pages=requests.pages_of(len(found), plan.PER_PAGE),
        total=len(found),
        wanted=wanted,
        kinds=plan.KINDS,
        due=plan.DUE,
        words=words,
        bodies=list_bodies(session, actor, today, is_open=True),
        may_promise=bool(may_create(session)),
    )


@blueprint.get("/forward-plan.csv")
@access.signed_in
def forward_plan_csv() -> Any:
    """The same as a file, a row for each entry."""
    found = plan.list_entries(requests.reading(), requests.actor(), _wanted(), requests.now())
    header = ("What", "Kind", "Body", "When", "Notice due by", "Notice published", "Earliest lawful day", "Who owes it")

    def row(x: plan.Entry) -> tuple[Any, ...]:
        first = x.standings[0] if x.standings else None
        return (
            x.title, "; ".join(plan.KINDS[k] for k in x.kinds), x.body,
            (month(x.on) if x.is_month else x.on) if x.on else "", first.due_on if first else "",
            x.notice.published_on if x.notice else "", first.earliest_on if first else "", x.owes,
        )  # fmt: skip

    return csv_file("forward-plan", header, map(row, found))


@blueprint.route("/forward-plan/promise", methods=["GET", "POST"])
@access.signed_in
def promise() -> Any:
    """Enter a paper that was promised: an action of the body, with a date and who owes it."""
    session = requests.reading()
    form = PromiseForm(data={"text": request.args.get("text", "")[:1000], "due_precision": "month"})
    bodies = may_create(session)
    if not bodies:
        raise NotFound
    form.paper_to_id.choices = [choice(str(b.case_id), b.name) for b in bodies]
    form.owner_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]

    def send() -> Any:
        body_id = int(form.paper_to_id.data)
        new = ActionInput(
            form.text.data, int(form.owner_id.data), form.due_on.data, form.due_precision.data or "day",
            paper_to_id=body_id,
        )  # fmt: skip
        return save(form, create_action, body_id, new)

    return ask(
        form, send, "The promise is in the forward plan. The body’s clerk is asked to agree it.",
        lambda _: url_for("notices.forward_plan", kind="promise"),
        lambda _: render_template("notices/promise.html", form=form),
    )  # fmt: skip


@blueprint.get("/notices/<int:notice_id>")
@access.public
def notice(notice_id: int) -> str:
    """A notice as it was published, or that it was withdrawn. Public, as the law asks."""
    session, actor = requests.reading(), requests.actor()
    found = queries.get_notice(session, notice_id)
    try:
        case = get_case(session, actor, found.report_id, requests.today(), "report")
    except NotFound:
        case = None
    return render_template(
        "notices/notice.html",
        notice=found,
        said=[] if found.withdrawn_at else _lines(queries.says(found), found.kind),
        words=words,
        case=case,
        may_withdraw=case is not None and found.withdrawn_at is None and may_amend(session, case, "report.give_notice"),
    )


def _lines(said: Any, kind: str) -> list[tuple[str, str]]:
    def shown(name: str) -> str:
        text: str = said[name]
        return words.MAY_AGREE[text] if name == "agreed_as" else iso_day(text) if name.endswith("_on") else text

    return [(words.PARTS[name].label, shown(name)) for name in words.SAYS[kind] if name in said]


@blueprint.route("/reports/<int:report_id>/notices/new", methods=["GET", "POST"])
@access.signed_in
def new(report_id: int) -> Any:
    """Write and publish a notice."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    case = get_case(session, actor, report_id, today, "report")
    kind = request.args.get("kind", "")
    deciding = queries.list_deciding(session, [session.get_one(Report, report_id)]).get(report_id)
    if kind not in words.SAYS or deciding is None or not may_amend(session, case, "report.give_notice"):
        raise NotFound
    form = notice_form(kind, queries.get_first_words(session, report_id, deciding, today))

    def send() -> Any:
        return save(form, commands.publish_notice, report_id, kind, {n: form[n].data for n in words.SAYS[kind]})

    return ask(
        form, send, f"Published: {words.KINDS[kind]}.",
        lambda made: url_for("notices.notice", notice_id=made),
        lambda _: render_template("notices/new.html", form=form, case=case, kind=kind, words=words, deciding=deciding),
    )  # fmt: skip


@blueprint.route("/notices/<int:notice_id>/withdraw", methods=["GET", "POST"])
@access.signed_in
def withdraw(notice_id: int) -> Any:
    """Withdraw a notice with a reason."""
    session, actor = requests.reading(), requests.actor()
    found = queries.get_notice(session, notice_id)
    case = get_case(session, actor, found.report_id, requests.today(), "report")
    if not may_amend(session, case, "report.give_notice"):
        raise NotFound
    form = WithdrawForm()
    return ask(
        form, lambda: save(form, commands.withdraw_notice, notice_id, form.reason.data),
        "The notice is withdrawn. It does not count any more.",
        lambda _: url_for("notices.notice", notice_id=notice_id),
        lambda _: render_template("notices/withdraw.html", form=form, notice=found, words=words),
    )  # fmt: skip
