"""Definitions as they were when first used (architecture.md): kept once, and no start with another text of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework import texts
from commissioning.casework.registry import house
from commissioning.models.cases import WorkflowText
from tests.support.errands import NOW, Town
from workflows.reading import DefinitionError


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = dict(house.workflows)
    yield
    house.workflows.clear()
    house.workflows.update(before)


def kept(town: Town) -> list[Any]:
    return town.read(select(*WorkflowText.__table__.columns))


def refusal(town: Town) -> str:
    with pytest.raises(DefinitionError) as refused:
        texts.check(town.engine)
    return str(refused.value)


def test_the_first_case_keeps_the_text_and_later_ones_leave_it(town: Town) -> None:
    texts.check(town.engine)
    first, _ = town.errand(), town.errand()
    texts._KEPT.clear()
    town.errand(now=NOW + timedelta(days=1))
    (row,) = kept(town)
    workflow = house.workflows[town.case(first).definition]
    assert (row.id, row.sha256, row.text, row.first_used_at) == (workflow.id, workflow.sha256, workflow.text, NOW)
    texts.check(town.engine)


def test_what_is_undone_is_not_taken_for_kept(town: Town) -> None:
    def fail(session: Session) -> None:
        texts.keep(session, [next(iter(house.workflows))], NOW)
        raise LookupError

    with pytest.raises(LookupError):
        town.run(fail)
    assert not kept(town)
    town.run(lambda s: texts.keep(s, [next(iter(house.workflows))], NOW))
    assert len(kept(town)) == 1


def test_no_start_with_a_changed_text_or_without_one_that_cases_run_on(town: Town) -> None:
    case = town.errand()
    used = town.case(case).definition
    house.use([replace(house.workflows[used], sha256="0" * 64)])
    assert refusal(town).startswith(f"{used}.yaml, line 1: differs from what cases have run on since 2 March 2026. ")
    house.workflows.pop(used)
    assert refusal(town) == (
        f"{used}.yaml, line 1: is missing, and cases have run on it since 2 March 2026: put it back"
    )
