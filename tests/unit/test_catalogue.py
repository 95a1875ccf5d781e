"""All definitions together: found by name and version, and refused together with everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from commissioning.features import all_fires
from commissioning.workflow_commands import Installation, Running, workflow_group
from tests.unit.workflow_samples import PAPER, edited, paper, paper_rules, rules_for
from workflows.catalogue import Catalogue, UnknownDefinition, check_file, load_catalogue
from workflows.definition import Workflow
from workflows.loading import DEFINITIONS, DefinitionError, load_directory
from workflows.registry import Rules


def put(folder: Path, *texts: str) -> Path:
    """A folder with these definitions under their own names."""
    folder.mkdir(exist_ok=True)
    for text in texts:
        name, version = (text.split(f"{key}: ", 1)[1].split("\n", 1)[0] for key in ("name", "version"))
        (folder / f"{name}.v{version}.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(folders: list[Path], rules: Rules, fires: dict[str, list[tuple[str, str]]] | None = None) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        load_catalogue(folders, rules, fires or {})
    return [str(p) for p in refused.value.problems]


def line(text: str, marker: str) -> int:
    return text.count("\n", 0, text.index(marker)) + 1


V2 = edited("version: 1", "version: 2")
V10 = edited("version: 1", "version: 10")


def test_definitions_are_found_by_name_and_version(tmp_path: Path) -> None:
    catalogue = load_catalogue([put(tmp_path, PAPER, V2, V10)], paper_rules())
    assert catalogue.latest("paper").version == 10
    assert catalogue.get("paper.v2").version == 2
    assert catalogue.names() == ["paper"]
    assert [w.id for w in catalogue] == ["paper.v1", "paper.v2", "paper.v10"]


@pytest.mark.parametrize("name", ["paper", "paper.v3", "letter.v1", "paper.vx", "", "paper.v²"])
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    catalogue = load_catalogue([put(tmp_path, PAPER)], paper_rules())
    with pytest.raises(UnknownDefinition):
        catalogue.get(name)
    with pytest.raises(UnknownDefinition):
        catalogue.latest("letter")


def test_the_catalogue_cannot_be_changed(tmp_path: Path) -> None:
    catalogue = load_catalogue([put(tmp_path, PAPER)], paper_rules())
    with pytest.raises(TypeError):
        catalogue.definitions["paper", 1] = paper()


def test_the_shipped_definitions_make_a_catalogue() -> None:
    """Sound, and every waker is a step of some definition."""
    catalogue: Catalogue = load_catalogue([DEFINITIONS], rules_for(*load_directory(DEFINITIONS)), all_fires())
    assert "board-report" in catalogue.names()


def test_problems_of_all_files_and_folders_come_together(tmp_path: Path) -> None:
    one = put(tmp_path / "one", edited("kind: paper\n", ""))
    two = put(tmp_path / "two", edited("    to: signing\n", "    to: sining\n", V2))
    said = problems([one, two, tmp_path / "three"], paper_rules())
    assert len(said) == 3
    assert said[0] == "paper.v1.yaml, line 2: found no kind in the file, expected one"
    assert said[1].startswith('paper.v2.yaml, line 49: found state "sining"')
    assert "found no such folder" in said[2]


def test_one_version_twice_is_refused(tmp_path: Path) -> None:
    folders = [put(tmp_path / "one", PAPER), put(tmp_path / "two", PAPER)]
    assert "found paper.v1 a second time" in problems(folders, paper_rules())[0]


def test_no_definition_at_all_is_refused(tmp_path: Path) -> None:
    assert "found no definition in any folder" in problems([tmp_path], paper_rules())[0]


def test_missing_rules_are_told_with_their_line(tmp_path: Path) -> None:
    said = problems([put(tmp_path, PAPER)], Rules())
    assert f"paper.v1.yaml, line {line(PAPER, 'guards: [has')}: guard has_text@1 is not known" in said
    assert f"paper.v1.yaml, line {line(PAPER, 'effects:')}: effect record@1 is not known" in said
    assert f"paper.v1.yaml, line {line(PAPER, 'exclusive:')}: tally outcome@1 is not known" in said
    assert len(said) == 4


def test_flaws_are_told_with_line_and_path(tmp_path: Path) -> None:
    text = edited("days: [0], to: chair", "days: [0]")
    assert problems([put(tmp_path, text)], paper_rules()) == [
        f'paper.v1.yaml, line {line(text, "  ready:")}: "ready" is due but tells nobody other than those asked, '
        "on the day or after it (path: send > sign > complete)"
    ]


def test_a_waker_that_no_definition_has(tmp_path: Path) -> None:
    text = edited("standing: paper.resume", "standing: paper.resum")
    assert problems([put(tmp_path, text)], paper_rules()) == [
        f'paper.v1.yaml, line {line(text, "  paused:")}: found "paused" woken by "paper.resum", '
        "expected a step of some definition"
    ]


def test_effects_that_set_each_other_off(tmp_path: Path) -> None:
    said = problems([put(tmp_path, PAPER)], paper_rules(), {"record@1": [("paper", "sign")]})
    assert said == [
        f"paper.v1.yaml, line {line(PAPER, '  sign:')}: Effects set each other off without end "
        "(path: paper.v1.sign > paper.v1.sign)"
    ]


def test_one_file_by_itself(tmp_path: Path) -> None:
    folder = put(tmp_path, edited("standing: paper.resume", "standing: meeting.close"))
    workflow: Workflow = check_file(folder / "paper.v1.yaml", paper_rules())
    assert workflow.id == "paper.v1"
    with pytest.raises(DefinitionError):
        check_file(folder / "paper.v1.yaml", Rules())


def nowhere() -> Running:
    """No command here reads a database."""
    raise AssertionError


class TestCommands:
    """`flask workflows check [FILE]`, `flask workflows draw NAME`: exit codes 0, 1 refused, 2 usage."""

    def run(self, folder: Path, *arguments: str) -> Result:
        group = workflow_group(lambda: Installation([folder], paper_rules()), nowhere)
        assert isinstance(group, click.Group)
        return CliRunner().invoke(group, arguments)

    def test_check_all(self, tmp_path: Path) -> None:
        done = self.run(put(tmp_path, PAPER, V2), "check")
        assert (done.exit_code, done.output) == (
            0,
            "paper.v1: sound (8 states, 8 steps)\npaper.v2: sound (8 states, 8 steps)\n",
        )

    def test_check_refuses_with_file_and_line(self, tmp_path: Path) -> None:
        done = self.run(put(tmp_path, edited("kind: paper\n", "")), "check")
        assert done.exit_code == 1
        assert "paper.v1.yaml, line 2: found no kind in the file, expected one" in done.stderr
        assert "1 problem found" in done.stderr
        assert done.stdout == ""

    def test_check_one_file(self, tmp_path: Path) -> None:
        good, bad = (
            put(tmp_path / "good", PAPER),
            put(tmp_path / "bad", edited("days: [0], to: chair", "days: [0]", V2)),
        )
        assert self.run(good, "check", str(good / "paper.v1.yaml")).output == "paper.v1: sound (8 states, 8 steps)\n"
        done = self.run(good, "check", str(bad / "paper.v2.yaml"))
        assert done.exit_code == 1
        assert "paper.v2.yaml, line 23: " in done.stderr

    def test_usage(self, tmp_path: Path) -> None:
        folder = put(tmp_path, PAPER)
        for arguments in (["check", "none.yaml"], ["check", "a", "b"], ["draw"], ["draw", "letter"], ["paint"]):
            assert self.run(folder, *arguments).exit_code == 2, arguments
        assert 'found "letter", expected one of: paper' in self.run(folder, "draw", "letter").stderr
        assert self.run(folder, "draw", "paper", "--out", str(tmp_path / "no" / "x.svg")).exit_code == 2

    def test_draw(self, tmp_path: Path) -> None:
        folder = put(tmp_path, PAPER, V2)
        assert "Workflow paper, version 2</title>" in self.run(folder, "draw", "paper").output
        assert "Workflow paper, version 1</title>" in self.run(folder, "draw", "paper.v1").output
        out = tmp_path / "paper.svg"
        assert self.run(folder, "draw", "paper", "--out", str(out)).exit_code == 0
        assert out.read_text(encoding="utf-8").startswith("<svg ")

    def test_draw_refuses_what_is_not_sound(self, tmp_path: Path) -> None:
        assert self.run(put(tmp_path, edited("days: [0], to: chair", "days: [0]")), "draw", "paper").exit_code == 1
