"""The library: items of every type, what goes out of date, what an item goes with and who sees that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.library import commands
from commissioning.library.commands import ItemInput
from commissioning.library.queries import Filters, list_items
from commissioning.library.reminding import remind_of_items
from commissioning.models.library import LibraryItem, LibraryLink
from commissioning.reminders.forecast import list_foreseen
from tests.support.council import NOW
from tests.support.cycles import Shire
from tests.support.pages import Site, two_windows

TODAY = NOW.date()
FACT = ItemInput(
    "fact", "Share of children’s services", "Schools included.", "Local Government Association", date(2014, 10, 1),
    figure="Over 30 per cent of a council’s budget",
)  # fmt: skip
POLICY = ItemInput(
    "policy", "Guidance on Children’s Trusts", link="https://example.org/guidance", is_consulted=True,
    expected_on=TODAY + timedelta(days=10), services="All children’s services", impact="The board’s make-up may change",
)  # fmt: skip


def listed(shire: Shire, **narrowed: Any) -> dict[str, str]:
    """Titles of a list with why each is out of date."""
    rows = shire.read(lambda s: list_items(s, shire.now.date(), Filters(**narrowed))[0])
    return {row.item.title: row.stale for row in rows}


def test_items_are_recorded_changed_archived_and_brought_back_with_their_history(shire: Shire, site: Site) -> None:
    """LG-28, LG-29, LG-30, NY-13, NY-39: each type has its own facts; what was changed or archived stays readable."""
    carla = site.visitor("carla")
    refused = carla.fill("/library/new/fact", title="Share", source_on=date(2027, 1, 1))
    assert refused.status == 422
    assert "Enter the figure, in words" in refused.text
    assert dict(refused.form("figure").values)["title"] == "Share"
    made = carla.fill(
        "/library/new/policy",
        title="Guidance on Trusts",
        is_consulted="yes",
        services="Families",
        link="javascript:alert(1)",
    )
    assert made.status == 422
    assert "begins with http:// or https://" in made.text
    made = carla.send(made, "/library/new/policy", made.form("title"), link="https://example.org/a?b=1")
    assert made.status == 303
    page = carla.get(made.location)
    assert "Still under consultation" in page.text
    assert "At example.org: https://example.org/a?b=1" in page.text
    item = int(made.location.rpartition("/")[2])
    two = [carla.get(f"/library/{item}/edit") for _ in range(2)]
    path = f"/library/{item}/edit"
    assert carla.send(two[0], path, two[0].form("title"), title="Guidance, second draft").status == 303
    clash = carla.send(two[1], path, two[1].form("title"), title="Mine")
    assert (clash.status, "“Guidance, second draft” is what is saved now" in clash.text) == (409, True)
    again = carla.send(clash, path, clash.form("title"), title="Guidance, second draft")
    assert again.status == 303, "who has seen both versions can save theirs on top"
    clash = two_windows(carla, path, {"impact": "Two\nlines", "is_consulted": []}, title="Mine")
    assert "Saved now Two lines Yours, not saved yet" in clash.text
    assert "Consultation: nothing is saved here now" in clash.text
    assert carla.fill(path, is_consulted="yes", impact="").status == 303
    found = site.visitor("stranger").get("/search?q=guidances+%22second+draft%22&kind=library")
    assert f'href="/library/{item}"' in found.html, "in any form of its words"
    assert "1 result for" in carla.get("/search?q=guidance").text
    assert f'href="/library/{item}"' not in carla.get("/search?q=guidance&kind=report").html
    assert carla.fill(f"/library/{item}/archive", reason="It was never issued").status == 303
    assert f'href="/library/{item}"' not in carla.get("/search?q=guidance").html, "out of use"
    page = carla.get(f"/library/{item}")
    assert "Title, before: Guidance on Trusts" in page.text
    assert "Reason: It was never issued" in page.text
    assert carla.get("/library").text.count("Guidance, second draft") == 0
    assert "Guidance, second draft" in carla.get("/library?standing=archived&q=SECOND").text
    with pytest.raises(NotNow):
        shire.run("carla", commands.save_item, item, POLICY)
    back = next(f for f in page.forms if f.action.endswith("/restore"))
    assert carla.send(page, "", back).status == 303
    assert '"Policy watch' not in carla.get("/library.csv").html
    assert 'Policy watch,"Guidance, second draft"' in carla.get("/library.csv?kind=policy").html
    assert "Guidance" not in carla.get("/library.csv?kind=needs").html


def test_what_is_typed_is_checked_and_who_may_not_write_reads_alone(shire: Shire, site: Site) -> None:
    for link in (
        "ftp://example.org",
        "https://",
        "https://a b",
        "https://user:pw@example.org",
        "//example.org",
        "https://x:y",
    ):
        assert commands.wrong_link(link), link
    assert not commands.wrong_link("http://www.example.org:8080/a?b#c")
    for wrong, name in ((ItemInput("link", "LG Inform"), "link"), (ItemInput("fact", "x", source="y"), "source_on"),
                        (ItemInput("needs", " "), "title"), (ItemInput("gossip", "x"), "kind")):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            shire.run("carla", commands.save_item, None, wrong)
        assert name in refused.value.errors
    needs = ItemInput("needs", "Needs", figure="9", services="x")
    kept, again = (shire.run("carla", commands.save_item, None, needs, key="k" * 20) for _ in range(2))
    assert kept == again
    row = shire.read(lambda s: s.get_one(LibraryItem, kept))
    assert (row.figure, row.services) == ("", "")
    with pytest.raises(Stale):
        shire.run("carla", commands.save_item, kept, ItemInput("needs", "Other"), seen=7)
    with pytest.raises(Forbidden):
        shire.run("stranger", commands.save_item, None, FACT)
    reader = site.visitor("stranger")
    page = reader.get(f"/library/{kept}")
    assert page.status == 200
    assert "What you can do" not in page.text
    assert {reader.get(p).status for p in ("/library/new", "/library/new/fact", f"/library/{kept}/edit")} == {404}


def test_what_nobody_looked_at_and_a_policy_past_its_day_are_out_of_date(shire: Shire) -> None:
    """NY-39: a policy watch past its expected date; an item that nobody looked at for a year (a setting)."""
    ids = {new.title: shire.run("carla", commands.save_item, None, new) for new in (FACT, POLICY)}
    assert set(listed(shire).values()) == {""}
    shire.now = NOW + timedelta(days=11)
    assert listed(shire, standing="stale") == {POLICY.title: "Past its expected date"}
    shire.now = NOW + timedelta(days=366)
    assert set(listed(shire, standing="stale")) == {FACT.title, POLICY.title}
    shire.run("carla", commands.look_at_item, ids[FACT.title])
    assert set(listed(shire, standing="stale")) == {POLICY.title}


def test_an_item_goes_with_things_and_reveals_none_that_the_reader_may_not_see(shire: Shire, site: Site) -> None:
    """NY-13: evidence of an output, of a cycle, of a board; a hidden cycle stays hidden on the item's page."""
    item = shire.run("carla", commands.save_item, None, FACT)
    cycle = shire.cycle("Canary breaks")
    shire.step("lena", cycle, "start_assess")
    output = shire.outputs(cycle, "assess")[0][1].id
    lena = site.visitor("lena")
    for thing, place in ((output, f"/cycles/outputs/{output}"), (cycle, f"/cycles/{cycle}")):
        assert lena.fill(f"/cases/{thing}/library", item_id=str(item)).status == 303
        assert FACT.title in lena.get(place).text
    assert "for Scope and remit" in lena.get(f"/cycles/{cycle}").text
    twice = lena.fill(f"/cases/{cycle}/library", item_id=str(item))
    assert twice.status == 422
    assert "goes with it already" in twice.text
    shire.run("clerk", commands.cite_item, shire.board, item)
    assert "Over 30 per cent" in site.visitor("stranger").get(f"/boards/{shire.board}").text
    seen, hidden = site.visitor("carla").get(f"/library/{item}"), site.visitor("stranger").get(f"/library/{item}")
    assert "Canary breaks" in seen.text
    assert "Canary" not in hidden.html
    assert "Children’s Trust Board" in hidden.text
    assert site.visitor("stranger").get(f"/cases/{cycle}/library").status == 404
    assert site.visitor("olaf").get(f"/cases/{shire.board}/library").status == 404
    with pytest.raises(NotFound):
        shire.run("stranger", commands.cite_item, cycle, item)
    with pytest.raises(Forbidden):
        shire.run("dora", commands.cite_item, shire.plan, item)
    page = lena.get(f"/cases/{cycle}/library")
    assert lena.send(page, "", next(f for f in page.forms if f.button.startswith("Take out"))).status == 303
    left = set(shire.read(lambda s: s.scalars(select(LibraryLink.case_id).where(LibraryLink.item_id == item)).all()))
    assert left == {output, shire.board}
    assert shire.events(cycle)[-2:] == ["library.cited", "library.uncited"]


