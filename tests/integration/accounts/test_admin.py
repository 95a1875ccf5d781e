"""Administration: people, roles, posts, closed days, settings; who may, what ends sessions, what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from commissioning.accounts.second_factor import is_sealed, opened, seal
from commissioning.accounts.signing_in import DemoRefused, check_demo
from commissioning.actors import load_actor
from commissioning.admin import who_can
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.models.cases import Event
from commissioning.models.people import ClosedDay, Grant, Person, Post, PostHolding, Setting
from commissioning.policy import ACTIONS, BARRED, GLOBAL_ACTIONS
from commissioning.settings_table import SETTINGS
from tests.integration.accounts.conftest import PASSWORD, START, Forms, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TODAY = date(2026, 3, 2)


def day(name: str, value: date) -> dict[str, Any]:
    return {f"{name}-day": value.day, f"{name}-month": value.month, f"{name}-year": value.year}


@pytest.fixture
def admin(world: World) -> Forms:
    """Ada the administrator, signed in; Zoe is another."""
    world.person("ada@x.uk", "administrator", totp_secret=SECRET)
    world.person("zoe@x.uk", "administrator", totp_secret=SECRET)
    browser = world.client()
    browser.sign_in("ada@x.uk", SECRET)
    return browser


def person(world: World, name: str) -> int:
    return int(world.ask(select(Person.id).where(Person.name == name))[0])


PAGES = ("", "/people", "/people/new", "/posts", "/posts/new", "/closed-days", "/settings", "/people/1")


def test_only_administrators(world: World, admin: Forms) -> None:
    """404 for others, who need not know the page; to sign in for nobody."""
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    world.person("aud@x.uk", "auditor", totp_secret=SECRET)
    ann, aud, nobody = world.client(), world.client(), world.client()
    ann.sign_in("ann@x.uk", SECRET)
    aud.sign_in("aud@x.uk", SECRET)
    for path in PAGES:
        found = [b.get(f"/admin{path}").status_code for b in (admin, ann, aud, nobody)]
        assert found == [200, 404, 404, 303], path
    assert [b.get("/admin/who-can-do-what").status_code for b in (admin, ann, aud)] == [200, 404, 200]
    data = ann.hidden("/account") | {"name": "X", "email": "x@x.uk"}
    assert ann.http.post("/admin/people/new", data=data).status_code == 404


def test_a_person_from_invitation_to_role_to_the_end(world: World, admin: Forms) -> None:
    """Created, granted, signed in, granted more (signed out), disabled (signed out); each recorded."""
    answer = admin.send("/admin/people/new", name="Bo Berg", email="Bo@X.uk", job_title="Clerk")
    assert answer.status_code == 303
    bo = person(world, "Bo Berg")
    assert world.ask(select(Person.email).where(Person.id == bo)) == ["bo@x.uk"]
    browser = world.client()
    browser.send("/sign-in", email="bo@x.uk", by="code")
    browser.send("/sign-in/code", code=world.mailed_code())
    assert browser.is_in()
    answer = admin.send(f"/admin/people/{bo}/roles/new", role="auditor", **day("from_on", TODAY))
    assert answer.status_code == 303
    assert not browser.is_in()
    assert world.write(load_actor, bo, TODAY).is_granted("auditor")
    number = world.ask(select(Grant.id).where(Grant.person_id == bo))[0]
    admin.http.post(f"/admin/people/{bo}/roles/{number}/end", data=admin.hidden(f"/admin/people/{bo}"))
    assert not world.write(load_actor, bo, TODAY).is_granted("auditor")
    browser.send("/sign-in", email="bo@x.uk", by="code")
    browser.send("/sign-in/code", code=world.mailed_code())
    assert browser.is_in()
    admin.http.post(f"/admin/people/{bo}/disable", data=admin.hidden(f"/admin/people/{bo}"))
    assert not browser.is_in()
    assert world.write(load_actor, bo, TODAY) is None
    wanted = ["person.created", "person.role_granted", "person.role_ended", "person.disabled"]
    assert [e for e in world.events(bo) if "signed" not in e] == wanted
    by = world.ask(select(Event.actor_id).where(Event.chain == f"person:{bo}", Event.name == "person.disabled"))
    assert by == [person(world, "Ada")]


def test_nobody_changes_their_own_rights(world: World, admin: Forms) -> None:
    """Nor makes themselves somebody's deputy: separation of duties for administrators."""
    ada, zoe = person(world, "Ada"), person(world, "Zoe")
    days = day("from_on", TODAY) | day("to_on", TODAY)
    assert admin.send(f"/admin/people/{ada}/roles/new", role="director", **day("from_on", TODAY)).status_code == 403
    assert admin.send(f"/admin/people/{zoe}/deputies/new", deputy=ada, **days).status_code == 422
    for verb in ("disable", "enable", "reset_second_factor"):
        assert admin.http.post(f"/admin/people/{ada}/{verb}", data=admin.hidden("/account")).status_code == 403
    assert not world.write(load_actor, ada, TODAY).is_granted("director")


