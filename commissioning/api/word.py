"""A paper in Word over the API: a copy goes out with its marks, comes back as differences, and what is chosen is taken.

The same two steps as on the pages: nothing of a document is in the report until somebody has chosen from what it would
change (product.md, "Word and back").
"""

from __future__ import annotations

from typing import Annotated, Any

from flask import g
from pydantic import Base64Bytes, Field

from commissioning.api.operations import PREFIX, about, as_it_stands, operation, read_anew
from commissioning.api.schemas import CaseOut, Given, Taken
from commissioning.casework.errors import Invalid
from commissioning.reports.file_checks import BadFile
from commissioning.reports.queries import ReportView
from commissioning.reports.uploads import MAX_BYTES, TYPES, safe_name
from commissioning.web import requests
from commissioning.word import commands
from commissioning.word.queries import find_copy, find_document, get_return
from commissioning.word.reading import Unreadable
from commissioning.word.routes import checked, must_write, read_paper, send_copy, take_copy
from commissioning.word.understanding import digest_of


class WordCopyOut(Given):
    """A copy that is out; `links.file` is the document."""

    id: int
    links: dict[str, str]


class WordBody(Taken):
    """A document that comes in: its bytes in base64."""

    file_name: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[Base64Bytes, Field(max_length=MAX_BYTES)]


class WordChangeOut(Given):
    """One part that would change: how it stands, what the document says, what can be chosen, what is beforehand.

    `how` is `changed`, `both` (here as well), `first`, `added`, `missing`, `unplaced` or `order`.
    """

    name: str
    heading: str
    how: str
    old: str
    new: str
    choices: list[str]
    chosen: str
    to_sign_again: list[str]


class WordReturnOut(Given):
    """What a document would change, with what of it is not taken. `seen` goes with what is chosen."""

    id: int
    seen: str
    changes: list[WordChangeOut]
    absent: list[str]
    not_taken: list[str]
    comments: list[str]
    links: dict[str, str]


class ChosenBody(Taken):
    """What was chosen, by the names of the changes; a change that is not named is taken as it is beforehand."""

    seen: Annotated[str, Field(max_length=100)]
    choices: Annotated[dict[str, Annotated[str, Field(max_length=60)]], Field(max_length=1000)]


def _writing(report_id: int) -> ReportView:
    """The report, for who may write in it now. Raises NotFound, Forbidden."""
    about(report_id, "report")
    view = read_paper(report_id)
    must_write(view)
    return view


@operation("POST", "/reports/{report_id}/word/copies", WordCopyOut, tag="reports", status=201, problems=(403, 409))
def word_take_out(report_id: int, key: str) -> WordCopyOut:
    """Take a copy out.

    A .docx with a mark on every section and recommendation. The report says who has it until it is ended.
    """
    taken = take_copy(_writing(report_id), key)
    copy_id = find_copy(read_anew(), report_id, taken)
    g.location = f"{PREFIX}/reports/{report_id}/word/copies/{copy_id}.docx"
    return WordCopyOut(id=copy_id, links={"file": g.location, "report": f"{PREFIX}/cases/{report_id}"})


@operation("GET", "/reports/{report_id}/word/copies/{copy_id}.docx", TYPES["docx"], tag="reports", problems=(403,))
def word_copy(report_id: int, copy_id: int) -> Any:
    """Read a copy.

    As it went out, for who may write in the report.
    """
    return send_copy(_writing(report_id), copy_id)


@operation(
    "POST", "/reports/{report_id}/word", WordReturnOut, tag="reports", status=201, body=WordBody, problems=(403, 409)
)  # fmt: skip
def word_bring(report_id: int, body: WordBody, key: str) -> WordReturnOut:
    """Bring a document in.

    It is held, and answered with what it would change; nothing of the report changes.
    """
    _writing(report_id)
    try:
        document = checked(body.content)
    except (BadFile, Unreadable) as error:
        raise Invalid({"content": f"The file {error}"}) from None
    try:
        held = requests.run(
            commands.hold_return, report_id, document.copy_id, safe_name(body.file_name), body.content, key=key
        )
    except Invalid as error:
        raise Invalid({"content" if name == "file" else name: text for name, text in error.errors.items()}) from None
    read_anew()
    return _held(_writing(report_id), held)


@operation("GET", "/reports/{report_id}/word/{return_id}", WordReturnOut, tag="reports", problems=(403,))
def word_return(report_id: int, return_id: int) -> WordReturnOut:
    """Read what a document would change.

    Against the report as it stands now.
    """
    return _held(_writing(report_id), return_id)


@operation(
    "POST", "/reports/{report_id}/word/{return_id}/take", CaseOut, tag="reports", body=ChosenBody, problems=(403, 409)
)  # fmt: skip
def word_take_in(report_id: int, return_id: int, body: ChosenBody, key: str) -> CaseOut | None:
    """Take what was chosen.

    409 if the report has moved since `seen`. Whoever had signed what changes is asked again, and nobody else.
    """
    _writing(report_id)
    document = find_document(requests.reading(), report_id, return_id)
    requests.run(commands.take_in, report_id, return_id, document, body.choices, body.seen, key=key)
    return as_it_stands()


@operation("POST", "/reports/{report_id}/word/{return_id}/drop", CaseOut, tag="reports", problems=(403, 409))
def word_drop(report_id: int, return_id: int, key: str) -> CaseOut | None:
    """Leave the report as it is.

    The document is let go of; the copy stays out and can come back again.
    """
    _writing(report_id)
    requests.run(commands.drop_return, report_id, return_id, key=key)
    return as_it_stands()


def _held(view: ReportView, return_id: int) -> WordReturnOut:
    found = get_return(requests.reading(), view.case.id, return_id, view.parts)
    here = f"{PREFIX}/reports/{view.case.id}/word/{return_id}"
    g.location = here
    return WordReturnOut(
        id=return_id,
        seen=digest_of(found.proposals),
        changes=[
            WordChangeOut(
                name=p.name, heading=p.heading, how=p.how, old=p.old, new=p.new, choices=list(p.choices),
                chosen=p.chosen, to_sign_again=found.stale[p.name],
            )
            for p in found.proposals
        ],
        absent=found.absent,
        not_taken=found.not_taken,
        comments=[f"{c.author}: {c.text}" for c in found.document.comments],
        links={"self": here, "take": f"{here}/take", "drop": f"{here}/drop"},
    )  # fmt: skip