def _watched_days_are_reminded_of(shire: Shire, site: Site) -> None:
    """BR-49: who keeps the library is told before the day of a judgement and on it, once; nobody else is."""
    morning = NOW.replace(hour=9)
    days = (TODAY, TODAY + timedelta(days=40))
    found = shire.read(lambda s: list_foreseen(s, shire.actor("carla", s), *days, shire.now))
    ahead = [f.on for f in found if f.rule.startswith("library") for _ in f.people]
    told = [shire.write(lambda s, at=at: remind_of_items(s, at)) for at in (
        morning.replace(hour=3), morning, morning, morning + timedelta(days=2), morning + timedelta(days=4),
        morning + timedelta(days=40),
    )]  # fmt: skip
    keepers = told[1] // 2
    assert told == [0, 2 * keepers, 0, 0, keepers, 0], "today’s and the coming one; then the coming one at five days"
    last = max(ahead)
    coming = {day: ahead.count(day) for day in ahead if day != last}
    assert coming == {TODAY: told[1], TODAY + timedelta(days=4): told[4]}, "as it was foreseen"
    assert ahead.count(last) == keepers, f"and on the day itself: {last}"
    messages = site.visitor("carla").get("/reminders")
    assert f"Judged again on {TODAY:%-d %B %Y}: Timeliness" in messages.text
    assert "Judgement wanted: Good" in messages.text
    assert "/library/" in messages.html
    assert "Judged again" not in site.visitor("stranger").get("/reminders").text


