"""One's own account: deputies, tokens, devices, second factor, and what the frame of a page shows."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from commissioning.accounts.browsers import begin_session, token_hash
from commissioning.accounts.commands import TOKEN_MARK
from commissioning.accounts.second_factor import opened
from commissioning.actors import load_actor
from commissioning.models.cases import Event, Message
from commissioning.models.people import ApiToken, Deputy, Person, SignInSession
from tests.integration.accounts.conftest import PASSWORD, START, Forms, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TODAY = date(2026, 3, 2)


def day(name: str, value: date) -> dict[str, Any]:
    return {f"{name}-day": value.day, f"{name}-month": value.month, f"{name}-year": value.year}


@pytest.fixture
def ann(world: World) -> Forms:
    """Ann, signed in, with Bo and Cy as colleagues."""
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    world.person("bo@x.uk")
    world.person("cy@x.uk")
    browser = world.client()
    browser.sign_in("ann@x.uk", SECRET)
    return browser


def person(world: World, name: str) -> int:
    return int(world.ask(select(Person.id).where(Person.name == name))[0])


def actor_of(world: World, name: str, on: date) -> Any:
    return world.write(load_actor, person(world, name), on)


def test_a_deputy_acts_on_the_days_named_and_no_others(world: World, ann: Forms) -> None:
    """Product, Rules: A for B, with dates, both inclusive."""
    last = TODAY + timedelta(days=4)
    days = day("from_on", TODAY + timedelta(days=1)) | day("to_on", last)
    answer = ann.send("/account/deputies/new", deputy=person(world, "Bo"), reason="leave", **days)
    assert answer.status_code == 303
    acting = [[i.name for i in actor_of(world, "Bo", TODAY + timedelta(days=n)).acting_for] for n in range(6)]
    assert acting == [[], ["Ann"], ["Ann"], ["Ann"], ["Ann"], []]
    assert "person.deputy_named" in world.events(person(world, "Ann"))
    assert "Bo" in ann.get("/account").text


def test_deputies_are_not_chained(world: World, ann: Forms) -> None:
    """Bo acts for Ann and Cy for Bo: Cy does not act for Ann."""
    for who, deputy in (("Ann", "Bo"), ("Bo", "Cy")):
        ids = {"person_id": person(world, who), "deputy_id": person(world, deputy)}
        world.write(lambda s, ids=ids: s.add(Deputy(**ids, from_on=TODAY, to_on=TODAY)))
    assert [i.name for i in actor_of(world, "Cy", TODAY).acting_for] == ["Bo"]


def test_a_deputy_ends_at_once_and_with_either_account(world: World, ann: Forms) -> None:
    days = day("from_on", TODAY) | day("to_on", TODAY)
    ann.send("/account/deputies/new", deputy=person(world, "Bo"), **days)
    assert actor_of(world, "Bo", TODAY).acting_for
    for name, acting in (("Ann", False), ("Bo", True)):
        world.write(lambda s, n=name: s.execute(update(Person).values(is_active=Person.name != n)) and None)
        found = actor_of(world, "Bo", TODAY)
        assert found is None if acting else found.acting_for == ()
    world.write(lambda s: s.execute(update(Person).values(is_active=True)) and None)
    row = world.ask(select(Deputy.id))[0]
    ann.http.post(f"/account/deputies/{row}/end", data=ann.hidden("/account"))
    assert actor_of(world, "Bo", TODAY).acting_for == ()
    assert ann.http.post(f"/account/deputies/{row}/end", data=ann.hidden("/account")).status_code == 404
    said = world.ask(select(Event.body).where(Event.name == "person.deputy_ended"))[0]
    assert all(words in said for words in ('"deputy":"Bo"', '"from_on":"2026-03-02"', '"to_on":"2026-03-02"'))
    told = [
        (subject, person(world, name), channel)
        for subject in ("Bo is to act for Ann from 2 March 2026 to 2 March 2026", "Bo no longer acts for Ann")
        for name in ("Ann", "Bo")
        for channel in ("email", "in_app")
    ]
    whom = select(Message.subject, Message.person_id, Message.channel).where(Message.about == "deputy")
    rows = world.write(lambda s: [tuple(row) for row in s.execute(whom)])
    assert sorted(rows) == sorted(told)


DEPUTIES_THAT_CANNOT_BE = [
    ("Ann", 0, 1, "Select deputy from the list"),
    ("Bo", 3, 1, "Last day must be the same as or after the first day"),
    ("Bo", -1, 1, "First day must be today or later"),
    ("", 0, 1, "Select a deputy"),
]


def test_deputies_that_cannot_be(world: World, ann: Forms) -> None:
    """Not oneself, not backwards, not in the past; 422 and the field is named."""
    for deputy, first, last, words in DEPUTIES_THAT_CANNOT_BE:
        days = day("from_on", TODAY + timedelta(days=first)) | day("to_on", TODAY + timedelta(days=last))
        chosen = person(world, deputy) if deputy else ""
        answer = ann.send("/account/deputies/new", deputy=chosen, reason="on leave", **days)
        assert (answer.status_code, words in answer.text, "on leave" in answer.text) == (422, True, True)
        assert world.ask(select(Deputy.id)) == []


def test_the_same_deputy_twice(world: World, ann: Forms) -> None:
    """A form sent twice makes one row; the same days again are refused."""
    days = day("from_on", TODAY) | day("to_on", TODAY)
    form = ann.hidden("/account/deputies/new") | {"deputy": str(person(world, "Bo")), "reason": ""} | days
    assert [ann.http.post("/account/deputies/new", data=form).status_code for _ in range(2)] == [303, 303]
    assert len(world.ask(select(Deputy.id))) == 1
    assert ann.send("/account/deputies/new", deputy=person(world, "Bo"), **days).status_code == 422


def test_nobody_ends_what_is_another_persons(world: World, ann: Forms) -> None:
    """Sessions, devices, tokens and deputies of somebody else look as if they were not there."""
    bo = person(world, "Bo")
    world.write(lambda s: s.add(Deputy(person_id=bo, deputy_id=person(world, "Cy"), from_on=TODAY, to_on=TODAY)))
    world.write(lambda s: s.add(ApiToken(person_id=bo, name="x", token_hash="h", authority=1, made_at=START)))
    world.write(begin_session, bo, START)
    hers = world.ask(select(SignInSession.id).where(SignInSession.person_id == bo))[0]
    for path in ("deputies/1/end", "tokens/1/revoke", f"sessions/{hers}/end", "devices/1/forget", "tokens/999/revoke"):
        assert ann.http.post(f"/account/{path}", data=ann.hidden("/account")).status_code == 404, path
    assert world.ask(select(SignInSession.id).where(SignInSession.person_id == bo)) == [hers]
    assert len(world.ask(select(ApiToken.id)) + world.ask(select(Deputy.id))) == 2


def test_a_token_is_shown_once_and_kept_as_a_hash(world: World, ann: Forms) -> None:
    answer = ann.send("/account/tokens/new", name="Finance system", **day("ends_on", TODAY + timedelta(days=30)))
    assert answer.status_code == 303
    first, second = ann.get("/account").text, ann.get("/account").text
    token = re.findall(rf"{TOKEN_MARK}[\w-]+", first)[0]
    assert TOKEN_MARK not in second
    assert "Finance system" in second
    assert "works until the end of Wed 1 Apr 2026" in second
    assert world.ask(select(ApiToken.token_hash)) == [token_hash(token)]
    number = world.ask(select(ApiToken.id))[0]
    assert ann.http.post(f"/account/tokens/{number}/revoke", data=ann.hidden("/account")).status_code == 303
    assert world.ask(select(ApiToken.id)) == []
    assert world.events(person(world, "Ann"))[-2:] == ["person.token_made", "person.token_revoked"]


def test_a_token_lasts_a_year_at_most(world: World, ann: Forms) -> None:
    answer = ann.send("/account/tokens/new", name="Finance system", **day("ends_on", date(2028, 1, 1)))
    assert answer.status_code == 422
    assert "no more than a year away" in answer.text
    assert "Finance system" in answer.text


def test_another_authenticator_app(world: World, ann: Forms) -> None:
    """The password first; the new secret counts from then on."""
    secret = ann.get("/account/second-factor").text.split('app-secret">')[1].split("<")[0].replace(" ", "")
    code = pyotp.TOTP(secret).at(world.time.at)
    assert ann.send("/account/second-factor", present="wrong wrong wrong", code=code).status_code == 422
    (kept,) = world.ask(select(Person.totp_secret).where(Person.name == "Ann"))
    assert opened(kept, "k" * 40) == SECRET
    assert ann.send("/account/second-factor", present=PASSWORD, code=code).status_code == 303
    (kept,) = world.ask(select(Person.totp_secret).where(Person.name == "Ann"))
    assert opened(kept, "k" * 40) == secret


def test_the_present_password_is_asked_and_counted(world: World, ann: Forms) -> None:
    new = {"new_password": "gravel heron lantern", "again": "gravel heron lantern"}
    answers = [ann.send("/account/password", present="wrong wrong wrong", **new) for _ in range(6)]
    assert [a.status_code for a in answers] == [422] * 6
    assert "The present password is not right" in answers[0].text
    assert "too many wrong tries" in answers[5].text
    assert all("gravel heron lantern" not in a.text for a in answers)


def test_details_and_other_browsers(world: World, ann: Forms) -> None:
    assert ann.send("/account/details", job_title="Head of Finance").status_code == 303
    row = world.ask(select(Person).where(Person.name == "Ann"))[0]
    assert (row.job_title, row.email_immediately) == ("Head of Finance", False)
    other = world.client()
    other.sign_in("ann@x.uk", SECRET)
    mine, there = sorted(world.ask(select(SignInSession.id)))
    assert ann.http.post(f"/account/sessions/{there}/end", data=ann.hidden("/account")).status_code == 303
    assert (ann.is_in(), other.is_in()) == (True, False)
    assert mine in world.ask(select(SignInSession.id))


def test_the_frame(world: World, ann: Forms) -> None:
    """Name, day, working day, and only the entries that this reader may open."""
    world.write(
        lambda s: s.add(
            Deputy(person_id=person(world, "Bo"), deputy_id=person(world, "Ann"), from_on=TODAY, to_on=TODAY)
        )
    )
    page = ann.get("/account").text
    assert "Monday 2 March 2026" in page
    assert "working day 1 of March" in page
    assert "acting for Bo" in page
    assert 'href="/admin"' not in page
