"""A paper goes out as a Word document and comes back as often as needed (product.md, "Word and back")."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import select

from commissioning.casework.errors import Forbidden
from commissioning.clock import fresh_id
from commissioning.models.reports import Recommendation, Section
from commissioning.models.word import WordReturn
from commissioning.reports.commands import Header, edit_header, edit_section
from commissioning.reports.covers import is_current, read_parts
from commissioning.reports.risks import RiskWording, save_risk
from commissioning.word.reading import read_document
from tests.integration.reports.test_pages import hidden
from tests.integration.reports.world import TEXTS, Papers
from tests.integration.word.documents import (
    COMMENTS,
    add_after,
    changed,
    move_part,
    paragraph,
    remove_part,
    tag,
    track,
    write,
)
from tests.integration.word.test_first_documents import DATA

SignIn = Callable[[str], FlaskClient]
LEGAL, PURPOSE, ASKED = TEXTS["legal"], TEXTS["purpose"], "That the Cabinet approves the plan for short breaks"


def take_out(client: FlaskClient, report: int) -> bytes:
    """Take a copy, and download it."""
    form = {"idempotency_key": hidden(client, f"/reports/{report}/word")["idempotency_key"]}
    form["csrf_token"] = hidden(client, f"/reports/{report}/word")["csrf_token"]
    assert client.post(f"/reports/{report}/word/copies", data=form).status_code == 303
    answer = client.get(copy_path(client, report))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer.data


def copy_path(client: FlaskClient, report: int) -> str:
    """Where the copy that was taken last can be downloaded."""
    page = client.get(f"/reports/{report}/word").get_data(as_text=True)
    return re.findall(rf"/reports/{report}/word/copies/\d+\.docx", page)[0]


def bring(client: FlaskClient, report: int, content: bytes, name: str = "paper.docx") -> Any:
    """Bring a document in; the answer."""
    data = hidden(client, f"/reports/{report}/word") | {"file": (io.BytesIO(content), name)}
    return client.post(f"/reports/{report}/word", data=data, content_type="multipart/form-data")


def choose(client: FlaskClient, path: str, **chosen: str) -> Any:
    """Send the choices of the page at `path`, the rest as it is chosen there beforehand."""
    page = client.get(path).get_data(as_text=True)
    form = hidden(client, path)
    for box in re.findall(r"<input([^>]*)>", page):
        if 'type="radio"' in box and "checked" in box:
            form[box.split('name="')[1].split('"')[0]] = box.split('value="')[1].split('"')[0]
    return client.post(path, data=form | chosen)


def words_of(document: bytes) -> str:
    """All paragraphs of a document."""
    return "\n".join(p.text for p in Document(io.BytesIO(document)).paragraphs)


def text_of(papers: Papers, key: str) -> str:
    """A section as it is stored."""
    return papers.section(key).text


def current(papers: Papers) -> set[str]:
    """Specialities whose signature still covers what is there."""

    def read(session: Any) -> set[str]:
        parts = read_parts(session, papers.report)
        return {s.speciality for s in parts.sign_offs if is_current(parts, s)}

    found: set[str] = papers.council.write(read)
    return found


def test_only_what_was_changed_is_replaced_and_only_its_sign_off_is_stale(papers: Papers, sign_in: SignIn) -> None:
    papers.cleared()
    client, report = sign_in("author"), papers.report
    document = take_out(client, report)
    assert "Author has a copy" in client.get(f"/reports/{report}").get_data(as_text=True)

    untouched = bring(client, report, document)
    page = client.get(untouched.headers["Location"]).get_data(as_text=True)
    assert untouched.status_code == 303
    assert "nothing would change" in page

    edited = changed(document, lambda root: write(root, LEGAL, "The Council must do this."))
    at = bring(client, report, edited).headers["Location"]
    page = client.get(at).get_data(as_text=True)
    assert "Legal implications" in page
    assert "To be signed again if it changes: Legal" in page
    assert "Financial implications" not in page.split('class="app-form"')[1]
    assert text_of(papers, "legal") == LEGAL, "nothing is taken before it is confirmed"
    assert choose(client, at).status_code == 303
    assert text_of(papers, "legal") == "The Council must do this."
    assert text_of(papers, "purpose") == PURPOSE
    assert current(papers) == {"finance"}

    # The same copy again, written in further: what was taken is its base now.
    again = changed(edited, lambda root: write(root, PURPOSE, "To ask for a decision."))
    page = client.get(at := bring(client, report, again).headers["Location"]).get_data(as_text=True)
    assert "Changed in both places" not in page
    assert page.count("What is to happen with") == 1
    assert choose(client, at).status_code == 303
    assert text_of(papers, "purpose") == "To ask for a decision."
    assert current(papers) == {"finance"}, "no sign-off covers the purpose"
    left = papers.council.write(lambda s: s.scalars(select(WordReturn.id)).all())
    assert len(left) == 1, "only the one that changed nothing is still to be closed"


def test_what_was_changed_in_both_places_is_shown_twice_and_has_to_be_chosen(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    client, report = sign_in("author"), papers.report
    document = take_out(client, report)
    section = papers.section("purpose")
    papers.council.run("author", edit_section, report, section.id, "Written here.", section.version)
    at = bring(client, report, changed(document, lambda root: write(root, PURPOSE, "Written there."))).headers[
        "Location"
    ]
    page = client.get(at).get_data(as_text=True)
    assert "Changed in both places" in page
    assert "Written here." in page
    assert "Written there." in page
    refused = choose(client, at)
    assert refused.status_code == 422
    assert "Choose what is to happen with Purpose" in refused.get_data(as_text=True)
    assert text_of(papers, "purpose") == "Written here."
    # What was shown has moved meanwhile: nothing is taken, both are shown anew.
    form = hidden(client, at) | {f"s{section.id}": "after"}
    papers.council.run("author", edit_section, report, section.id, "Written here again.", section.version + 1)
    assert client.post(at, data=form).status_code == 409
    assert choose(client, at, **{f"s{section.id}": "after"}).status_code == 303
    assert text_of(papers, "purpose") == "Written here again.\nWritten there."


def test_tracked_changes_and_comments_are_listed_and_never_silently_accepted(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    client, report = sign_in("author"), papers.report

    def change(root: Any) -> None:
        track(root, PURPOSE, added=" Now.")
        track(root, LEGAL, removed=True)

    document = changed(take_out(client, report), change, comments=COMMENTS)
    at = bring(client, report, document).headers["Location"]
    page = client.get(at).get_data(as_text=True)
    assert "Check this figure" in page
    assert "F. Officer" in page
    assert "Added by A. Writer, 12 October 2026: “Now.”" in page
    assert "Removed by A. Writer" in page
    assert choose(client, at).status_code == 422, "a tracked change is chosen by hand"
    purpose, legal = papers.section("purpose").id, papers.section("legal").id
    assert choose(client, at, **{f"s{purpose}": "take", f"s{legal}": "keep"}).status_code == 303
    assert text_of(papers, "purpose") == f"{PURPOSE} Now."
    assert text_of(papers, "legal") == LEGAL


def test_recommendations_come_back_with_reasons_new_ones_and_missing_ones(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    second = papers.ask("That the Cabinet notes the risk", "note", reasons="It is small")
    papers.ask("That the Cabinet notes the timetable", "note")
    background = papers.section("background")
    papers.council.run("author", edit_section, papers.report, background.id, "• one\n• two", background.version)
    client, report = sign_in("author"), papers.report

    def change(root: Any) -> None:
        write(root, ASKED, "That the Cabinet approves the plan, as amended")
        write(root, "one", "One more")
        remove_part(root, "Recommendation 2: Note")
        add_after(root, "That the Cabinet approves the plan, as amended", "Consult families first", style="Heading2")
        add_after(root, "Consult families first", "That the Cabinet agrees to consult families")
        add_after(root, "That the Cabinet agrees to consult families", "Recommendation 9", style="Heading2")
        add_after(root, "Recommendation 9", "That the Cabinet notes the cost")
        before = paragraph(root, "Recommendation 1: Approve")
        for words, style in (("Recommendation 8", "Heading2"), ("That the Cabinet notes the law", "")):
            add_after(root, "Recommendation 9", words, style=style)
            before.addprevious(paragraph(root, words))

    at = bring(client, report, changed(take_out(client, report), change)).headers["Location"]
    page = client.get(at).get_data(as_text=True)
    assert "New recommendation" in page
    assert "Not in the document" in page
    assert choose(client, at, **{f"r{second}": "remove"}).status_code == 303
    rows = papers.council.write(
        lambda s: s.scalars(
            select(Recommendation).where(Recommendation.report_id == report).order_by(Recommendation.position)
        ).all()
    )
    assert [(r.position, r.ask, r.text) for r in rows] == [
        (1, "note", "That the Cabinet notes the law"),
        (2, "approve", "That the Cabinet approves the plan, as amended"),
        (3, "agree", "That the Cabinet agrees to consult families"),
        (4, "note", "That the Cabinet notes the cost"),
        (5, "note", "That the Cabinet notes the timetable"),
    ], "new ones land where they stand in the document"
    assert text_of(papers, "background") == "- One more\n• two", "a line that nobody changed stays as it was written"


def test_order_sums_and_deadlines_come_back_and_what_does_not_is_said(papers: Papers, sign_in: SignIn) -> None:
    """product.md, "Word and back": also the values of a recommendation; what it asks is the service's alone."""
    papers.draft()
    second = papers.ask("That the Cabinet notes the risk", "note")
    client, report = sign_in("author"), papers.report
    document = take_out(client, report)

    def change(root: Any, amount: str) -> None:
        move_part(root, "Recommendation 2: Note", "Recommendation 1: Approve")
        write(root, "Sum: none", f"Sum: {amount}")  # of the one that is first now
        write(root, "Deadline: none", "Deadline: 5/5/2027")
        write(root, "Recommendation 1: Approve", "Recommendation 1: Delegate")

    at = bring(client, report, changed(document, lambda root: change(root, "about a million"))).headers["Location"]
    refused = choose(client, at)
    assert refused.status_code == 422
    assert "the sum must be an amount such as £1,250,000, and the document says “about a million”" in html.unescape(
        refused.get_data(as_text=True)
    )
    at = bring(client, report, changed(document, lambda root: change(root, "£1,250,000"))).headers["Location"]
    page = client.get(at).get_data(as_text=True)
    assert "In another order" in page
    assert "Recommendation 1 is headed “Delegate” in the document, and “Approve” here." in page
    assert "Changed in the service alone: title and header" in page
    assert choose(client, at).status_code == 303
    query = select(Recommendation).where(Recommendation.report_id == report).order_by(Recommendation.position)
    rows = papers.council.write(lambda s: s.scalars(query).all())
    assert [(r.id == second, r.ask, r.amount_pence, str(r.deadline_on)) for r in rows] == [
        (True, "note", 125_000_000, "2027-05-05"),
        (False, "approve", None, "None"),
    ]
    again = bring(client, report, changed(document, lambda root: change(root, "£1,250,000"))).headers["Location"]
    assert "nothing would change" in client.get(again).get_data(as_text=True)


