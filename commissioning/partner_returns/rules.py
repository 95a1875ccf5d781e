"""What the definition `partner-return` names: nothing is missing, large changes are explained, who sent it and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from commissioning.casework.context import Context
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.models.partners import PartnerReturn
from commissioning.partner_returns.figures import Answers, get_answers, list_large_changes, what_is_missing
from workflows.registry import Refusal

KIND = "partner_return"
NAMED = 5


def _row(context: Context) -> PartnerReturn:
    return context.session.get_one(PartnerReturn, context.case.id)


def _dates(context: Context) -> Mapping[str, date]:
    return {"partner_due_on": _row(context).partner_due_on}


house.kind(Kind(KIND, "PTR", "partner-return", dates=_dates))


def _answers(context: Context) -> Answers:
    if "partner_answers" not in context.memo:
        context.memo["partner_answers"] = get_answers(context.session, _row(context))
    found: Answers = context.memo["partner_answers"]
    return found


@guard("partner_answers_whole@1")
def partner_answers_whole(context: Context) -> Refusal | None:
    """Every priority has its three years, every indicator its figure, every rating its words (NY-25, NY-26)."""
    missing = what_is_missing(_answers(context), _row(context).text)
    if not missing:
        return None
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return Refusal("not_answered", f"Still to answer: {'; '.join(missing[:NAMED])}{more}", "the head of the partner")


@guard("partner_changes_explained@1")
def partner_changes_explained(context: Context) -> Refusal | None:
    """What differs much from the return before has words that say why."""
    row = _row(context)
    if row.change_words.strip():
        return None
    large = list_large_changes(context.session, row, _answers(context))
    if not large:
        return None
    more = f" and {len(large) - NAMED} more" if len(large) > NAMED else ""
    text = f"Say why these differ much from the return before: {'; '.join(large[:NAMED])}{more}"
    return Refusal("changes_unexplained", text, "the head of the partner")


def _note_sent(context: Context) -> None:
    row = _row(context)
    row.sent_by_id, row.sent_on = context.actor.person_id, context.today


effect("note_partner_sent@1", record=_note_sent)
