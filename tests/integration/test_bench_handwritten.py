"""The bench's opponent does what the workload says, on both engines, in the process and over HTTP.

A comparison with SQL that forgot half of the work would say nothing; so the opponent is tested
like the product. That the bench itself notices faults is shown in `test_bench_run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.bench import drive, drive_web, workload
from tests.bench.adapter import CaseId, WrongRole, WrongState
from tests.bench.connections import NotDurable, connect
from tests.bench.engines import ENGINES, Engine, engine
from tests.bench.flask_handwritten import HandwrittenSite
from tests.bench.handwritten import Handwritten
from tests.bench.web import SignedIn, find_token, gunicorn

UNITS = 12


@pytest.fixture(scope="module", params=ENGINES)
def an_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with engine(request.param) as started:
        yield started


@pytest.fixture
def system(an_engine: Engine) -> Iterator[Handwritten]:
    made = Handwritten()
    made.prepare(an_engine.new_database(), workload.PERSONS)
    yield made
    made.close()


def everything(system: Handwritten) -> tuple[int, ...]:
    tables = ("cases", "bodies", "recommendations", "sign_offs", "tasks", "history", "reminders", "measures")
    return tuple(system.run(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


def test_people_and_inbox_are_spread_as_the_workload_says() -> None:
    assert len(workload.PERSONS) == 200
    assert workload.PERSONS[0].roles == ("author", "legal")
    assert all(first != second for first, second in (p.roles for p in workload.PERSONS))
    assert set(workload.PERSONS[workload.INBOX_READER - 1].roles) == {"finance", "sponsor"}
    reports = list(workload.inbox_reports(6000))
    published = [r for r in reports if r.state == "published"]
    assert len(published) == 2400
    assert all(not r.tasks and r.due_on < workload.TODAY for r in published)
    waiting = [r for r in reports if r.state != "published"]
    assert {sum(r.state == state for r in waiting) for state in {r.state for r in waiting}} == {600}
    assert {len(r.tasks) for r in waiting if r.state == "submitted"} == {1, 2, 3}
    tasks = [t for r in waiting for t in r.tasks]
    assert 0.27 < sum(t.person is not None for t in tasks) / len(tasks) < 0.33
    assert all(t.person is None or t.person in workload.HOLDERS[t.role] for t in tasks)


def test_forms_have_the_sizes_of_the_workload() -> None:
    form = workload.report_form(7)
    assert len(form.body) == 4096
    assert [len(text) for text in form.recommendations] == [300] * 4
    assert {len(workload.comment(n, step.name)) for n in range(70) for step in workload.REPORT_STEPS} == {60}
    assert all(len(set(workload.cast(number).values())) == 7 for number in range(200))
    returned = workload.return_form(3)
    assert (len(returned.measures), len(returned.budget_lines)) == (10, 5)
    assert all(unit.head != unit.lead for unit in workload.units(300))


def test_a_finished_report_has_thirteen_history_rows(system: Handwritten) -> None:
    for number in range(1, 4):
        drive.check_report(system, drive.whole_report(system, number), number)


def test_each_step_moves_the_state_and_the_task_to_whoever_is_next(system: Handwritten) -> None:
    case = drive.creation(system, 3)()
    author = workload.cast(3)["author"]
    seen = [(system.facts(case).state, system.facts(case).open_tasks)]
    for step in drive.report_steps(system, 3):
        step(case)
        seen.append((system.facts(case).state, system.facts(case).open_tasks))
    assert seen == [
        ("draft", (("author", author),)),
        ("submitted", (("finance", None), ("hr", None), ("legal", None))),
        ("submitted", (("finance", None), ("hr", None))),
        ("submitted", (("hr", None),)),
        ("signed_off", (("sponsor", None),)),
        ("approved", (("clerk", None),)),
        ("on_agenda", (("chair", None),)),
        ("decided", (("clerk", None),)),
        ("published", ()),
    ]


def attempts(system: Handwritten, case: CaseId, actor: Callable[[str], int]) -> list[tuple[str, Callable[[], object]]]:
    """Every step of the report by a person that `actor` picks for the step's role."""
    return [
        ("create", lambda: system.create(actor("author"), workload.report_form(9), "again")),
        ("submit", lambda: system.submit(actor("author"), case, "again")),
        ("sign_legal", lambda: system.sign(actor("legal"), case, "legal", "again")),
        ("sign_finance", lambda: system.sign(actor("finance"), case, "finance", "again")),
        ("sign_hr", lambda: system.sign(actor("hr"), case, "hr", "again")),
        ("approve", lambda: system.approve(actor("sponsor"), case, "again")),
        ("agenda", lambda: system.agenda(actor("clerk"), case, "again")),
        ("decide", lambda: system.decide(actor("chair"), case, ("accepted",) * 4, "again")),
        ("publish", lambda: system.publish(actor("clerk"), case, "again")),
    ]