def test_risks_go_out_as_a_table_and_are_changed_in_the_service_alone_br44(papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    add, report = papers.council.run, papers.report
    heading = {"report_id": report, "position": 9, "key": "risk", "heading": "Risk", "kind": "implication"}
    risk = RiskWording("Outcomes | remain static", "not_decided", "very_high", "Families wait", "A review")
    papers.council.write(lambda s: s.add(Section(id=fresh_id(), text="The risk is said here.", **heading)))
    add("author", save_risk, report, risk)
    add("author", save_risk, report, RiskWording("Staff leave", "decided", "low", "Posts lapse", secrecy="exempt"))
    client = sign_in("author")
    document = take_out(client, report)
    page = client.get(bring(client, report, document).headers["Location"]).get_data(as_text=True)
    assert ("nothing would change" in page, "Risks are changed in the service" in page) == (True, False)

    def write_in_it(root: Any) -> None:
        write(root, "Very high", "Quite high")
        write(root, "The risk is said here.", "The risk is said anew.")

    edited = changed(document, write_in_it)
    bare = changed(edited, lambda root: [b.getparent().remove(b) for b in root.iter(tag("bookmarkStart"))])
    for content in (edited, bare):
        at = bring(client, report, content).headers["Location"]
        page = html.unescape(client.get(at).get_data(as_text=True))
        assert "Risks are changed in the service. The document says otherwise there: “" in page
        assert "1. Outcomes | remain static (if this is not decided) | Quite high | Families wait | A review" in page
        assert "Quite high" not in page.split('class="app-form"')[1]
    at = bring(client, report, edited).headers["Location"]
    assert choose(client, at).status_code == 303
    assert text_of(papers, "risk") == "The risk is said anew."
    rows = papers.council.read(lambda s: read_parts(s, report).risks)
    assert [(r.rating, r.version) for r in rows] == [("very_high", 1), ("low", 1)]


def test_copies_and_documents_are_for_who_writes_the_paper_alone(papers: Papers, sign_in: SignIn) -> None:
    papers.out()
    author, report = sign_in("author"), papers.report
    document = take_out(author, report)
    at = bring(author, report, changed(document, lambda r: write(r, LEGAL, "Secret so far."))).headers["Location"]
    copy = copy_path(author, report)
    for who, status in (("lena", 403), ("stranger", 404), ("olga", 404)):  # Lena signs it, so she knows of it
        other = sign_in(who)
        assert [other.get(path).status_code for path in (copy, at)] == [status, status]
        assert "Secret so far" not in other.get(f"/reports/{report}/word").get_data(as_text=True)


def test_a_submitted_paper_takes_nothing_in(papers: Papers, sign_in: SignIn) -> None:
    papers.cleared()
    client, report = sign_in("author"), papers.report
    document = changed(take_out(client, report), lambda root: write(root, LEGAL, "Too late."))
    at = bring(client, report, document).headers["Location"]
    papers.council.step("sponsor", report, "submit")
    assert client.get(at).status_code == 403
    assert client.get(f"/reports/{report}/word").status_code == 200
    with pytest.raises(Forbidden):
        papers.council.run("lena", edit_section, report, papers.section("legal").id, "x", 1)
    assert text_of(papers, "legal") == LEGAL


def test_a_copy_of_another_report_and_bad_files_are_refused_in_words(papers: Papers, sign_in: SignIn) -> None:
    first = papers.draft()
    client = sign_in("author")
    document = take_out(client, first)
    second = papers.draft()
    refused = bring(client, second, document)
    assert refused.status_code == 422
    assert "a copy of another report" in refused.get_data(as_text=True)
    for content, said in ((b"", "is empty"), (b"PK\x03\x04 nothing", "damaged"), (b"plain words", "damaged")):
        answer = bring(client, second, content)
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)
    assert bring(client, second, document, "paper.docm").status_code == 422
    sections = papers.council.write(lambda s: s.scalars(select(Section.text).where(Section.report_id == second)).all())
    assert set(TEXTS.values()) == set(sections)


