"""A unit's year 2008: its returns opened by the tick, and the month that reaches the agenda of its board.

April's return is due Wed 14 May 2008 (BR-34). An outcome is red in May, June and July, and July is the second month
found not within budget: the tick drafts the paper with its figures frozen, and it goes its way to the board that the
unit answers to (BR-36). Head (at 320 px), both leaders, commissioner, sponsor, finance, secretary and a member of the
board, each in a browser of their own. Months between are told by the same commands (`months`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from commissioning.db import reading
from commissioning.models.cases import Case
from commissioning.models.money import BudgetYear
from commissioning.models.monitoring import Escalation
from commissioning.models.units import Unit
from commissioning.monitoring.meeting_plan import Day, plan_year
from commissioning.monitoring.opening import next_month
from tests.journeys import way as w
from tests.journeys.conftest import Begin
from tests.journeys.monitoring import accept, agree_and_close, meet, send
from tests.journeys.months import FINANCE, HEAD, LEADER, WHY, Months
from tests.journeys.way import Way, fill_day

LOADED = datetime(2008, 4, 30, 11, 0, tzinfo=UTC)
"""A Wednesday, the last day of April."""
APRIL, MAY, JUNE, JULY = (date(2008, month, 1) for month in (4, 5, 6, 7))
COMMISSIONER, SPONSOR = "Commissioning Officer", "Director of Children’s Services"
SECRETARY, MEMBER, SIGNER = "Trust Board Secretary", "Voluntary Sector Representative", "Finance Manager"
BOARD = "North Yorkshire Children’s Trust Board"
BOARD_ON = date(2008, 9, 16)
TITLE = "CiC: monitoring in July 2008"

_UNIT = select(Unit.case_id).where(Unit.name == "CiC", Unit.kind == "business").scalar_subquery()
OF_CIC = select(Escalation).where(Escalation.unit_id == _UNIT, Escalation.is_escalated).order_by(Escalation.cause)
"""What was escalated of the unit; other units, of whose months nobody tells here, are escalated for being late."""


def test_a_month_is_escalated_and_stands_on_the_agenda_of_its_board(begin: Begin) -> None:
    way, engine = begin("sqlite", LOADED)
    months = Months(way, engine)
    with reading(engine) as session:
        year = session.scalars(select(BudgetYear.case_id)).one()
    months.do(COMMISSIONER, plan_year, year, Day())
    _april_opens(way, months)
    for number, (month, stable_home, percent) in enumerate(((APRIL, 130, 99), (MAY, 135, 99), (JUNE, 140, 106)), 1):
        _first_of_next(way, months, month)
        months.release(month, number, percent)
        months.go_by(month, stable_home, is_within=percent < 100)
    _not_yet(way, engine)
    _board_is_called(way)
    return_id, meeting_id = _july(way, months)
    months.tick()
    report_id = _drafted(way, engine)
    months.release(JULY, 4, 110)  # the ledger moves on; what was frozen does not
    _paper(way)
    _agenda(way, months)
    agree_and_close(way, return_id, meeting_id)
    with reading(engine) as session:
        assert [session.get_one(Case, i).state for i in (return_id, meeting_id)] == ["closed", "closed"]
        assert session.get_one(Case, report_id).state == "published"


def _first_of_next(way: Way, months: Months, month: date) -> None:
    way.at(next_month(month), 6)
    months.tick()


def _april_opens(way: Way, months: Months) -> None:
    """Nothing on the last of April; on the first of May the tick opens it, due on the eighth working day."""
    months.tick()
    assert months.find(APRIL)[0] is None
    way.at(date(2008, 5, 1), 6)
    head = way.as_(HEAD, width=320)
    expect(head.locator("main")).not_to_contain_text("return for April 2008")
    months.tick()
    way.go(head, "/")
    card = head.locator("section", has=head.get_by_role("heading", name="CiC: return for April 2008"))
    expect(card).to_contain_text("Due Wed 14 May 2008")
    way.look(head, "opened")
    card.get_by_role("button", name="Fill it in").click()
    expect(head.get_by_role("heading", level=1)).to_have_text("Return of CiC, April 2008")
    expect(head.locator("main")).to_contain_text("Finance has not released the month’s figures yet")


def _not_yet(way: Way, engine: Engine) -> None:
    """After June nothing is escalated, and the page says of each why not."""
    with reading(engine) as session:
        assert not session.scalars(OF_CIC).all()
    page = way.as_(COMMISSIONER)
    way.go(page, "/escalations")
    expect(page.locator("main")).to_contain_text("Not within budget in June 2008, but not in the month before")
    expect(page.locator("main")).to_contain_text("Red, but for less than 3 months: D1 (2 months)")


def _board_is_called(way: Way) -> None:
    """The board's secretary calls its next meeting."""
    secretary = way.as_(SECRETARY)
    way.go(secretary, "/meetings/new")
    w.choose(secretary.get_by_label("Body"), BOARD)
    fill_day(secretary, "Day", BOARD_ON)
    secretary.get_by_role("button", name="Call the meeting").click()
    expect(secretary.get_by_role("alert")).to_be_visible()
    way.meeting_url = secretary.url.split("?")[0].split("#")[0]


