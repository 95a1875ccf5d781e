"""Forms: bringing a document in, and choosing what of it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commissioning.models.reports import Section
from commissioning.reports.uploads import MAX_BYTES
from commissioning.web.formbase import BaseForm, ChoiceField, PlainHiddenField, RadiosField, UploadField, choice
from commissioning.word.pieces import UNPLACED
from commissioning.word.understanding import AFTER, KEEP, PLACED, REMOVE, TAKE, WITHOUT, Proposal


class BringForm(BaseForm):
    """A document that comes in: a copy that went out, or a paper that was begun in Word."""

    file = UploadField(
        "Word document", required="Select a Word document", noun="Word document", endings=("docx",),
        max_bytes=MAX_BYTES, hint="DOCX, at most 20 MB, without macros or a password",
    )  # fmt: skip


class TemplateForm(BaseForm):
    """The document whose styles, header and footer a body's papers have."""

    file = UploadField(
        "Template", required="Select a Word document", noun="Word document", endings=("docx",),
        max_bytes=MAX_BYTES, hint="DOCX with the council’s styles, header and footer. Its text is left out",
    )  # fmt: skip


def taking_form(proposals: Sequence[Proposal], sections: Sequence[Section], seen: str) -> BaseForm:
    """A choice for each part that would change; `seen` is the digest of what is shown."""
    parts: dict[str, Any] = {"seen": PlainHiddenField()}
    data = {"seen": seen}
    names = {f"{PLACED}{s.id}": f"Put it under {s.heading}" for s in sections}
    for proposal in proposals:
        offered = [choice(code, names.get(code) or _words(proposal, code)) for code in proposal.choices]
        field = ChoiceField if proposal.kind == UNPLACED else RadiosField
        parts[proposal.name] = field(
            f"What is to happen with {proposal.heading}?",
            offered,
            required=f"Choose what is to happen with {proposal.heading}",
        )
        data[proposal.name] = proposal.chosen
    form: BaseForm = type("TakingForm", (BaseForm,), parts)(data={n: v or None for n, v in data.items()})
    return form


def _words(proposal: Proposal, code: str) -> str:
    if code == TAKE:
        if proposal.without is not None:
            return "Take it with the tracked changes accepted"
        return "Add it" if proposal.how == "added" else "Take what the Word document says"
    if code == WITHOUT:
        return "Take it without the tracked changes"
    if code == AFTER:
        return "Put what the Word document says after what stands here"
    if code == REMOVE:
        return "Take it out of the report"
    assert code == KEEP
    return "Leave it out" if proposal.how in ("added", "unplaced") else "Leave the report as it is"
