"""The opponent over HTTP: the least Flask that does the workload's steps and pages.

Signed-in session cookie (Flask's own), CSRF check (Flask-WTF's own) on every form post, a step
done and committed before the answer 303, and pages that hold the same rows as the product's
without its design. `create_app` reads the database's URL from BENCH_DATABASE.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

from flask import Flask, abort, g, redirect, render_template, request, session
from flask_wtf.csrf import CSRFProtect
from jinja2 import DictLoader
from werkzeug.wrappers import Response

from tests.bench import workload
from tests.bench.adapter import CaseId, System, WrongRole, WrongState
from tests.bench.handwritten import Handwritten
from tests.bench.web import Answer, Client, SignedIn, expect, find_token
from tests.bench.workload import ReportForm

LIST_LENGTH = 50
_TOKEN = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
TEMPLATES = {
    "base.html": (
        '<!doctype html><html lang="en"><head><title>{% block title %}{% endblock %}</title></head>'
        "<body><h1>{{ self.title() }}</h1>{% block main %}{% endblock %}</body></html>"
    ),
    "sign_in.html": (
        '{% extends "base.html" %}{% block title %}Sign in{% endblock %}{% block main %}'
        f'<form method="post">{_TOKEN}<label>Person <input name="user"></label>'
        "<button>Sign in</button></form>"
        "{% endblock %}"
    ),
    "inbox.html": (
        '{% extends "base.html" %}{% block title %}Waiting for you{% endblock %}{% block main %}<table>'
        "<tr><th>Report</th><th>State</th><th>What is to be done</th><th>Due</th></tr>{% for row in rows %}"
        '<tr><td><a href="/reports/{{ row.case_id }}">{{ row.title }}</a></td><td>{{ row.state }}</td>'
        "<td>{{ row.what }}</td><td>{{ row.due_on }}</td></tr>{% endfor %}</table>{% endblock %}"
    ),
    "list.html": (
        '{% extends "base.html" %}{% block title %}Reports{% endblock %}{% block main %}<table>'
        "<tr><th>Report</th><th>State</th><th>Due</th></tr>{% for id, title, state, due_on in rows %}"
        '<tr><td><a href="/reports/{{ id }}">{{ title }}</a></td><td>{{ state }}</td>'
        "<td>{{ due_on }}</td></tr>"
        "{% endfor %}</table>{% endblock %}"
    ),
    "grid.html": (
        '{% extends "base.html" %}{% block title %}Returns{% endblock %}{% block main %}<table><tr><th>Unit</th>'
        "{% for month in months %}<th>{{ month }}</th>{% endfor %}</tr>{% for name, cells in rows %}<tr>"
        "<th>{{ name }}</th>{% for month in months %}<td>{% set c = cells.get(month) %}{% if c %}"
        '<a class="mark {{ c[1] }}" href="/returns/{{ c[0] }}">{{ name }}, {{ month }}: {{ c[2] }} {{ c[1] }}</a>'
        "{% endif %}</td>{% endfor %}</tr>{% endfor %}</table>{{ total }} units{% endblock %}"
    ),
    "report.html": (
        '{% extends "base.html" %}{% block title %}{{ title }}{% endblock %}{% block main %}'
        "<p>{{ state }}, due {{ due_on }}</p><p>{{ body }}</p><ol>{% for text, outcome in recommendations %}"
        "<li>{{ text }} {{ outcome or '' }}</li>{% endfor %}</ol><table>"
        "<tr><th>When</th><th>Who</th><th>What</th><th>From</th><th>To</th><th>Comment</th></tr>"
        "{% for row in history %}<tr>{% for cell in row %}<td>{{ cell or '' }}</td>{% endfor %}</tr>"
        "{% endfor %}</table><ul>{% for role, names in audience.items() %}<li>{{ role }}: {{ names|join(', ') }}</li>"
        f'{{% endfor %}}</ul><form method="post">{_TOKEN}<label>Comment <input name="comment"></label>'
        "<button>Go on</button></form>{% endblock %}"
    ),
}
GRID_ROWS = 50
"""Units on a page of the grid."""
REPORT = (
    "SELECT c.title, c.state, c.due_on, b.body FROM cases c LEFT JOIN bodies b ON b.report_id = c.id"
    " WHERE c.id = ? AND c.kind = 'report'"
)
RECOMMENDATIONS = "SELECT text, outcome FROM recommendations WHERE report_id = ? ORDER BY number"
HISTORY = (
    "SELECT h.at, u.name, h.what, h.from_state, h.to_state, h.comment FROM history h"
    " JOIN users u ON u.id = h.actor_id WHERE h.case_id = ? ORDER BY h.id"
)
AUDIENCE = (
    "SELECT r.role, u.name FROM user_roles r JOIN users u ON u.id = r.user_id WHERE r.role <> 'author'"
    " ORDER BY r.role, u.id"
)
"""Who may see a report besides its author: the product's page of a case names them."""
UNITS = f"SELECT id, name FROM business_units ORDER BY name, id LIMIT {GRID_ROWS}"
GRID = (
    "SELECT c.unit_id, c.month, c.id, c.state, min(o.rag) FROM cases c"
    " LEFT JOIN return_outcomes o ON o.return_id = c.id WHERE c.kind = 'return' AND c.month > ? AND c.month <= ?"
    f" AND c.unit_id IN (SELECT id FROM business_units ORDER BY name, id LIMIT {GRID_ROWS})"
    " GROUP BY c.unit_id, c.month, c.id, c.state"
)
LIST = f"SELECT id, title, state, due_on FROM cases ORDER BY id DESC LIMIT {LIST_LENGTH}"


