"""The pieces of the audit trail by themselves: what the verifier says of one event, what exports and commands write."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, String

from commissioning import audit, audit_checkpoints, audit_export, audit_triggers
from commissioning.actors import Actor, Identity, system_actor
from commissioning.audit_checkpoints import Leaf, file_name, root_of
from commissioning.audit_commands import progress_lines, tell
from commissioning.audit_erasure import _WORDS, ERASURES
from commissioning.audit_verify import FACTS, Finding, Verification, _End, _event
from commissioning.models.cases import Case
from commissioning.models.triggers import refusing_statements

AT = datetime(2012, 5, 9, 10, 30, 0, 250, tzinfo=UTC)
ANN = Actor(Identity(7, "Ann"))


def event(seq: int = 1, previous: str = "", chain: str = "case:3", **more: Any) -> tuple[Any, ...]:
    """A row as the verifier reads it, of an event as it is sealed."""
    sealed = audit.seal(chain, seq, previous, name="paper.sent", at=AT, actor=ANN, **more)
    sealed["at"] = audit.instant(AT)
    return tuple(sealed[name] for name in (*FACTS, "chained", "hash", "salt", "body"))


def put(row: tuple[Any, ...], **changed: Any) -> tuple[Any, ...]:
    """The row with other values."""
    names = (*FACTS, "chained", "hash", "salt", "body")
    return tuple(changed.get(name, value) for name, value in zip(names, row, strict=True))


def said(
    row: tuple[Any, ...], end: _End | None = None, recorded: dict[str, int] | None = None
) -> list[tuple[str, str]]:
    """What the verifier finds in one event."""
    result = Verification()
    _event(row, end or _End(row[0]), recorded or {}, result)
    assert [(f.chain, f.seq) for f in result.findings] == [(row[0], row[1])] * result.found
    return [(f.kind, f.words) for f in result.findings]


GOOD = event(case_id=3, step="send", from_state="drafting", to_state="signing", version=2, request_key="k")


def test_an_event_as_it_was_sealed_is_whole_and_ends_its_chain() -> None:
    end = _End("case:3")
    assert said(GOOD, end) == []
    assert (end.seq, end.hash, end.case_id, end.told_state, end.told_version) == (1, GOOD[13], 3, "signing", 2)
    second = event(2, end.hash, case_id=3)
    assert said(second, end) == []
    assert (end.seq, end.told_state, end.told_version) == (2, "signing", 2), "an event without a state tells none"


@pytest.mark.parametrize("column", FACTS)
def test_a_column_that_differs_from_the_chained_bytes_is_named(column: str) -> None:
    row = put(GOOD, **{column: 9 if isinstance(GOOD[FACTS.index(column)], int | None) else "9"})
    found = [words for kind, words in said(row, _End(row[0], row[1] - 1)) if kind == "column"]
    assert found == [f"Columns differ from the chained bytes: {column}."]


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        (put(GOOD, hash="0" * 64), "hash", "The stored bytes do not have the stored hash."),
        (event(1, "ab"), "previous", "It does not follow from the event before."),
        (event(3), "sequence", "Event 1 is missing before event 3."),
        (put(GOOD, chained="{", hash=audit.sha256("{")), "unreadable", "The stored bytes are not those of an event."),
        (put(GOOD, chained="[]", hash=audit.sha256("[]")), "unreadable", "The stored bytes are not those of an event."),
        (put(GOOD, chained="{}", hash=audit.sha256("{}")), "unreadable", "The stored bytes are not those of an event."),
        (put(GOOD, body="{}"), "body", "Its words were altered."),
        (put(GOOD, salt="00"), "body", "Its words were altered."),
        (put(GOOD, salt="no"), "body", "Its words were altered."),
        (put(GOOD, body=None), "body", "Half of its words' record is gone."),
        (put(GOOD, salt=None), "body", "Half of its words' record is gone."),
        (put(GOOD, body=None, salt=None), "erased", "Its words are gone and no erasure is on record."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_fault_of_an_event_has_words_of_its_own(row: tuple[Any, ...], kind: str, words: str) -> None:
    assert said(row) == [(kind, words)]


def test_words_that_are_gone_are_erased_up_to_the_event_that_the_record_covers_and_never_the_record_itself() -> None:
    gone = put(GOOD, body=None, salt=None)
    assert said(gone, recorded={"case:3": 1}) == []
    assert [k for k, _ in said(put(event(2), body=None, salt=None), _End("case:3", 1), {"case:3": 1})] == ["erased"]
    assert [k for k, _ in said(gone, recorded={"case:4": 1})] == ["erased"]
    assert [k for k, _ in said(put(event(chain=ERASURES), body=None, salt=None), recorded={ERASURES: 9})] == ["erased"]


def test_beyond_a_thousand_findings_are_only_counted() -> None:
    result = Verification()
    assert result == Verification(0, 0, 0, 0, "", [], 0)
    assert result.is_whole
    for number in range(1001):
        result.add("hash", str(number))
    assert (result.found, len(result.findings), result.findings[-1].words) == (1001, 1000, "999")
    assert not result.is_whole


def test_the_root_binds_time_previous_root_and_every_leaf_whatever_their_order() -> None:
    """Worked by hand from the words of the module: so an auditor could."""
    leaves = [Leaf("case:2", 1, "bb"), Leaf("case:1", 2, "aa")]
    lines = audit.sha256("case:1 2 aa\ncase:2 1 bb\n")
    worked = audit.sha256(f'{{"leaves":"{lines}","nominal_at":"T","previous_root":"P","v":1}}')
    assert root_of("T", "P", leaves) == root_of("T", "P", reversed(leaves)) == worked
    assert file_name(AT) == "checkpoint-20120509T103000Z.json"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_checkpoints_file_is_written_whole_and_never_over_another(
    has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on a file system without links; nothing half written is left behind."""

    def link(*_: Any) -> None:
        raise OSError("no links here")

    if not has_links:
        monkeypatch.setattr("os.link", link)
    path = tmp_path / "checkpoint-1.json"
    audit_checkpoints._write(path, "whole\n")
    if has_links:
        audit_checkpoints._write(path, "another\n")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("checkpoint-1.json", "whole\n")]
    assert audit_checkpoints.read_files(tmp_path / "nowhere") == []


