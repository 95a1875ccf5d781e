"""`/meetings/<id>/read`: the papers as members read them; what they do while reading, each by one short form."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.meetings.sitting_commands import declare_interest, register_words
from commissioning.models.packs import MemberQuestion
from commissioning.packs.agenda import WHOLE
from commissioning.packs.commands import note_pack_reading
from commissioning.packs.forms import AnswerForm, ApologiesForm, InterestForm, NoteForm, QuestionForm
from commissioning.packs.reading import Paper, get_agenda, get_paper, has_paper, read_paper
from commissioning.packs.reading_commands import answer_member, ask_officer, keep_place, save_note, send_apologies
from commissioning.web import access, requests
from commissioning.web.saving import ask, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("reading", __name__)
BOTH = ["GET", "POST"]
MOST_PRINTED = 60


def _noted(*papers: Paper) -> None:
    """Reading what is secret goes on record."""
    secret = [p.item.report_id for p in papers if p.item.level == WHOLE and p.item.has_secret]
    if secret:
        requests.run(note_pack_reading, secret)


@blueprint.get("/meetings/<int:meeting_id>/read")
@access.signed_in
def read(meeting_id: int) -> str:
    """What the reader is asked to decide, and where they stopped."""
    session, actor = requests.reading(), requests.actor()
    meeting, items, place = get_agenda(session, actor, meeting_id, requests.now())
    secret = [i.item.report_id for i in items if i.asks and i.item.level == WHOLE and i.item.has_secret]
    if secret:
        requests.run(note_pack_reading, secret)
    return render_template(
        "reading/agenda.html",
        meeting=meeting,
        items=items,
        place=next(((place, i.item) for i in items if place is not None and i.item.id == place.item_id), None),
        may_send=may_amend(session, meeting.case, "meeting.send_apologies"),
    )


@blueprint.get("/meetings/<int:meeting_id>/read/<int:item_id>")
@access.signed_in
def paper(meeting_id: int, item_id: int) -> Any:
    """One paper."""
    session, actor = requests.reading(), requests.actor()
    meeting, items, found = get_paper(session, actor, meeting_id, item_id, requests.now())
    _noted(found)
    papers = [i for i in items if has_paper(i)]
    at = papers.index(found.item)
    may = {name: may_amend(session, meeting.case, f"meeting.{name}") for name in ("declare_interest", "ask_officer")}
    return render_template(
        "reading/paper.html",
        meeting=meeting,
        found=found,
        before=papers[at - 1] if at else None,
        after=papers[at + 1] if at + 1 < len(papers) else None,
        may=may,
        outcomes=labels.SIGN_OFF_OUTCOMES,
        asks=labels.ASKS,
        said=labels.OUTCOMES,
    )


@blueprint.post("/meetings/<int:meeting_id>/read/<int:item_id>/place")
@access.signed_in
def place(meeting_id: int, item_id: int) -> Any:
    """Keep the reader's place, or note that they have read the paper and go on to the next."""
    is_read, anchor = request.form.get("read") == "yes", request.form.get("anchor", "")
    following = requests.run(keep_place, meeting_id, item_id, anchor, is_read=is_read)
    if not is_read:
        flash("Your place is kept. “Read the papers” begins here next time.")
        return redirect(url_for("reading.paper", meeting_id=meeting_id, item_id=item_id, _anchor=anchor or None), 303)
    if following is None:
        return redirect(url_for("reading.read", meeting_id=meeting_id), 303)
    return redirect(url_for("reading.paper", meeting_id=meeting_id, item_id=following), 303)


@blueprint.route("/meetings/<int:meeting_id>/read/<int:item_id>/notes/<number>", methods=BOTH)
@access.signed_in
def note(meeting_id: int, item_id: int, number: str) -> Any:
    """One's own note on a paragraph."""
    meeting, _, found = get_paper(requests.reading(), requests.actor(), meeting_id, item_id, requests.now())
    paragraph = next((p for s in found.sections for p in s["paragraphs"] if p.number == number), None)
    if paragraph is None:
        raise NotFound
    _noted(found)
    form = NoteForm(data={"text": "\n\n".join(n.text for n in paragraph.notes)})
    return ask(
        form,
        lambda: save(form, save_note, meeting_id, item_id, number, form["text"].data),
        "Your note is kept." if (form["text"].data or "").strip() else "The note is taken away.",
        lambda _: url_for("reading.paper", meeting_id=meeting_id, item_id=item_id, _anchor=f"p-{number}"),
        lambda _: render_template(
            "reading/note.html", meeting=meeting, found=found, paragraph=paragraph, form=form, title=f"Note on {number}"
        ),
    )


