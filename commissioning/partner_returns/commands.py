"""Answering a partner return, whole or in part; sending and validating it are steps of its definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.clock import fresh_id
from commissioning.models.partners import (
    OUTTURN,
    RATINGS,
    PartnerFigure,
    PartnerProgress,
    PartnerReturn,
    PartnerSpend,
)
from commissioning.partner_returns.figures import Answers, get_answers

LONGEST = 20_000
MOST = 10**15
MOST_UNITS = 10**9


@dataclass(frozen=True)
class Answer:
    """What a partner answers: pence by (priority, first day of the year), hundredths by indicator, and by priority
    (rating, why), pence that were spent, units of service. What is not there is not answered yet."""

    text: str = ""
    change_words: str = ""
    spend: Mapping[tuple[int, date], int] = field(default_factory=dict)
    figures: Mapping[int, int] = field(default_factory=dict)
    progress: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    spent: Mapping[int, int] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)

    @property
    def said(self) -> list[Any]:
        """All of it in an order, as the record keeps it."""
        return [self.text.strip(), self.change_words.strip(),
                *(_said(m) for m in (self.spend, self.figures, self.progress, self.spent, self.units))]  # fmt: skip


def answer(
    session: Session, actor: Actor, partner_return_id: int, new: Answer, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Save what a partner answers, whole or in part. Raises Invalid by field, Stale."""

    def change(context: Context) -> None:
        row = session.get_one(PartnerReturn, partner_return_id, populate_existing=True)
        check_seen(seen, row.version, context.case.title)
        asked = get_answers(session, row)
        _check_answer(asked, new)
        rated = {k: (v.rating, v.words) for k, v in asked.progress.items()}
        held = Answer(row.text, row.change_words, asked.spend, asked.figures, rated, asked.spent, asked.units)
        row.text, row.change_words = new.text.strip(), new.change_words.strip()
        for model in (PartnerSpend, PartnerFigure, PartnerProgress):
            session.execute(delete(model).where(model.return_id == row.case_id))
        session.add_all(_rows(row.case_id, new, asked.spent_on))
        session.flush()
        if held.said != new.said:
            row.version += 1
            context.changed("answers", held.said, new.said)

    body = [*new.said, seen]
    amend(session, actor, partner_return_id, "partner_return.answer", "partner_return.answered", change, now=now,
          key=key, body=body)  # fmt: skip


def _rows(return_id: int, new: Answer, spent_on: date) -> list[Any]:
    spend = [
        PartnerSpend(id=fresh_id(), return_id=return_id, priority_id=p, year_on=y, pence=v)
        for (p, y), v in new.spend.items()
    ]
    spend += [
        PartnerSpend(id=fresh_id(), return_id=return_id, priority_id=p, year_on=spent_on, pence=v, is_spent=True,
                     units=new.units.get(p))
        for p, v in new.spent.items()
    ]  # fmt: skip
    figures = [
        PartnerFigure(id=fresh_id(), return_id=return_id, indicator_id=i, hundredths=v) for i, v in new.figures.items()
    ]
    progress = [
        PartnerProgress(id=fresh_id(), return_id=return_id, priority_id=p, rating=r, words=w.strip())
        for p, (r, w) in new.progress.items()
    ]
    return [*spend, *figures, *progress]


def _check_answer(asked: Answers, new: Answer) -> None:
    """Raises NotFound for what the return does not ask, Invalid by field."""
    known = {p.id for p in asked.priorities}
    is_asked = (
        new.spend.keys() <= ({(p, y) for p in known for y in asked.years} if asked.kind == "spend" else set()),
        new.figures.keys() <= {i.id for i in asked.indicators},
        new.progress.keys() <= (known if asked.kind in ("june", "november") else set()),
        new.spent.keys() <= (known if asked.kind == "spend" and asked.level >= OUTTURN else set()),
        new.units.keys() <= {p.id for p in asked.priorities if asked.kind == "spend" and asked.asks_units(p)},
    )
    if not all(is_asked):
        raise NotFound
    errors = {
        f"spend_{priority}_{year.year}": "Planned spend must be £0 or more"
        for (priority, year), pence in new.spend.items()
        if not 0 <= pence <= MOST
    }
    errors |= {f"spent_{p}": "What was spent must be £0 or more" for p, v in new.spent.items() if not 0 <= v <= MOST}
    errors |= {f"units_{p}": "Enter how many units, 1 or more" for p, v in new.units.items() if not 0 < v <= MOST_UNITS}
    errors |= {f"spent_{p}": "Enter what these units cost" for p in new.units.keys() - new.spent.keys()}
    errors |= {f"figure_{i}": "The figure must be 0 or more" for i, v in new.figures.items() if not 0 <= v <= MOST}
    errors |= {f"rating_{p}": "Select how it goes" for p, (r, _) in new.progress.items() if r not in RATINGS}
    texts = {"text": new.text, "change_words": new.change_words}
    texts |= {f"words_{p}": words for p, (_, words) in new.progress.items()}
    errors |= {n: f"This must be {LONGEST:,} characters or fewer" for n, t in texts.items() if len(t) > LONGEST}
    if errors:
        raise Invalid(errors)


def _said(given: Mapping[Any, Any]) -> list[Any]:
    """Answers in an order, as the record keeps them."""
    flat = [[[str(part) for part in k] if isinstance(k, tuple) else str(k), v] for k, v in given.items()]
    return sorted(([k, list(v) if isinstance(v, tuple) else v] for k, v in flat), key=str)