def possible_in(state: str, signed: set[str]) -> set[str]:
    """Which steps the workload allows in a state; asked of nothing in the opponent."""
    steps = {step.name for step in workload.REPORT_STEPS if step.source == state}
    return {"create"} | {step for step in steps if step.removeprefix("sign_") not in signed}


def test_wrong_role_or_wrong_state_leaves_nothing_behind(system: Handwritten) -> None:
    case = drive.creation(system, 5)()
    signed: set[str] = set()
    kinds = [workload.SIGN_OFFS[(5 + turn) % 3] for turn in range(3)]
    for position, step in enumerate([*drive.report_steps(system, 5), lambda _case: None]):
        before = everything(system), system.facts(case)
        for _name, attempt in attempts(system, case, _without):
            with pytest.raises(WrongRole):
                attempt()
        possible = possible_in(before[1].state, signed)
        for name, attempt in attempts(system, case, lambda role: workload.HOLDERS[role][0]):
            if name not in possible:
                with pytest.raises(WrongState):
                    attempt()
        assert (everything(system), system.facts(case)) == before
        step(case)
        if 1 <= position <= 3:
            signed.add(kinds[position - 1])
    drive.check_report(system, case, 5)


def _without(role: str) -> int:
    return next(person.number for person in workload.PERSONS if role not in person.roles)


def test_a_step_in_the_middle_of_which_something_breaks_leaves_nothing_behind(system: Handwritten) -> None:
    """`decide` on a report that has lost a recommendation fails after its state was written."""
    case = drive.creation(system, 8)()
    for step in drive.report_steps(system, 8)[:6]:
        step(case)
    system.run("DELETE FROM recommendations WHERE number = 4")
    before = everything(system), system.facts(case)
    assert before[1].state == "on_agenda"
    with pytest.raises(WrongState, match="has not 4 recommendations"):
        system.decide(workload.cast(8)["chair"], case, ("accepted",) * 4, "four")
    assert (everything(system), system.facts(case)) == before


def test_a_month_leaves_five_history_rows_and_five_reminders_a_unit(system: Handwritten) -> None:
    units = workload.units(UNITS)
    system.add_units(units)
    month = workload.month(11)
    assert system.open_month(workload.HOLDERS["portfolio"][0], month, workload.comment(0, "open")) == UNITS
    cases = system.returns_of(month)
    assert len(cases) == UNITS
    for case, unit in zip(cases, units, strict=True):
        drive.check_opened(system, case, unit)
    for case, unit in zip(cases, units, strict=True):
        for step in drive.return_steps(system, case, unit):
            step()
        drive.check_return(system, case, unit)


def test_a_month_is_opened_once_and_by_a_portfolio_lead(system: Handwritten) -> None:
    system.add_units(workload.units(UNITS))
    lead, month = workload.HOLDERS["portfolio"][0], workload.month(11)
    with pytest.raises(WrongRole):
        system.open_month(_without("portfolio"), month, "x")
    assert system.count_cases() == 0
    system.open_month(lead, month, "x")
    before = everything(system)
    with pytest.raises(Exception, match=r"(?i)unique"):
        system.open_month(lead, month, "x")
    assert everything(system) == before
    assert system.open_month(lead, workload.month(12), "x") == UNITS


def test_one_person_does_not_sign_a_return_twice(system: Handwritten) -> None:
    both = next(p.number for p in workload.PERSONS if set(p.roles) == {"bu_head", "portfolio"})
    unit = workload.units(1)[0]
    system.add_units([unit])
    system.open_month(workload.HOLDERS["portfolio"][0], workload.month(11), "x")
    case = system.returns_of(workload.month(11))[0]
    steps = drive.return_steps(system, case, unit)
    steps[0]()
    steps[1]()
    system.sign_head(both, case, "x")
    before = everything(system), system.facts(case)
    with pytest.raises(WrongRole):
        system.sign_lead(both, case, "x")
    assert (everything(system), system.facts(case)) == before
    steps[3]()
    drive.check_return(system, case, unit)


