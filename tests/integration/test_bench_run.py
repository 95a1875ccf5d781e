"""The bench notices what it must: work left out, a product too slow, a wrong inbox; and writes it down."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from tests.bench import bench, drive, run, workload
from tests.bench.adapter import CaseId
from tests.bench.engines import ENGINES, LABELS, Engine, engine
from tests.bench.handwritten import Handwritten
from tests.bench.measure import Measure, judged, write_json


@pytest.fixture(scope="module", params=ENGINES)
def an_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with engine(request.param) as started:
        yield started


class Forgetful(Handwritten):
    """An opponent with a planted fault: it does not keep the history of its approvals."""

    def _record(self, case: CaseId, actor: int, what: str, source: str | None, target: str, *, comment: str) -> None:
        if what != "approve":
            super()._record(case, actor, what, source, target, comment=comment)


class Unsorted(Handwritten):
    """An opponent with a planted fault: its inbox leaves the most urgent task out."""

    def inbox(self, user: int) -> list:
        return list(super().inbox(user))[1:]


def test_wrong_facts_are_noticed(an_engine: Engine) -> None:
    """Control: a faster opponent that leaves work out is found by the checks of facts."""
    forgetful = Forgetful()
    forgetful.prepare(an_engine.new_database(), workload.PERSONS)
    with pytest.raises(drive.WrongFacts, match="history is 12, not 13"):
        drive.check_report(forgetful, drive.whole_report(forgetful, 1), 1)
    forgetful.close()
    unsorted = Unsorted()
    unsorted.prepare(an_engine.new_database(), workload.PERSONS)
    unsorted.load_inbox(500)
    with pytest.raises(drive.WrongFacts, match="due dates"):
        drive.check_inbox(unsorted, 500, workload.INBOX_READER)
    unsorted.close()


def test_measures_are_judged_and_written(tmp_path: Path) -> None:
    slow = judged("a share", "x", 0.3, must=0.4, aim=0.8, n=5)
    fast = judged("a share", "x", 0.5, must=0.4, aim=0.8, n=5)
    long = judged("a factor", "x", 9.0, must=8, aim=4, n=5, lower=True)
    plain = judged("a rate", "1/s", 1234.5, n=5)
    assert [m.ok for m in (slow, fast, long, plain)] == [False, True, False, None]
    path = tmp_path / "build" / "bench.json"
    write_json(path, [slow, plain])
    written = json.loads(path.read_text())
    assert list(written[0]) == ["name", "unit", "value", "must", "aim", "ok", "n"]
    assert Measure(**written[0]) == slow


class Slow(Handwritten):
    """A side with a planted fault: slower by so much that a busy machine cannot hide it."""

    def create(self, actor: int, form: workload.ReportForm, comment: str) -> CaseId:
        time.sleep(0.4)
        return super().create(actor, form, comment)


def run_bench(
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    an_engine: Engine,
    product: type[Handwritten] | None,
    *measures: str,
) -> tuple[int, dict[str, Measure]]:
    """Run the command with little to do; return its status and what it wrote, by name."""
    tiny = replace(run.SHORT, rounds=3, reports=1, units=20, returns=2, inbox=(100, 300), reads=10)
    monkeypatch.setattr(run, "SHORT", tiny)
    module = None
    if product:
        module = ModuleType("tests.bench.product")
        monkeypatch.setattr(module, "system", product, raising=False)
    monkeypatch.setattr(run, "find_product", lambda: module)
    monkeypatch.setattr(run, "engine", lambda _name: nullcontext(an_engine))
    output = path / "bench.json"
    only = [word for measure in measures for word in ("--only", measure)]
    status = run.main(["--short", "--output", str(output), "--engine", an_engine.name, *only])
    return status, {line["name"]: Measure(**line) for line in json.loads(output.read_text())}


def test_a_slow_product_is_found_and_a_fast_one_passes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, an_engine: Engine
) -> None:
    """Control: the verdict follows the ratio, and the command's status follows the verdict."""
    label = f"report steps, against hand-written, {LABELS[an_engine.name]}"
    status, slow = run_bench(monkeypatch, tmp_path, an_engine, Slow, "reports")
    assert (status, slow[label].ok) == (1, False)
    monkeypatch.setattr(bench, "Handwritten", Slow)
    status, fast = run_bench(monkeypatch, tmp_path, an_engine, Handwritten, "reports")
    assert (status, fast[label].ok) == (0, True)
    assert fast[label].must == {"sqlite": 0.25, "postgresql": 0.4}[an_engine.name]


def test_a_product_that_leaves_work_out_gives_no_figure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, an_engine: Engine
) -> None:
    """Control: the run stops instead of praising a side for what it did not do."""
    status, written = run_bench(monkeypatch, tmp_path, an_engine, Forgetful, "reports")
    assert (status, written) == (2, {})


def test_without_a_product_the_opponent_runs_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, an_engine: Engine
) -> None:
    status, written = run_bench(monkeypatch, tmp_path, an_engine, None, "month", "inbox")
    assert status == 0
    assert f"inbox p50 at 300 against 100, hand-written, {LABELS[an_engine.name]}" in written
    assert all(m.ok is None and "against hand-written" not in name for name, m in written.items())