def test_an_administrator_stays(world: World, admin: Forms) -> None:
    """The last but one may go; a deputy of an administrator may not end the last."""
    ada, zoe = person(world, "Ada"), person(world, "Zoe")
    bo = world.person("bo@x.uk", "officer", totp_secret=SECRET)
    days = day("from_on", TODAY) | day("to_on", TODAY)
    assert admin.send(f"/admin/people/{zoe}/deputies/new", deputy=bo, **days).status_code == 303
    deputy = world.client()
    deputy.sign_in("bo@x.uk", SECRET)
    assert deputy.http.post(f"/admin/people/{ada}/disable", data=deputy.hidden("/account")).status_code == 303
    noted = world.ask(select(Event.body).where(Event.chain == f"person:{ada}", Event.name == "person.disabled"))
    assert '"acting_for":["Zoe"]' in noted[0]
    cy = world.person("cy@x.uk", "officer", totp_secret=SECRET)
    world.write(lambda s: s.add(Grant(person_id=cy, role="administrator", from_on=TODAY, to_on=TODAY)))
    other = world.client()
    other.sign_in("cy@x.uk", SECRET)
    assert other.http.post(f"/admin/people/{zoe}/disable", data=other.hidden("/account")).status_code == 303
    assert deputy.get("/admin").status_code == 404


def test_the_last_administrator_cannot_go(world: World, admin: Forms) -> None:
    from commissioning.admin.commands import disable_person
    from commissioning.casework.errors import NotNow

    ada, zoe = person(world, "Ada"), person(world, "Zoe")
    deputy = world.person("bo@x.uk", "officer")

    def disable(session: Any, who: int) -> None:
        from commissioning.actors import Actor, Identity

        acting = Identity(0, "Somebody", frozenset(), frozenset({("administrator", "organisation")}))
        disable_person(session, Actor(Identity(deputy, "Bo"), (acting,)), who, now=START)

    world.write(disable, ada)
    with pytest.raises(NotNow):
        world.write(disable, zoe)
    assert world.ask(select(Person.is_active).where(Person.id == zoe)) == [True]


PEOPLE_THAT_CANNOT_BE = [
    ({"name": "", "email": "b@x.uk"}, "Enter name"),
    ({"name": "Bo", "email": "ADA@x.uk"}, "There is an account with this email address already"),
    ({"name": "Bo", "email": "bo"}, "correct format"),
    ({"name": "B" * 200, "email": "bo@x.uk"}, "120 characters or fewer"),
]


def test_people_that_cannot_be(world: World, admin: Forms) -> None:
    for fields, words in PEOPLE_THAT_CANNOT_BE:
        answer = admin.send("/admin/people/new", job_title="Clerk of works", **fields)
        assert (answer.status_code, words in answer.text, "Clerk of works" in answer.text) == (422, True, True)
        assert len(world.ask(select(Person.id))) == 2


ROLES_THAT_CANNOT_BE = [
    ({"role": "emperor"}, "Select the role from the list"),
    ({"role": ""}, "Select the role"),
    ({"role": "clerk"}, "Select the board for which this role is granted"),
    ({"role": "auditor", "body": "77"}, "Select board from the list"),
    ({"role": "auditor", **day("to_on", date(2026, 2, 1))}, "Last day must be"),
]


def test_roles_that_cannot_be(world: World, admin: Forms) -> None:
    for fields, words in ROLES_THAT_CANNOT_BE:
        zoe = person(world, "Zoe")
        answer = admin.send(f"/admin/people/{zoe}/roles/new", **(day("from_on", TODAY) | fields))
        assert (answer.status_code, words in answer.text) == (422, True)
        assert admin.get("/admin/people/999").status_code == 404
        assert admin.send("/admin/people/999/roles/new", role="auditor").status_code == 404


