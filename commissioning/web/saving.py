"""Running a command from a form: on a refusal the form again, with what was typed and why.

Here: from refusals to words in a form. Not here: pages for refusals that belong to no form (`errors`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request

from commissioning.casework import perform
from commissioning.casework.errors import Forbidden, Invalid, NotNow, Stale
from commissioning.web import requests
from commissioning.web.filters import when
from commissioning.web.formbase import BaseForm
from workflows.working_days import BeyondCalendar

_LONGEST = 120
"""Of what is saved now, in a message; what is longer stands beside what was typed."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Saved:
    """What became of it: the command's value, or the status of the refusal; `saved` and `yours` are two versions."""

    value: Any = None
    status: int = 200
    saved: dict[str, Any] | None = None
    yours: dict[str, Any] | None = None

    @property
    def is_done(self) -> bool:
        """Whether the command was carried out."""
        return self.status == 200


def save(form: BaseForm, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Saved:
    """Run a command in a transaction with the form's key; its refusals become words in the form."""
    try:
        return Saved(requests.run(command, *args, key=form.idempotency_key.data, **kwargs))
    except Invalid as error:
        for name, text in error.errors.items():
            form.refuse(name if name in form else "", text)
        return Saved(status=422)
    except BeyondCalendar as error:
        form.refuse("", str(error))
        return Saved(status=422)
    except Stale as error:
        if error.version is not None:
            form.version.data = error.version  # who has compared the two sends theirs again
        return _stale(form, command, error)
    except (NotNow, Forbidden) as error:
        for reason in error.reasons:
            form.refuse("", reason.text + (f" (waiting for {reason.waits_for})" if reason.waits_for else ""))
        return Saved(status=409 if isinstance(error, NotNow) else 403)


def _stale(form: BaseForm, command: Callable[..., Any], error: Stale) -> Saved:
    if command is perform:  # a step has no text of which there are two versions: `theirs` is the state
        form.refuse("", f"{error}: it is {str(error.theirs).lower()} now. Nothing was done: look at it again first")
        return Saved(status=409)
    if error.yours is None:
        if form.version.object_data is not None:
            form.version.data = form.version.object_data  # of the values that are shown, if it moved on again
        form.refuse("", f"{error}. What you typed is still in the form: send it again to save it over theirs")
        _show_saved(form)
        return Saved(status=409)
    form.refuse("", f"{error}. Both versions are below; what you typed is still in the form")
    theirs = {"title": "Saved now", "by": _by(error), "text": str(error.theirs or "")}
    return Saved(None, 409, theirs, {"title": "Yours", "by": "not saved yet", "text": str(error.yours or "")})


def _show_saved(form: BaseForm) -> None:
    """Say at each field that was typed otherwise what is saved now, which is what the form was made from."""
    for field in form.shown():
        saved = field.saved_otherwise() if field.short_name in form.made_from else None
        if saved is None:
            continue
        if len(saved) > _LONGEST or "\n" in saved:
            field.versions = saved, field.typed
            said = "another text is saved now; both are shown here"
        else:
            said = f"“{saved}” is what is saved now" if saved else "nothing is saved here now"
        form.refuse(field.short_name, f"{field.label.text}: {said}")


def ask(
    form: BaseForm, send: Callable[[], Saved], told: str, leads_to: Callable[[Any], str],
    draw: Callable[[Saved | None], str],
) -> Any:  # fmt: skip
    """A page that asks by one form: saved, it says `told` and leads on (303); else it is drawn with what was typed.

    `leads_to` gets the command's value; `draw` what became of it, for two versions of the same text.
    """
    done = None
    if request.method == "POST" and form.validate():
        done = send()
        if done.is_done:
            flash(told)
            return redirect(leads_to(done.value), 303)
    status = done.status if done is not None else 200
    page = draw(done)
    return page, 422 if form.errors and status == 200 else status


def _by(error: Stale) -> str:
    parts = [error.changed_by, when(error.changed_at) if error.changed_at else ""]
    return ", ".join(p for p in parts if p)


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV for download."""
    response = Response(csv_text(header, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV. What a spreadsheet would take for a formula is quoted, so that it stays text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return "\ufeff" + buffer.getvalue()


def in_sheet(pence: int) -> str:
    """Pounds with a point and no commas, as spreadsheets read them."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text