@blueprint.route("/meetings/<int:meeting_id>/read/apologies", methods=BOTH)
@access.signed_in
def apologies(meeting_id: int) -> Any:
    """A member's own apologies."""
    meeting, _, _ = get_agenda(requests.reading(), requests.actor(), meeting_id, requests.now())
    if not may_amend(requests.reading(), meeting.case, "meeting.send_apologies"):
        raise NotFound
    form = ApologiesForm()
    return ask(
        form,
        lambda: save(form, send_apologies, meeting_id, form["substitute"].data or ""),
        "Your apologies are with the clerk.",
        lambda _: url_for("reading.read", meeting_id=meeting_id),
        lambda _: render_template(
            "reading/form.html", meeting=meeting, form=form, title="Send apologies", found=None, button="Send apologies"
        ),
    )


@blueprint.route("/meetings/<int:meeting_id>/read/<int:item_id>/<what>", methods=BOTH)
@access.signed_in
def tell(meeting_id: int, item_id: int, what: str) -> Any:
    """A member's own interest in an item, or a question to those who present it."""
    session = requests.reading()
    meeting, _, found = get_paper(session, requests.actor(), meeting_id, item_id, requests.now())
    if what not in ("interest", "question"):
        raise NotFound
    is_interest = what == "interest"
    if not may_amend(session, meeting.case, "meeting.declare_interest" if is_interest else "meeting.ask_officer"):
        raise NotFound
    form = InterestForm() if is_interest else QuestionForm()

    def send() -> Any:
        if is_interest:
            me = requests.person_id()
            return save(form, declare_interest, meeting_id, item_id, me, form["nature"].data)
        return save(form, ask_officer, meeting_id, item_id, form["question"].data)

    title, button = ("Declare an interest", "Declare it") if is_interest else ("Ask those who present it", "Send")
    own = f"Your interest is on record. {register_words(requests.today())}"
    told = own if is_interest else "Your question is with those who present the paper."
    return ask(
        form,
        send,
        told,
        lambda _: url_for("reading.read", meeting_id=meeting_id),
        lambda _: render_template(
            "reading/form.html",
            meeting=meeting,
            form=form,
            title=title,
            found=found,
            button=button,
        ),
    )


@blueprint.route("/meetings/<int:meeting_id>/read/<int:item_id>/questions/<int:question_id>", methods=BOTH)
@access.signed_in
def answer(meeting_id: int, item_id: int, question_id: int) -> Any:
    """Answer a member's question."""
    meeting, _, found = get_paper(requests.reading(), requests.actor(), meeting_id, item_id, requests.now())
    row: MemberQuestion | None = next((q for q in found.questions if q.id == question_id), None)
    if row is None or not found.may_answer:
        raise NotFound
    form = AnswerForm(data={"answer": row.answer})
    return ask(
        form,
        lambda: save(form, answer_member, question_id, form["answer"].data),
        "The answer is with the member.",
        lambda _: url_for("reading.paper", meeting_id=meeting_id, item_id=item_id, _anchor="questions"),
        lambda _: render_template(
            "reading/form.html", meeting=meeting, form=form, title="Answer a member’s question", found=found,
            button="Send the answer", quoted=row.question,
        ),
    )  # fmt: skip


@blueprint.get("/meetings/<int:meeting_id>/read/print")
@access.signed_in
def printed(meeting_id: int) -> str:
    """Chosen papers on one page, to be printed; in large print if asked for."""
    session, actor = requests.reading(), requests.actor()
    meeting, items, _ = get_agenda(session, actor, meeting_id, requests.now())
    wanted = {requests.whole_number(x) for x in request.args.getlist("item")[:MOST_PRINTED]}
    papers = [read_paper(session, actor, i.item) for i in items if i.item.id in wanted and has_paper(i.item)]
    _noted(*papers)
    return render_template(
        "reading/printed.html",
        meeting=meeting,
        papers=papers,
        is_large=request.args.get("size") == "large",
        outcomes=labels.SIGN_OFF_OUTCOMES,
        asks=labels.ASKS,
        said=labels.OUTCOMES,
    )
