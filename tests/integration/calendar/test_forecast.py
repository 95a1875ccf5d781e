"""The forecast of reminders: what it says is what is then sent; a change shows what it moves first (product.md, 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from commissioning.accounts.commands import create_token
from commissioning.admin.rule_commands import add_closed_day
from commissioning.models.cases import Case, Message, Occurrence
from commissioning.models.people import ClosedDay, PostHolding
from commissioning.monitoring.opening import open_due
from commissioning.reminders import later
from commissioning.reminders.commands import send_due
from commissioning.reminders.forecast import Foreseen, list_foreseen
from commissioning.reminders.forecast_commands import Installation, reminder_group
from commissioning.reminders.later import Later
from commissioning.reminders.recounting import recount_some
from commissioning.reminders.turning import Turn, plan_turned
from tests.support.council import MEETING_ON
from tests.support.pages import Site
from tests.support.returns import Month
from tests.support.units import Town
from workflows.london import in_london

FIRST, LAST = date(2026, 5, 2), date(2026, 7, 31)


def foreseen(town: Town, who: str, first: date = FIRST, last: date = LAST) -> list[Foreseen]:
    """But for the mail of Monday."""
    found = town.read(lambda s: list_foreseen(s, town.actor(who, s), first, last, town.now))
    return [f for f in found if f.rule != "overview"]


def live_on(town: Town, last: date) -> None:
    """Every morning's tick until a day: what opens by itself is opened, what is due is sent."""
    while (day := in_london(town.now).date() + timedelta(days=1)) <= last:
        town.at(day, 9)
        for job in (open_due, send_due):
            while town.write(lambda s, job=job: job(s, town.now)):
                pass


def recount(town: Town) -> None:
    """What the tick counts again, until it is through."""
    while town.write(lambda s: recount_some(s, town.now)):
        pass


def sent(town: Town) -> set[tuple[date, int, str]]:
    rows = town.read(
        lambda s: s.execute(
            select(Message.made_at, Message.person_id, Case.safe_title)
            .join(Case, Case.id == Message.case_id)
            .where(Message.channel == "in_app", Message.key.like("occurrence:%"), Message.about != "nobody_reminded")
        ).all()
    )
    return {(in_london(at).date(), person, title) for at, person, title in rows}


def promised(found: Iterable[Foreseen]) -> set[tuple[date, int, str]]:
    return {(f.on, person, f.title) for f in found for person in f.people}


def test_what_is_foreseen_is_what_is_sent_also_of_what_is_not_opened_yet(town: Town, site: Site) -> None:
    """Three months of a unit that answers nothing, a holder of a post who changes on the way: the same to the day."""
    Month(town)
    leader = PostHolding.post_id == town.posts["leader"]
    town.write(lambda s: s.execute(update(PostHolding).where(leader).values(to_on=date(2026, 6, 10))))
    follows = {"post_id": town.posts["leader"], "person_id": town.people["hugo"], "from_on": date(2026, 6, 11)}
    town.write(lambda s: s.execute(insert(PostHolding).values(**follows)))
    ahead = foreseen(town, "admin")
    assert {f.what for f in ahead} == {"Submit", "Told that it is late: open"}
    assert {f.case_id is None for f in ahead if "June" in f.title} == {True}
    late = {(f.on, f.who) for f in ahead if f.rule == "return_late+1"}
    assert (date(2026, 5, 15), ("Leo",)) in late
    assert (date(2026, 6, 12), ("Hugo",)) in late
    assert foreseen(town, "stranger") == []
    assert foreseen(town, "heidi") == ahead, "a head sees the reminders of the unit"
    lines = CliRunner().invoke(
        reminder_group(lambda: Installation(town.engine, town.now)),
        ["forecast", "--from", FIRST.isoformat(), "--to", LAST.isoformat()],
    )
    assert lines.exit_code == 0, lines.output
    mondays = [
        day for day in lines.output.splitlines() if day.endswith("\tRead what is going wrong\tThe whole council")
    ]
    assert [line[:10] for line in mondays[:2]] == ["2026-05-04", "2026-05-11"]
    assert f"{len(ahead) + len(mondays)} reminders from 2026-05-02 to 2026-07-31." in lines.output
    assert "2026-06-12\tHugo\tTold that it is late: open\tReturn of Attendance, May 2026" in lines.output
    assert "2026-05-07\tHeidi\tDigest by e-mail\t1 of these" in lines.output
    assert "one a day for each person at 8:30am" in site.visitor("heidi").get("/reminders/forecast").text
    live_on(town, LAST)
    assert sent(town) == promised(ahead)


