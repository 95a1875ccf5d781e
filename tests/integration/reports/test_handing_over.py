"""One page lists all that a person holds and hands it over (product.md, "Rules that hold"); on both engines."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.actions.commands import ActionInput, create_action
from commissioning.admin.commands import disable_person
from commissioning.admin.handing import hand_over
from commissioning.admin.held import Held, held_by
from commissioning.audit_verify import snapshot, verify
from commissioning.casework.errors import Forbidden, Invalid
from commissioning.casework.inbox import list_tasks
from commissioning.models.bodies import Action
from commissioning.models.cases import CaseRole, Event
from commissioning.models.people import Deputy, PostHolding
from commissioning.models.reports import SignOffQuestion
from commissioning.reports.commands import name_contributor
from commissioning.reports.sign_offs import ask_question
from tests.integration.reports.test_pages import SignIn, sign_in
from tests.integration.reports.world import Papers

__all__ = ["sign_in"]
WHY = "Leaves the council on Friday"


def hand(papers: Papers, giver: str, taker: str, who: str = "admin", reason: str = WHY) -> int:
    """Hand everything over."""
    c = papers.council
    return int(c.run(who, hand_over, c.people[giver], c.people[taker], reason))


def held(papers: Papers, name: str, reader: str = "") -> Held:
    """What somebody holds, as they see it themselves or as somebody else does."""
    c = papers.council
    found: Held = c.read(lambda s: held_by(s, c.actor(reader or name, s), c.people[name], c.now))
    return found


def roles(papers: Papers, name: str, case_id: int | None = None) -> list[str]:
    """What somebody is in a case."""
    query = select(CaseRole.role).where(
        CaseRole.case_id == (case_id or papers.report), CaseRole.person_id == papers.council.people[name]
    )
    return sorted(papers.council.read(lambda s: s.scalars(query).all()))


def action_of(papers: Papers, owner: str) -> int:
    """An action of the board with an owner."""
    given = ActionInput("Write to the schools", papers.council.people[owner], date(2026, 12, 1))
    return int(papers.council.run("clerk", create_action, papers.body, given))


def test_the_page_lists_everything(papers: Papers) -> None:
    papers.out()
    papers.deputy("author", "sponsor")
    action = action_of(papers, "author")
    mine = held(papers, "author")
    assert [(p.case_id, p.words) for p in sorted(mine.parts, key=lambda p: p.kind)] == [
        (action, "Owner"),
        (papers.report, "Author"),
    ]
    assert [d.person.name for d in mine.acts_for] == ["Sponsor"]
    legal = held(papers, "lena")
    assert [(t.words, t.by_post) for t in legal.tasks] == [("Sign off", "Legal")]
    assert [h.post.name for h in legal.holdings] == ["Legal"]


def test_parts_tasks_actions_and_questions_move_in_one_step(papers: Papers) -> None:
    papers.out()
    action = action_of(papers, "author")
    c = papers.council
    c.run("fin", ask_question, papers.report, papers.sign_off("finance").id, c.people["author"], "How much?")
    c.step("author", papers.report, "take_back", reason="Another table")
    assert hand(papers, "author", "olga") == 2
    assert (roles(papers, "olga"), roles(papers, "author")) == (["author"], ["past_writer"])
    assert (roles(papers, "olga", action), roles(papers, "author", action)) == (["owner"], ["past_owner"])
    assert c.read(lambda s: s.get_one(Action, action).owner_id) == c.people["olga"]
    asked = c.read(lambda s: s.scalars(select(SignOffQuestion.asked_of_id)).one())
    assert asked == c.people["olga"]
    tasks = c.read(lambda s: list_tasks(s, c.actor("olga", s), 10, now=c.now))
    assert "request_clearance" in {t.step for t in tasks}
    assert c.read(lambda s: list_tasks(s, c.actor("author", s), 10, now=c.now)) == []
    c.step("olga", papers.report, "request_clearance")


def test_each_case_says_so_with_the_reason(papers: Papers) -> None:
    papers.draft()
    hand(papers, "author", "olga")
    query = select(Event).where(Event.name == "case.handed_over", Event.case_id == papers.report)
    event = papers.council.read(lambda s: s.scalars(query).one())
    body = json.loads(event.body)
    assert (body["from"], body["to"], body["reason"]) == ("Author", "Olga", WHY)
    person = f"person:{papers.council.people['author']}"
    names = papers.council.read(lambda s: s.scalars(select(Event.name).where(Event.chain == person)).all())
    assert names == ["person.handed_over"]
    with snapshot(papers.council.engine) as session:
        assert verify(session).is_whole


def test_posts_and_deputyships_go_along_from_today(papers: Papers) -> None:
    papers.out()
    papers.deputy("lena", "director")
    c = papers.council
    assert hand(papers, "lena", "olga") == 2
    posts = select(PostHolding.person_id, PostHolding.from_on, PostHolding.to_on).where(
        PostHolding.post_id == c.posts["legal"], PostHolding.person_id.in_([c.people["lena"], c.people["olga"]])
    )
    rows = {r.person_id: (r.from_on, r.to_on) for r in c.read(lambda s: s.execute(posts).all())}
    assert rows[c.people["lena"]] == (date(2026, 1, 1), date(2026, 9, 30))
    assert rows[c.people["olga"]] == (date(2026, 10, 1), None)
    acts = c.read(lambda s: s.scalars(select(Deputy).where(Deputy.to_on >= c.now.date())).all())
    assert [(d.person_id, d.deputy_id) for d in acts] == [(c.people["director"], c.people["olga"])]
    papers.sign("olga", "legal")


def test_whoever_wrote_stays_barred_after_handing_it_over(papers: Papers) -> None:
    papers.draft()
    hand(papers, "author", "olga")
    hand(papers, "lena", "author")
    papers.council.step("olga", papers.report, "request_clearance")
    with pytest.raises(Forbidden) as refused:
        papers.sign("author", "legal")
    assert "an earlier writer" in refused.value.reasons[0].text


CONFLICTS = [
    ("author", "sponsor", "sponsors it and would write in it"),
    ("sponsor", "author", "wrote it and would sponsor it"),
    ("sponsor", "lena", "would sponsor it and be in a team that signs it off"),
    ("author", "fin", "the only one left in Finance"),
    ("fin", "author", "the only one left in Finance"),
    ("fin", "sponsor", "would sponsor it and be in a team"),
]


@pytest.mark.parametrize(("giver", "taker", "why"), CONFLICTS)
def test_it_is_refused_where_separation_of_duties_would_be_broken(
    papers: Papers, giver: str, taker: str, why: str
) -> None:
    papers.out()
    before = held(papers, giver)
    with pytest.raises(Invalid) as refused:
        hand(papers, giver, taker)
    assert why in refused.value.errors["to"]
    after = held(papers, giver)
    assert (after.parts, len(after.holdings)) == (before.parts, len(before.holdings))


def test_the_case_is_named_to_who_may_know_it(papers: Papers) -> None:
    papers.out()
    with pytest.raises(Invalid) as by_administrator:
        hand(papers, "author", "sponsor")
    assert "something outside your access" in by_administrator.value.errors["to"]
    assert "Short breaks" not in by_administrator.value.errors["to"]
    with pytest.raises(Invalid) as by_oneself:
        hand(papers, "author", "sponsor", who="author")
    assert "Short breaks" in by_oneself.value.errors["to"]


def test_who_has_signed_does_not_become_its_author(papers: Papers) -> None:
    papers.cleared()
    with pytest.raises(Invalid) as refused:
        hand(papers, "author", "lena")
    assert "has signed it off" in refused.value.errors["to"]


def test_a_contributor_who_becomes_the_author(papers: Papers) -> None:
    papers.draft()
    c = papers.council
    c.run("author", name_contributor, papers.report, c.people["olga"])
    hand(papers, "author", "olga")
    assert roles(papers, "olga") == ["author"]


def test_oneself_hands_over_parts_but_no_rights(papers: Papers) -> None:
    papers.out()
    papers.council.write(
        lambda s: s.add(
            PostHolding(
                post_id=papers.council.posts["equalities"],
                person_id=papers.council.people["author"],
                from_on=date(2026, 1, 1),
            )
        )
    )
    assert hand(papers, "author", "olga", who="author") == 1
    assert [h.post.name for h in held(papers, "author").holdings] == ["Equalities"]


def test_who_may(papers: Papers) -> None:
    papers.draft()
    for who in ("olga", "clerk", "sponsor"):
        with pytest.raises(Forbidden):
            hand(papers, "author", "olga", who=who)
    with pytest.raises(Invalid) as refused:
        hand(papers, "lena", "admin")
    assert "Nobody gives things to themselves" in refused.value.errors["to"]
    with pytest.raises(Invalid):
        hand(papers, "author", "olga", reason=" ")
    with pytest.raises(Invalid):
        hand(papers, "author", "author")


def test_a_form_sent_twice_hands_over_once(papers: Papers) -> None:
    papers.draft()
    c = papers.council
    given = (c.people["author"], c.people["olga"], WHY)
    assert c.run("admin", hand_over, *given, key="k-1") == 1
    assert c.run("admin", hand_over, *given, key="k-1") == 0


def test_what_a_disabled_person_holds_can_be_handed_over(papers: Papers) -> None:
    papers.draft()
    papers.council.run("admin", disable_person, papers.council.people["author"])
    assert hand(papers, "author", "olga") == 1
    with pytest.raises(Invalid):
        hand(papers, "olga", "author")


def test_the_pages(papers: Papers, sign_in: SignIn) -> None:
    papers.out()
    admin, author = sign_in("admin"), sign_in("author")
    number = papers.council.people["author"]
    page = admin.get(f"/admin/people/{number}/held").get_data(as_text=True)
    assert "Report outside your access" in page
    assert "Short breaks" not in page
    own = author.get("/account/held").get_data(as_text=True)
    assert "Short breaks" in own
    assert author.get(f"/admin/people/{number}/held").status_code == 404
    values = _hidden(page) | {"to": str(papers.council.people["olga"]), "reason": ""}
    assert admin.post(f"/admin/people/{number}/held", data=values).status_code == 422
    person = admin.get(f"/admin/people/{number}").get_data(as_text=True)
    assert person.count(f"/admin/people/{number}/held") == 2
    answer = admin.post(f"/admin/people/{number}/disable", data=_hidden(person))
    assert answer.headers["Location"].endswith(f"/admin/people/{number}/held")
    assert admin.post(f"/admin/people/{number}/held", data=values | {"reason": WHY}).status_code == 303
    assert roles(papers, "olga") == ["author"]


def _hidden(page: str) -> dict[str, Any]:
    def value(name: str) -> str:
        return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]

    return {n: value(n) for n in ("csrf_token", "idempotency_key")}
