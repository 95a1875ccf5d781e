"""The form of the page from which a meeting is run: every recommendation of one item, and what was said there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from commissioning import labels
from commissioning.decisions.outcome_commands import Entry, Note
from commissioning.decisions.outcomes import OutcomeInput, Voting, outcomes_for
from commissioning.models.bodies import Outcome
from commissioning.models.reports import Recommendation
from commissioning.models.sittings import LineNote, RecordedVote
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    MoneyField,
    NumberField,
    PlainHiddenField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

MOST_VOTES = 1000
_COUNTED = ("votes for", "votes against", "abstentions")
VOTES = ("votes_for", "votes_against", "abstentions")
WORDS = ("amended_text", "reasons", "comments", "action_title")
AS_PRINTED = {"comment": "commented", "note": "noted"}
"""The outcome of an ask that is taken as it is printed; of every other it is agreed."""


def live_form(
    recommendations: Sequence[Recommendation],
    outcomes: Mapping[int, Outcome],
    voting: Voting,
    note: LineNote | None,
    *,
    numbers: Mapping[int, int],
    bodies: Sequence[tuple[int, str]],
    advises: bool,
    is_private: bool,
) -> BaseForm:
    """One form for a line of the agenda; each field's name ends with the id of its recommendation.

    `numbers` of the recommendations in their paper; `bodies` to which one may be referred; `advises`: another body
    decides, and this one may comment; `is_private`: the minutes get a summary of what was said (P-17).
    """
    parts: dict[str, Any] = {}
    data: dict[str, Any] = {"note": note.text if note else "", "note_version": str(note.version) if note else ""}
    data["public_note"] = note.summary if note else ""
    others = [choice(str(i), name) for i, name in bodies]
    for one in recommendations:
        row, of, n = outcomes.get(one.id), f"_{one.id}", numbers[one.id]
        words = [choice(code, labels.OUTCOMES[code]) for code in outcomes_for(one.ask, advises=advises)]
        parts[f"outcome{of}"] = RadiosField(f"Outcome of recommendation {n}", words)
        if one.ask == "choose":
            offered = [
                choice(str(o.id), o.text, "Suggested by the author" if o.is_suggested else "") for o in one.options
            ]
            wanted = labels.how_many(one.least, one.most, len(offered))
            parts[f"chosen{of}"] = CheckboxesField("Chosen", offered, hint=f"Choose {wanted}")
        if voting.decides_by != "consensus":
            parts |= {
                f"{name}{of}": NumberField(label, maximum=MOST_VOTES, noun=f"{noun} (recommendation {n})")
                for name, label, noun in zip(VOTES, labels.VOTES.values(), _COUNTED, strict=True)
            }
            if voting.chair_casts:
                sides = [choice(code, labels.VOTES[code]) for code in ("for", "against")]
                parts[f"casting_vote{of}"] = ChoiceField("Chair’s casting vote", sides)
        parts[f"amended_text{of}"] = TextAreaField("Text as amended", rows=3)
        if one.amount_pence is not None:
            hint = "Leave empty if the sum is the one proposed"
            parts[f"amended_pence{of}"] = MoneyField("Sum as amended", hint=hint, noun="sum as amended")
        parts[f"reasons{of}"] = TextAreaField("Reasons", rows=2)
        parts[f"referred_to_id{of}"] = ChoiceField("Referred to", others)
        parts[f"comments{of}"] = TextAreaField("Comments that were made", rows=3)
        parts[f"action_title{of}"] = TextField("Action that follows", max_length=1000)
        parts[f"version{of}"] = PlainHiddenField()
        data |= _begin(one, row)
    hint = "Kept from the minutes" if is_private else "For the minutes"
    parts["note"] = TextAreaField("What was said", rows=3, max_length=20_000, hint=hint)
    if is_private:
        hint = "For the minutes, which everybody may read: a fair account with nothing exempt in it"
        parts["public_note"] = TextAreaField("Summary for the public", rows=3, max_length=20_000, hint=hint)
    parts["note_version"] = PlainHiddenField()
    form: BaseForm = type("LiveForm", (BaseForm,), parts)(data=data)
    return form


def _begin(one: Recommendation, row: Outcome | None) -> dict[str, Any]:
    of = f"_{one.id}"
    if row is None:
        return {f"amended_text{of}": one.text, f"version{of}": ""}
    found = {f"{name}{of}": getattr(row, name) for name in ("outcome", "casting_vote", *VOTES, *WORDS)}
    found[f"amended_text{of}"] = row.amended_text or one.text
    found[f"amended_pence{of}"] = row.amended_pence
    found[f"chosen{of}"] = [i for i in row.chosen.split(",") if i]
    found[f"referred_to_id{of}"] = str(row.referred_to_id or "")
    return found | {f"version{of}": str(row.version)}


def seen_now(form: BaseForm, outcomes: Mapping[int, Outcome], note: LineNote | None) -> None:
    """After two versions have been shown, the form carries on from the stored ones: it can be sent again."""
    for field in form:
        if field.name.startswith("version_"):
            row = outcomes.get(int(field.name.removeprefix("version_")))
            field.data = str(row.version) if row else ""
    form["note_version"].data = str(note.version) if note else ""


def typed_entries(
    form: BaseForm,
    recommendations: Sequence[Recommendation],
    outcomes: Mapping[int, Outcome],
    named: Mapping[int, Sequence[RecordedVote]],
    *,
    numbers: Mapping[int, int],
    as_printed: bool,
) -> list[Entry]:
    """The outcomes that were typed. What the page does not ask (owner, votes by name) stays as entered.

    `as_printed`: what has no outcome yet is taken as it is printed. Refuses in the form what says something of a
    recommendation without an outcome.
    """
    found = []
    for one in recommendations:
        of, row = f"_{one.id}", outcomes.get(one.id)
        outcome = form[f"outcome{of}"].data or (AS_PRINTED.get(one.ask, "agreed") if as_printed else "")
        given = {name: form[f"{name}{of}"].data for name in WORDS}
        given |= {name: form[f"{name}{of}"].data for name in VOTES if f"{name}{of}" in form}
        given |= {"amended_pence": form[f"amended_pence{of}"].data} if f"amended_pence{of}" in form else {}
        given["referred_to_id"] = int(form[f"referred_to_id{of}"].data) if form[f"referred_to_id{of}"].data else None
        given["casting_vote"] = (form[f"casting_vote{of}"].data or "") if f"casting_vote{of}" in form else ""
        if not outcome:
            if any(v not in (None, "") for k, v in given.items() if k != "amended_text"):
                form.refuse(f"outcome{of}", f"Select the outcome of recommendation {numbers[one.id]}")
            continue
        if one.ask == "choose":
            given["chosen"] = _chosen(form, one, is_suggested=as_printed)
        entered = _entered(row, named.get(one.id, ())) if row is not None else OutcomeInput(outcome)
        version = form[f"version{of}"].data
        found.append(Entry(one.id, replace(entered, outcome=outcome, **given), int(version) if version else None))
    return found


def _chosen(form: BaseForm, one: Recommendation, *, is_suggested: bool) -> tuple[int, ...]:
    chosen = tuple(int(i) for i in form[f"chosen_{one.id}"].data)
    return chosen or (tuple(o.id for o in one.options if o.is_suggested) if is_suggested else ())


def _entered(row: Outcome, named: Sequence[RecordedVote]) -> OutcomeInput:
    """An outcome as it was entered."""
    names = (
        *VOTES,
        *WORDS,
        "alternatives",
        "action_owner_id",
        "action_due_on",
        "casting_vote",
    )
    return OutcomeInput(
        row.outcome,
        chosen=tuple(int(i) for i in row.chosen.split(",") if i),
        named=tuple((vote.person_id, vote.vote) for vote in named),
        **{name: getattr(row, name) for name in names},
    )


def typed_note(form: BaseForm) -> Note:
    """What was said, as typed."""
    version = form["note_version"].data
    summary = form["public_note"].data if "public_note" in form else None
    return Note(form["note"].data, int(version) if version else None, summary)
