"""The look: nothing of GOV.UK's own marks, static files under their hash, headers, filters, every macro."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import flash
from jinja2 import UndefinedError

from commissioning.web import filters, look
from commissioning.web.difference import difference, is_same
from tests.gallery.look_app import ERRORS, ROOT, make_app

CLIENT = make_app().test_client()
PAGES = ["/", "/work", "/form", *(f"/error/{code}" for code in ERRORS)]


def test_nothing_that_belongs_to_govuk_alone_is_served() -> None:
    """No crown, crest, logotype, GDS typeface, fonts or pictures of GOV.UK."""
    for path in look.STATIC.rglob("*.css"):
        css = path.read_text("utf-8").lower()
        found = re.findall(r"gds|@font-face|url\(|crest|crown|logotype|\.govuk-header|sourcemapping", css)
        assert found == [], path
    kinds = {path.suffix for path in look.STATIC.rglob("*") if path.is_file()}
    assert kinds <= {".css", ".js", ".svg", ".md", ".txt"}
    assert "MIT" in (look.STATIC / "govuk-frontend/LICENCE.txt").read_text("utf-8")


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_inline_style_or_script(path: str) -> None:
    page = BeautifulSoup(CLIENT.get(path).text, "html.parser")
    assert [tag for tag in page.find_all("script") if not tag.get("src") or tag.text.strip()] == []
    assert page.find_all("style") == []
    assert [tag for tag in page.find_all(True) if any(a == "style" or a.startswith("on") for a in tag.attrs)] == []
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_security_headers(path: str) -> None:
    headers = CLIENT.get(path).headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_https_is_remembered_by_browsers() -> None:
    """On every answer of a service whose BASE_URL is https, whatever a proxy in front says of the request."""
    assert (
        make_app(IS_HTTPS=True).test_client().get("/").headers["Strict-Transport-Security"]
        == "max-age=31536000; includeSubDomains"
    )


def test_static_files_are_kept_for_ever_and_change_address_when_they_change(tmp_path: Path) -> None:
    home = CLIENT.get("/").text
    for address in re.findall(r"/static/[0-9a-f]{12}/[^\"]+", home):
        answer = CLIENT.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    stale = CLIENT.get("/static/000000000000/app.css")
    assert stale.status_code == 200
    assert "no-cache" in stale.headers["Cache-Control"]
    assert CLIENT.get("/static/000000000000/../look.py").status_code == 404
    (tmp_path / "a.css").write_text("a")
    before = look.static_digest(tmp_path)
    (tmp_path / "a.css").write_text("b")
    assert look.static_digest(tmp_path) != before


@pytest.mark.parametrize("colour", ["#1d4f5c", "#ffdd00", "#ffffff", "#000000", "#e4003b", "#7fb2e5"])
def test_any_council_colour_stays_readable(colour: str) -> None:
    """White words on the colour reach WCAG's 4.5 to 1, however light the council's colour is."""
    found = re.search(r"--brand: (#[0-9a-f]{6})", look.brand_css(colour))
    assert found
    assert look.contrast(look.parse_colour(found.group(1)), (255, 255, 255)) >= 4.5
    if look.contrast(look.parse_colour(colour), (255, 255, 255)) >= 4.5:
        assert found.group(1) == colour


def test_wrong_settings_stop_the_start() -> None:
    with pytest.raises(ValueError, match="BRAND_COLOUR: expected a colour like #1d4f5c, found 'teal'"):
        make_app(BRAND_COLOUR="teal")
    with pytest.raises(ValueError, match="LOGO_FILE"):
        make_app(LOGO_FILE="/nowhere/logo.svg")


def test_names_colour_and_logo_come_from_settings(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    client = make_app(ORGANISATION_NAME="Borough of <Mew>", BRAND_COLOUR="#701c45", LOGO_FILE=str(logo)).test_client()
    page = client.get("/").text
    assert "Borough of &lt;Mew&gt;" in page
    assert 'src="/logo"' in page
    assert client.get("/logo").mimetype == "image/svg+xml"
    assert "--brand: #701c45" in client.get("/brand.css").text


def test_title_starts_with_error_only_when_there_is_one() -> None:
    client = make_app(WTF_CSRF_ENABLED=False).test_client()
    title = re.compile(r"<title>(.*?)</title>")
    assert title.findall(client.get("/form").text) == ["Add a recommendation – Commissioning"]
    refused = client.post("/form", data={})
    assert refused.status_code == 422
    assert title.findall(refused.text) == ["Error: Add a recommendation – Commissioning"]


def test_confirmations_that_no_page_shows_do_not_fill_the_cookie() -> None:
    """A browser refuses a cookie past 4 kB: the newest few wait, the older ones go."""
    app = make_app()

    @app.get("/much")
    def much() -> str:
        for number in range(40):
            flash(f"Sent report {number}.")
        return ""

    client = app.test_client()
    client.get("/much")
    with client.session_transaction() as kept:
        assert [text for _, text in kept["_flashes"]] == [f"Sent report {number}." for number in range(35, 40)]


def test_strip_says_states_in_words() -> None:
    page = BeautifulSoup(CLIENT.get("/").text, "html.parser")
    steps = [li.find(class_="app-strip__label").text for li in page.select("ol.app-strip > li")]
    assert steps[:3] == ["Done: Draft", "Now: Sign-offs", "Still to come: Sponsor"]
    assert len(page.select('ol.app-strip > li[aria-current="step"]')) == 1


def test_buttons_carry_token_key_and_version() -> None:
    page = BeautifulSoup(CLIENT.get("/").text, "html.parser")
    forms = page.select("form.app-action")
    assert len(forms) == 3
    keys = set()
    for form in forms:
        sent = {i["name"]: i["value"] for i in form.find_all("input")}
        assert form["method"] == "post"
        assert sent["csrf_token"]
        assert sent["version"] == "3"
        keys.add(sent["idempotency_key"])
    assert len(keys) == 3


def test_days_and_times() -> None:
    """Instants are shown in London, in summer and in winter (Europe/London)."""
    assert filters.day(date(2012, 5, 9)) == "Wed 9 May 2012"
    assert filters.month(date(2012, 5, 1)) == "May 2012"
    assert filters.when(datetime(2012, 5, 9, 13, 5, tzinfo=UTC)) == "9 May 2012, 2:05pm"
    assert filters.when(datetime(2012, 1, 9, 0, 0, tzinfo=UTC)) == "9 January 2012, 12:00am"
    assert filters.when(datetime(2012, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2012, 12:30am"
    assert (filters.day(None), filters.when(None), filters.month(None), filters.pounds(None)) == (
        "",
        "",
        "",
        "",
    )
    with pytest.raises(ValueError, match="zone"):
        filters.when(datetime(2012, 1, 9))  # noqa: DTZ001


def test_pounds_and_plurals() -> None:
    assert filters.pounds(4_930_050) == "£49,300.50"
    assert filters.pounds(125_000_000) == "£1,250,000"
    assert filters.pounds(-305) == "\u2212£3.05"
    assert filters.plural(1, "day") == "1 day"
    assert filters.plural(1200, "day") == "1,200 days"
    assert filters.plural(2, "body", "bodies") == "2 bodies"


@pytest.mark.parametrize(
    "nasty",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[go](javascript:alert(1))",
        "![p](https://example.org/p.png)",
        '<a href="/x" style="color:red" onclick="x()">a</a>',
        "<h1>raw</h1>",
    ],
)
def test_prose_is_safe(nasty: str) -> None:
    page = BeautifulSoup(filters.prose(nasty), "html.parser")
    assert page.find(["script", "img", "h1"]) is None
    for tag in page.find_all(True):
        assert not {"style", "onclick", "onerror"} & set(tag.attrs)
        assert not str(tag.get("href", "")).startswith("javascript")


def test_prose_keeps_what_writers_mean() -> None:
    html = str(filters.prose("# Head\n\nOne\ntwo **three**\n\n- a\n- b\n\n|A|\n|-|\n|1|"))
    for part in ("<h3>Head</h3>", "One<br>", "<strong>three</strong>", "<li>a</li>", "<td>1</td>"):
        assert part in html


def test_difference_gives_both_texts_back() -> None:
    """What is not removed is the new text, what is not added is the old."""
    old = "The board is asked to agree two measures.\nSame.\nOld only."
    new = "The board is asked to choose two measures.\nSame.\nQuite another thing altogether, all new.\nMore."
    found = difference(old, new)

    def text(without: str) -> list[str]:
        lines = ("".join(p.text for p in one.pieces if p.kind != without).strip() for one in found)
        return [line for line in lines if line]

    assert text("added") == old.splitlines()
    assert text("removed") == new.splitlines()
    assert found[0].kind == "changed"
    assert is_same(difference(old, old))
    assert not is_same(found)


def test_difference_of_long_texts_is_quick() -> None:
    found = difference("word " * 20_000, "other " * 20_000)
    assert [p.kind for p in found] == ["removed", "added"]


def test_templates_are_all_used_or_macros() -> None:
    names = {path.name for path in (ROOT / "templates/errors").glob("*.html")}
    assert names == {"_base.html", *(f"{code}.html" for code in ERRORS)}


@pytest.mark.parametrize("code", ERRORS)
def test_error_pages_give_back_what_was_typed(code: int) -> None:
    """A time-out or a refusal loses no word: the page that says so carries them."""
    page = BeautifulSoup(CLIENT.get(f"/error/{code}").text, "html.parser")
    assert "My words,\non two lines" in [block.text for block in page.select(".app-typed .app-versions__text")]
    assert len(page.find_all("h1")) == 1


def test_stale_save_shows_both_versions() -> None:
    page = BeautifulSoup(CLIENT.get("/error/409").text, "html.parser")
    versions = [block.text for block in page.select(".app-versions .app-versions__text")]
    assert versions == ["Theirs.", "Mine."]
    assert "Ben Contributor on 9 May 2012, 1:50pm" in page.text


def test_refusal_by_field_begins_the_title_with_error() -> None:
    page = CLIENT.get("/error/422").text
    assert "<title>Error: " in page
    assert "Papers are closed." in page


def test_a_misspelt_name_in_a_template_is_an_error() -> None:
    app = make_app()
    with app.app_context(), pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ misspelt }}").render()
    assert app.jinja_env.from_string("{% if misspelt %}a{% else %}b{% endif %}").render() == "b"
