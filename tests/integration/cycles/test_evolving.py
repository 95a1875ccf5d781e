"""A second version of the cycle's definition: new cycles take it, running ones stay or are moved (issue 4).

`flask workflows migrate NAME --to V`, with a dry run that says of each case whether it fits and why not.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from commissioning.audit_verify import snapshot, verify
from commissioning.casework.registry import house
from commissioning.models.cases import Case, Event, Occurrence, Task
from commissioning.workflow_commands import Installation, Running, workflow_group
from tests.support.cycles import Shire
from workflows.definition import Workflow
from workflows.loading import load_text

EDITS = (
    ("version: 1", "version: 2"),
    ("  paused:\n", "  on_hold:\n"),
    ("to: paused", "to: on_hold"),
    ("from: [paused]", "from: [on_hold]"),
    ("plan_at_board, paused]", "plan_at_board, on_hold]"),
    (
        "    asks: [{step: finish_assess, of: commissioner}]\n    due: {after: stage_due_on}\n    reminders:\n"
        "      - {name: stage_due, days: [-20, -5, 0, 5",
        "    asks: [{step: finish_assess, of: commissioner}, {step: redate, of: lead}]\n"
        "    due: {after: stage_due_on, working_days: 5}\n    reminders:\n"
        "      - {name: stage_due, days: [-30, -5, 0, 5",
    ),
)


@pytest.fixture
def second() -> Iterator[Workflow]:
    """Version 2, in force for one test: a state has another name, Assess asks more and is due later."""
    text = house.workflows["commissioning-cycle.v1"].text
    for old, new in EDITS:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    workflow = load_text(text, "commissioning-cycle.v2.yaml")
    house.use([workflow])
    yield workflow
    house.workflows.pop(workflow.id, None)


def migrate(shire: Shire, *arguments: str) -> Result:
    """The command over the council's database."""
    group = workflow_group(lambda: Installation([], house.rules), lambda: Running(shire.engine, shire.now))
    return CliRunner().invoke(group, ["migrate", *arguments])


def kept(shire: Shire, case_id: int) -> tuple[Case, list[str], dict[tuple[str, str], int], int]:
    """A case, the steps that it asks for, its reminders by rule and status, and how many events it has."""
    case = shire.read(lambda s: s.get_one(Case, case_id))
    asked = select(Task.step).where(Task.case_id == case_id, Task.closed_at.is_(None)).order_by(Task.step)
    planned = select(Occurrence.rule, Occurrence.status, func.count()).where(Occurrence.case_id == case_id)
    reminders = shire.read(lambda s: s.execute(planned.group_by(Occurrence.rule, Occurrence.status)).all())
    events = shire.read(lambda s: s.scalar(select(func.count()).where(Event.case_id == case_id)))
    return case, list(shire.read(lambda s: s.scalars(asked).all())), {(r, st): n for r, st, n in reminders}, events or 0


def test_new_cycles_take_it_and_running_ones_stay_or_are_moved(shire: Shire, second: Workflow) -> None:
    del house.workflows[second.id]
    assessing, paused, ended = shire.cycle("Short breaks"), shire.cycle("Placements"), shire.cycle("Transport")
    for cycle in (assessing, paused):
        shire.reach(cycle, "assess")
    shire.step("lena", paused, "pause", reason="The law changes", fields={"resume_on": "2027-09-01"})
    shire.step("carla", ended, "abandon", reason="Nobody needs it")
    house.use([second])
    before = kept(shire, assessing)
    new = shire.read(lambda s: s.get_one(Case, shire.cycle("Foster care")))
    assert new.definition == "commissioning-cycle.v2"

    said = migrate(shire, "commissioning-cycle", "--to", "2", "--dry-run")
    assert said.exit_code == 0
    first, second_line, total = said.output.splitlines()
    assert "(commissioning-cycle.v1, Assess): fits commissioning-cycle.v2. due " in first
    assert first.endswith("; opens 1 task(s)")
    assert "(commissioning-cycle.v1, Paused): stays. It is Paused (paused), a state that commissioning-cycle.v2" in (
        second_line
    )
    assert total == "1 of 2 running cases fit; 1 stay as they are. commissioning-cycle.v2."
    assert "Short breaks" not in said.output  # whoever runs it may not be one who may read it
    assert kept(shire, assessing)[1:] == before[1:]

    assert migrate(shire, "commissioning-cycle", "--to", "2").output.splitlines()[-1].startswith("1 of 2 running")
    case, asked, reminders, events = kept(shire, assessing)
    assert (case.definition, case.state, case.version) == ("commissioning-cycle.v2", "assess", before[0].version)
    assert case.due_on > before[0].due_on
    assert asked == ["finish_assess", "redate"]
    assert reminders["stage_due-30", "planned"] == 1
    assert ("stage_due-20", "cancelled") in reminders
    assert events == before[3] + 1
    told = shire.read(
        lambda s: s.scalars(select(Event).where(Event.case_id == assessing).order_by(Event.seq.desc())).first()
    )
    assert told.name == "case.definition_changed"
    assert {c.definition for c in (kept(shire, paused)[0], kept(shire, ended)[0])} == {"commissioning-cycle.v1"}

    assert migrate(shire, "commissioning-cycle", "--to", "2").output.startswith("1 of 1  ")  # again: harmless
    assert kept(shire, assessing)[1:] == (asked, reminders, events)
    shire.step("lena", assessing, "pause", reason="The law changes", fields={"resume_on": "2027-09-01"})
    assert shire.state(assessing) == "on_hold"
    assert shire.state(paused) == "paused"
    shire.step("lena", paused, "resume")
    with snapshot(shire.engine) as session:
        assert verify(session).is_whole


def test_it_names_what_there_is(shire: Shire) -> None:
    assert migrate(shire, "commissioning-circle", "--to", "2").exit_code == 2
    wrong = migrate(shire, "commissioning-cycle", "--to", "7")
    assert wrong.exit_code == 2
    assert "found 7, expected one of: 1" in wrong.stderr
    assert migrate(shire, "commissioning-cycle", "--to", "1").output.startswith("0 of 0 running cases moved")
