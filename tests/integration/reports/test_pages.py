"""What the pages answer: status, headers, files, and that nothing secret is told to anybody; on both engines."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from commissioning import clock, create_app
from commissioning.accounts.browsers import begin_session
from commissioning.models.bodies import SectionTemplate
from commissioning.models.cases import Case, Event
from commissioning.reports.commands import Header, edit_header, edit_section, save_appendix
from commissioning.reports.numbering import number_of_line, paragraphs
from commissioning.reports.uploads import store_file
from commissioning.web.spreadsheet import cell
from config import load_settings
from tests.integration.reports.test_uploads import PNG, office
from tests.integration.reports.world import Papers

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def sign_in(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignIn]:
    """`sign_in("author")`: a browser of somebody."""
    monkeypatch.setattr(clock, "now", lambda: papers.council.now)
    url = papers.council.engine.url.render_as_string(hide_password=False)
    app = create_app(load_settings(database_url=url, secret_key="k" * 40, demo=False))
    app.testing = True

    def client(who: str) -> FlaskClient:
        found, person = app.test_client(), papers.council.people[who]
        found.set_cookie("session_id", papers.council.write(lambda s: begin_session(s, person, papers.council.now)))
        return found

    yield client
    with app.app_context():
        from commissioning.web.database import db

        db.session.remove()
        db.engine.dispose()


def hidden(client: FlaskClient, path: str) -> dict[str, str]:
    """The hidden values of a page's own form."""
    page = client.get(path).get_data(as_text=True)
    form = page.split('class="app-form"', 1)[1]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.split("</form>")[0]))


