"""The pages of returns: a head's month by forms alone, the desk, and who sees what (BR-16, BR-34)."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook

from commissioning.casework.errors import NotFound
from commissioning.db import reading
from commissioning.models.monitoring import Return
from commissioning.monitoring import queries
from commissioning.monitoring.queries import get_return, list_grid, list_month
from commissioning.monitoring.sheet import write_sheet
from tests.support.pages import Site
from tests.support.returns import APRIL, Month, add_actuals, open_return, rows_of


def test_a_head_answers_and_sends_by_forms(month: Month, site: Site) -> None:
    """Red and amber first, one thing after the other, check, send, receipt; nothing typed is lost."""
    month.release(staff=6_000_000, travel=2_000_000)
    heidi, top = site.visitor("heidi"), f"/returns/{month.id}"
    first, second = rows_of(month.town, month.id)
    page = heidi.get(top)
    assert "0 of" in page.text
    assert page.text.index("staff: Staff") < page.text.index("Headcount"), "what is red comes first"
    path = f"{top}/outcomes/{first.id}"
    for wrong, said in (
        ("95.5.5", "must be a number"),
        ("1.2345", "no more than 3 decimals"),
        ("", "say why there is none"),
    ):
        page = heidi.fill(path, actual=wrong, commentary="Kept")
        assert page.status == 422, wrong
        assert said in page.text
        assert "Kept" in page.html
    page = heidi.fill(path, actual="80.5")
    assert (page.status, page.location) == (303, path), "amber without a comment: it asks again"
    assert heidi.fill(path, actual="80.5", commentary="Flu").location != path
    assert heidi.fill(f"{top}/outcomes/{second.id}", not_available="The survey is out in June").status == 303
    line = f"{top}/lines/{month.lines['staff']}"
    assert "£720,000.00" in heidi.get(line).text, "straight line of 60,000 a month"
    assert heidi.fill(line, method="own", own="720,000").status == 422
    assert heidi.fill(line, method="straight_line", commentary="Agency staff").location == f"{top}/recovery"
    day = {"due_on": date(2026, 9, 1), "owner_id": month.town.people["helper"]}
    assert heidi.fill(f"{top}/recovery", text="Freeze overtime", **day).location == f"{top}/headcount"
    assert heidi.fill(f"{top}/headcount", establishment="20", in_post="18.555").status == 422
    assert heidi.fill(f"{top}/headcount", establishment="20", in_post="18.5").location == f"{top}/risks"
    page = heidi.get(f"{top}/risks")
    assert heidi.send(page, f"{top}/risks", page.form(button="No risks to report")).location == top
    page = heidi.fill(f"{top}/check")
    assert page.location == f"{top}/receipt"
    assert "Return sent" in heidi.get(f"{top}/receipt").text
    assert month.get().budget_rag == "amber"


def test_what_is_missing_is_said_when_it_is_sent_too_early(month: Month, site: Site) -> None:
    """Whom it waits for is not said to that very person; each part that is missing leads to its page."""
    heidi, top = site.visitor("heidi"), f"/returns/{month.id}"
    page = heidi.fill(f"{top}/check")
    assert page.status == 409
    assert "Finance has not released the month’s figures yet (waiting for finance)" in page.text
    assert "outcome A1, outcome A2, headcount" in page.text
    assert "the head of the unit" not in page.text
    assert "Waiting for the head of the unit" in site.visitor("leo").get(top).text
    for key in (*(f"outcomes/{row.id}" for row in rows_of(month.town, month.id)), "headcount", "risks"):
        assert f'href="{top}/{key}"' in page.html, key
    month.release()
    month.answer()
    assert "Before you can send it" not in heidi.get(f"{top}/check").text


def test_a_stale_answer_shows_both_on_the_page(month: Month, site: Site) -> None:
    heidi, path = site.visitor("heidi"), f"/returns/{month.id}/headcount"
    page = heidi.get(path)
    form = page.form(button="Save and go on")
    assert heidi.fill(path, establishment="20", in_post="20").status == 303
    again = heidi.send(page, path, form, establishment="19", in_post="19")
    assert again.status == 409
    assert again.text.count("“20” is what is saved now") == 4, "at both fields and in the summary"


def test_the_desk_accepts_one_by_one(month: Month, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledger beside what was submitted, what moved, totals that agree; then the next. A list that is cut says so."""
    fay, desk = site.visitor("fay"), "/returns/desk?month=2026-04"
    assert not {"Late", "In time"} & set(re.findall("Late|In time", fay.get(desk).text)), "its day has not come"
    month.submit()
    page = fay.get(desk)
    assert "In time" in page.text
    assert "1 return to accept" in page.text
    assert "They agree" in page.text
    assert not any("all" in form.button.lower() for form in page.forms)
    add_actuals(month.town, month.year, {month.lines["staff"]: 5_000_000, month.lines["travel"]: 2_500_000})
    page = fay.get(desk)
    assert "The ledger has moved by £1,000 since this was submitted" in page.text
    done = fay.send(page, desk, page.form(button="Accept Attendance"))
    assert done.location == "/returns/desk?month=2026-04#shown"
    assert "0 returns to accept" in fay.get(desk).text
    leo = site.visitor("leo")
    page = leo.get(desk)
    assert "the first" not in page.text
    monkeypatch.setattr(queries, "MOST_AT_DESK", 1)
    assert "These are the first 1 returns" in leo.get(desk).text
    leo.send(page, desk, page.form(button="Accept Attendance"))
    assert month.town.state(month.id) == "accepted"


