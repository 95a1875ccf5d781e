"""What is mutated, in parts, and which tests each part is asked of."""

from __future__ import annotations

from dataclasses import dataclass

from tests.mutation.changes import ROOT

MUST = 95
"""Of a hundred mutants, those that must be caught."""


@dataclass(frozen=True)
class Part:
    """Modules, a star for all that begin so, and the test files that are to notice what changes in them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


PARTS = {
    "engine": Part(
        ("workflows.engine", "workflows.quorum", "workflows.definition", "workflows.registry", "workflows.fitting"),
        (
            "tests/unit/test_engine.py",
            "tests/unit/test_engine_traps.py",
            "tests/unit/test_quorum.py",
            "tests/unit/test_fitting.py",
            "tests/unit/test_catalogue.py",
            "tests/unit/test_loading.py",
        ),
    ),
    "proof": Part(
        ("workflows.soundness", "workflows.exploration"),
        ("tests/unit/test_soundness.py", "tests/unit/test_soundness_by_brute_force.py"),
    ),
    "days": Part(
        ("workflows.working_days", "workflows.back_planning"),
        (
            "tests/unit/test_working_days.py",
            "tests/unit/test_back_planning.py",
            "tests/unit/test_contract_dates.py",
        ),
    ),
    "loading": Part(
        ("workflows.loading", "workflows.reading", "workflows.naming"),
        ("tests/unit/test_loading.py",),
    ),
    "policy": Part(
        ("commissioning.policy", "commissioning.actors"),
        (
            "tests/unit/test_policy.py",
            "tests/access/test_rules.py::test_nobody_does_what_the_tables_bar_them_from",
            "tests/integration/casework/test_who.py",
            "tests/integration/casework/test_order.py",
            "tests/integration/casework/test_refusals.py",
        ),
    ),
    "audit": Part(
        ("commissioning.audit*",),
        (
            "tests/unit/test_audit_text.py",
            "tests/unit/test_audit_pieces.py",
            "tests/integration/ticks/test_audit.py",
            "tests/integration/ticks/test_audit_tampering.py",
            "tests/integration/reports/test_erasure.py",
        ),
    ),
    "reminders": Part(
        ("commissioning.reminders.*", "commissioning.casework.plans"),
        (
            "tests/unit/test_reminder_words.py",
            "tests/unit/test_reminder_sentences.py",
            "tests/unit/test_forecast_pieces.py",
            "tests/unit/test_planning.py",
            "tests/integration/ticks/test_counting_again.py",
            "tests/integration/ticks/test_foreseeing.py",
            "tests/integration/ticks/test_reminders.py",
            "tests/integration/ticks/test_routing.py",
            "tests/integration/ticks/test_what_is_ahead.py",
            "tests/integration/ticks/test_whom_and_when.py",
            "tests/integration/calendar/test_forecast.py",
            "tests/integration/calendar/test_forecast_of_all.py",
            "tests/integration/calendar/test_reminder_rules.py",
            "tests/integration/ticks/test_jobs.py",
            "tests/integration/ticks/test_pages_of_jobs.py",
            "tests/integration/casework/test_follows.py",
            "tests/integration/cycles/test_cycle_life.py",
            "tests/integration/notices/test_notices.py",
        ),
    ),
}


def modules_of(part: str) -> list[str]:
    """The modules of a part by their full names."""
    found = []
    for name in PARTS[part].modules:
        pattern = name.replace(".", "/") + ".py"
        paths = sorted(ROOT.glob(pattern))
        found += [str(p.relative_to(ROOT).with_suffix("")).replace("/", ".") for p in paths if p.stem != "__init__"]
    return found