def test_types_have_facts_of_their_own_and_days_that_are_watched(shire: Shire, site: Site) -> None:
    """NY-11: a handbook by version with its sources; NY-14: what outside blocks a training module, and why; NY-32:
    cost, performance, standards and practice compared, and what follows; LG-04: benchmarks of cost, quality, outcomes;
    LG-05: how another council does it, with its source; LG-06: what each agency is best placed to provide; BR-49:
    recommendations with the day of the next judgement; BR-51: a conflict check with another programme; LI-32: with
    whom a lesson is shared, and what it changed."""
    carla = site.visitor("carla")
    given = {"title": "Duty team", "own.cost": "A tenth dearer", "own.performance": "Alike", "own.standards": "Good"}
    page = carla.fill("/library/new/value", **given)
    assert page.status == 422
    assert "Enter practice" in page.text
    assert "Enter what follows" in page.text
    made = carla.send(
        page, "/library/new/value", page.form("own.cost"), **{"own.practice": "x", "own.follows": "joint"}
    )
    text = carla.get(str(made.location)).text
    assert "Cost A tenth dearer Performance Alike Standards Good Practice x" in text
    assert "What follows A candidate for joint commissioning" in text
    assert "candidate for joint commissioning" in carla.get("/library?kind=value").text
    practice = ItemInput("practice", "One key worker for a family", source="Another council", source_on=TODAY)
    shire.run("carla", commands.save_item, None, practice)
    told = carla.get("/library?kind=practice").text
    assert "One key worker for a family" in told
    assert "Another council" in told
    for kind, wrong, name in (
        ("handbook", {}, "own.edition"), ("programme", {"compared_by": "Leo", "conflict": "perhaps"}, "own.conflict"),
        ("inspection", {"judgement": "Satisfactory"}, "expected_on"), ("agency", {"provides": "x"}, "own.best_placed"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            shire.run("carla", commands.save_item, None, ItemInput(kind, "x", own=wrong))
        assert name in refused.value.errors
    own = {"judgement": "Satisfactory", "wanted": "Good", "edition": "not of this type"}
    new = ItemInput("inspection", "Timeliness", "", "Joint area review", expected_on=TODAY, own=own)
    item = shire.run("carla", commands.save_item, None, new)
    assert set(shire.read(lambda s: s.get_one(LibraryItem, item)).own) == {"judgement", "wanted"}
    book = ItemInput("handbook", "Handbook", source="Two councils", own={"edition": "0.3", "standing": "draft"})
    blocked = {"waits_for": "The toolkit", "blocked": "Over-subscribed"}
    training = ItemInput("training", "Module", expected_on=TODAY + timedelta(days=9), own=blocked)
    book_id, _ = (shire.run("carla", commands.save_item, None, i) for i in (book, training))
    carla.fill(f"/library/{book_id}/edit", **{"own.edition": "0.4", "own.standing": "in_use"})
    text = carla.get(f"/library/{book_id}").text
    assert "Version 0.4 How far it is In use Source Two councils" in text
    assert "Version, before: 0.3" in text
    assert "Why it cannot go on: Over-subscribed" in carla.get("/library.csv?kind=training").html
    _watched_days_are_reminded_of(shire, site)
    shire.now = NOW + timedelta(days=1)
    assert listed(shire, standing="stale") == {"Timeliness": "Past its date"}
    lesson = ItemInput("learning", "Trial", own={"shared_with": "Other trial authorities", "influence": "Guidance"})
    figure = ItemInput("benchmark", "Placements", own={"compares": "cost", "ours": "£600", "theirs": "£585"})
    ids, carla = [shire.run("carla", commands.save_item, None, i) for i in (lesson, figure)], site.visitor("carla")
    assert "Shared with Other trial authorities What it changed Guidance" in carla.get(f"/library/{ids[0]}").text
    assert "What it compares Cost Ours £600 Theirs £585" in carla.get(f"/library/{ids[1]}").text
