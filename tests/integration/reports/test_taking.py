"""A team's queue: one of the team takes a sign-off, passes it on or gives it back; on both engines."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.casework.inbox import list_tasks, list_waiting_on_others
from commissioning.models.cases import Event, Message, Task
from commissioning.models.people import Person, PostHolding
from commissioning.reports.queue import sign_off_queue
from commissioning.reports.taking import give_back_left, take_sign_off
from tests.integration.reports.test_pages import SignIn, hidden, sign_in
from tests.integration.reports.world import Papers

__all__ = ["sign_in"]


def inbox(papers: Papers, who: str) -> list[str]:
    """The steps that wait for somebody."""
    c = papers.council
    return [t.step for t in c.read(lambda s: list_tasks(s, c.actor(who, s), 10, now=c.now))]


def waited_for(papers: Papers) -> set[str]:
    """For whom the author waits."""
    c = papers.council
    return {t.holder for t in c.read(lambda s: list_waiting_on_others(s, c.actor("author", s), 10, now=c.now))}


def give(papers: Papers, by: str, to: str | None, post: str = "legal") -> None:
    """Let somebody of the team do it, or anybody."""
    c = papers.council
    c.run(by, take_sign_off, papers.report, papers.sign_off(post).id, c.people[to] if to else None)


def test_taken_passed_on_and_given_back(papers: Papers) -> None:
    papers.out()
    c = papers.council
    assert (inbox(papers, "lena"), inbox(papers, "lou")) == (["sign_off"], ["sign_off"])
    give(papers, "lena", "lena")
    assert (inbox(papers, "lena"), inbox(papers, "lou")) == (["sign_off"], [])
    assert waited_for(papers) == {"Lena", "Finance"}
    assert [q.taken_by for q in c.read(lambda s: sign_off_queue(s, c.actor("lou", s), c.now))] == ["Lena"]
    give(papers, "lena", "lou")
    assert (inbox(papers, "lena"), inbox(papers, "lou")) == ([], ["sign_off"])
    told = c.read(lambda s: s.scalars(select(Message.person_id).where(Message.about == "sign_off_passed_on")).all())
    assert set(told) == {c.people["lou"]}
    give(papers, "lou", None)
    assert (inbox(papers, "lena"), waited_for(papers)) == (["sign_off"], {"Legal", "Finance"})
    give(papers, "lena", "lena")
    papers.sign("lou", "legal")  # it bars nobody of the team
    assert papers.sign_off("legal").outcome == "cleared"
    assert inbox(papers, "lena") == []
    names = c.read(lambda s: s.scalars(select(Event.name).where(Event.name == "report.sign_off_taken")).all())
    assert len(names) == 4


def test_only_the_team_takes_what_is_asked_of_it(papers: Papers) -> None:
    papers.out()
    c = papers.council
    for who in ("fin", "author", "sponsor", "clerk"):
        with pytest.raises(Forbidden):
            give(papers, who, "lena")
    with pytest.raises(Invalid, match="of the team"):
        give(papers, "lena", "fin")
    papers.deputy("lou", of="author")
    papers.write("background", "Written by Lou for the author.", who="lou")
    with pytest.raises(Invalid, match="have a part"):
        give(papers, "lena", "lou")
    with pytest.raises(Forbidden):
        give(papers, "lou", "lena")
    papers.sign("lena", "legal")
    with pytest.raises(NotNow, match="Nothing is asked"):
        give(papers, "lena", "lena")
    other, mine = papers.report, papers.sign_off("legal").id
    papers.draft()
    with pytest.raises((NotFound, Forbidden)):
        c.run("lena", take_sign_off, papers.report, mine, c.people["lena"])
    assert other != papers.report


@pytest.mark.parametrize("leaves", ["the team", "the service"])
def test_what_somebody_took_who_left_is_the_teams_again(papers: Papers, leaves: str) -> None:
    papers.out()
    c = papers.council
    give(papers, "lena", "lena")
    give(papers, "fin", "fin", "finance")
    gone = {"person_id": c.people["lena"]}
    if leaves == "the team":
        c.write(lambda s: s.execute(update(PostHolding).filter_by(**gone).values(to_on=date(2026, 9, 30))) and None)
    else:
        c.write(lambda s: s.execute(update(Person).filter_by(id=c.people["lena"]).values(is_active=False)) and None)
    assert c.write(lambda s: give_back_left(s, c.now)) == 1
    assert c.write(lambda s: give_back_left(s, c.now)) == 0
    assert inbox(papers, "lou") == ["sign_off"]
    taken = c.read(lambda s: s.scalars(select(Task.taken_by_id).where(Task.taken_by_id.is_not(None))).all())
    assert taken == [c.people["fin"]]


def test_by_the_page(papers: Papers, sign_in: SignIn) -> None:
    papers.out()
    lena, fin = sign_in("lena"), sign_in("fin")
    legal, finance = (str(papers.sign_off(post).id) for post in ("legal", "finance"))
    page = f"/reports/{papers.report}/sign-offs/{legal}"
    assert "Nobody of your team has taken it yet" in lena.get(page).text
    form = hidden(lena, page)
    assert lena.post(f"{page}/take", data=form | {"taker": "0"}).status_code == 422
    done = lena.post(f"{page}/take", data=form | {"taker": str(papers.council.people["lou"])}, follow_redirects=True)
    assert "It waits for Lou now." in done.text
    assert "Taken by Lou" in done.text
    assert "Taken by Lou" in sign_in("lou").get("/sign-offs").text
    again = hidden(lena, page)
    assert lena.post(f"{page}/take", data=again | {"taker": "anybody"}, follow_redirects=True).status_code == 200
    assert "Taken by" not in lena.get(page).text
    assert (
        fin.post(f"{page}/take", data=hidden(fin, page.replace(legal, finance)) | {"taker": "anybody"}).status_code
        == 409
    )
    assert sign_in("olga").post(f"{page}/take", data={}).status_code in {400, 404}