def test_what_will_be_moved_is_told_before_as_it_stands_and_after_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is only touched on the way is told once each; who is next in a state that is entered late is told then."""
    month, at = Month(town), datetime(2026, 5, 18, 8, tzinfo=UTC)
    as_it_stands = foreseen(town, "admin")
    assert {f.on for f in as_it_stands if f.case_id == month.id} >= {date(2026, 5, 7), date(2026, 5, 15)}

    def foresee(**values: date) -> list[Foreseen]:
        def touch(trial: Session, _now: datetime, _end: datetime, _is_all: bool) -> dict[int, datetime]:
            for name, value in values.items():
                trial.execute(update(Case).where(Case.id == month.id).values({name: value}))
            return {month.id: at}

        monkeypatch.setattr(later, "LATER", [Later(lambda _session, _end: True, touch)])
        return foreseen(town, "admin")

    assert foresee() == as_it_stands
    once_more = Counter((f.on, f.rule) for f in foresee(entered_on=at.date()))
    told = Counter((f.on, f.rule) for f in as_it_stands)
    assert (at.date(), "return_late+1") in once_more - told
    assert min(on for on, _ in once_more - told) == at.date(), "nothing before it is there"

    meeting = town.meeting(town.body("Partnership Board"), MEETING_ON)
    entered = [Turn(meeting, datetime(2026, 10, 30, 9, tzinfo=UTC), "close_papers")]
    turned = town.read(lambda s: [(t.on, t.rule) for t in plan_turned(s, entered)])
    assert turned == [(date(2026, 10, 30), "publish_late+1")], "who is next is told at once"


def test_what_a_closed_day_and_another_meeting_day_move_is_shown_first_and_then_so(town: Town, site: Site) -> None:
    """Nothing has happened when it is shown; confirmed, exactly that happens; a day of one board moves nothing."""
    Month(town)
    admin = site.visitor("admin")
    before = foreseen(town, "admin")
    closed = {"on_day": date(2026, 5, 13), "name": "Election"}
    page = admin.fill("/admin/closed-days", **closed)
    assert page.status == 200
    assert "Return of Attendance, April 2026" in page.text
    assert "Thu 7 May 2026, Tue 12 May 2026" in page.text, "five and two working days before the 14th, until now"
    assert "Wed 6 May 2026, Mon 11 May 2026" in page.text, "and then"
    assert foreseen(town, "admin") == before
    assert town.read(lambda s: s.scalars(select(ClosedDay.id)).all()) == []
    assert admin.send(page, "/admin/closed-days", page.form("is_checked")).status == 303
    assert foreseen(town, "admin") == before, "counted by sets in the tick, not in the request"
    assert "Closed day 13 May 2026 added: being counted" in admin.get("/admin/closed-days").text
    recount(town)
    assert "counted; 2 open things looked at" in admin.get("/admin/closed-days").text
    after = foreseen(town, "admin")
    days = {f.on for f in after if f.title.endswith("April 2026") and f.rule.startswith("return_due-")}
    assert days == {date(2026, 5, 6), date(2026, 5, 11)}
    cancelled = select(Occurrence.nominal_on).where(Occurrence.status == "cancelled")
    assert set(town.read(lambda s: s.scalars(cancelled).all())) >= {date(2026, 5, 7), date(2026, 5, 12)}
    page = admin.get("/admin/closed-days")
    check = admin.send(page, "/admin/closed-days", page.form(button="Remove"))
    assert "Check what follows" in check.text
    assert foreseen(town, "admin") == after
    assert admin.send(check, "/admin/closed-days", check.form("is_checked")).status == 303
    recount(town)
    assert foreseen(town, "admin") == before

    town.now = datetime.fromisoformat("2026-10-01T09:00:00+00:00")
    board = town.body("Partnership Board")
    meeting = town.meeting(board, MEETING_ON)
    town.run("admin", add_closed_day, date(2026, 10, 21), "Board away", board)
    was = {f.on for f in foreseen(town, "admin", date(2026, 10, 1), date(2026, 12, 31)) if f.case_id == meeting}
    clerk = site.visitor("clerk")
    later = date(2026, 11, 10)
    page = clerk.fill(f"/meetings/{meeting}/move", meeting_on=later, reason="Snow")
    assert "Reminders that move" in page.text
    assert {f.on for f in foreseen(town, "admin", date(2026, 10, 1), date(2026, 12, 31)) if f.case_id == meeting} == was
    assert clerk.send(page, f"/meetings/{meeting}/move", page.form("is_checked")).status == 303
    now = {f.on for f in foreseen(town, "admin", date(2026, 10, 1), date(2026, 12, 31)) if f.case_id == meeting}
    assert now != was
    for day in now - was:
        assert f"{day:%a} {day.day} {day:%b %Y}" in page.text

    assert "Return of Attendance" in site.visitor("heidi").get("/reminders/forecast?from=2026-10-01&to=2026-12-31").html
    token = town.run("heidi", create_token, "t", date(2026, 12, 1))
    answer = site.app.test_client().get(
        "/api/v1/reminders/forecast?from=2026-10-01&to=2026-10-31", headers={"Authorization": f"Bearer {token}"}
    )
    shown = foreseen(town, "heidi", date(2026, 10, 1), date(2026, 10, 31))
    assert answer.json["total"] == len(shown) > 0
    assert answer.json["items"][0]["who"] == list(shown[0].who)
    nobody = site.visitor("stranger")
    assert "Attendance" not in nobody.get("/reminders/forecast?from=2026-10-01&to=2026-12-31&whose=all").html
    assert "Attendance" not in nobody.get("/reminders/forecast.csv?from=2026-10-01&to=2026-12-31&whose=all").html
    for days in ("from=x&to=9999-12-31", "from=9999-12-31&to=y", "from=2026-12-01&to=2026-11-01"):
        assert nobody.get(f"/reminders/forecast?{days}").status == 200
