"""The risks of a paper, one by one, that of not deciding among them (BR-44); on both engines."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.clock import fresh_id
from commissioning.models.bodies import SectionTemplate
from commissioning.models.cases import Case, Event
from commissioning.models.reports import ReportEdition, ReportSignOff, Risk
from commissioning.packs.agenda import secret_now
from commissioning.public.rules import public_content
from commissioning.reports.claimed import list_secret_parts
from commissioning.reports.commands import edit_section
from commissioning.reports.correcting import correct_passage
from commissioning.reports.covers import covered_words, read_parts, what_changed
from commissioning.reports.findings import findings_of
from commissioning.reports.queries import ReportView, get_report
from commissioning.reports.risks import MOST, RiskWording, move_risk, remove_risk, save_risk
from commissioning.reports.sign_offs import edited_since
from tests.integration.reports.test_pages import SignIn, hidden, sign_in
from tests.integration.reports.world import Papers

__all__ = ["sign_in"]
STATIC = RiskWording("Outcomes remain static", "not_decided", "very_high", "Families wait longer", "Nothing yet")
STAFF = RiskWording("Staff leave", "decided", "low", "Posts are filled again")


def listed(papers: Papers, **more: Any) -> tuple[int, int]:
    """A draft whose body asks for the heading Risk, signed for by Finance too, with two risks; their ids."""
    row = {"position": 9, "key": "risk", "heading": "Risk", "kind": "implication", "speciality": "finance"}
    papers.council.write(lambda s: s.add(SectionTemplate(body_id=papers.body, **row)))
    papers.draft()
    return add(papers, STATIC), add(papers, replace(STAFF, **more))


def add(papers: Papers, wording: RiskWording, who: str = "author", **more: Any) -> int:
    """Write a risk."""
    made: int = papers.council.run(who, save_risk, papers.report, wording, **more)
    return made


def rows(papers: Papers) -> list[tuple[int, str, str]]:
    """The risks as they stand: number, what could happen, rating."""
    query = select(Risk).where(Risk.report_id == papers.report).order_by(Risk.position)
    return [(r.position, r.text, r.rating) for r in papers.council.read(lambda s: s.scalars(query).all())]


def view(papers: Papers, who: str) -> ReportView:
    """The report as somebody may see it."""
    c = papers.council
    return c.read(lambda s: get_report(s, c.actor(who, s), papers.report, c.now))  # type: ignore[no-any-return]


def publish(papers: Papers) -> None:
    """Put the report before everybody."""
    c = papers.council
    published = update(Case).where(Case.id == papers.report).values(exposure="published", state="published")
    c.write(lambda s: s.execute(published))


def test_risks_are_listed_changed_moved_and_taken_out_br44(papers: Papers) -> None:
    static, staff = listed(papers)
    third = add(papers, replace(STATIC, text="The grant lapses"), key="k1")
    again = add(papers, replace(STATIC, text="The grant lapses"), key="k1")
    assert again == third
    papers.council.run("author", move_risk, papers.report, third, 1)
    papers.council.run("author", remove_risk, papers.report, static)
    assert rows(papers) == [(1, "The grant lapses", "very_high"), (2, "Staff leave", "low")]
    add(papers, replace(STAFF, rating="medium"), risk_id=staff, version=1)
    with pytest.raises(Stale) as refused:
        add(papers, replace(STAFF, consequence="Mine"), risk_id=staff, version=1)
    assert ("medium" in refused.value.theirs, "Mine" in refused.value.yours) == (True, True)
    events = select(Event).where(Event.case_id == papers.report, Event.name.like("report.risk%")).order_by(Event.seq)
    found = papers.council.read(lambda s: s.scalars(events).all())
    assert [e.name.removeprefix("report.") for e in found[2:]] == [
        "risk_saved", "risks_ordered", "risk_removed", "risk_saved",
    ]  # fmt: skip
    old, new = json.loads(found[-1].body or "")["changes"]["risk:2"]
    assert ("low" in old, "medium" in new) == (True, True)


def test_what_is_wrong_with_a_risk_is_said_br44(papers: Papers) -> None:
    listed(papers)
    for name, wrong in (
        ("text", " "),
        ("text", "x" * 2001),
        ("consequence", ""),
        ("consequence", "[ Exempt ] prices"),
        ("rating", "dire"),
        ("arises", ""),
        ("secrecy", "private"),
    ):
        with pytest.raises(Invalid) as refused:
            add(papers, replace(STATIC, **{name: wrong}))
        assert list(refused.value.errors) == [name]


def test_a_paper_without_the_heading_lists_no_risks_and_no_paper_lists_too_many_br44(papers: Papers) -> None:
    papers.draft()
    with pytest.raises(Invalid, match="no heading Risk"):
        add(papers, STATIC)
    other, (first, _) = papers.report, listed(papers)
    for report, risk in ((other, first), (papers.report, 1)):
        with pytest.raises(NotFound):
            papers.council.run("author", save_risk, report, STATIC, risk_id=risk)
    values = {"report_id": papers.report, "arises": "decided", "rating": "low", "consequence": "x", "text": "x"}
    many = [Risk(id=fresh_id(), position=n, **values) for n in range(3, MOST + 1)]
    papers.council.write(lambda s: s.add_all(many))
    with pytest.raises(Invalid, match="50 risks at most"):
        add(papers, STATIC)
    for name in ("arises", "rating", "secrecy"):
        with pytest.raises(IntegrityError):
            papers.council.write(lambda s, name=name: s.execute(update(Risk).values({name: "other"})))


def test_who_may_write_and_until_when_br44(papers: Papers) -> None:
    static, _ = listed(papers)
    for who in ("olga", "lena", "sponsor"):
        for command in (lambda w: add(papers, STATIC, w), lambda w: add(papers, STATIC, w, risk_id=static)):
            with pytest.raises(Forbidden):
                command(who)
    c = papers.council
    papers.deputy("lou", "author")
    add(papers, STATIC, "lou", risk_id=static)
    c.step("author", papers.report, "request_clearance")
    with pytest.raises(Forbidden):
        papers.sign("lou", "legal")
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    c.step("sponsor", papers.report, "submit")
    for command, *values in ((save_risk, STATIC), (move_risk, static, 2), (remove_risk, static)):
        with pytest.raises(NotNow, match="Submitted"):
            c.run("author", command, papers.report, *values)


def test_a_risk_is_covered_by_who_signs_for_its_heading_and_nobody_else_br44(papers: Papers) -> None:
    static, _ = listed(papers)
    c = papers.council
    before = papers.covered("legal")
    c.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal", corrections_allowed=True)
    papers.sign("fin", "finance", corrections_allowed=True)
    c.run("author", move_risk, papers.report, static, 2)
    assert papers.current("finance"), "numbering is no content"
    signed = papers.sign_off("finance")
    given = signed.signed_at
    assert not c.read(lambda s: edited_since(s, read_parts(s, papers.report), signed, given))
    c.run(
        "clerk", correct_passage, papers.report, f"risk-{static}-consequence", "Families wait longer.", "A full stop", 1
    )
    assert papers.current("finance"), "a correction that its signer allowed stales nothing"
    add(papers, replace(STATIC, rating="high", consequence="Costs, as at Appendix A"), risk_id=static)
    assert (papers.current("legal"), papers.current("finance")) == (True, False)
    assert papers.covered("legal") == before
    ((what, old, new),) = c.read(lambda s: what_changed(read_parts(s, papers.report), papers.sign_off("finance")))
    assert (what, "very high" in old, "not decided: high" in new) == ("Risk", True, True)
    words = dict(c.read(lambda s: covered_words(read_parts(s, papers.report), papers.sign_off("finance"))))
    assert "Families" not in words["Risk"]
    assert "Risk 2, if this is not decided: high" in words["Risk"]
    later, c.now = c.now, c.now + timedelta(hours=1)
    stale = c.read(lambda s: s.get_one(ReportSignOff, signed.id))
    assert not c.read(lambda s: edited_since(s, read_parts(s, papers.report), stale, later))
    c.run("author", remove_risk, papers.report, static)
    assert c.read(lambda s: edited_since(s, read_parts(s, papers.report), stale, later))
    legal = papers.sign_off("legal")
    assert not c.read(lambda s: edited_since(s, read_parts(s, papers.report), legal, later))


def test_a_risk_is_frozen_numbered_compared_and_answers_its_heading_br44(papers: Papers, sign_in: SignIn) -> None:
    listed(papers)
    c = papers.council
    assert papers.section("risk").text == ""
    assert [f.code for f in c.read(lambda s: findings_of(s, read_parts(s, papers.report), c.now.date()))].count(
        "L06"
    ) == 0
    c.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    c.step("sponsor", papers.report, "submit")
    content = json.loads(c.read(lambda s: s.scalars(select(ReportEdition.content)).one()))
    text = next(x["text"] for x in content["sections"] if x["key"] == "risk")
    assert text.startswith("**Risk 1, if this is not decided: very high.** Outcomes remain static\n- What would follow")
    publish(papers)
    page = sign_in("ann").get(f"/reports/{papers.report}/preview?edition=1").get_data(as_text=True)
    assert 'id="p-6.2"' in page
    assert "<strong>Risk 2, if this is decided: low.</strong> Staff leave" in page
    c.write(lambda s: s.execute(update(Risk).where(Risk.position == 2).values(rating="high")))
    page = sign_in("author").get(f"/reports/{papers.report}/compare?before=1").get_data(as_text=True)
    assert "Risk 2, if this is decided" in page


def test_an_exempt_risk_and_one_under_an_exempt_heading_are_withheld_br44(papers: Papers, sign_in: SignIn) -> None:
    _, staff = listed(papers, secrecy="exempt", text="KANARIE", consequence="KANARIE", response="KANARIE")
    publish(papers)
    c, base = papers.council, f"/reports/{papers.report}"
    section = papers.section("risk")

    def shown() -> str:
        pages = [sign_in("olga").get(base + p).get_data(as_text=True) for p in ("", "/preview", "/risks")]
        told = c.read(lambda s: json.dumps(public_content(s, s.get_one(Case, papers.report))[0]))
        return "".join(pages) + str(told)

    assert view(papers, "ann").secret_parts == ("a risk",)
    other = view(papers, "olga")
    assert (other.withheld, [r.position for r in other.parts.risks]) == (("a risk",), [1])
    assert "KANARIE" not in shown()
    assert "Outcomes remain static" in shown()
    assert sign_in("olga").get(f"{base}/risks/{staff}").status_code == 404
    assert c.read(lambda s: secret_now(s, [papers.report])) == {papers.report: ("section:risk",)}
    parts = c.read(lambda s: list_secret_parts(s, s.get_one(Case, papers.report), read_parts(s, papers.report)))
    assert [(p.name, p.secrecy) for p in parts] == [("Marked paragraphs of “Risk”", "exempt")]
    # The heading itself: all of its risks go with it.
    c.write(lambda s: s.execute(update(Risk).values(secrecy="open")))
    c.write(lambda s: s.execute(update(type(section)).where(type(section).id == section.id).values(secrecy="exempt")))
    assert view(papers, "olga").parts.risks == []
    assert sign_in("olga").get(f"{base}/risks").status_code == 404
    assert not {"KANARIE", "Outcomes remain static"} & set(shown().split('"'))
    assert "KANARIE" not in shown()


def test_the_pages_of_risks_br44(papers: Papers, sign_in: SignIn) -> None:
    static, _ = listed(papers)
    c, base, client = papers.council, f"/reports/{papers.report}", sign_in("author")
    page = html.unescape(client.get(base).get_data(as_text=True))
    assert ("Risks, one by one" in page, "2 listed" in page, "what is risked" in page) == (True, True, False)
    c.run("author", remove_risk, papers.report, static)
    page = client.get(base).get_data(as_text=True)
    assert "The paper does not say what is risked if this is not decided." in page
    assert f'href="{base}/risks"' in page
    c.run("author", edit_section, papers.report, papers.section("risk").id, "None, because it is small.", 1)
    assert "what is risked" not in client.get(base).get_data(as_text=True)
    values = hidden(client, f"{base}/risks/new")
    empty = client.post(f"{base}/risks/new", data=values | {"text": "", "response": "We will see"})
    page = empty.get_data(as_text=True)
    assert empty.status_code == 422
    assert ("Enter what could happen" in page, "We will see</textarea>" in page) == (True, True)
    typed = {"text": "A gap", "arises": "decided", "rating": "high", "consequence": "A queue", "secrecy": "open"}
    assert client.post(f"{base}/risks/new", data=values | typed).status_code == 303
    (_, made) = [r.id for r in c.read(lambda s: read_parts(s, papers.report).risks)]
    values = hidden(client, f"{base}/risks/{made}")
    add(papers, STAFF, risk_id=made)
    late = client.post(f"{base}/risks/{made}", data=values | typed | {"text": "A wide gap"})
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert ("Staff leave" in page, "A wide gap</textarea>" in page, 'name="version" value="2"' in page) == (True,) * 3
    form = {"csrf_token": values["csrf_token"], "to": "1"}
    assert client.post(f"{base}/risks/{made}/move", data=form | {"idempotency_key": "a"}).status_code == 303
    assert client.post(f"{base}/risks/{made}/move", data=form | {"to": "x", "idempotency_key": "b"}).status_code == 422
    assert client.post(f"{base}/risks/{made}/remove", data=form | {"idempotency_key": "c"}).status_code == 303
    assert rows(papers) == [(1, "Staff leave", "low")]
