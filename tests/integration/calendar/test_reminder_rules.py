"""A council's own reminder rules: said in sentences, changed, shown before they are confirmed, planned anew."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.casework.context import read_rules
from commissioning.models.cases import Case, Event, Occurrence
from commissioning.models.reminding import Recount, ReminderRules
from commissioning.reminders.recounting import recount_some
from commissioning.reminders.rule_words import NoDays, days_words, read_days, typed_days
from tests.integration.calendar.test_forecast import foreseen, live_on, promised, sent
from tests.support.council import MEETING_ON
from tests.support.pages import Page, Site
from tests.support.returns import Month
from tests.support.units import Town

RULES = "/admin/reminder-rules/monthly-return/open"
APRIL_DUE = date(2026, 5, 14)


@pytest.mark.parametrize(
    ("text", "most", "days"),
    [
        ("5 before, 2 before, 0, 1 after", None, (-5, -2, 0, 1)),
        ("-5, +1 and on the day", None, (-5, 0, 1)),
        ("1 after, every 5", 3, (1, 6, 11)),
        ("2 working days before; daily", 4, (-2, -1, 0, 1)),
        ("daily", 3, "at least one day"),
        ("1 after, every day", None, "on for ever"),
        ("1 after, every 0", 3, "no interval"),
        ("every 2, 1 after", 3, "must be the last"),
        ("5", None, "before or after"),
        ("soon", None, "“soon” is no day"),
        ("5 before, 1 after", 1, "There are 2 days"),
    ],
)
def test_days_are_read_as_people_type_them(text: str, most: int | None, days: Any) -> None:
    if isinstance(days, str):
        with pytest.raises(NoDays, match=days):
            read_days(text, most)
        return
    assert read_days(text, most) == days
    assert read_days(typed_days(days), None) == days
    assert days_words((-5, -2, 0, 1)) == "5 and 2 working days before, on the day, 1 working day after"


def titles_of(page: Page) -> list[str]:
    return [
        words for words in ("April 2026", "May 2026", "March 2027") if f"Return of Attendance, {words}" in page.text
    ]


def recount(town: Town) -> None:
    while town.write(lambda s: recount_some(s, town.now)):
        pass


def test_a_rule_is_changed_and_what_it_moves_is_shown_first_and_then_so(town: Town, site: Site) -> None:
    """Nothing has happened until it is confirmed; then exactly what was shown, of open returns and of those to come."""
    Month(town)
    admin, before = site.visitor("admin"), foreseen(town, "admin")
    assert "Monthly return" in admin.get("/admin/reminder-rules").text
    said = "5 and 2 working days before, on the day, 1 working day after: Head of the unit; then 1 working day after: "
    assert said + "Strategy leader" in admin.get("/admin/reminder-rules/monthly-return").text
    for typed, why in (
        ({"days_1": "every day after"}, "“every day after” is no day"),
        ({"days_1": "1 after, daily"}, "helps nobody: say how many times at most"),
        ({"days_1": "400 after"}, "260 working days from the due date or fewer"),
        ({"days_0": "-8,-7,-6,-5,-4,-3,-2,-1,0"}, "would be told 9 times; 8 are the most"),
        ({"days_0": "9 before, on the day"}, "9 working days before would never come: it is due 8 working days after"),
        ({"to_1": "head"}, ""),
        ({"to_1": "finance", "to_2": "finance"}, "no other line tells"),
        ({"days_1": "", "days_2": ""}, "Say who is told next"),
        ({"days_0": ""}, "“Whoever is asked”"),
    ):
        page = admin.fill(RULES, **typed)
        assert page.status == (422 if why else 200), typed
        assert why in page.text
        assert all(f'value="{text}"' in page.html for name, text in typed.items() if name.startswith("days") and text)
    never = admin.fill("/admin/reminder-rules/monthly-return/submitted", days_0="4 before, on the day")
    assert "4 working days before would never come: it is due 3 working days after it gets there" in never.text

    page = admin.fill(RULES, days_0="7 before, 1 before", days_1="2 after, every 2", most_1="2")
    assert page.status == 200
    assert titles_of(page) == ["April 2026", "May 2026", "March 2027"]
    assert "Tue 5 May 2026, Wed 13 May 2026" in page.text, "seven and one before the 14th"
    assert "Then: 7 and 1 working days before: Head of the unit; then 2 and 4 working days after" in page.text
    assert "Mon 18 May 2026, Wed 20 May 2026" in page.text, "the strategy leader, and then again"
    assert foreseen(town, "admin") == before
    assert town.read(lambda s: s.scalars(select(ReminderRules.id)).all()) == []
    assert admin.send(page, RULES, page.form("is_checked")).status == 303
    assert admin.send(page, RULES, page.form("is_checked")).status == 303, "sent twice, done once"
    after = {f for f in foreseen(town, "admin") if f.case_id is None}
    assert {f.rule for f in after} == {
        "return_due-7",
        "return_due-1",
        "return_late+2",
        "return_late+4",
        "return_very_late+3",
    }
    assert "Reminders of monthly return, Open: being counted" in admin.get("/admin/reminder-rules").text
    recount(town)
    ahead = foreseen(town, "admin")
    live_on(town, date(2026, 7, 31))
    assert sent(town) == promised(ahead), "what was shown is what was sent"
    versions = town.read(lambda s: s.scalars(select(ReminderRules).order_by(ReminderRules.version)).all())
    assert [(v.version, v.in_force) for v in versions] == [(1, True)]
    assert read_rules(versions[0].rules)[1].days == (2, 4)
    (event,) = town.read(lambda s: s.scalars(select(Event).where(Event.name == "reminder_rules.changed")).all())
    assert "7 and 1 working days before" in json.loads(event.body)["changed"]["rules"][1]

    admin = site.visitor("admin")
    page = admin.get(RULES)
    assert "Version 1, Admin" in page.text
    check = admin.send(page, f"{RULES}/restore", page.form(button="Show what going back"))
    assert "Check what follows" in check.text
    assert admin.send(check, f"{RULES}/restore", check.form("is_checked")).status == 303
    recount(town)
    told = set(foreseen(town, "admin", date(2026, 8, 1), date(2026, 9, 30)))
    assert {f.rule for f in told if f.case_id is None} >= {"return_due-5", "return_very_late+3"}
    for who in ("heidi", "audrey"):
        assert site.visitor(who).get(RULES).status == 404, "for administrators"
    assert admin.get("/admin/reminder-rules/monthly-return/closed").status == 404
    assert admin.get("/admin/reminder-rules/nothing").status == 404


def test_what_was_told_is_not_told_again_and_a_body_moves_its_own_cases_alone(town: Town, site: Site) -> None:
    """A rule that reaches back to today, and a closed day of one board."""
    month = Month(town)
    live_on(town, APRIL_DUE)
    was = sent(town)
    admin = site.visitor("admin")
    page = admin.fill(RULES, days_0="7 before, on the day, 1 after, 2 after")
    assert admin.send(page, RULES, page.form("is_checked")).status == 303
    recount(town)
    live_on(town, APRIL_DUE)
    assert sent(town) == was, "what lay before today, and what was told today, is not told now"
    rules = select(Occurrence.rule).where(Occurrence.case_id == month.id, Occurrence.status == "planned")
    assert set(town.read(lambda s: s.scalars(rules).all())) >= {"return_due+1", "return_due+2"}

    admin = site.visitor("admin")
    board = town.body("Partnership Board")
    meeting = town.meeting(board, MEETING_ON)
    due_on = select(Case.due_on).where(Case.id == meeting)
    due = town.read(lambda s: s.scalar(due_on))
    others = [f for f in foreseen(town, "admin", town.now.date(), date(2026, 12, 31)) if f.case_id != meeting]
    page = admin.fill("/admin/closed-days", on_day=due, name="Away", body=str(board))
    assert "Reminders that move" in page.text
    assert "Return of Attendance" not in page.text
    assert admin.send(page, "/admin/closed-days", page.form("is_checked")).status == 303
    recount(town)
    found = foreseen(town, "admin", town.now.date(), date(2026, 12, 31))
    assert [f for f in found if f.case_id != meeting] == others
    earlier = date.fromordinal(due.toordinal() - 1)
    assert town.read(lambda s: s.scalar(due_on)) == earlier, "counted back over a day more"
    assert [f.on for f in found if f.case_id == meeting and f.rule == "open_due+0"] == [earlier]
    assert "case.replanned" in town.events(meeting)
    looked = town.read(lambda s: s.scalars(select(Recount.looked_at).order_by(Recount.id)).all())
    assert looked[-1] < looked[0] + 3
    assert town.read(lambda s: s.scalars(select(Recount.body_id).order_by(Recount.id)).all())[-1] == board