def test_what_changed_before_it_was_accepted_is_looked_at_again(month: Month, site: Site) -> None:
    """The desk says that it was changed and shows it as it stands; the comment that was typed is still there."""
    fay, desk, town = site.visitor("fay"), "/returns/desk?month=2026-04", month.town
    month.submit()
    page = fay.get(desk)
    town.step("leo", month.id, "send_back", reason="The agency staff are missing")
    town.step("heidi", month.id, "submit")
    form = page.form(button="Accept Attendance")
    again = fay.send(page, desk, form, comment="Well done")
    assert again.status == 409
    assert "was changed by Heidi in the meantime: it is submitted now. Nothing was done" in again.text
    assert "Both versions" not in again.text
    assert "Well done" in again.html
    assert town.state(month.id) == "submitted"
    done = fay.send(again, desk, again.form(button="Accept Attendance"))
    assert done.location == "/returns/desk?month=2026-04#shown"
    assert "1 return to accept" not in fay.get(desk).text
    late = fay.send(page, desk, form, comment="x" * 2001)
    assert (late.status, "Well done" in late.html) == (422, False)


def test_the_first_page_leads_to_the_desk_at_that_return_and_to_questions(month: Month, site: Site) -> None:
    """What is accepted is seen first, in whichever month it is; a question waits for who answers, until it is."""
    month.submit()
    fay, heidi, town = site.visitor("fay"), site.visitor("heidi"), month.town
    assert f'href="/returns/desk?return={month.id}#shown">Read and accept<' in fay.get("/").html
    town.at(date(2026, 6, 2))
    open_return(town, month.unit, date(2026, 5, 1))
    fay, heidi = site.visitor("fay"), site.visitor("heidi")
    assert fay.get(f"/returns/desk?return={month.id}").form(button="Accept Attendance")
    assert site.visitor("hugo").get(f"/returns/desk?return={month.id}").status == 404
    ask = f"/returns/{month.id}/question"
    assert fay.fill(ask, about="nothing", question="Why?").status == 422
    assert fay.fill(ask, about="staff", question="Why so many?").status == 303
    words = "Answer a question from Fay: “Why so many?”"
    assert words in heidi.get("/").text
    for other in ("fay", "leo", "hugo", "carla"):
        assert words not in site.visitor(other).get("/").text, other
    reply = re.search(rf"/returns/{month.id}/questions/\d+", heidi.get("/").html)
    assert reply is not None
    assert heidi.fill(reply[0], answer="Agency staff").status == 303
    assert words not in heidi.get("/").text


def test_why_it_was_sent_back_stands_on_top(month: Month, site: Site) -> None:
    """The head reads it first, not deep in the history; once it is sent again it stands there no more."""
    heidi, top = site.visitor("heidi"), f"/returns/{month.id}"
    month.submit()
    month.town.step("fay", month.id, "send_back", reason="The agency staff are missing")
    page = heidi.get(top)
    assert "Sent back by Fay: The agency staff are missing" in page.text
    assert page.text.index("Sent back by") < page.text.index("parts done")
    month.town.step("heidi", month.id, "submit")
    assert "Sent back by Fay:" not in heidi.get(top).text


