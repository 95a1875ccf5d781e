"""Definition files: what is wrong is refused with file, line, what was found and what was expected."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.unit.workflow_samples import PAPER, edited, paper
from workflows.loading import DEFINITIONS, DefinitionError, load_directory, load_file, load_text
from workflows.schema import PUBLISHED, json_schema, schema_text

STATES = "drafting, signing, ready, paused, heard, agreed, refused, dropped"
ROLES = "author, officer, boss, chair"
STEPS = "send, sign, complete, submit, conclude, pause, resume, drop"

# What is replaced, by what, a text that stands in the line to be named, the whole message.
WRONG = {
    "empty file": (PAPER, "", "", "found an empty file, expected a definition"),
    "comment only": (PAPER, "# nothing", "# nothing", "found an empty file, expected a definition"),
    "no map": (PAPER, "- a\n- b\n", "- a", "the file: found ['a', 'b'], expected a map of keys"),
    "bad indentation": (
        "  ready:\n",
        " ready:\n",
        " ready:",
        "found no readable YAML (expected <block end>, but found '<block mapping start>'), expected a definition",
    ),
    "open bracket": (
        "roles: [author, officer, boss, chair]",
        "roles: [author, officer",
        "states:",
        "found no readable YAML (expected ',' or ']', but got ':'), expected a definition",
    ),
    "two documents": (
        "sign_offs:\n",
        "---\nsign_offs:\n",
        "---",
        "found no readable YAML (but found another document), expected a definition",
    ),
    "control character": (
        "label: Drafting",
        "label: Draf\x07ting",
        "Draf",
        "found a control character, expected plain text",
    ),
    "a key twice": (
        "  heard: {label",
        "  paused: {label: Again}\n  heard: {label",
        "Again",
        'found "paused" a second time, expected each name once',
    ),
    "a key that is no word": (
        "{yes_: agreed",
        "{yes: agreed",
        "{yes:",
        'found the key "yes", expected a plain word (quote it?)',
    ),
    "a list as key": ("version: 1", "[a]: 1", "[a]", 'found the key "...", expected a plain word (quote it?)'),
    "a date": (
        "label: Drafting",
        "label: 2012-05-09",
        "2012",
        'found "2012-05-09" (timestamp), expected text or a number (quote it?)',
    ),
    "a date that is none": (
        "label: Drafting",
        "label: 2012-13-45",
        "2012",
        'found "2012-13-45" (timestamp), expected text or a number (quote it?)',
    ),
    "a tag that would build an object": (
        "label: Drafting",
        "label: !!python/name:os.system x",
        "os.system",
        'found "x" (os.system), expected text or a number (quote it?)',
    ),
    "a tag that lies": ("version: 1", "version: !!int one", "one", 'found "one", expected what its tag says'),
    "an alias": (
        "    due: {after: draft_on}",
        "    due: &due {after: draft_on}\n    exposure: *due",
        "exposure",
        "found an alias, expected the thing itself written out",
    ),
    "an alias to itself": (
        "means: [editable]",
        "means: &loop [*loop]",
        "&loop",
        "found an alias, expected the thing itself written out",
    ),
    "missing key": ("kind: paper\n", "", "name: paper", "found no kind in the file, expected one"),
    "missing key of a step": (
        "    label: Send for sign-off\n",
        "",
        "  send:",
        "found no label in steps.send, expected one",
    ),
    "unknown key": (
        "kind: paper",
        "kind: paper\ncolour: red",
        "colour",
        'found "colour" in the file, expected one of: name, version, kind, initial, roles, states, steps, sign_offs',
    ),
    "typo in a state": (
        "    means: [editable]",
        "    mean: [editable]",
        "mean:",
        'found "mean" in states.drafting, expected one of: '
        "label, means, exposure, final, standing, asks, due, reminders",
    ),
    "typo in a reminder": (
        "days: [1], to: boss",
        "days: [1], too: boss",
        "too:",
        'found "too" in states.drafting.reminders.1, expected one of: name, days, to',
    ),
    "typo in a sign-off": (
        "    excludes:",
        "    exclude:",
        "exclude:",
        'found "exclude" in sign_offs.clearance, expected one of: '
        "state, step, quorum, order, outcomes, when_complete, excludes",
    ),
    "version as text": ("version: 1", "version: one", "version", "version: found 'one', expected a whole number"),
    "version true": ("version: 1", "version: true", "version", "version: found True, expected a whole number"),
    "version zero": ("version: 1", "version: 0", "version", "version: found 0, expected 1 or more"),
    "name with a capital": (
        "name: paper\n",
        "name: Paper\n",
        "name: Paper",
        "name: found 'Paper', expected a name of small letters, digits and - (for example board-report)",
    ),
    "state with a space": (
        "  ready:\n",
        "  rea dy:\n",
        "rea dy",
        "states.rea dy: found 'rea dy', expected a name of small letters, digits and _ (for example papers_close)",
    ),
    "label without words": (
        "label: Drafting",
        "label: '   '",
        "'   '",
        "states.drafting.label: found '   ', expected words on one line",
    ),
    "label too long": (
        "label: Drafting",
        f"label: {'x' * 121}",
        "xxx",
        f"states.drafting.label: found '{'x' * 56}..., expected at most 120 characters",
    ),
    "label is a number": ("label: Drafting", "label: 5", "label: 5", "states.drafting.label: found 5, expected text"),
    "list expected": (
        "means: [editable]",
        "means: editable",
        "means:",
        "states.drafting.means: found 'editable', expected a list",
    ),
    "map expected": (
        "due: {after: draft_on}",
        "due: draft_on",
        "due: draft_on",
        "states.drafting.due: found 'draft_on', expected a map of keys",
    ),
    "yes is not true": (
        "agreed: {label: Agreed, final: true}",
        "agreed: {label: Agreed, final: 'yes'}",
        "'yes'",
        "states.agreed.final: found 'yes', expected true or false",
    ),
    "a day too far": (
        "days: [-2, 0]",
        "days: [-2, 300]",
        "300",
        "states.drafting.reminders.0.days.1: found 300, expected 260 or less",
    ),
    "no days": (
        "days: [-2, 0]",
        "days: []",
        "days: []",
        "states.drafting.reminders.0.days: found [], expected at least 1 of them",
    ),
    "unknown reason": (
        "reason: optional",
        "reason: maybe",
        "maybe",
        "steps.submit.reason: found 'maybe', expected 'none', 'optional' or 'required'",
    ),
    "rule without a number": (
        "guards: [has_text@1, has_sum@1]",
        "guards: [has_text, has_sum@1]",
        "guards:",
        "steps.send.guards.0: found 'has_text', expected a rule as name@number (for example papers_open@1)",
    ),
    "rule with a dot (trap 2)": (
        "effects: [record@1]",
        "effects: [os.system]",
        "os.system",
        "steps.sign.effects.0: found 'os.system', expected a rule as name@number (for example papers_open@1)",
    ),
    "event without a kind": (
        "event: paper.sent",
        "event: sent",
        "event: sent",
        "steps.send.event: found 'sent', expected an event as kind.what_happened (for example report.submitted)",
    ),
    "waker that is none": (
        "standing: heard_on",
        "standing: a.b.c",
        "a.b.c",
        "states.heard.standing: found 'a.b.c', "
        "expected what wakes it: kind.step or a timer (for example meeting.publish_agenda)",
    ),
    "target of no kind": (
        "    to: signing",
        "    to: 7",
        "to: 7",
        "steps.send.to: found 7, expected a state, previous, or a map of answers to states",
    ),
    "no targets": (
        "to: {yes_: agreed, no_: refused, later: ready}",
        "to: {}",
        "to: {}",
        "steps.conclude.to: found {}, expected at least 1 of them",
    ),
    "unknown initial": (
        "initial: drafting",
        "initial: draft",
        "initial",
        f'found initial "draft", expected one of: {STATES}',
    ),
    "final initial": (
        "initial: drafting",
        "initial: agreed",
        "initial",
        'found initial "agreed", which is final; expected a state that goes on',
    ),
    "role system": (
        "roles: [author, officer, boss, chair]",
        "roles: [author, officer, boss, chair, system]",
        "roles",
        'found role "system", which always exists; expected only roles that people hold',
    ),
    "role twice": (
        "roles: [author, officer, boss, chair]",
        "roles: [author, officer, boss, chair, author]",
        "roles",
        'found role "author" a second time, expected each once',
    ),
    "state called previous": (
        "  dropped: {label: Dropped, final: true}",
        "  dropped: {label: Dropped, final: true}\n  previous: {label: P, standing: x}",
        "label: P,",
        'found a state called "previous", which is a reserved word; expected another name',
    ),
    "final state that asks": (
        "dropped: {label: Dropped, final: true}",
        "dropped: {label: Dropped, final: true, due: {after: entered}}",
        "dropped: {",
        'found final state "dropped" with asks, due, reminders or standing, expected none',
    ),
    "standing and asking": (
        "heard: {label: Heard, standing: heard_on}",
        "heard: {label: Heard, standing: heard_on, asks: [{step: conclude, of: boss}]}",
        "heard: {",
        'found "heard" both standing and asking, expected one of the two',
    ),
    "reminders without due": (
        "    due: {after: draft_on}\n",
        "",
        "    reminders:",
        'found reminders in "drafting" without due, expected a date to count from',
    ),
    "reminder twice": (
        "name: draft_late",
        "name: draft_due",
        "days: [1], to: boss",
        'found reminder "draft_due" a second time, expected each once',
    ),
    "reminder day twice": (
        "days: [-2, 0]",
        "days: [-2, -2]",
        "-2, -2",
        'found day "-2" a second time, expected each once',
    ),
    "reminder to nobody": (
        "days: [1], to: boss",
        "days: [1], to: clerk",
        "to: clerk",
        f'found role "clerk", expected one of: {ROLES}',
    ),
    "meaning twice": (
        "means: [editable]",
        "means: [editable, editable]",
        "means",
        'found meaning "editable" a second time, expected each once',
    ),
    "ask for an unknown step": (
        "{step: send, of: author}",
        "{step: sent, of: author}",
        "{step: sent",
        f'found step "sent", expected one of: {STEPS}',
    ),
    "ask for a step from elsewhere": (
        "{step: submit, of: boss}",
        "{step: send, of: author}",
        "    asks: [{step: send, of: author}]\n    due: {after: entered}",
        'found "ready" asking for "send", which does not leave from it; expected one of: submit, pause',
    ),
    "ask of the wrong role": (
        "{step: send, of: author}",
        "{step: send, of: boss}",
        "of: boss}]\n    due: {after: draft_on}",
        'found "boss" asked for "send", expected a role that may do it: author',
    ),
    "ask of an unknown role": (
        "{step: send, of: author}",
        "{step: send, of: autor}",
        "autor",
        f'found role "autor", expected one of: {ROLES}',
    ),
    "ask twice": (
        "[{step: send, of: author}]",
        "[{step: send, of: author}, {step: send, of: author}]",
        "}, {step: send",
        'found ask for "send of author" a second time, expected each once',
    ),
    "asked instead, of the wrong role": (
        "{step: send, of: author}",
        "{step: send, of: author, instead: [{where: has_sum@1, step: send, of: boss}]}",
        "of: boss}]}]",
        'found "boss" asked for "send", expected a role that may do it: author',
    ),
    "unknown source (trap 10)": (
        "    from: [drafting]\n",
        "    from: [draftin]\n",
        "draftin]",
        f'found state "draftin", expected one of: {STATES}',
    ),
    "step out of a final state (trap 12)": (
        "from: [drafting, paused]",
        "from: [drafting, agreed]",
        "drafting, agreed",
        'found a step out of final state "agreed", expected none',
    ),
    "every state as source (trap 12)": (
        "from: [drafting, paused]",
        "from: ['*']",
        "'*'",
        "steps.drop.from.0: found '*', expected a name of small letters, digits and _ (for example papers_close)",
    ),
    "source twice (trap 10)": (
        "from: [drafting, paused]",
        "from: [drafting, drafting]",
        "drafting, drafting",
        'found state "drafting" a second time, expected each once',
    ),
    "unknown target": (
        "    to: signing\n",
        "    to: sining\n",
        "sining",
        f'found state "sining", expected previous or one of: {STATES}',
    ),
    "step by an unknown role": (
        "by: [boss]",
        "by: [bos]",
        "[bos]",
        f'found role "bos", expected system or one of: {ROLES}',
    ),
    "step by a role twice": (
        "by: [boss]",
        "by: [boss, boss]",
        "[boss, boss]",
        'found role "boss" a second time, expected each once',
    ),
    "guard twice": (
        "[has_text@1, has_sum@1]",
        "[has_text@1, has_text@1]",
        "has_text@1, has",
        'found guard "has_text@1" a second time, expected each once',
    ),
    "effect twice": (
        "effects: [record@1]",
        "effects: [record@1, record@1]",
        "record@1, ",
        'found effect "record@1" a second time, expected each once',
    ),
    "event of another kind": (
        "event: paper.sent",
        "event: letter.sent",
        "letter.sent",
        'found event "letter.sent", expected one that starts with "paper."',
    ),
    "several targets, no tally": (
        "    exclusive: outcome@1\n",
        "",
        "to: {yes_",
        "found several targets, expected exclusive to name the tally that picks one",
    ),
    "tally, one target": (
        "    to: heard\n",
        "    to: heard\n    exclusive: outcome@2\n",
        "outcome@2",
        "found exclusive, expected to with a target for each answer of the tally",
    ),
    "previous among several": (
        "later: ready",
        "later: previous",
        "later: previous",
        'found "previous" among several targets, expected states',
    ),
    "step that does nothing": (
        "    to: heard\n",
        "",
        "  submit:",
        'found step "submit", which neither moves nor does anything; expected to, effects or a sign-off',
    ),
    "sign-off in an unknown state": (
        "state: signing",
        "state: sining",
        "sining",
        f'found state "sining", expected one of: {STATES}',
    ),
    "two sign-offs in one state": (
        "steps:\n  send",
        "  more: {state: signing, step: sign, outcomes: {ok: met}, when_complete: complete}\nsteps:\n  send",
        "more:",
        'found a second sign-off in "signing", expected one for each state',
    ),
    "signing step from elsewhere": (
        "    step: sign\n",
        "    step: send\n",
        "    step: send\n",
        'found step "send", expected one that leaves from "signing"',
    ),
    "signing step that moves": (
        "    from: [signing]\n    by: [officer, chair]",
        "    from: [signing]\n    to: ready\n    by: [officer, chair]",
        "    step: sign\n",
        'found signing step "sign" that moves, expected one that stays',
    ),
    "completion by people": (
        "    to: ready\n    by: [system]",
        "    to: ready\n    by: [boss]",
        "when_complete",
        'found "complete" not by system, expected by: [system]',
    ),
    "completion that stays": (
        "    to: ready\n    by: [system]",
        "    effects: [tell@1]\n    by: [system]",
        "when_complete",
        'found "complete", which stays; expected a step that moves on',
    ),
    "completion past the signatures": (
        "    from: [signing]\n    to: ready",
        "    from: [signing, drafting]\n    to: ready",
        "when_complete",
        'found "complete" also leaving from "drafting", expected only from where signatures are asked',
    ),
    "unknown completion": (
        "when_complete: complete",
        "when_complete: completed",
        "when_complete",
        f'found step "completed", expected one of: {STEPS}',
    ),
    "no outcome counts": (
        "{cleared: met, changes: blocks}",
        "{changes: blocks}",
        "outcomes",
        'found no outcome that counts as "met", expected at least one',
    ),
    "outcome of no kind": (
        "{cleared: met, changes: blocks}",
        "{cleared: fine}",
        "fine",
        "sign_offs.clearance.outcomes.cleared: found 'fine', expected 'met' or 'blocks'",
    ),
    "bar for an unknown role": (
        "excludes: [author]",
        "excludes: [writer]",
        "writer",
        f'found role "writer", expected one of: {ROLES}',
    ),
    "bar twice": (
        "excludes: [author]",
        "excludes: [author, chair, chair]",
        "excludes",
        'found role "chair" a second time, expected each once',
    ),
    "quorum that cannot be read": (
        "2 of officer, or the chair",
        "two officers",
        "two officers",
        'found "two officers", expected "all asked", "N of ROLE" or "the ROLE"',
    ),
    "quorum of nobody": (
        "2 of officer, or the chair",
        "0 of officer",
        "0 of officer",
        'found "0 of officer", expected a number from 1 to 99',
    ),
    "quorum of an unknown role": (
        "2 of officer, or the chair",
        "2 of finance",
        "2 of finance",
        f'found role "finance" in the quorum, expected one of: {ROLES}',
    ),
}


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
