"""One's own calendar: page, list, CSV and feed tell the same dates, nobody else's, no secret (product.md, 5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from icalendar import Calendar
from sqlalchemy import update

from commissioning.actions.commands import ActionInput, create_action
from commissioning.calendar.queries import Dated, list_dates
from commissioning.contracts.commands import ContractInput, create_contract
from commissioning.meetings.commands import NewMeeting, create_meeting
from commissioning.models.cases import Case
from commissioning.models.people import Person
from tests.support.monitoring_meetings import plan
from tests.support.pages import Page, Site
from tests.support.returns import Month
from tests.support.units import Town

FIRST, LAST = date(2026, 4, 1), date(2027, 4, 30)
WINTER, SUMMER = date(2027, 3, 25), date(2027, 3, 30)
"""The last working days before and the first after the clocks go forward over Easter 2027."""
TITLE = "Zqsecret school closes"


def dates_of(town: Town, who: str, first: date = FIRST, last: date = LAST) -> list[Dated]:
    return list(town.read(lambda s: list_dates(s, town.actor(who, s), town.now, first, last)))


def told(town: Town, who: str) -> set[tuple[str, str, date]]:
    return {(d.what, d.title, d.on) for d in dates_of(town, who)}


def read_feed(page: Page) -> dict[str, Any]:
    """Entries by UID, as a calendar program reads them."""
    assert page.status == 200
    return {str(e["UID"]): e for e in Calendar.from_ical(page.html).walk("VEVENT")}


def busy(town: Town) -> tuple[Month, int, int]:
    """A unit with its month and its meetings; a board that meets twice, a confidential paper, an action, a contract."""
    month = Month(town)
    plan(town, month.year)
    board = town.body("Partnership Board")
    first, _ = (
        town.run("clerk", create_meeting, NewMeeting(board, on, time(14, 0), "Room 1")) for on in (WINTER, SUMMER)
    )
    paper = town.report(first, [{}], title=TITLE, state="drafting", signed=False)
    town.write(lambda s: s.execute(update(Case).where(Case.id == paper).values(secrecy="confidential")))
    action = ActionInput("Write to schools", town.people["helper"], date(2026, 6, 30))
    town.run("clerk", create_action, board, action)
    given = ContractInput(
        "C1", "Respite care", FIRST, date(2027, 3, 31), provider_name="P", manager_id=town.people["leo"]
    )
    town.run("carla", create_contract, given)
    return month, first, paper


def test_everybody_finds_their_own_dates_and_nobody_elses(town: Town) -> None:
    """BR-34, BR-35: meetings, returns open and to come, what waits, actions, contracts; each once a day."""
    month, first, paper = busy(town)
    heidi = told(town, "heidi")
    assert ("Monthly return is due", "Return of Attendance, April 2026", date(2026, 5, 14)) in heidi
    assert ("Monthly return for May 2026 will be due", "Attendance", date(2026, 6, 11)) in heidi
    assert ("Monitoring meeting", "Monitoring meeting of Attendance, April 2026", date(2026, 5, 21)) in heidi
    open_return = [d for d in dates_of(town, "heidi") if d.on == date(2026, 5, 14)]
    assert len(open_return) == 1, "the return, and not what is asked of it besides"
    assert ("Action is due", "Write to schools", date(2026, 6, 30)) in told(town, "helper")
    assert {d.what for d in dates_of(town, "leo") if d.kind == "contract"} >= {"The contract ends"}
    meetings = {("Meeting", "Partnership Board", WINTER), ("Meeting", "Partnership Board", SUMMER)}
    assert meetings <= told(town, "ann")
    assert meetings <= told(town, "chair")
    assert ("Draft ready", TITLE) in {d[:2] for d in told(town, "author")}
    others = {d for who in ("ann", "heidi", "carla", "stranger", "hugo") for d in told(town, who)}
    assert not [d for d in others if TITLE in d[1] or "Paper:" in d[1]]
    assert told(town, "stranger") == told(town, "hugo") == set()
    for who in ("heidi", "author", "clerk", "leo"):
        found = dates_of(town, who)
        assert found == sorted(found, key=lambda d: d.on)
        assert len({d.uid for d in found}) == len(found)
    town.step("clerk", first, "cancel", reason="Snow")
    off = [d for d in dates_of(town, "ann") if d.case_id == first]
    assert [(d.what, d.is_cancelled) for d in off] == [("Cancelled", True)]
    assert month.unit
    assert paper


def test_a_secret_link_shows_the_owners_dates_to_a_calendar_program_until_it_is_withdrawn(
    town: Town, site: Site
) -> None:
    """Both sides of a clock change, safe titles, stable UIDs, moved dates, other links, ends of accounts."""
    month, first, _ = busy(town)
    author, nobody = site.visitor("author"), site.visitor("stranger")
    assert "You have no link." in author.get("/calendar/feed").text

    def make(button: str) -> str:
        page = author.get("/calendar/feed")
        assert author.send(page, "/calendar/feed", page.form(button=button)).status == 303
        shown = author.get("/calendar/feed")
        assert "/calendar.ics?token=" not in author.get("/calendar/feed").html, "it is shown once"
        return "/calendar.ics?token=" + str(shown.html.split("/calendar.ics?token=")[1].split("<")[0])

    def anybody(path: str) -> Page:
        return Page(site.app.test_client().get(path))

    link = make("Make a link")
    entries = read_feed(anybody(link))
    assert TITLE not in anybody(link).html
    assert any(str(e["SUMMARY"]).startswith("Draft ready: Paper: Zqsec (REP-") for e in entries.values())
    draft = next(uid for uid, e in entries.items() if str(e["SUMMARY"]).startswith("Draft ready"))
    assert not isinstance(entries[draft]["DTSTART"].dt, datetime)
    whole = next(e for e in entries.values() if e["DTSTART"].dt == datetime(2027, 3, 25, 14, tzinfo=UTC))
    assert (str(whole["SUMMARY"]), str(whole["LOCATION"])) == ("Partnership Board", "Room 1")
    assert whole["DTEND"].dt == datetime(2027, 3, 25, 16, tzinfo=UTC)
    uid = str(whole["UID"])
    later = {"meeting_on": SUMMER.isoformat(), "starts_at": "14:30"}
    town.step("clerk", first, "reschedule", fields=later, reason="Snow")
    moved = read_feed(anybody(link))
    assert moved[uid]["DTSTART"].dt == datetime(2027, 3, 30, 13, 30, tzinfo=UTC), "14:30 in British Summer Time"
    assert (whole["SEQUENCE"], moved[uid]["SEQUENCE"]) == (0, 1)
    assert draft in moved
    assert moved[draft]["DTSTART"].dt > entries[draft]["DTSTART"].dt

    renewed = make("Make a new link")
    assert renewed != link
    for wrong in (link, "/calendar.ics", "/calendar.ics?token=", f"{renewed}x", "/calendar.ics?token=" + "a" * 500):
        assert anybody(wrong).status == 404, wrong
    assert renewed.partition("=")[2] not in town.read(lambda s: str(s.connection().exec_driver_sql(
        "SELECT token_hash FROM calendar_feeds").all()))  # fmt: skip
    town.write(lambda s: s.execute(update(Person).where(Person.name == "Author").values(is_active=False)))
    assert anybody(renewed).status == 404, "its owner's account is closed"
    town.write(lambda s: s.execute(update(Person).where(Person.name == "Author").values(is_active=True)))
    author = site.visitor("author")
    page = author.get("/calendar/feed")
    assert author.send(page, "/calendar/feed", page.form(button="Withdraw")).status == 303
    assert anybody(renewed).status == 404

    for path in ("/calendar?month=2027-03", "/calendar?month=2027-03&view=list", "/calendar.csv?month=2027-03"):
        assert "Partnership Board" in author.get(path).html, path
        assert "Partnership Board" not in nobody.get(path).html, path
    assert "May 2026" in author.get("/calendar?month=nonsense").text
    assert author.get("/calendar?month=9999-12").status == 200
    assert month.unit