def test_a_stale_form_overwrites_nothing(world: World, admin: Forms) -> None:
    """409 for the second of two, with what they typed; the first one's form sent twice does it once."""
    zoe = person(world, "Zoe")
    path = f"/admin/people/{zoe}/details"
    first, second = admin.hidden(path), admin.hidden(path)
    typed = {"name": "Zoe", "email": "zoe@x.uk"}
    for _ in range(2):
        assert admin.http.post(path, data=first | typed | {"job_title": "One"}).status_code == 303
    answer = admin.http.post(path, data=second | typed | {"job_title": "Two and more"})
    assert (answer.status_code, "Two and more" in answer.text) == (409, True)
    assert "send it again to save it over theirs" in answer.text
    assert "Job title: “One” is what is saved now" in answer.text, "both versions"
    assert "Name: “" not in answer.text, "what is the same is not said"
    assert world.ask(select(Person.job_title).where(Person.id == zoe)) == ["One"]


def test_posts_and_their_holders(world: World, admin: Forms) -> None:
    facts = {
        "name": "Legal team",
        "kind": "team",
        "speciality": "legal",
        "notice_days": "7",
        "standard_wording": "Noted.",
    }
    form = admin.hidden("/admin/posts/new") | facts | {"code": "legal-team"}
    assert [admin.http.post("/admin/posts/new", data=form).status_code for _ in range(2)] == [303, 303]
    post = world.ask(select(Post))[0]
    assert (post.code, post.speciality, post.notice_days, post.standard_wording) == ("legal-team", "legal", 7, "Noted.")
    bo = world.person("bo@x.uk")
    days = day("from_on", TODAY) | day("to_on", TODAY + timedelta(days=9))
    assert admin.send(f"/admin/posts/{post.id}/holders/new", person=bo, **days).status_code == 303
    assert admin.send(f"/admin/posts/{post.id}/holders/new", person=bo, **days).status_code == 422
    assert admin.send(f"/admin/people/{bo}/posts/new", post=post.id, **days).status_code == 422
    assert world.write(load_actor, bo, TODAY).post_ids == (post.id,)
    assert world.write(load_actor, bo, TODAY + timedelta(days=10)).post_ids == ()
    assert "Bo" in admin.get("/admin/posts").text
    holding = world.ask(select(PostHolding.id))[0]
    admin.http.post(f"/admin/posts/{post.id}/holders/{holding}/end", data=admin.hidden("/account"))
    assert world.write(load_actor, bo, TODAY).post_ids == ()
    changed = {"name": "Legal", "kind": "team", "notice_days": "3", "second": ""}
    assert admin.send(f"/admin/posts/{post.id}/details", **changed).status_code == 303
    assert world.ask(select(Post.notice_days)) == [3]
    names = world.ask(select(Event.name).where(Event.chain == f"post:{post.id}").order_by(Event.seq))
    assert names == ["post.created", "post.held", "post.left", "post.changed"]
    answer = admin.send("/admin/posts/new", code="Legal Team!", **facts)
    assert (answer.status_code, "small letters" in answer.text) == (422, True)


def test_closed_days(world: World, admin: Forms) -> None:
    """A closed day counts at once; days that are closed already, or past, are refused."""
    answer = admin.send("/admin/closed-days", name="Move of offices", **day("on_day", date(2026, 3, 11)))
    assert answer.status_code == 303
    assert world.write(council_calendar).why_closed(date(2026, 3, 11)) == "Council closed: Move of offices"
    for on, words in (
        (date(2026, 3, 14), "no working day already"),
        (date(2026, 4, 3), "Good Friday"),
        (TODAY, "future"),
    ):
        answer = admin.send("/admin/closed-days", name="Kept words", **day("on_day", on))
        assert (answer.status_code, words in answer.text, "Kept words" in answer.text) == (422, True, True), on
    number = world.ask(select(ClosedDay.id))[0]
    admin.http.post(f"/admin/closed-days/{number}/remove", data=admin.hidden("/admin/closed-days"))
    assert world.write(council_calendar).is_working_day(date(2026, 3, 11))
    names = world.ask(select(Event.name).where(Event.chain == "settings").order_by(Event.seq))
    assert names == ["closed_day.added", "closed_day.removed"]


def settings_form(values: dict[str, str]) -> dict[str, str]:
    stock = {name.replace(".", "__"): spec.default for name, spec in SETTINGS.items() if not spec.is_day}
    return stock | values


