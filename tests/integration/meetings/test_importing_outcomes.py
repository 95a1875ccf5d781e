"""Outcomes imported from another committee system: looked at first, all of a file or nothing, twice is harmless."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from commissioning.boards.commands import edit_rules
from commissioning.elsewhere.importing import Minutes, import_outcomes
from commissioning.models.bodies import Decision
from commissioning.models.cases import Case
from commissioning.money.imports import BadImport, Upload
from tests.integration.meetings.scenes import an_action, tick
from tests.support.council import Council
from tests.support.pages import Site, send_file, site_of

DAY, OUT = date(2026, 11, 3), date(2026, 11, 4)
SAID = {"published_on-day": "4", "published_on-month": "11", "published_on-year": "2026"}


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def made(council: Council) -> list[tuple[str, str, str, str]]:
    rows = council.read(lambda s: s.scalars(select(Decision).order_by(Decision.number)).all())
    return [(d.outcome, d.minute_reference, d.text, council.state(d.case_id)) for d in rows]


def test_outcomes_of_a_body_kept_elsewhere_are_imported_whole_or_not_at_all(site: Site) -> None:
    council, clerk = site.council, site.visitor("clerk")
    _scrutiny, body = council.body("Scrutiny", "committee"), council.body("Trust Board")
    meeting = council.meeting(body)
    action = an_action(council, body)
    first = council.report(meeting, [{"about_id": action, "about_step": "supersede"}, {"amount_pence": 500_000}])
    second = council.report(meeting, [{"ask": "choose", "options": ["North", "South"]}, {}, {}], title="Schools")
    drafted = council.report(meeting, [{}], state="drafting", title="Not cleared")
    one, two, three = (council.read(lambda s, i=i: s.get_one(Case, i).reference) for i in (first, second, drafted))
    at = f"/meetings/{meeting}/outcomes/import"
    assert clerk.get(at).status == 404  # its meetings are run here
    council.run("admin", edit_rules, body, {"kept_in": "Modern.Gov"})
    assert [site.visitor(who).get(at).status for who in ("author", "ann", "stranger")] == [404, 404, 404]
    template = clerk.client.get(f"{at}/template.csv").get_data(as_text=True)
    assert sorted(line.split(",")[:2] for line in template.splitlines()[1:]) == sorted(
        ([one, "1"], [one, "2"], [two, "1"], [two, "2"], [two, "3"])
    )
    head = "Paper,Recommendation,Outcome,Minute,Text as amended,Sum as amended,Options chosen,Referred to\n"
    good = head + (
        f"{one},1,Agreed,TB/41,,,,\n{one},2,agreed as AMENDED,TB/42,That half be bought,2500.00,,\n"
        f"{two.lower()},1,Agreed,TB/43,,,2,\n{two},2,Referred,TB/44,,,,Scrutiny\n{two},3,Deferred,TB/45,,,,\n"
    )
    page = send_file(clerk, at, good, **SAID)
    assert (page.status, "no outcomes before it" in page.text) == (422, True)
    council.at(date(2026, 11, 5))
    clerk = site.visitor("clerk")
    broken = head + (
        f"{one},1,Maybe,TB/41,,,,\n{one},2,Agreed as amended,,That recommendation 2 be agreed,,,\n"
        f"{one},9,Agreed,TB,,,,\n"
        f"{two},1,Agreed,TB/43,,,3,\n{two},1,Agreed,TB/43,,,1,\n{two},2,Referred,TB/44,,,,Nobody\n"
        f"{two},3,Rejected,TB/46,,,,\n{three},1,Agreed,TB/47,,,,\nRPT-0,1,Agreed,TB/48,=1+1,,,\n"
    )
    page = send_file(clerk, at, broken, **SAID)
    assert page.status == 422
    for said in (
        "“Maybe” is no outcome", "Minute reference is missing", "The paper has no recommendation 9",
        "There is no option “3”", "stands in row 5 already", "No body is called “Nobody”",
        "Reasons: Enter why it was rejected", "The paper is drafting", "has the reference “RPT-0”", "D (Minute)",
    ):  # fmt: skip
        assert said in page.text, said
    with pytest.raises(BadImport):
        council.run("clerk", import_outcomes, meeting, Minutes(OUT, Upload("o.csv", broken.encode())))
    assert made(council) == []

    looked = send_file(clerk, at, good, **SAID)
    assert f"{one} Short breaks, recommendation 2: agreed as amended, minute TB/42" in looked.text
    assert made(council) == []
    done = clerk.send(looked, f"{at}/confirm", looked.form("content"))
    page = clerk.get(done.location)
    assert "Recorded: 5 outcomes." in page.text
    assert "That half be bought" in page.text
    assert made(council) == [
        ("agreed", "TB/41", "That recommendation 1 be agreed", "call_in_open"),
        ("agreed_as_amended", "TB/42", "That half be bought", "call_in_open"),
        ("agreed", "TB/43", "That recommendation 1 be agreed", "call_in_open"),
        ("referred", "TB/44", "That recommendation 2 be agreed", "in_effect"),
        ("deferred", "TB/45", "That recommendation 3 be agreed", "in_effect"),
    ]
    council.now = datetime(2026, 11, 12, 0, 0, tzinfo=UTC)
    assert (tick(council), council.state(action)) == (3, "superseded")  # call-in counted from the day of publication

    events = council.events(first)
    same = council.run("clerk", import_outcomes, meeting, Minutes(OUT, Upload("again.csv", good.encode())))
    assert (same.new, same.same, council.events(first), len(made(council))) == ([], 5, events, 5)
    clerk = site.visitor("clerk")
    changed = good.replace("1,Agreed,TB/41", "1,Noted,TB/41")
    assert "decided already (agreed, minute TB/41)" in send_file(clerk, at, changed, **SAID).text
