"""The arithmetic of the forecast: which days are looked at, and what a change moves, rule by rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from commissioning.labels import MESSAGE_STATUSES
from commissioning.reminders import alarming
from commissioning.reminders.forecast import Foreseen, _is_told_then, span
from commissioning.reminders.forecast_commands import reminder_group
from commissioning.reminders.foreseeing import LOOKED_AT, Shift, shifts_between
from commissioning.reminders.queries import STATUSES
from commissioning.reminders.recounting import Recounted
from commissioning.reminders.rule_words import NoDays, read_days
from workflows.working_days import Calendar

TODAY = date(2026, 5, 1)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("first", "last", "begins", "ends"),
    [
        (None, None, 0, 31),
        (-1, None, 0, 31),
        (5, None, 5, 36),
        (5, 4, 5, 5),
        (5, 5, 5, 5),
        (5, 6, 5, 6),
        (0, 400, 0, 400),
        (0, 401, 0, 400),
        (10, 9_999, 10, 410),
        (3_650, None, 3_650, 3_681),
        (3_651, None, 3_650, 3_681),
        (None, -3, 0, 0),
    ],
)
def test_days_from_today_for_a_month_and_four_hundred_days_at_most(
    first: int | None, last: int | None, begins: int, ends: int
) -> None:
    given = (None if first is None else day(first), None if last is None else day(last))
    assert span(*given, TODAY) == (day(begins), day(ends))


def foreseen(on: int, rule: str = "due-2", title: str = "A", case_id: int | None = 1, what: str = "Send") -> Foreseen:
    return Foreseen(day(on), title, what, (7,), ("Ann",), rule, case_id)


def test_what_moves_is_one_line_for_each_rule_of_each_thing_by_its_first_day() -> None:
    """Days of a family together, in order; what stays where it is, is no line; what goes or comes has one side."""
    before = [
        foreseen(9, "due+0"), foreseen(7), foreseen(4, title="B", case_id=2), foreseen(3, "gone+1", what="Late"),
        foreseen(5, title="C", case_id=None),
    ]  # fmt: skip
    after = [
        foreseen(8), foreseen(9, "due+0"), foreseen(4, title="B", case_id=2), foreseen(2, "new+0", what="Anew"),
        foreseen(6, title="C", case_id=None), foreseen(5, title="C", case_id=None),
    ]  # fmt: skip
    assert shifts_between(before, after) == [
        Shift("A", "Anew", ("Ann",), (), (day(2),)),
        Shift("A", "Late", ("Ann",), (day(3),), ()),
        Shift("C", "Send", ("Ann",), (day(5),), (day(5), day(6))),
        Shift("A", "Send", ("Ann",), (day(7), day(9)), (day(8), day(9))),
    ]
    assert shifts_between(before, list(reversed(before))) == []
    tied = (("z+0", "A", 1, "X"), ("y+0", "A", 1, "Y"), ("x+0", "B", 2, "W"))
    rows = [foreseen(2, rule, title, case, what) for rule, title, case, what in tied]
    assert [(s.title, s.what) for s in shifts_between(rows, [])] == [("A", "X"), ("A", "Y"), ("B", "W")]
    moved = shifts_between([foreseen(3, title="Board, 3 May")], [foreseen(5, title="Board, 5 May")])
    assert moved == [Shift("Board, 5 May", "Send", ("Ann",), (day(3),), (day(5),))], "its day is in its title"
    assert shifts_between([foreseen(4, "due-2")], [foreseen(4, "due-3")]) != [], "the day by another rule's offset"


def test_how_many_open_things_are_looked_at_is_what_the_page_says() -> None:
    words = Path("templates/reminders/_shifts.html").read_text(encoding="utf-8")
    assert words.count(f"{LOOKED_AT:,}") == 2


def test_how_many_days_may_be_typed_and_when_a_row_of_them_ends() -> None:
    twenty = ", ".join(f"{n} after" for n in range(1, 21))
    assert len(read_days(twenty, None)) == 20
    with pytest.raises(NoDays, match="There are 21 days, but at most 20 are wanted"):
        read_days(f"{twenty}, 21 after", None)
    with pytest.raises(NoDays, match="There are 3 days, but at most 2 are wanted"):
        read_days("1, 2 and 3 after".replace("1,", "1 after,").replace("2 and", "2 after and"), 2)
    assert read_days("5 before, 5 before, 0", None) == (-5, 0), "none twice"
    assert read_days("on the day, then every 5 after", 4) == (0, 5, 10, 15)
    assert read_days("1 before, every day", 3) == (-1, 0, 1)
    assert len(read_days("0, every 1", 30)) == 20, "never more than may be typed"
    with pytest.raises(NoDays, match="every 1 or more"):
        read_days("0, every 0", 3)
    with pytest.raises(NoDays, match="for ever helps nobody"):
        read_days("0, every 5", None)
    with pytest.raises(NoDays, match="must be the last"):
        read_days("every 5, 0", 3)


def test_what_goes_when_it_is_counted_again_was_still_to_come_and_is_not_wanted() -> None:
    context: Any = None
    statuses = ("planned", "waiting", "sent", "cancelled", "superseded")
    rows = {(status, day(1)): SimpleNamespace(id=n, status=status) for n, status in enumerate(statuses)}
    assert Recounted(context, None, rows, {}).gone == [0, 1]
    assert Recounted(context, None, rows, {("planned", day(1)): {}, ("waiting", day(2)): {}}).gone == [1]


def test_a_post_is_told_of_once_for_each_date_that_becomes_its_first_within_reach() -> None:
    """From the day on which it is near or asked; not when nothing is asked any more; again for what is left then."""
    calendar = Calendar(frozenset(), day(90))

    def asked(due: int, begins: int = 0, until: int | None = None) -> alarming.AskedOf:
        return alarming.AskedOf(1, day(due), day(begins), None, date.max if until is None else day(until))

    def told(*asks: alarming.AskedOf) -> list[tuple[int, int]]:
        return [((on - TODAY).days, (due - TODAY).days) for on, due in alarming._alarms_of(asks, calendar)]

    for due in range(38, 46):
        first = alarming._first_near(day(due), calendar)
        assert calendar.add_working_days(first, 10) >= day(due) > calendar.add_working_days(first - timedelta(1), 10)
    near = (alarming._first_near(day(40), calendar) - TODAY).days
    assert 0 < near < 40
    assert calendar.add_working_days(day(near), alarming.ALARM_DAYS) >= day(40)
    assert calendar.add_working_days(day(near - 1), alarming.ALARM_DAYS) < day(40)
    assert told(asked(40)) == [(near, 40)]
    assert told(asked(40, near + 3)) == [(near + 3, 40)]
    assert told(asked(40, until=near)) == [], "moved on the day on which it would be told of"
    assert told(asked(3, until=2), asked(4)) == [(0, 3), (2, 4)]
    assert told(asked(3), asked(4), asked(3, 1)) == [(0, 3)]


def test_what_is_told_at_the_very_hour_is_told_of_the_state_that_is_entered() -> None:
    at = datetime(2026, 5, 5, 9, tzinfo=UTC)
    for send_at, entered, then in ((at, 1, True), (at - timedelta(hours=1), 1, False), (at - timedelta(1), 4, True)):
        assert _is_told_then(SimpleNamespace(send_at=send_at), SimpleNamespace(entered_on=day(entered)), at) is then


@pytest.mark.parametrize("status", MESSAGE_STATUSES)
def test_the_log_can_be_asked_for_every_status_that_its_page_offers(status: str) -> None:
    assert status in STATUSES


def test_the_command_asks_for_a_first_and_a_last_day_in_their_order() -> None:
    def nowhere() -> Any:
        raise LookupError("no installation")

    def said(*days: str) -> Any:
        return CliRunner().invoke(reminder_group(nowhere), ["forecast", *days])

    turned = said("--from", "2026-05-02", "--to", "2026-05-01")
    assert turned.exit_code == 2
    assert "Invalid value for --to: the last day is before the first" in turned.output
    assert isinstance(said("--from", "2026-05-02", "--to", "2026-05-02").exception, LookupError)
    for missing in (("--from", "2026-05-02"), ("--to", "2026-05-02"), ("--from", "2 May", "--to", "2026-05-02")):
        assert said(*missing).exit_code == 2