def test_settings(world: World, admin: Forms) -> None:
    """Changed, recorded with old and new; only what differs is kept; the calendar knows at once."""
    until = {f"calendar__known_until-{box}": n for box, n in (("day", "31"), ("month", "12"), ("year", "2030"))}
    answer = admin.send("/admin/settings", **settings_form({"tries__account": "7"} | until))
    assert answer.status_code == 303
    kept = {"calendar.known_until": "2030-12-31", "tries.account": "7"}
    assert {row.name: row.value for row in world.ask(select(Setting))} == kept
    assert world.write(council_calendar).known_until == date(2030, 12, 31)
    assert '"tries.account":["5","7"]' in world.ask(select(Event.body).where(Event.chain == "settings"))[0]
    answer = admin.send("/admin/settings", **settings_form({"tries__account": "1000"} | until))
    assert (answer.status_code, "between 3 and 20" in answer.text) == (422, True)
    answer = admin.send("/admin/settings", **settings_form({"sign_in__officer": "trust"} | until))
    assert answer.status_code == 422


def test_settings_that_contradict_each_other_are_refused_at_the_field(world: World, admin: Forms) -> None:
    """Each is a number that may stand, and two together mean nothing; so with a day that the service goes past."""
    said = {
        "core__fte_most": ({"core__fte_least": "90"}, "The most people in the core must not be fewer"),
        "meetings__last_day": ({"meetings__first_day": "9"}, "must not come before the first"),
        "escalation__late_within": ({"escalation__late_within": "1"}, "there is one a month"),
        "calendar__known_until": (
            {
                "calendar__known_until-day": "1",
                "calendar__known_until-month": "1",
                "calendar__known_until-year": "2020",
            },
            "Bank holidays are known until 31 December 2027 already",
        ),
    }
    for field, (typed, words) in said.items():
        answer = admin.send("/admin/settings", **settings_form(typed))
        assert answer.status_code == 422, field
        assert words in answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert world.ask(select(Setting)) == []
    older = Setting(name="calendar.known_until", value="2026-12-31")
    world.write(lambda s: s.add(older))
    same = {f"calendar__known_until-{box}": n for box, n in (("day", "31"), ("month", "12"), ("year", "2026"))}
    assert admin.send("/admin/settings", **settings_form({"tries__account": "7"} | same)).status_code == 303


def test_who_can_do_what_says_all_of_the_rules(world: World) -> None:
    """Every global action, every action on a case, every step, with each of its roles and bars, and nothing besides."""
    everywhere = who_can.global_table()
    assert {line.words: set(line.roles) for line in everywhere.lines} == {
        rule.words: set(rule.by) for rule in GLOBAL_ACTIONS.values()
    }
    for table in who_can.case_tables():
        workflow = house.latest(table.kind)
        lines = {line.words: line for line in table.lines}
        for step in workflow.steps.values():
            line = lines[step.label]
            assert {r for r, a in line.roles.items() if a == who_can.YES} == set(step.by)
            barred = set(BARRED.get(f"{workflow.kind}.{step.name}", ())) - set(step.by)
            assert {r for r, a in line.roles.items() if a == who_can.BARS} == barred
        actions = [rule for name, rule in ACTIONS.items() if name.startswith(f"{workflow.kind}.")]
        assert len(table.lines) == len(workflow.steps) + len(actions)
        assert all(set(lines[rule.words].roles) >= set(rule.by) for rule in actions)


