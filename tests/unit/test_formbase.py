"""The forms base: for each field good, missing, wrong and over-long; what was typed is kept."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage, MultiDict

from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    TextField,
    choice,
    new_key,
    parse_pounds,
    pounds_typed,
)
from tests.gallery.look_app import EverythingForm, make_app


def test_a_field_hides_nothing_that_the_form_itself_does() -> None:
    """The error summary of a form with a field of that name was letters of its HTML."""
    for name in ("mistakes", "data", "shown", "validate"):
        with pytest.raises(TypeError, match=f"a field cannot be called {name}"):
            type("Hiding", (BaseForm,), {name: TextField("Words")})
    assert type("Another", (BaseForm,), {"version": TextField("Version"), "summary": TextField("Words")})


GOOD = {
    "idempotency_key": new_key(),
    "version": "3",
    "title": "  A title ",
    "body": "One.\r\n\r\nTwo.",
    "email": "clerk@example.org",
    "board": "a",
    "ask": "agree",
    "parts": "2",
    "sure": "yes",
    "due-day": "29",
    "due-month": "2",
    "due-year": "2012",
    "begins-month": "May",
    "begins-year": "2012",
    "amount": "£49,300.50",
    "votes": "12",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app(WTF_CSRF_ENABLED=False)


def filled(app: Flask, **changes: Any) -> tuple[EverythingForm, BeautifulSoup]:
    """The form sent with ``GOOD`` and the changes (None leaves a name out), and the page it then gives."""
    sent = MultiDict({k: v for k, v in (GOOD | changes).items() if v is not None})
    with app.test_request_context("/form", method="POST"):
        form = EverythingForm(formdata=sent)
        form.validate()
        html = render_template_string(
            '{% from "macros/forms.html" import render_form %}{{ render_form(form) }}', form=form
        )
    return form, BeautifulSoup(html, "html.parser")


def test_good_values_come_out_typed(app: Flask) -> None:
    form, _ = filled(app)
    assert form.errors == {}
    assert form.mistakes() == []
    assert (form.title.data, form.body.data) == ("A title", "One.\n\nTwo.")
    assert (form.due.data, form.begins.data) == (date(2012, 2, 29), date(2012, 5, 1))
    assert (form.amount.data, form.votes.data, form.version.data) == (4_930_050, 12, 3)
    assert (form.board.data, form.ask.data, form.parts.data, form.sure.checked) == ("a", "agree", ["2"], True)
    assert form.plain.data == ""
    assert form.paper.data is None


@pytest.mark.parametrize(
    ("field", "gone", "words", "target"),
    [
        ("title", {"title": ""}, "Enter title", "title"),
        ("title", {"title": "   "}, "Enter title", "title"),
        ("title", {"title": None}, "Enter title", "title"),
        ("body", {"body": None}, "Enter what you recommend", "body"),
        ("email", {"email": None}, "Enter an email address", "email"),
        ("board", {"board": ""}, "Select board", "board"),
        ("board", {"board": None}, "Select board", "board"),
        ("ask", {"ask": None}, "Select what the board is asked to do", "ask"),
        ("sure", {"sure": None}, "Confirm that you declare", "sure"),
        ("due", {"due-day": "", "due-month": "", "due-year": ""}, "Enter due date", "due-day"),
        ("due", {"due-day": None, "due-month": None, "due-year": None}, "Enter due date", "due-day"),
        ("begins", {"begins-month": "", "begins-year": " "}, "Enter first month", "begins-month"),
        ("amount", {"amount": ""}, "Enter amount", "amount"),
    ],
)
def test_missing(app: Flask, field: str, gone: dict[str, Any], words: str, target: str) -> None:
    form, _ = filled(app, **gone)
    assert [(e.text, e.target) for e in form.mistakes()] == [(words, target)]
    assert form[field].error == words


@pytest.mark.parametrize(
    ("field", "sent", "words", "target"),
    [
        ("title", {"title": "x" * 61}, "Title must be 60 characters or fewer", "title"),
        ("title", {"title": "two\nlines"}, "Title must be on one line", "title"),
        (
            "title",
            {"title": "a\x00b"},
            "Title contains a character that cannot be stored; type it again",
            "title",
        ),
        ("body", {"body": "x" * 201}, "What you recommend must be 200 characters or fewer", "body"),
        ("plain", {"plain": "x" * 20_001}, "Notes must be 20,000 characters or fewer", "plain"),
        (
            "email",
            {"email": "clerk at example"},
            "Enter an email address in the correct format, like name@example.com",
            "email",
        ),
        ("email", {"email": "a" * 250 + "@b.uk"}, "Email address must be 254 characters or fewer", "email"),
        ("board", {"board": "z"}, "Select board from the list", "board"),
        ("ask", {"ask": "z"}, "Select what the board is asked from the list", "ask"),
        ("parts", {"parts": "9"}, "Select parts from the list", "parts"),
        ("due", {"due-day": "31", "due-month": "2"}, "Due date must be a real date", "due-day"),
        ("due", {"due-month": "13"}, "Due date must be a real date", "due-month"),
        ("due", {"due-year": "twelve"}, "Due date must be a real date", "due-year"),
        ("due", {"due-month": ""}, "Due date must include a month", "due-month"),
        ("due", {"due-day": "", "due-year": ""}, "Due date must include a day and a year", "due-day"),
        ("due", {"due-year": "12"}, "Due date: year must have 4 figures", "due-year"),
        (
            "due",
            {"due-day": "28", "due-year": "9999"},
            "Due date must be between 1 January 1900 and 31 December 2200",
            "due-year",
        ),
        ("due", {"due-day": "9" * 5000}, "Due date must be a real date", "due-day"),
        ("begins", {"begins-month": "Mayday"}, "First month must be a real month", "begins-month"),
        (
            "amount",
            {"amount": "12.345"},
            "Amount must have no more than 2 figures for pence, like 49,300.50",
            "amount",
        ),
        (
            "amount",
            {"amount": "about 5"},
            "Amount must be an amount in pounds, like 1,250,000 or 49,300.50",
            "amount",
        ),
        ("amount", {"amount": "-5"}, "Amount must be £0 or more", "amount"),
        ("amount", {"amount": "9" * 5000}, "Amount must be £100,000,000,000 or less", "amount"),
        ("votes", {"votes": "1.5"}, "Votes for must be a whole number, like 12", "votes"),
        ("votes", {"votes": "100"}, "Votes for must be between 0 and 99", "votes"),
        ("votes", {"votes": "-1"}, "Votes for must be between 0 and 99", "votes"),
    ],
)
def test_wrong_or_over_long(app: Flask, field: str, sent: dict[str, str], words: str, target: str) -> None:
    """One message, the same words in summary and field, a link to a box that is there, and the text kept."""
    form, page = filled(app, **sent)
    assert [(e.text, e.target) for e in form.mistakes()] == [(words, target)]
    shown = page.find(class_="govuk-error-message")
    assert shown is not None
    assert shown.get_text(" ", strip=True) == f"Error: {words}"
    assert page.find(id=target) is not None
    for name, text in sent.items():
        box = page.find(attrs={"name": name})
        assert box is not None
        if box.name == "textarea":
            assert box.text.removeprefix("\n") == text
        elif box.name == "input" and box.get("type") not in ("radio", "checkbox"):
            assert box.get("value", "") == text


def test_all_boxes_are_kept_and_described(app: Flask) -> None:
    """A refused form comes back as typed: every box, choice and tick; hints and errors are announced."""
    form, page = filled(app, title="", **{"due-day": "31"})
    value = {n: page.find(attrs={"name": n}).get("value") for n in ("due-day", "due-month", "due-year", "amount")}
    assert value == {"due-day": "31", "due-month": "2", "due-year": "2012", "amount": "£49,300.50"}
    assert page.find("option", selected=True)["value"] == "a"
    assert [i["value"] for i in page.find_all("input", checked=True)] == ["agree", "2", "yes"]
    assert page.find("fieldset", attrs={"aria-describedby": "due-hint due-error"}) is not None
    assert page.find(id="title")["aria-describedby"] == "title-error"
    assert page.find(attrs={"name": "idempotency_key"})["value"] == form.idempotency_key.data == GOOD["idempotency_key"]
    assert page.find(attrs={"name": "version"})["value"] == "3"


def test_markup_in_what_was_typed_stays_text(app: Flask) -> None:
    nasty = '"><script>alert(1)</script></textarea>'
    _, page = filled(app, title=nasty + "x" * 60, body=nasty, amount=nasty)
    assert page.find("script") is None
    assert page.find(id="title")["value"].startswith(nasty)
    assert page.find(id="body").text.strip() == nasty


def test_key_is_fresh_on_get_and_must_come_back(app: Flask) -> None:
    with app.test_request_context("/form"):
        one, other = EverythingForm(), EverythingForm()
        assert one.idempotency_key.data != other.idempotency_key.data
        assert len(one.idempotency_key.data) == 32
    for key in (None, "", "short", "x" * 65, "a b" * 8):
        form, _ = filled(app, idempotency_key=key)
        assert [e.text for e in form.mistakes()] == [
            "This page has come back damaged and nothing was done: send it again"
        ]
        assert form.idempotency_key.data != key


@pytest.mark.parametrize("version", ["x", "-1", "1.5", "9" * 13])
def test_version_must_be_a_number(app: Flask, version: str) -> None:
    form, _ = filled(app, version=version)
    assert len(form.mistakes()) == 1
    assert filled(app, version="")[0].version.data is None


def test_expired_token_keeps_the_words() -> None:
    """A page open for too long: one line in the summary, and the form as it was typed."""
    strict = make_app()
    with strict.test_request_context("/form", method="POST"):
        form = EverythingForm(formdata=MultiDict(GOOD | {"csrf_token": "old"}))
        assert not form.validate()
        assert [e.text for e in form.mistakes()] == [
            "This page was open for too long, so nothing was sent. What you typed is still here: send it again"
        ]
        assert form.title.typed == "  A title "


def test_present_values_fill_the_boxes(app: Flask) -> None:
    with app.test_request_context("/form"):
        form = EverythingForm(
            data={"due": date(2012, 5, 9), "begins": date(2012, 5, 1), "amount": 4_930_050, "votes": 0}
        )
        assert form.due.parts == {"day": "9", "month": "5", "year": "2012"}
        assert form.begins.parts == {"month": "5", "year": "2012"}
        assert (form.amount.typed, form.votes.typed) == ("49,300.50", "0")
        assert list(form.mistakes()) == []


def test_emptied_boxes_do_not_keep_the_old_value(app: Flask) -> None:
    """An absent tick, choice or line means none, not what was there before."""

    class Editing(BaseForm):
        title = TextField("Title")
        board = ChoiceField("Board", [choice("a", "A")])
        parts = CheckboxesField("Parts", [choice("1", "One")])
        due = DateField("Due date")

    with app.test_request_context("/form", method="POST"):
        before = {"title": "Old", "board": "a", "parts": ["1"], "due": date(2012, 5, 9)}
        form = Editing(formdata=MultiDict({"idempotency_key": new_key()}), data=before)
        assert form.validate()
        assert (form.title.data, form.board.data, form.parts.data, form.due.data) == ("", None, [], None)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("paper.pdf", b"%PDF-1.7", ""),
        ("paper.PDF", b"%PDF-1.7", ""),
        ("paper.exe", b"MZ", "Appendix must be a PDF or DOCX file"),
        ("paper", b"MZ", "Appendix must be a PDF or DOCX file"),
        ("paper.pdf", b"", "Appendix is empty; choose another file"),
        ("paper.pdf", b"x" * 2_000_001, "Appendix must be 2 MB or smaller"),
        ("", b"", ""),
    ],
)
def test_upload(app: Flask, name: str, content: bytes, words: str) -> None:
    form, page = filled(app, paper=FileStorage(io.BytesIO(content), filename=name))
    assert form.paper.error == words
    assert page.find("form")["enctype"] == "multipart/form-data"
    if name and not words:
        assert form.paper.data.read() == content


@pytest.mark.parametrize(
    ("typed", "pence"),
    [
        ("1,250,000", 125_000_000),
        ("£49,300.50", 4_930_050),
        ("0", 0),
        ("5.5", 550),
        ("£ 7", 700),
        ("-£3.05", -305),
    ],
)
def test_pounds_are_exact(typed: str, pence: int) -> None:
    assert parse_pounds(typed) == pence


@pytest.mark.parametrize(
    "typed", ["1,25,000", "12,34", "1.250.000", "5.", ".5", "1e3", "", "٣", "£", "5 000", "1,0000"]
)
def test_sums_that_could_mean_two_things_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="must be an amount in pounds"):
        parse_pounds(typed)


@given(st.integers(-(10**13), 10**13))
def test_pounds_go_there_and_back(pence: int) -> None:
    assert parse_pounds(pounds_typed(pence)) == pence


def test_a_refusal_of_a_command_can_be_shown_on_its_field(app: Flask) -> None:
    form, _ = filled(app)
    form.refuse("due", "Due date must be before the meeting")
    form.refuse("", "Papers closed on 26 April")
    assert [(e.text, e.target) for e in form.mistakes()] == [
        ("Papers closed on 26 April", ""),
        ("Due date must be before the meeting", "due-day"),
    ]