@pytest.mark.parametrize("reader", [workload.INBOX_READER, 1, 73])
def test_inbox_shows_the_twenty_most_urgent_in_order(system: Handwritten, reader: int) -> None:
    system.load_inbox(1500)
    drive.check_inbox(system, 1500, reader)
    rows = system.inbox(reader)
    assert [row.due_on for row in rows] == sorted(row.due_on for row in rows)
    reports = {report.title: report for report in workload.inbox_reports(1500)}
    roles = set(workload.PERSONS[reader - 1].roles)
    for row in rows:
        report = reports[row.title]
        assert (row.state, row.due_on) == (report.state, report.due_on)
        task = next(task for task in report.tasks if task.what == row.what)
        assert task.role in roles
        assert task.person in (None, reader)


def test_loaded_reports_can_be_carried_on(system: Handwritten) -> None:
    """A report loaded in bulk is a report: whoever sees it in the inbox can do what it asks."""
    system.load_inbox(300)
    reader = workload.INBOX_READER
    row = next(row for row in system.inbox(reader) if row.what == "sign_finance")
    before = system.facts(row.case_id)
    system.sign(reader, row.case_id, "finance", "x")
    after = system.facts(row.case_id)
    assert after.signatures == before.signatures + 1
    assert ("finance", None) not in after.open_tasks
    new = drive.whole_report(system, 1)
    drive.check_report(system, new, 1)


def test_statements_of_a_step_are_counted(system: Handwritten) -> None:
    with system.counting() as counter:
        drive.whole_report(system, 1)
    per_step = counter.trips / len(workload.REPORT_STEPS)
    assert 6 <= per_step <= 9
    counted = counter.trips
    drive.whole_report(system, 2)
    assert counter.trips == counted


def test_a_database_that_could_lose_commits_is_refused(an_engine: Engine) -> None:
    """Control: SQLite in memory keeps no journal; PostgreSQL with synchronous_commit=off loses commits."""
    if an_engine.name == "sqlite":
        with pytest.raises(NotDurable):
            connect("sqlite:///:memory:")
        return
    url = an_engine.new_database()
    with pytest.raises(NotDurable, match="synchronous_commit is off"):
        connect(url + "&options=-c%20synchronous_commit%3Doff")


@pytest.fixture(scope="module")
def pages(
    an_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Handwritten, drive_web.Visitor]]:
    site, url, system = HandwrittenSite(), an_engine.new_database(), Handwritten()
    system.prepare(url, workload.PERSONS)
    system.load_inbox(200)
    log = tmp_path_factory.mktemp("pages") / "log"
    with gunicorn(site.target, site.environment(url), log) as server:
        assert len(server.worker_memory()) == 2
        visitor = drive_web.Visitor(site, server.port)
        yield system, visitor
        visitor.close()
    system.close()


def test_the_nine_steps_and_the_pages_over_http(pages: tuple[Handwritten, drive_web.Visitor]) -> None:
    system, visitor = pages
    case = drive_web.whole_report(visitor, 4)
    drive.check_report(system, case, 4)
    clerk = visitor.person(workload.cast(4)["clerk"])
    page = visitor.client.get(visitor.site.page("report", case), clerk)
    assert page.status == 200
    assert workload.report_form(4).body.encode() in page.body
    assert page.body.count(b"<tr>") == 1 + workload.HISTORY_OF_A_REPORT
    assert find_token(page.body)
    reader = visitor.person(workload.INBOX_READER)
    inbox = visitor.client.get(visitor.site.page("inbox", None), reader)
    assert all(row.title in inbox.body.decode() for row in system.inbox(reader.user))
    assert inbox.body.count(b"<tr>") == 21
    listed = visitor.client.get(visitor.site.page("list", None), reader)
    assert listed.body.count(b"<tr>") == 51


def test_http_refusals_leave_nothing_behind(pages: tuple[Handwritten, drive_web.Visitor]) -> None:
    """Not signed in, no CSRF token, wrong role, wrong state, unknown step and report."""
    system, visitor = pages
    case = drive.creation(system, 4)()
    who, client = workload.cast(4), visitor.client
    before = everything(system)
    author, clerk = visitor.person(who["author"]), visitor.person(who["clerk"])
    submit, fields = visitor.site.form(author, "submit", case, {"comment": "x"})
    agenda, clerks = visitor.site.form(clerk, "agenda", case, {"comment": "x"})
    assert client.post(submit, fields, SignedIn(1)).status == 400
    assert client.post(submit, {"comment": "x"}, author).status == 400
    assert client.get(visitor.site.page("inbox", None)).headers["location"] == "/sign-in"
    assert client.post(agenda, clerks, clerk).status == 409
    assert client.post(agenda, fields, author).status == 403
    assert client.post(f"/reports/{case}/burn", fields, author).status == 404
    assert client.get("/reports/999999", author).status == 404
    assert everything(system) == before
    assert client.post(submit, fields, author).status == 303
    assert everything(system) != before
