"""The access matrix: every page, asked by everybody, about every paper and everything that belongs to a unit.

What is expected comes from `expected`, written from the rules. Canary words are looked for in every byte of every
answer: what somebody may not know must not be in pages, lists, counts, search, exports, messages or the API.
"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text, true

from commissioning import visibility
from commissioning.db import reading
from tests.access.expected import (
    ABOVE_UNITS,
    EVERYBODY,
    INSIDERS,
    LEADERS,
    PAPER_PEOPLE,
    UNIT_PEOPLE,
    may_know,
    may_read_word,
    may_see_thing,
)
from tests.access.paths import Path
from tests.access.site import Site, said_in

SHARE = {"sqlite": 1, "postgresql": 24}
"""Every page is read on SQLite, one of 24 on PostgreSQL; `test_rules` asks all predicates on both."""
EVERYTHING = ("hugo", "officer")
"""Who read every page of theirs; the others every tenth one, each beginning at another."""
KNOWS_MUCH = 6
"""Those from whom little is kept read every sixth page of that."""
PAGES = {
    "unit": "/units/{}",
    "newcomer": "/units/{}",
    "specification": "/specifications/{}",
    "return": "/returns/{}",
    "virement": "/virements/{}",
    "monitoring_meeting": "/monitoring-meetings/{}",
    "setup_step": "/units/set-up/{}",
    "duplication": "/duplications/{}",
    "year": "/money/{}",
    "plan_draft": "/plans/{}",
    "cycle_draft": "/cycles/{}",
    "cycle": "/cycles/{}",
    "output_given": "/cycles/outputs/{}",
    "output_kept": "/cycles/outputs/{}",
    "output_draft": "/cycles/outputs/{}",
    "partner_return": "/partner-returns/{}",
}
SIGNED_IN = sorted(set(EVERYBODY) - {"nobody"})


def _own_share(site: Site, who: str, found: list[Path]) -> list[str]:
    """The pages that somebody reads here. Who is of the units reads those of papers less often, and the reverse; shares
    begin at different places, so that together they read everything."""
    every = SHARE[site.dialect] * (1 if who in EVERYTHING else 10)
    much = KNOWS_MUCH if who in INSIDERS | ABOVE_UNITS | LEADERS - {"director", "auditor"} else 1
    steps = {"all": every * much}
    steps["papers"] = every * (much if who in PAPER_PEOPLE else 20)
    steps["units"] = every * (much if who in UNIT_PEOPLE else 12)
    start = EVERYBODY.index(who)
    return [p.text for of, step in steps.items() for p in [q for q in found if q.of == of][start % step :: step]]


@pytest.mark.parametrize("who", PAPER_PEOPLE)
def test_a_paper_exists_for_those_who_may_know_it_and_for_nobody_else(site: Site, who: str) -> None:
    every = 1 if site.dialect == "sqlite" else 3
    for paper in site.world.papers[PAPER_PEOPLE.index(who) % every :: every]:
        answer = site.get(who, f"/reports/{paper.id}")
        wanted = may_know(who, paper.exposure, paper.secrecy, is_public_body=paper.is_public_body)
        facts = f"{who} {paper.exposure} {paper.secrecy} public={paper.is_public_body}: {answer.status_code}"
        if who == "nobody":
            assert answer.status_code == 303, facts
        else:
            assert answer.status_code == (200 if wanted else 404), facts


@pytest.mark.parametrize("who", SIGNED_IN)
def test_what_belongs_to_a_unit_exists_for_those_who_may_see_it_and_for_nobody_else(site: Site, who: str) -> None:
    """By its own page, and by its case, the API or the API's history in turn; on PostgreSQL every second thing by one
    of the four, as the predicates are asked of everybody on both engines by `test_rules`."""
    turn = SIGNED_IN.index(who)
    for (kind, number), ids in site.world.units.ids.items():
        if kind not in PAGES:
            continue
        wanted = may_see_thing(who, kind, number)
        for case_id in ids if site.dialect == "sqlite" else ids[:1]:
            history = 200 if wanted or who == "auditor" else 404
            at = [
                (PAGES[kind].format(case_id), 200 if wanted else 404),
                (f"/cases/{case_id}", 303 if wanted else 404),
                (f"/api/v1/cases/{case_id}", 200 if wanted else 404),
                (f"/api/v1/cases/{case_id}/events", history),
            ]
            turn += 1
            asked = [at[0], at[1 + turn % 3]] if site.dialect == "sqlite" else [at[turn % 4]] * (turn % 2)
            for path, status in asked:
                found = site.get(who, path).status_code
                assert found == status, f"{who} {kind} of {number}, {path}: {found}"


@pytest.mark.parametrize("who", SIGNED_IN)
def test_br_16_the_working_plan_is_the_units_alone(site: Site, who: str) -> None:
    for number in (1, 2):
        (unit,) = site.world.units.ids["unit", number]
        answer = site.get(who, f"/units/{unit}/plan")
        assert answer.status_code == (200 if may_read_word(who, "plan", number) else 404), f"{who} {number}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_p_19_minutes_are_read_and_taken_as_a_file_by_those_whose_they_are(site: Site, who: str) -> None:
    """The file is set for the chair alone here, which takes a second; to whom it is not given it is not there."""
    for whose in ("minutes_draft", "minutes_private"):
        (meeting,), (word,) = site.world.units.ids[whose, 0], site.world.units.words[whose, 0]
        is_theirs = may_read_word(who, whose, 0)
        assert (word in said_in(site.get(who, f"/meetings/{meeting}"))) == is_theirs, f"{who} {whose}"
        assert word not in said_in(site.get(who, f"/public/meetings/{meeting}/minutes")), f"{who} {whose}"
        if not is_theirs or (who == "chair" and site.dialect == "sqlite"):
            status = 200 if is_theirs else 303 if who == "nobody" else 404
            assert site.get(who, f"/meetings/{meeting}/minutes.pdf").status_code == status, f"{who} {whose}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_byte_of_any_answer_says_what_somebody_may_not_know(site: Site, who: str) -> None:
    """And the words that are theirs are found, by those who read every page: the pages are known to carry them."""
    words = site.world.forbidden_of_papers(who) + site.world.forbidden_of_units(who)
    forbidden = re.compile("|".join(map(re.escape, words)))  # asked once for all of them
    theirs = {w for (k, n), own in site.world.units.words.items() if may_read_word(who, k, n) for w in own}
    for path in _own_share(site, who, site.paths("GET")):
        answer = site.get(who, path)
        assert answer.status_code < 500, f"{who} {path}: {answer.status_code}"
        body = said_in(answer)
        leaked = forbidden.findall(body) if words else []
        assert not leaked, f"{who} {path}: {leaked}"
        theirs -= {w for w in theirs if w in body}
    if who == "hugo" and site.dialect == "sqlite":
        assert not theirs, f"{who} read every page and never saw {sorted(theirs)}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_search_finds_nothing_that_somebody_may_not_know(site: Site, who: str) -> None:
    start = EVERYBODY.index(who)
    step = 10 if site.dialect == "sqlite" else 30
    words = site.world.forbidden_of_papers(who)[start % step :: step]
    words += site.world.forbidden_of_units(who)[start % (step + 2) :: step + 2]
    for word in words:
        body = site.clients[who].get("/search", query_string={"q": word}).get_data(as_text=True)
        assert body.count(word) <= body.count(f'value="{word}"') + body.count(f"“{word}”") + 2, f"{who} {word}"
        main = body.split("<main", 1)[-1]
        assert not [p for p in ("/reports/", "/cases/", "/units/", "/returns/") if f'href="{p}' in main], (
            f"{who} {word}"
        )


@pytest.mark.parametrize("who", sorted(UNIT_PEOPLE))
def test_search_finds_the_outcomes_of_a_unit_for_who_may_see_them(site: Site, who: str) -> None:
    for number in (1, 2):
        spec = site.world.units.ids["specification", number][0]
        body = site.get(who, f"/search?q=zqsays{number}").get_data(as_text=True)
        assert (f'/cases/{spec}"' in body) == may_see_thing(who, "specification", number), f"{who} {number}"


@pytest.mark.parametrize("who", SIGNED_IN)
def test_the_lists_of_the_api_hold_nothing_that_somebody_may_not_know(site: Site, who: str) -> None:
    hidden = {
        i for (k, n), ids in site.world.units.ids.items() if k in PAGES and not may_see_thing(who, k, n) for i in ids
    }
    for kind in (
        "return",
        "specification",
        "virement",
        "monitoring_meeting",
        "setup_step",
        "duplication",
        "budget_year",
        "plan",
        "cycle",
        "cycle_output",
        "partner_return",
    ):
        page = site.get(who, f"/api/v1/cases?kind={kind}&per_page=100").json
        assert page["total"] <= 100, "the page holds all of them, so that nothing is hidden by its end"
        found = {item["id"] for item in page["items"]}
        assert not found & hidden, f"{who} {kind}"
        assert len(found) == page["total"], "the total counts nothing that is not shown"
    log = site.get(who, "/api/v1/events/export?format=ocel").get_data(as_text=True)
    assert who == "auditor" or not [i for i in hidden if f'"case:{i}' in log], f"{who}: the event log"
    tasks = {item["case_id"] for item in site.get(who, "/api/v1/tasks?per_page=100").json["items"]}
    assert not tasks & hidden, f"{who} is asked for what they may not see"


@pytest.mark.parametrize("who", SIGNED_IN)
def test_a_form_about_something_unknown_changes_nothing(site: Site, who: str) -> None:
    papers = site.world.papers
    hidden = {
        *(str(p.id) for p in papers if not may_know(who, p.exposure, p.secrecy, is_public_body=p.is_public_body)),
        *(
            str(i)
            for (k, n), ids in site.world.units.ids.items()
            if k in PAGES and not may_see_thing(who, k, n)
            for i in ids
        ),
    }
    before = site.events()
    for method in ("POST", "PATCH"):
        found = [p for p in site.paths(method) if p.ids & hidden]
        every = 5 * SHARE[site.dialect] if len(found) > 100 else SHARE[site.dialect]
        for path in found[EVERYBODY.index(who) % every :: every]:
            data = {"reason": "x", "text": "x", "title": "x", "working_plan": "x", "version": 1}
            answer = site.send(who, method, path.text, data)
            wanted = {400, 401, 403, 404, 405, 409, 422}
            assert answer.status_code in wanted, f"{who} {method} {path.text}: {answer.status_code}"
    assert site.events() == before


def test_messages_tell_nobody_what_they_may_not_know(site: Site) -> None:
    """Whatever stands in a message, its receiver may know."""
    names = {i: who for who, i in site.world.people.items()}
    with reading(site.world.council.engine) as session:
        told = session.execute(text("SELECT person_id, subject, text FROM messages")).all()
    assert len(told) > 20
    for person, subject, said in told:
        who = names[person]
        if who in EVERYBODY:
            words = site.world.forbidden_of_papers(who) + site.world.forbidden_of_units(who)
            assert not [w for w in words if w in subject + said], f"{who}: {subject}"


def test_the_matrix_is_large_enough_to_mean_something(site: Site) -> None:
    asked = [path for who in EVERYBODY for path in _own_share(site, who, site.paths("GET"))]
    assert len(asked) > {"sqlite": 2_000, "postgresql": 120}[site.dialect], len(asked)
    if site.dialect == "sqlite":
        assert set(asked) == {path.text for path in site.paths("GET")}, "every page is read by somebody"


def _forget_words() -> None:
    for kept in (visibility.visible, visibility.visible_any, visibility._whether_seen, visibility._seen_case):
        kept.cache_clear()


@pytest.mark.parametrize(
    ("kind", "who", "path", "word"),
    [
        ("report", "officer", "/reports/{}", "zqtitlepubdraftopen"),
        ("specification", "hugo", "/specifications/coverage", "zqsays1"),
        ("return", "hugo", "/returns/{}", "zqaprilrisk1"),
        ("virement", "bertha", "/virements/{}", "zqpurpose1"),
    ],
)
def test_control_a_leak_is_noticed(
    site: Site, monkeypatch: pytest.MonkeyPatch, kind: str, who: str, path: str, word: str
) -> None:
    """One check taken away, from outside: the matrix must see it."""
    monkeypatch.setitem(visibility.PREDICATES, kind, lambda _actor, _today: true())
    _forget_words()
    papers = [p.id for p in site.world.papers if p.exposure == "draft" and p.secrecy == "open"]
    case_id = papers[0] if kind == "report" else site.world.units.ids[kind, 1][0]
    body = site.get(who, path.format(case_id)).get_data(as_text=True)
    _forget_words()
    assert word in body
