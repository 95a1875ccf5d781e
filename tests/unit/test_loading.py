"""Definition files: what is wrong is refused with file, line, what was found and what was expected."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.unit.workflow_samples import PAPER, edited, paper
from tests.unit.wrong_form import WRONG_FORM
from tests.unit.wrong_meaning import WRONG_MEANING
from workflows.loading import DEFINITIONS, DefinitionError, load_directory, load_file, load_text
from workflows.schema import PUBLISHED, json_schema, schema_text

WRONG = WRONG_FORM | WRONG_MEANING


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_definition_is_refused_with_its_line_and_reason(case: str) -> None:
    old, new, marker, message = WRONG[case]
    text = edited(old, new)
    with pytest.raises(DefinitionError) as refused:
        load_text(text, "paper.v1.yaml")
    line = text.count("\n", 0, text.index(marker)) + 1
    assert f"paper.v1.yaml, line {line}: {message}" in [str(p) for p in refused.value.problems]


def test_at_least_forty_wrong_definitions_have_a_message_of_their_own() -> None:
    messages = Counter(message for *_, message in WRONG.values())
    assert len(messages) >= 70
    assert all("found " in m and "expected " in m for m in messages)


def test_all_problems_of_a_file_are_told_in_the_order_of_its_lines() -> None:
    text = edited("by: [boss]", "by: [bos]", edited("means: [editable]", "means: [editable, editable]"))
    with pytest.raises(DefinitionError) as refused:
        load_text(text)
    lines = [p.line for p in refused.value.problems]
    assert len(lines) == 3  # the ask of "boss" for a step that he may no longer do, too
    assert lines == sorted(lines)


def test_nesting_without_end_is_refused_and_does_not_end_in_a_crash() -> None:
    with pytest.raises(DefinitionError, match="lists within lists"):
        load_text("a: " + "[" * 100_000)


def test_the_good_definition_reads_as_written() -> None:
    workflow = paper()
    assert workflow.id == "paper.v1"
    assert workflow.states["drafting"].has("editable")
    assert not workflow.states["ready"].has("editable")
    assert workflow.states["drafting"].reminders[1].escalates
    assert workflow.steps["sign"].stays
    assert workflow.steps["conclude"].targets == {"yes_": "agreed", "no_": "refused", "later": "ready"}
    assert workflow.steps["resume"].all_targets() == ("previous",)
    assert not workflow.steps["complete"].for_people
    assert workflow.sign_offs["clearance"].excludes == ("author",)
    assert workflow.sign_off_for("complete") is workflow.sign_off_in("signing")
    assert workflow.sign_off_in("ready") is None
    assert workflow.states_meaning("editable") == {"drafting"}


def test_the_hash_is_over_the_stored_text(tmp_path: Path) -> None:
    unix, windows = tmp_path / "a" / "paper.v1.yaml", tmp_path / "b" / "paper.v1.yaml"
    for path, text in ((unix, PAPER), (windows, PAPER.replace("\n", "\r\n"))):
        path.parent.mkdir()
        path.write_bytes(text.encode())
    assert load_file(unix).text == PAPER
    assert load_file(unix).sha256 == load_text(PAPER).sha256
    assert load_file(windows).sha256 != load_file(unix).sha256


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("paper.v2.yaml", PAPER.encode(), 1, 'found the file name "paper.v2.yaml", expected "paper.v1.yaml"'),
        ("paper.v1.yml", PAPER.encode(), 1, 'found the file name "paper.v1.yml", expected "paper.v1.yaml"'),
        ("paper.v1.yaml", b"name: paper\nkind: \xff\n", 2, "found bytes that are not UTF-8, expected text"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, name: str, content: bytes, line: int, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DefinitionError) as refused:
        load_directory(tmp_path)
    assert [str(p) for p in refused.value.problems] == [f"{name}, line {line}: {message}"]


def test_a_missing_folder_or_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="found no such folder"):
        load_directory(tmp_path / "none")
    with pytest.raises(DefinitionError, match="found no readable file"):
        load_file(tmp_path / "none.v1.yaml")


def test_all_files_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.v1.yaml").write_text("")
    (tmp_path / "b.v1.yaml").write_text("- 1")
    with pytest.raises(DefinitionError) as refused:
        load_directory(tmp_path)
    assert [p.file for p in refused.value.problems] == ["a.v1.yaml", "b.v1.yaml"]


def test_the_published_schema_is_the_one_in_force() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text()
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema()
    assert (DEFINITIONS / "board-report.v1.yaml").is_file(), "else none of those that are shipped is looked at below"


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_definition_loads_and_fits_the_published_schema(path: Path) -> None:
    assert load_file(path).id == path.stem
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), json_schema())


def test_the_published_schema_refuses_what_is_wrong() -> None:
    for old, new in [("version: 1", "version: 0"), ("kind: paper\n", ""), ("    to: signing\n", "    to: 7\n")]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(edited(old, new)), json_schema())


@pytest.mark.parametrize("text", ["- " * 30_000 + "x", "[" * 30_000, "{a: " * 20_000])
def test_lists_within_lists_without_end_are_refused_in_words(text: str) -> None:
    """libyaml would run out of stack and take the process with it."""
    with pytest.raises(DefinitionError) as refused:
        load_text(text)
    assert refused.value.problems
