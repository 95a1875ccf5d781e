"""What the pages of reports share: the blueprint, reading a report, taking a form to its command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from commissioning.casework.amending import why_not_amend
from commissioning.casework.buttons import context_for
from commissioning.casework.errors import Invalid, Stale
from commissioning.models.cases import Case
from commissioning.reports.queries import ReportView, get_report
from commissioning.reports.readings import note_reading
from commissioning.web import requests
from commissioning.web.formbase import BaseForm
from workflows.registry import Refusal

blueprint = Blueprint("reports", __name__)


def read_report(report_id: int, *, shows_text: bool = True) -> ReportView:
    """The report for the reader of this request. Where text is shown, reading what is secret of it goes on record."""
    view = get_report(requests.reading(), requests.actor(), report_id, requests.now())
    if shows_text and view.secret_parts:
        requests.run(note_reading, report_id, view.secret_parts)
    return view


def why_not(case: Case, action: str, part: int | None = None) -> list[Refusal]:
    """Why the reader may not do an action of the table with this case now; empty if they may."""
    context = context_for(requests.reading(), requests.actor(), case, requests.now())
    return why_not_amend(context, action, part)


@dataclass(frozen=True)
class Refusals:
    """Why a form was not taken: the status, and both versions where somebody else was faster."""

    status: int
    stale: Stale | None = None


def take(form: BaseForm, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Refusals | Any:
    """Run a command with a form's key. Refusals of what was typed come back, to show the form again."""
    try:
        return requests.run(command, *args, key=form.idempotency_key.data, **kwargs)
    except Invalid as error:
        for name, text in error.errors.items():
            form.refuse(name if name in form else "", text)
        return Refusals(422)
    except Stale as stale:
        # The reading session still sees the version that the form was drawn from.
        requests.reading().rollback()
        requests.reading().expire_all()
        if stale.version is not None:
            form.version.data = stale.version
        return Refusals(409, stale)