RECORD = dict.fromkeys(("nominal_at", "previous_root", "root", "leaves"), "x")


@pytest.mark.parametrize("content", ["{", "[]", "7", *(json.dumps(RECORD | {n: None}).replace(n, "z") for n in RECORD)])
def test_a_file_that_is_no_checkpoint_is_named(content: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "checkpoint-1.json", tmp_path / "checkpoint-2.json"
    good.write_text(json.dumps(RECORD))
    assert audit_checkpoints.read_files(tmp_path) == [RECORD]
    bad.write_text(content)
    with pytest.raises(ValueError, match="expected a checkpoint") as refused:
        audit_checkpoints.read_files(tmp_path)
    assert str(refused.value).startswith(f"{bad}: ")
    bad.unlink()
    bad.mkdir()
    with pytest.raises(ValueError, match="expected a checkpoint"):
        audit_checkpoints.read_files(tmp_path)


def test_an_event_in_a_process_miners_log_to_the_letter() -> None:
    facts = dict(zip(FACTS, GOOD, strict=False)) | {"for_id": 4, "step": 'a "b" & c'}
    assert audit_export._xes_event(facts, None).splitlines() == [
        "    <event>",
        '      <string key="concept:name" value="paper.sent"/>',
        '      <date key="time:timestamp" value="2012-05-09T10:30:00.000250Z"/>',
        '      <string key="lifecycle:transition" value="complete"/>',
        '      <string key="org:resource" value="person 7"/>',
        '      <string key="step" value=\'a "b" &amp; c\'/>',
        '      <string key="from_state" value="drafting"/>',
        '      <string key="to_state" value="signing"/>',
        '      <int key="seq" value="1"/>',
        '      <int key="version" value="2"/>',
        '      <int key="for_id" value="4"/>',
        "    </event>",
    ]
    nothing = dict.fromkeys(FACTS) | {"name": "x", "at": "t"}
    assert [line.split('"')[1] for line in audit_export._xes_event(nothing, "tick").splitlines()[1:-1]] == [
        *("concept:name", "time:timestamp", "lifecycle:transition", "org:resource")
    ]
    assert 'value="service: tick"' in audit_export._xes_event(nothing, "tick")
    assert 'value="service: "' in audit_export._xes_event(nothing, None)


def test_a_case_in_a_process_miners_log() -> None:
    case = Case(reference="CR-1", kind="report", definition="board-report.v1", title="Secret")
    assert audit_export._trace(case).splitlines() == [
        "  <trace>",
        '    <string key="concept:name" value="CR-1"/>',
        '    <string key="kind" value="report"/>',
        '    <string key="definition" value="board-report.v1"/>',
    ]


def test_what_verification_says_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    whole = Verification(events=1200, chains=3, erased=2, checkpoints=4, last_checkpoint="2012-05-09T01:00:00.000000Z")
    end = "A tail cut off after the last checkpoint cannot be seen: compare roots with those kept elsewhere.\n"
    tell(whole)
    counted = "1,200 events in 3 chains, 2 with erased words, 4 checkpoints"
    assert capsys.readouterr().out == f"{counted}, the last of 2012-05-09T01:00:00.000000Z: whole.\n{end}"
    found = [Finding("hash", "Wrong.", "case:3", 2), Finding("head", "None.", "case:4"), Finding("trigger", "Off.")]
    tell(replace(whole, last_checkpoint="", findings=found, found=3))
    assert capsys.readouterr().out == (
        f"hash: case:3 2: Wrong.\nhead: case:4: None.\ntrigger: Off.\n{counted}: 3 findings.\n{end}"
    )
    tell(replace(whole, findings=found, found=1003))
    assert "... and 1000 more\n" in capsys.readouterr().out


def test_progress_is_a_line_now_and_then_and_one_that_moves_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a word for what is quickly done; else at every 100,000 and at the end."""
    progress = progress_lines("checked")
    for count in (50, 99_999, 100_000, 150_000, 200_000, 200_001):
        progress(count, 200_001)
    assert capsys.readouterr().err.splitlines() == [
        "100,000 of 200,001 events checked",
        "200,000 of 200,001 events checked",
        "200,001 of 200,001 events checked",
    ]
    progress_lines("checked")(50, 50)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    moving = progress_lines("written")
    moving(1, 2)
    moving(2, 2)
    assert capsys.readouterr().err == "\r1 of 2 events written\r2 of 2 events written\n"


def _as_made() -> tuple[str, tuple[Any, ...], dict[str, str]]:
    sql = (
        "CREATE TRIGGER t BEFORE UPDATE OR DELETE ON events FOR EACH ROW WHEN (OLD.x IS NULL) EXECUTE FUNCTION refuse()"
    )
    return sql, ("t", "O", "refuse", "BEGIN\n  RAISE; END", "events", 16 + 8, True), {"refuse": "BEGIN RAISE; END"}


def test_a_trigger_of_the_other_engine_is_as_made_in_each_respect() -> None:
    """Asked of the catalogue's row by itself; on the engine in the tests of tampering."""
    sql, row, bodies = _as_made()
    assert audit_triggers._is_as_made(row, sql, bodies)
    assert audit_triggers._is_as_made((row[0], b"O", *row[2:]), sql, bodies), "as bytes too, as some drivers give it"
    assert not audit_triggers._is_as_made(None, sql, bodies)
    for place, other in ((1, "D"), (2, "allow"), (3, "BEGIN END"), (4, "cases"), (5, 16), (6, False)):
        bent = (*row[:place], other, *row[place + 1 :])
        assert not audit_triggers._is_as_made(bent, sql, bodies | {"allow": bodies["refuse"]}), row[place]
    verbs = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
    for verb, bit in verbs.items():
        one = sql.replace("UPDATE OR DELETE", verb)
        assert audit_triggers._is_as_made((*row[:5], bit, True), one, bodies)
    assert refusing_statements("postgresql")


KEPT_TEXT = {
    "reports": {"ward"},
    "sections": {"heading", "hint", "key", "kind", "secrecy", "speciality"},
    "recommendations": {"about_step", "ask", "secrecy"},
    "appendices": {"kind", "letter", "secrecy"},
    "report_risks": {"arises", "rating", "secrecy"},
    "report_sign_offs": {"content_sha256", "covers", "outcome", "signed_post_name", "speciality"},
    "sign_off_questions": {"answer"},
    "outside_comments": {"answer", "secrecy"},
    "report_editions": {"sha256"},
    "word_copies": set(),
    "word_returns": set(),
    "asks": {"subject"},
    "actions": {"due_precision"},
    "action_lines": set(),
    "messages": {"about", "channel", "key", "last_error", "provider_id", "route", "status"},
    "cases": {
        *("chain_hash", "definition", "exposure", "kind", "previous_state", "reference", "scope", "secrecy", "state"),
    },
}
"""Columns of text that an erasure leaves: codes, hashes, headings of a board's template, a post's name. An answer is
written over by a statement of its own, as only a question that was answered may have one."""


def test_every_column_of_words_is_written_over_or_said_to_be_kept() -> None:
    """A new column of words is told here before it outlives an erasure."""
    found = {}
    for owner, values in _WORDS:
        table = owner.class_.__table__
        text = {c.name for c in table.columns if isinstance(c.type, String | LargeBinary)}
        found[table.name] = text - values.keys()
    assert found == KEPT_TEXT


def test_an_actor_of_the_service_is_no_person() -> None:
    row = audit.seal("settings", 1, "", name="x", at=AT, actor=system_actor("tick"), body={"old": 1})
    assert (row["actor_id"], row["case_id"], row["body"]) == (None, None, '{"actor":"tick","old":1}')