class PagesSystem(Handwritten):
    """The opponent with the reads that its pages need."""

    def report_page(self, case: int) -> dict[str, Any] | None:
        """Return what the page of a report shows, or None where there is none."""
        rows = self._read(REPORT, case)
        if not rows:
            return None
        title, state, due_on, body = rows[0]
        audience: dict[str, list[str]] = {}
        for role, name in self._read(AUDIENCE):
            audience.setdefault(role, []).append(name)
        return {
            "title": title,
            "state": state,
            "due_on": due_on,
            "body": body or "",
            "recommendations": self._read(RECOMMENDATIONS, case),
            "history": self._read(HISTORY, case),
            "audience": audience,
        }

    def grid(self, newest: date) -> tuple[list[date], list[tuple[str, dict[date, Any]]], int]:
        """Return the months up to `newest`, the first units with what each month holds, and how many units are."""
        day, read_day = self._connection.day, self._connection.read_day
        oldest = newest.replace(year=newest.year - 1)
        total = self._read("SELECT count(*) FROM business_units")[0][0]
        units = {number: (name, {}) for number, name in self._read(UNITS)}
        for unit, month, case, state, rag in self._read(GRID, day(oldest), day(newest)):
            units[unit][1][read_day(month)] = (case, rag or "", state)
        months = [workload.month((newest.year - 2026) * 12 + newest.month - 1 - back) for back in range(12)]
        return months, list(units.values()), total

    def report_list(self) -> list[Any]:
        """Return the newest reports."""
        return self._read(LIST)


def _take(system: System, step: str, case: int, form: Mapping[str, str]) -> None:
    actor, comment = int(session["user"]), form["comment"]
    if step.startswith("sign_"):
        system.sign(actor, case, step.removeprefix("sign_"), comment)
    elif step == "decide":
        outcomes = [form[f"outcome-{number}"] for number in range(1, workload.RECOMMENDATIONS + 1)]
        system.decide(actor, case, outcomes, comment)
    else:
        steps: dict[str, Callable[[int, CaseId, str], None]] = {
            "submit": system.submit,
            "approve": system.approve,
            "agenda": system.agenda,
            "publish": system.publish,
        }
        if step not in steps:
            abort(404)
        steps[step](actor, case, comment)


def create_app() -> Flask:
    """Return the pages over the database that BENCH_DATABASE names."""
    app = Flask(__name__)
    app.jinja_loader = DictLoader(TEMPLATES)
    app.config["SECRET_KEY"] = os.environ["BENCH_SECRET"]
    CSRFProtect(app)
    system = PagesSystem()
    system.connect(os.environ["BENCH_DATABASE"])

    @app.before_request
    def require_sign_in() -> Response | None:
        g.user = session.get("user")
        if g.user is None and request.endpoint != "sign_in":
            return redirect("/sign-in", 303)
        return None

    @app.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> Response | str:
        if request.method == "POST":
            session["user"] = int(request.form["user"])
            return redirect("/inbox", 303)
        return render_template("sign_in.html")

    @app.get("/inbox")
    def inbox() -> str:
        return render_template("inbox.html", rows=system.inbox(int(g.user)))

    @app.get("/reports")
    def report_list() -> str:
        return render_template("list.html", rows=system.report_list())

    @app.get("/grid/<newest>")
    def grid(newest: str) -> str:
        months, rows, total = system.grid(date.fromisoformat(newest))
        return render_template("grid.html", months=months, rows=rows, total=total)

    @app.get("/reports/<int:case>")
    def report(case: int) -> str:
        return render_template("report.html", **(system.report_page(case) or abort(404)))

    @app.post("/reports")
    def create() -> Response:
        form = request.form
        texts = tuple(form[f"recommendation-{number}"] for number in range(1, workload.RECOMMENDATIONS + 1))
        made = ReportForm(form["title"], form["body"], date.fromisoformat(form["due_on"]), texts)
        return redirect(f"/reports/{system.create(int(g.user), made, form['comment'])}", 303)

    @app.post("/reports/<int:case>/<step>")
    def take(case: int, step: str) -> Response:
        _take(system, step, case, request.form)
        return redirect(f"/reports/{case}", 303)

    app.register_error_handler(WrongRole, lambda error: (str(error), 403))
    app.register_error_handler(WrongState, lambda error: (str(error), 409))
    return app


class HandwrittenSite:
    """Implements `adapter.Site`."""

    name = "hand-written under Flask"
    target = "tests.bench.flask_handwritten:create_app()"

    def system(self) -> System:
        return cast("System", Handwritten())

    def environment(self, engine_url: str) -> Mapping[str, str]:
        return {"BENCH_DATABASE": engine_url, "BENCH_SECRET": secrets.token_hex(32)}

    def sign_in(self, client: Client, user: int) -> SignedIn:
        who = SignedIn(user)
        token = find_token(expect(client.get("/sign-in", who), 200).body)
        expect(client.post("/sign-in", {"user": str(user), "csrf_token": token}, who), 303)
        who.token = token
        return who

    def page(self, name: str, case_id: CaseId | None) -> str:
        return {"inbox": "/inbox", "list": "/reports", "report": f"/reports/{case_id}"}[name]

    def form(
        self, signed_in: SignedIn, step: str, case_id: CaseId | None, values: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        path = "/reports" if case_id is None else f"/reports/{case_id}/{step}"
        return path, {**values, "csrf_token": signed_in.token}

    def created(self, answer: Answer) -> CaseId:
        return int(answer.headers["location"].rpartition("/")[2])