def test_finance_moves_the_due_date_on_its_page(month: Month, site: Site) -> None:
    finn = site.visitor("finn")
    path = "/returns/desk/due?month=2026-04"
    assert finn.fill(path, due_on=date(2026, 5, 18)).status == 422
    assert finn.fill(path, due_on=date(2026, 5, 18), reason="The ledger closed late").status == 303
    assert month.get().return_due_on == date(2026, 5, 18)
    assert site.visitor("heidi").get(path).status == 404


PATHS = ("/sheet", "/sheet.xlsx",
         "", "/check", "/receipt", "/headcount", "/risks", "/recovery", "/concern", "/question", "/outcomes/{row}",
         "/lines/{line}")  # fmt: skip


def test_nobody_else_knows_of_a_return(month: Month, site: Site) -> None:
    """A head never sees another unit's data: no page of it."""
    month.release()
    row = rows_of(month.town, month.id)[0].id
    for who in ("hugo", "stranger", "clerk"):
        visitor = site.visitor(who)
        for path in PATHS:
            asked = path.format(row=row, line=month.lines["staff"])
            assert visitor.get(f"/returns/{month.id}{asked}").status == 404, (who, path)


def test_a_sheet_that_cannot_be_taken_names_its_cells_on_the_page(month: Month, site: Site) -> None:
    """Without a file, with something that is none, with a wrong cell: 422 and words, and nothing is stored."""
    month.release()
    heidi, path = site.visitor("heidi"), f"/returns/{month.id}/sheet"
    with reading(month.town.engine) as session:
        book = load_workbook(io.BytesIO(write_sheet(session, session.get_one(Return, month.id))))
    row = next(r for r in book.active.iter_rows() if r[1].value == "A1")
    book.active.cell(row[0].row, 6, "lots")
    bad = io.BytesIO()
    book.save(bad)
    for content, said in ((b"", "Select the filled-in spreadsheet"), (b"no sheet", "sheet"), (bad.getvalue(), "lots")):
        values = dict(heidi.get(path).form("idempotency_key", button="Send").values)
        upload = {"file": (io.BytesIO(content), "return.xlsx")} if content else {}
        answer = heidi.client.post(path, data=values | upload, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True), said
    assert rows_of(month.town, month.id)[0].actual_thousandths is None


SEES = {"heidi": 1, "leo": 1, "fay": 1, "carla": 1, "finn": 1, "director": 1, "audrey": 1, "hugo": 0, "stranger": 0}


def test_lists_counts_and_pages_are_of_ones_own_units(month: Month, site: Site) -> None:
    """In the grid, at the desk, in the API and in counts alike."""
    town = month.town

    def look(session: object, who: str) -> tuple[int, int, int, bool]:
        actor = town.actor(who, session)
        rows, total = list_grid(session, actor, APRIL, town.now.date())
        desk = list_month(session, actor, APRIL, town.now.date())
        try:
            get_return(session, actor, month.id, town.now.date())
        except NotFound:
            return len(rows), total, len(desk), False
        return len(rows), total, len(desk), True

    for who, sees in SEES.items():
        at_desk = int(who in ("leo", "fay", "finn"))
        assert town.read(lambda s, who=who: look(s, who)) == (sees, sees, at_desk, bool(sees)), who
        visitor = site.visitor(who)
        assert ("Attendance" in visitor.get("/returns").text) is bool(sees), who
        assert visitor.get("/returns/desk").status == (200 if at_desk else 404), who
        assert visitor.get("/search?q=Attendance").text.count("Return of Attendance") == 0 or sees, who


def test_who_reads_does_not_answer(month: Month, site: Site) -> None:
    """Those above units read; the pages to answer are not there for them."""
    for who in ("leo", "carla", "finn", "audrey"):
        assert site.visitor(who).get(f"/returns/{month.id}").status == 200
        assert site.visitor(who).get(f"/returns/{month.id}/headcount").status == 404


def test_the_page_of_a_unit_lists_its_returns_for_who_may_see_them(month: Month, site: Site) -> None:
    unit_id = month.get().unit_id
    for who, sees in SEES.items():
        page = site.visitor(who).get(f"/units/{unit_id}").text
        assert ("Monthly returns" in page) is bool(sees), who