def test_papers_go_out_on_the_councils_template(papers: Papers, sign_in: SignIn) -> None:
    """Of another writer, without lists of its own: what it lacks is made; its text is left out, its header stays."""
    papers.draft()
    clerk, author = sign_in("clerk"), sign_in("author")
    path = f"/boards/{papers.body}/word-template"
    own = (DATA / "bristol-commissioning-libreoffice.docx").read_bytes()
    for who, status in (("author", 404), ("clerk", 200)):
        assert sign_in(who).get(path).status_code == status
    data = hidden(clerk, path) | {"file": (io.BytesIO(b"no template"), "council.docx")}
    assert clerk.post(path, data=data, content_type="multipart/form-data").status_code == 422
    data = hidden(clerk, path) | {"file": (io.BytesIO(own), "council.docx")}
    assert clerk.post(path, data=data, content_type="multipart/form-data").status_code == 303
    document = read_document(take_out(author, papers.report))
    assert [h.text for h in document.headings[1:4]] == ["Purpose", "Background", "Legal implications"]
    assert [x.text for x in document.headings[2].with_changes] == TEXTS["background"].splitlines()
    assert "council.docx" in clerk.get(path).get_data(as_text=True)


@pytest.mark.parametrize("is_withheld", [False, True])
def test_only_a_paper_that_is_withheld_says_so_in_word(is_withheld: bool, papers: Papers, sign_in: SignIn) -> None:
    papers.draft()
    papers.council.run("author", edit_header, papers.report, Header(is_confidential=is_withheld), None)
    words = words_of(take_out(sign_in("author"), papers.report))
    assert ("NOT FOR PUBLICATION: confidential. Write under the headings." in words) == is_withheld
    assert ("NOT FOR PUBLICATION" in words) == is_withheld
