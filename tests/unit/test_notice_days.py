"""P-08 to P-11: from when a notice counts, which one counts, and what is said when it is too late. No database."""

from __future__ import annotations

from datetime import date

from commissioning.calendars import Nation, calendar_for
from commissioning.models.bodies import Body
from commissioning.models.notices import Notice
from commissioning.notices.standing import Standing, needs_of, standing_of, why_not, why_not_yet

CALENDAR = calendar_for(Nation.ENGLAND)
CABINET = Body(case_id=1, name="Cabinet", notice_days=28, clear_days=5, clear_day_rule="working")
MONDAY, TUESDAY = date(2012, 10, 1), date(2012, 10, 30)


def given(kind: str, on: date, number: int = 1, meeting_on: date = TUESDAY) -> Notice:
    return Notice(id=number, kind=kind, body_id=1, published_on=on, meeting_on=meeting_on, withdrawn_at=None)


def standing(*notices: Notice, on: date = TUESDAY, today: date = MONDAY, need: str = "key") -> Standing:
    return standing_of(need, notices, CABINET, on, today, CALENDAR)


def test_notice_on_monday_1_october_2012_allows_a_decision_from_tuesday_30_october_p08() -> None:
    nothing = standing()
    assert (nothing.due_on, nothing.if_today_on, nothing.is_met) == (MONDAY, TUESDAY, False)
    assert standing(given("key_decision", MONDAY)).is_met
    early = standing(given("key_decision", MONDAY), on=date(2012, 10, 29))
    assert not early.is_met
    refusal = why_not(early)
    assert refusal is not None
    assert "the earliest lawful day is 30 October 2012; the meeting is on 29 October 2012" in refusal.text


def test_the_oldest_notice_counts_and_one_for_another_body_does_not() -> None:
    """A correction published later takes nothing back; a notice that another body gave is none of this one's."""
    assert standing(given("key_decision", date(2012, 10, 8), 2), given("key_decision", MONDAY)).is_met
    other = given("key_decision", MONDAY)
    other.body_id = 2
    assert standing(other).earliest_on is None


def test_a_general_exception_needs_five_clear_days_after_its_notice_p09() -> None:
    """Notice on Mon 22 October: Tue to Mon are the five; the decision may be taken from Tue 30 October."""
    assert standing(given("general_exception", date(2012, 10, 22))).is_met
    late = standing(given("general_exception", date(2012, 10, 23)), today=date(2012, 10, 23))
    assert late.earliest_on == date(2012, 10, 31)
    assert late.is_overdue
    said = why_not(standing(today=date(2012, 10, 22)))
    assert said is not None
    assert "A general exception recorded today allows 30 October 2012" in said.text


def test_special_urgency_is_agreed_for_one_meeting_alone_p10() -> None:
    urgent = given("special_urgency", date(2012, 10, 29))
    assert standing(urgent, today=date(2012, 10, 29)).is_met
    assert not standing(urgent, on=date(2012, 11, 6), today=date(2012, 10, 29)).is_met


def test_a_matter_in_private_has_two_notices_and_no_general_exception_p11() -> None:
    assert not standing(given("general_exception", MONDAY), need="private").is_met
    first = given("private_meeting", MONDAY)
    assert standing(first, need="private").is_met
    assert why_not_yet([first], CABINET, TUESDAY, CALENDAR) is not None
    second = given("private_response", date(2012, 10, 22), 2)
    assert why_not_yet([first, second], CABINET, TUESDAY, CALENDAR) is None
    second.published_on = date(2012, 10, 23)
    assert why_not_yet([first, second], CABINET, TUESDAY, CALENDAR) is not None


def test_only_a_body_that_gives_notice_needs_any() -> None:
    assert needs_of(is_key=True, secrecy="exempt", body=CABINET) == ("key", "private")
    assert needs_of(is_key=True, secrecy="exempt", body=Body(notice_days=0)) == ()
    assert needs_of(is_key=False, secrecy="open", body=CABINET) == ()