def test_example_council(make_world: Callable[..., World]) -> None:
    """One click as any example person; the click is a POST; nobody else can be chosen."""
    world = make_world(demo=True)
    ann = world.person("ann@x.uk", "officer", is_example=True, job_title="Writes reports")
    gone = world.person("gone@x.uk", is_example=True, is_active=False)
    browser = world.client()
    page = browser.get("/sign-in/example").text
    assert ("Ann" in page, "Writes reports" in page, "Gone" in page) == (True, True, False)
    answer = browser.send("/sign-in/example", person=ann, next="/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert browser.is_in()
    for chosen in (gone, 999, "x", "", "9" * 30):
        assert world.client().send("/sign-in/example", person=chosen).status_code == 404
    assert world.client().http.post("/sign-in/example", data={"person": ann}).status_code == 400


def test_example_sign_in_is_only_for_the_example(make_world: Callable[..., World]) -> None:
    """Not without DEMO, not beside an account that is not from the example: there it does not even start."""
    demo = make_world(demo=True)
    ann = demo.person("ann@x.uk", is_example=True)
    plain = make_world(demo=False)
    assert plain.client().get("/sign-in/example").status_code == 404
    assert plain.client().send("/sign-in", to="/sign-in/example", person=ann).status_code == 404
    demo.write(check_demo)
    demo.person("real@x.uk")
    with pytest.raises(DemoRefused):
        demo.write(check_demo)
    with pytest.raises(DemoRefused):
        demo.client().send("/sign-in/example", person=ann)


def test_what_is_refused_is_told_to_the_log_without_a_word_of_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Who, by number, which view, what numbers (ASVS 16.3.2, 16.3.3): a page, no page, input, the API."""
    ann = world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    browser.sign_in("ann@x.uk", SECRET)
    caplog.clear()
    browser.get("/admin/people/77?q=zqsearched")
    browser.get("/zqpath")
    browser.send("/account/tokens/new", name="zqtyped", ends_on="zqday")
    world.client().get("/admin")
    world.app.test_client().get("/api/v1/me", headers={"Authorization": "Bearer zqtoken"})
    told = [r.getMessage() for r in caplog.records if r.getMessage().startswith("refused")]
    assert told == [
        f"refused 404: GET admin.person {{'number': 77}}, person {ann}",
        f"refused 404: GET no view {{}}, person {ann}",
        f"refused 422: POST accounts.new_token {{}}, person {ann}",
        "refused 401: GET api.me {}, person None",
    ]
    assert "zq" not in caplog.text


class Terminal:
    """Runs commands as `flask` does: within the application."""

    def __init__(self, world: World) -> None:
        self.app = world.app

    def invoke(self, **given: Any) -> Any:
        """Run one command."""
        with self.app.app_context():
            return self.app.test_cli_runner().invoke(**given)


def test_accounts_from_a_terminal(make_world: Callable[..., World]) -> None:
    """`flask users add`, `flask tokens create`: exit codes 0, 1, 2."""
    world = make_world()
    run = Terminal(world)
    made = run.invoke(args=["users", "add", "--email", "Ada@X.uk", "--name", "Ada", "--role", "administrator"])
    assert (made.exit_code, "administrator" in made.output) == (0, True)
    assert run.invoke(args=["users", "add", "--email", "nonsense", "--name", "N"]).exit_code == 1
    assert run.invoke(args=["users", "add", "--email", "a@x.uk", "--name", "N", "--role", "king"]).exit_code == 2
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    args = ["users", "add", "--email", "bo@x.uk", "--name", "Bo", "--ask-password"]
    assert run.invoke(args=args, input="short\nshort\n" + typed).exit_code == 0
    assert world.ask(select(Person.password_hash).where(Person.name == "Bo"))[0].startswith("$argon2id$")
    token = run.invoke(args=["tokens", "create", "--user", "ada@x.uk"])
    assert (token.exit_code, token.output.startswith("cwa_")) == (0, True)
    assert run.invoke(args=["tokens", "create", "--user", "nobody@x.uk"]).exit_code == 1
    assert Terminal(make_world(demo=True)).invoke(args=args).exit_code == 1


def test_authenticator_apps_outlive_a_new_secret_key(make_world: Callable[..., World]) -> None:
    """`flask users reseal` (ASVS 11.2.2): what the old key opens is sealed under the new one, once, on record; what
    neither opens is left alone and counted."""
    world, old = make_world(), "o" * 40
    ann, bo, cy, dee = (
        world.person(f"{name}@x.uk", totp_secret=kept)
        for name, kept in (
            ("ann", seal("JBSWY3DPEHPK3PXP", old)), ("bo", "GEZDGNBVGY3TQOJQ"),
            ("cy", seal("MFRGGZDFMZTWQ2LK", "k" * 40)), ("dee", seal("MFRGGZDFMZTWQ2LK", "lost" * 10)),
        )
    )  # fmt: skip
    run = Terminal(world)
    done = [run.invoke(args=["users", "reseal"], env={"OLD_SECRET_KEY": old}) for _ in range(2)]
    assert [(d.exit_code, d.output.split()[0]) for d in done] == [(1, "2"), (1, "0")]
    assert "1 are sealed under neither key" in done[0].output
    kept = dict(zip((ann, bo, cy, dee), world.ask(select(Person.totp_secret).order_by(Person.id)), strict=True))
    found = [opened(kept[who], "k" * 40) if is_sealed(kept[who]) else "bare" for who in (ann, bo, cy, dee)]
    assert found == ["JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQ", "MFRGGZDFMZTWQ2LK", None]
    assert [world.events(who) for who in (ann, cy, dee)] == [["person.second_factor_resealed"], [], []]
    world.write(lambda s: s.execute(delete(Person).where(Person.id == dee)) and None)
    assert run.invoke(args=["users", "reseal"], env={"OLD_SECRET_KEY": old}).exit_code == 0


def test_the_database_refuses_a_deputy_of_oneself(world: World) -> None:
    from commissioning.models.people import Deputy

    ann = world.person("ann@x.uk")
    with pytest.raises(IntegrityError):
        world.write(lambda s: s.add(Deputy(person_id=ann, deputy_id=ann, from_on=TODAY, to_on=TODAY)))
