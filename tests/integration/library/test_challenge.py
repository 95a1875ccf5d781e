"""Challenge questions: thirteen, answered from evidence, asked again, earlier answers kept (LG-10, LG-26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from commissioning.assurance.challenge import AnswerInput, answer_question
from commissioning.assurance.lists import list_entries, save_list
from commissioning.assurance.reminding import remind_due
from commissioning.casework.errors import Forbidden, Invalid, NotFound
from commissioning.library.commands import ItemInput, save_item
from commissioning.models.cases import Case
from commissioning.models.people import Person
from tests.support.council import NOW
from tests.support.cycles import Shire
from tests.support.pages import Site

AGAIN = NOW.date() + timedelta(days=60)


def test_a_question_is_answered_from_evidence_and_asked_again_on_its_day(shire: Shire, site: Site) -> None:
    """LG-10: answered from words, items and things; due on its page and on the first page of who asks."""
    item = shire.run("carla", save_item, None, ItemInput("benchmark", "Unit costs of neighbours"))
    cycle = shire.cycle("Canary breaks")
    reference = shire.read(lambda s: s.get_one(Case, cycle).reference)
    carla, member = site.visitor("carla"), site.visitor("stranger")
    assert carla.get("/challenge").text.count("Not answered yet") == 13
    path = "/challenge/q1"
    asker = str(shire.people["stranger"])
    typed = {"text": "Yes, by unit cost", "item_1": str(item), "asker_id": asker, "ask_again_on": AGAIN}
    refused = carla.fill(f"{path}/answer", references="CYC-9999", **typed)
    assert refused.status == 422
    assert "There is nothing with the reference CYC-9999 that you may see" in refused.text
    assert dict(refused.form("text").values)["text"].strip() == "Yes, by unit cost"
    answered = carla.send(refused, f"{path}/answer", refused.form("text"), references=reference)
    assert answered.status == 303
    page = carla.get(path)
    assert "Unit costs of neighbours" in page.text
    assert "Canary breaks" in page.text
    seen = member.get(path)
    assert "Unit costs of neighbours" in seen.text
    assert "Canary" not in seen.html, "a cycle that the reader may not see"
    assert "Questions to ask again" not in member.get("/").text
    ahead = "/reminders/forecast?from=2026-11-30&to=2027-01-31"
    lines = member.get(ahead.replace("?", ".csv?")).html.splitlines()
    found = [line.split(",")[0] for line in lines if "Ask it again" in line]
    assert found == ["2026-11-30", "2026-12-07", "2026-12-14"], "on its day, five and ten working days after"
    assert "Challenge question 1" in member.get(ahead).text
    assert "Challenge question 1" not in carla.get(ahead + "&whose=all").text
    shire.now = NOW + timedelta(days=60)
    assert "To be asked again today" in site.visitor("carla").get("/challenge").text
    due, told = NOW.replace(hour=9) + timedelta(days=60), {}
    for name, moment in {
        "the day before": due - timedelta(days=1), "too early in the day": due.replace(hour=3), "on its day": due,
        "the next day": due + timedelta(days=1), "weeks later": due + timedelta(days=40),
        "much later": due + timedelta(days=80),
    }.items():  # fmt: skip
        told[name] = shire.write(lambda s, at=moment: remind_due(s, at))
    assert list(told.values()) == [0, 0, 1, 0, 1, 0], f"once on its day; of two missed the newest; no more: {told}"
    assert site.visitor("stranger").get("/reminders").text.count("and is to be asked again on") == 2
    shire.now = NOW + timedelta(days=61)
    assert "Overdue to be asked again" in site.visitor("carla").get("/challenge").text
    first_page = site.visitor("stranger").get("/").text
    assert "Questions to ask again" in first_page
    assert "Overdue since" in first_page
    assert "Questions to ask again" not in site.visitor("carla").get("/").text
    new = AnswerInput("Yes, and by outcome", AGAIN + timedelta(days=90), shire.people["stranger"])
    shire.run("carla", answer_question, "q1", new)
    assert "Questions to ask again" not in site.visitor("stranger").get("/").text
    shire.write(lambda s: setattr(s.get_one(Person, shire.people["stranger"]), "is_active", False))
    left = NOW.replace(hour=9) + timedelta(days=151)
    assert shire.write(lambda s: remind_due(s, left)) == 3, "who asks again has left: all who may answer are told"
    assert (
        "Stranger, who was to ask this challenge question again, has left"
        in site.visitor("carla").get("/reminders").text
    )
    shire.write(lambda s: setattr(s.get_one(Person, shire.people["stranger"]), "is_active", True))
    page = site.visitor("stranger").get(path).text
    assert page.index("Yes, and by outcome") < page.index("Yes, by unit cost"), "the earlier answer stays readable"
    assert "Overdue" not in site.visitor("stranger").get("/challenge.csv").html


def test_a_lead_member_reads_and_cannot_write(shire: Shire, site: Site) -> None:
    """LG-26: the page is read-only for who may not answer; nobody answers past the rules."""
    member = site.visitor("stranger")
    page = member.get("/challenge/q6")
    assert "Cash limits beside what each duty needs" in page.text
    assert "Answer it" not in page.text
    assert member.get("/challenge/q6/answer").status == 404
    assert member.get("/challenge/q99").status == 404
    new = AnswerInput("Yes", AGAIN, shire.people["carla"])
    with pytest.raises(Forbidden):
        shire.run("stranger", answer_question, "q6", new)
    with pytest.raises(NotFound):
        shire.run("carla", answer_question, "q99", new)
    for wrong, name in ((replace(new, text=" "), "text"), (replace(new, ask_again_on=NOW.date()), "ask_again_on"),
                        (replace(new, asker_id=999), "asker_id"), (replace(new, item_ids=(1,)), "item_1")):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            shire.run("carla", answer_question, "q6", wrong)
        assert name in refused.value.errors
    ids = [shire.run("carla", answer_question, "q6", new, key="k" * 20) for _ in range(2)]
    assert ids[0] == ids[1]


def test_questions_change_in_versions_and_answers_keep_the_words_that_they_answered(shire: Shire, site: Site) -> None:
    new = AnswerInput("Yes, in June and November", AGAIN, shire.people["carla"])
    shire.run("carla", answer_question, "q8", new)
    shire.run("carla", answer_question, "q9", new)
    carla = site.visitor("carla")
    old = shire.read(lambda s: list_entries(s, "challenge"))[1][7].title
    assert carla.fill("/checklists/challenge/7", title="").status == 422
    assert carla.fill("/checklists/challenge/7", title="Do members see what gets better?").status == 303
    added = carla.fill("/checklists/challenge/new", title="Is anybody left out?", hint="Equality assessments")
    assert added.status == 303
    page = carla.get("/checklists/challenge/8")
    assert carla.send(page, "", page.form(button="Ask it no more")).status == 303
    shown = site.visitor("stranger").get("/challenge/q8").text
    assert "Do members see what gets better?" in shown
    assert f"The question was then: {old}" in shown
    gone = site.visitor("stranger").get("/challenge/q9").text
    assert "Asked no more" in gone
    assert "Yes, in June and November" in gone
    listed = site.visitor("stranger").get("/challenge").text
    assert "13. Is anybody left out?" in listed
    assert "/challenge/q14" in site.visitor("stranger").get("/challenge").html
    with pytest.raises(NotFound):
        shire.run("carla", answer_question, "q9", new)
    with pytest.raises(Invalid):
        shire.run("carla", save_list, "challenge", [])