def _july(way: Way, months: Months) -> tuple[int, int]:
    """The month through the pages: answered and sent by the head, accepted by both, met on, found wanting."""
    _first_of_next(way, months, JULY)
    months.release(JULY, 4, 106)
    told, meeting = months.find(JULY)
    assert told is not None
    assert meeting is not None
    way.at(date(2008, 8, 8))
    head = way.as_(HEAD, width=320)
    way.go(head, f"/returns/{told.case_id}")
    _answer(way, head)
    send(way, head, told.case_id)
    for name in (FINANCE, LEADER):
        accept(way, name, told.case_id, "2008-07", WHY)
    way.at(meeting.meeting_on, 17)
    meet(way, meeting.case_id, date(2008, 10, 31))
    return told.case_id, meeting.case_id


def _answer(way: Way, head: Page) -> None:
    """One thing at a time, as the pages lead, what was red last month first; money and its comment are still true."""
    values = {"D1": "14.5", "D2": "15", "D3": "63"}
    head.get_by_role("button", name="Begin: D1").click()
    asked: list[str] = []
    while head.get_by_role("button", name="Save and go on").count():
        asked.append(head.get_by_role("heading", level=1).inner_text().partition(":")[0])
        assert len(asked) < 10, asked
        if asked[-1] in values:
            head.get_by_label("Value (%)").fill(values[asked[-1]])
            if asked[-1] == "D1":
                head.get_by_label("Comment", exact=True).fill(WHY)
        elif asked[-1] == "Headcount":
            head.get_by_label("Filled (full-time equivalent)").fill("131")
        elif asked[-1] == "Risks":
            head.get_by_role("button", name="No risks to report").click()
            continue
        else:
            head.get_by_label("Still true: keep it for this month").check()
        head.get_by_role("button", name="Save and go on").click()
    expect(head.get_by_role("alert")).to_contain_text("Nothing is left to answer")
    assert asked[0] == "D1", asked


def _drafted(way: Way, engine: Engine) -> int:
    """The paper waits for the commissioner with the figures of that day."""
    author = way.as_(COMMISSIONER)
    row = author.locator(".app-waiting__row", has_text=TITLE)
    expect(row).to_be_visible()
    row.get_by_role("link", name=TITLE, exact=True).click()
    way.report_url = author.url
    way.look(author, "drafted")
    with reading(engine) as session:
        rows = session.scalars(OF_CIC).all()
        assert [(r.cause, r.period_on) for r in rows] == [("not_within_budget", JULY), ("outcome_red", JULY)]
        found = {r.report_id for r in rows}
    assert len(found) == 1
    return int(found.pop() or 0)


def _paper(way: Way) -> None:
    """The commissioner completes and sends it; finance signs; the sponsor submits it to the board's secretary."""
    author = way.as_(COMMISSIONER)
    w.write_sections(way, author, lambda heading: f"None, because {heading} does not change.", only_blank=True)
    w.name_people(way, author, SPONSOR, ["Finance"])
    w.send_for_sign_off(way, author, date(2008, 9, 1))
    w.sign(way, way.as_(SIGNER), TITLE, "Cleared", "The forecast is that of the return.")
    w.submit_and_table(way, way.as_(SPONSOR), way.as_(SECRETARY), TITLE)


def _agenda(way: Way, months: Months) -> None:
    """The tick closes papers at their hour, the agenda is out; a member finds what is asked, and July's figures."""
    way.at(date(2008, 9, 5), 10, 30)
    months.tick()
    secretary = way.as_(SECRETARY)
    way.go(secretary, way.meeting_url)
    way.step(secretary, "Publish the agenda")
    member = way.as_(MEMBER)
    expect(member.locator("main")).to_contain_text("That it be agreed what CiC is to do")
    way.go(member, way.meeting_url)
    member.get_by_role("link", name=TITLE).first.click()
    member.get_by_role("link", name="Read the whole paper").first.click()
    main = member.locator("main")
    expect(main).to_contain_text("Not within budget in July 2008, 2 months running")
    expect(main).to_contain_text("Red 3 months or more: D1 (3 months)")
    expect(main).to_contain_text("Forecast for the year: £11,309,139.99")
    way.look(member, "on the agenda")