def test_autosave_answers_with_the_new_version_or_409(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    path = f"/reports/{papers.report}/sections/{papers.section('background').id}"
    client = sign_in("author")
    values = hidden(client, path)
    by_script = {"X-Requested-With": "autosave", "X-CSRFToken": values["csrf_token"]}
    answer = client.post(path, data=values | {"text": "One", "secrecy": "open"}, headers=by_script)
    assert (answer.status_code, answer.json) == (200, {"version": 3, "saved_at": "10:00am"})
    again = client.post(path, data=values | {"text": "Two", "secrecy": "open"}, headers=by_script)
    assert again.status_code == 409
    assert papers.section("background").text == "One"
    typed = client.post(path, data=values | {"text": "Two", "secrecy": "open"})
    page = typed.get_data(as_text=True)
    assert typed.status_code == 409
    assert ("One" in page, "\nTwo</textarea>" in page, 'name="version" value="3"' in page) == (True, True, True)


def test_what_was_typed_before_the_text_was_frozen_is_shown_to_be_copied(papers: Papers, sign_in: SignIn) -> None:
    papers.cleared()
    path = f"/reports/{papers.report}/sections/{papers.section('background').id}"
    client = sign_in("author")
    values = hidden(client, path)
    papers.council.step("sponsor", papers.report, "submit")
    for secrecy in ("open", "a box that was not ticked right"):
        answer = client.post(path, data=values | {"text": "Typed at length", "secrecy": secrecy})
        assert (answer.status_code, "Typed at length" in answer.get_data(as_text=True)) == (409, True), secrecy


def test_an_attached_file_comes_back_as_a_download(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    client, path = sign_in("author"), f"/reports/{papers.report}/appendices/new"
    values = hidden(client, path) | {"title": "Plan", "kind": "plan", "secrecy": "exempt"}
    wrong = client.post(path, data=values | {"file": (io.BytesIO(PNG), "plan.pdf")})
    assert wrong.status_code == 422
    assert "is named .pdf but is not that inside" in wrong.get_data(as_text=True)
    assert client.post(path, data=values | {"file": (io.BytesIO(office()), "Plan.docx")}).status_code == 303
    page = client.get(f"/reports/{papers.report}/appendices").get_data(as_text=True)
    link = re.search(r'href="(/reports/\d+/appendices/\d+/file)"', page)
    assert link
    file = client.get(link[1])
    assert file.data == office()
    assert file.headers["Content-Disposition"] == "attachment; filename=Plan.docx"
    assert (file.headers["X-Content-Type-Options"], file.headers["Cache-Control"]) == ("nosniff", "no-store")
    assert sign_in("olga").get(link[1]).status_code == 404
    read = papers.council.read(
        lambda s: s.scalars(select(Event.name).where(Event.chain == f"report-readings:{papers.report}")).all()
    )
    assert read == ["report.secret_read"]


def test_a_secret_canary_is_on_no_page_of_who_may_not_read_it(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    row = papers.section("legal")
    papers.council.run("author", edit_section, papers.report, row.id, "KANARIE-1", row.version, secrecy="exempt")
    papers.ask("That the Cabinet notes KANARIE-2", "note", secrecy="confidential")
    stored = papers.council.run("author", store_file, b"KANARIE-3", "KANARIE-4.txt")
    papers.council.run(
        "author", save_appendix, papers.report, "KANARIE-5", secrecy="exempt", file_name=stored.name,
        file_sha256=stored.sha256,
    )  # fmt: skip
    papers.council.write(lambda s: papers.council.explain(s, papers.report))
    papers.council.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal", comment="KANARIE-6")
    papers.sign("fin", "finance")
    papers.council.step("sponsor", papers.report, "submit")

    def publish(session: Any) -> None:
        session.execute(update(Case).where(Case.id == papers.report).values(exposure="published", state="published"))

    papers.council.write(publish)
    base = f"/reports/{papers.report}"
    ids = (
        f"sections/{row.id}",
        f"recommendations/{papers.recommendations()[1].id}",
        f"sign-offs/{papers.sign_off('legal').id}",
    )
    open_paths = (
        "",
        "/preview",
        "/preview?edition=1",
        "/compare?before=1",
        "/recommendations",
        "/appendices",
        "/people",
    )
    for who in ("olga", "admin"):
        client = sign_in(who)
        for path in ("/reports", "/reports?format=csv", *(base + p for p in open_paths)):
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert "KANARIE" not in answer.get_data(as_text=True), path
        assert [client.get(f"{base}/{p}").status_code for p in ids] == [404, 404, 404]
    member = sign_in("ann").get(f"{base}/preview").get_data(as_text=True)
    assert all(f"KANARIE-{n}" in member for n in (1, 2, 5, 6))


def test_a_draft_looks_like_nothing_to_others(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    client = sign_in("olga")
    base = f"/reports/{papers.report}"
    paths = ("", "/header", "/people", "/preview", "/compare", "/recommendations/new", "/appendices/new", "/meeting")
    assert {client.get(base + p).status_code for p in paths} == {404}
    assert "Short breaks" not in client.get("/reports").get_data(as_text=True)


def test_lists_as_csv_carry_no_formula(papers: Papers, sign_in: SignIn) -> None:
    from commissioning.reports.commands import create_report

    papers.council.run("author", create_report, "=1+1", papers.meeting)
    answer = sign_in("author").get("/reports?format=csv")
    assert answer.mimetype == "text/csv"
    assert ",'=1+1,Cabinet,2026-11-03,Drafting," in answer.get_data(as_text=True)
    assert [cell(v) for v in ("-2", -2, None, True, "@x")] == ["'-2", "-2", "", "yes", "'@x"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports?page=x&body=9x&late=1", 200),
        ("/reports?page=99999", 200),
        ("/reports?q=%00%25", 400),  # no keyboard types a NUL, and PostgreSQL stores none
        ("/reports?state=%00", 400),
    ],
)
def test_odd_filters_are_no_fault(papers: Papers, sign_in: SignIn, path: str, status: int) -> None:
    assert papers.meeting
    assert sign_in("author").get(path).status_code == status


def test_paragraphs_are_numbered_and_lists_belong_to_the_one_before() -> None:
    text = "First\n\n• one\n• two\nSecond"
    assert [(p.number, p.line) for p in paragraphs(3, text)] == [("3.1", 1), ("3.2", 4)]
    assert paragraphs(3, text)[0].text == "First\n\n- one\n- two"
    assert [number_of_line(3, text, n) for n in (1, 2, 3, 4)] == ["3.1", "3.1", "3.1", "3.2"]
    assert number_of_line(3, "", 1) == "3"
    assert [p.number for p in paragraphs(3, "First\n**Bold** words begin one\n*so* do these\n* not this")] == [
        "3.1",
        "3.2",
        "3.3",
    ]


def test_words_that_lead_to_the_recommendations_are_written_and_shown(papers: Papers, sign_in: SignIn) -> None:
    row = {"body_id": papers.body, "position": 9, "key": "recommendations", "heading": "Recommendations"}
    papers.council.write(lambda s: s.add(SectionTemplate(kind="section", is_required=False, **row)))
    papers.draft()
    client = sign_in("author")
    top = f"/reports/{papers.report}"
    path = f"{top}/sections/{papers.section('recommendations').id}"
    assert path in client.get(f"{top}/recommendations").get_data(as_text=True)
    values = hidden(client, path) | {"text": "There is one thing to agree", "secrecy": "open"}
    assert client.post(path, data=values).status_code == 303
    # NY-01, NY-21: paragraphs are numbered, and a reference has the number of what it points at.
    path = f"{top}/sections/{papers.section('purpose').id}"
    text = "The cost is in [see legal implications].\n\nTo begin with. [here beginning]\n\nAs [see beginning] says."
    assert client.post(path, data=hidden(client, path) | {"text": text, "secrecy": "open"}).status_code == 303
    papers.council.run("author", edit_header, papers.report, Header(contact_email="policy@example.gov.uk"), None)
    shown = client.get(f"{top}/preview").get_data(as_text=True)
    plain = " ".join(re.sub(r"<[^>]+>", " ", shown).split())
    assert "1.1 The cost is in section 3. 1.2 To begin with. 1.3 As paragraph 1.2 says. 2. Background" in plain
    assert "Author Author" in plain
    assert "policy@example.gov.uk" in plain
    assert "There is one thing to agree" in shown.split('id="asks"', 1)[1].split('id="ask-1"', 1)[0]
