"""Forms for writing and signing a report. From what is typed to the values that commands take; rules are theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commissioning import labels
from commissioning.models.reports import Recommendation, RecommendationOption, Report
from commissioning.reports.commands import DATES, Header
from commissioning.reports.heard import STOP_ASKS
from commissioning.reports.recommending import Wording
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    ConfirmField,
    DateField,
    EmailField,
    MoneyField,
    NumberField,
    PlainHiddenField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

Choices = Sequence[tuple[int, str]]
SECRECY = [choice(code, words) for code, words in labels.SECRECY.items()]
_ASK_HINTS = {
    "approve": "A plan, a policy or a sum of money",
    "agree": "A statement or a way of doing something",
    "agree_not_to": "Not to do something that could be done",
    "choose": "One or more of the options that you list",
    "comment": "Comments are collected and sent to whoever is named",
    "proceed": "Go on with something, with an action",
    "note": "Nothing is decided",
    "delegate": "Leave a decision to somebody",
    "refer": "Send it to another body",
}


def chosen(pairs: Choices) -> list[Any]:
    """Options of a list from (id, words)."""
    return [choice(str(i), words) for i, words in pairs]


class MeetingForm(BaseForm):
    """The meeting that a report is for, and the body that decides where that is another one (BR-42, LI-03)."""

    meeting_id = ChoiceField(
        "Meeting", [], required="Choose a meeting", hint="The body where it is tabled, and the day"
    )
    decides_id = ChoiceField(
        "Body that decides", [], hint="Only if it is not the body that you chose above, for example Cabinet"
    )


class NewReportForm(MeetingForm):
    """What a report begins with; the rest can wait."""

    title = TextField("Title", required="Enter a title", max_length=300, hint="As it will stand on the agenda")


def route_form(
    most: int, bodies: list[Any], meetings: list[Any], asks: Mapping[str, str], begin: dict[str, Any]
) -> BaseForm:
    """A report's way: so many times a body, what it is asked, its meeting; the first meeting is the report's own."""
    parts: dict[str, Any] = {}
    for n in range(1, most + 1):
        first = "Choose the first body" if n == 1 else False
        parts[f"stop_{n}"] = ChoiceField(f"Body {n}", bodies, required=first, noun=f"body {n}")
        words = [choice(code, text) for code, text in asks.items()]
        parts[f"ask_{n}"] = ChoiceField(f"Body {n} is asked", words, noun=f"what body {n} is asked")
        if n > 1:
            hint = "If it is known already" if n == 2 else ""
            parts[f"meeting_{n}"] = ChoiceField(
                f"Meeting of body {n}", meetings, hint=hint, noun=f"meeting of body {n}"
            )
    form: BaseForm = type("RouteForm", (BaseForm,), parts)(data=begin)
    return form


class FurtherBodyForm(BaseForm):
    """A further body on the way of a report that is frozen."""

    body_id = ChoiceField("Further body", [], required="Choose a body from the list")
    after_id = ChoiceField("It comes after", [], required="Choose the body that it comes after")
    ask = ChoiceField("What it is asked", [choice(*a) for a in STOP_ASKS.items()], required="Select what it is asked")
    meeting_id = ChoiceField("Its meeting", [], hint="If it is known already")
    reason = TextAreaField("Why it is added", required="Enter why a further body is added", max_length=1000, rows=3)


class HeaderForm(BaseForm):
    """All fields of the header (LI-01, LI-02, BR-39)."""

    title = TextField("Title", required="Enter a title", max_length=300)
    safe_title = TextField(
        "Title for those who may not see the report",
        max_length=300,
        hint="It says nothing that must be kept: it stands in messages, and on the agenda if the report is withheld."
        " Left empty it is the title, or of a report that is withheld its reference",
    )
    purpose = TextAreaField("Purpose", max_length=4000, rows=3, hint="One or two sentences: what is the report for?")
    report_of = TextField("Report of", hint="The post, for example Director of Children’s Services")
    presenting_officer = TextField("Presenting officer", hint="Who speaks to it at the meeting")
    ward = TextField("Ward or division", hint="“All” if it concerns the whole area")
    contact_name = TextField("Contact officer")
    contact_phone = TextField("Telephone of the contact", max_length=40, width=20)
    contact_email = EmailField("E-mail of the contact")
    background_papers = TextAreaField("Background papers", max_length=4000, rows=4, hint="One on each line, or “None”")
    is_key_decision = ConfirmField("Key decision", "It asks for a key decision")
    changes_terms = ConfirmField(
        "Staff",
        "It changes the status or terms of a group of staff",
        hint="Then an equality impact assessment is attached: an appendix of the kind “Assessment”",
    )
    key_reason = TextField(
        "Why it is a key decision, or why not",
        max_length=1000,
        hint="Needed for a key decision, and for a sum from which the body takes decisions for key",
    )
    is_confidential = ConfirmField("Confidential", "It must be withheld: the law or a government department forbids it")
    is_exempt = ConfirmField("Exempt", "It may be withheld under Schedule 12A")
    exempt_paragraph = ChoiceField(
        "Paragraph of Schedule 12A",
        [choice(str(n), f"Paragraph {n}") for n in range(1, 8)],
        hint="Only if it is exempt",
    )
    public_interest = TextAreaField(
        "Why withholding it outweighs the public interest in disclosing it", max_length=4000, rows=3,
        noun="why withholding it outweighs the public interest", hint="Only if it is exempt",
    )  # fmt: skip
    exempt_review_on = DateField("Date on which the exemption is reviewed", hint="Only if it is exempt")
    restricted = ConfirmField("Restricted", "It is about a procurement or staff: hide it from search and counts too")
    draft_on = DateField("Draft is ready by", hint="Leave empty to go by the day on which papers close")
    sign_off_on = DateField("Sign-offs are needed by", hint="Leave empty to go by the day on which papers close")

    def header(self) -> Header:
        """What was typed, for the command; dates that were emptied are cleared."""
        found: dict[str, Any] = {}
        for field in self.shown():
            value = field.checked if isinstance(field, ConfirmField) else field.data
            found[field.short_name] = value
        paragraph = found["exempt_paragraph"]
        found["exempt_paragraph"] = int(paragraph) if paragraph else None
        return Header(**found, clear=tuple(n for n in DATES if found[n] is None))

    @classmethod
    def of(cls, report: Report, title: str, safe_title: str, restricted: bool) -> HeaderForm:
        """The form as the header stands."""
        data: dict[str, Any] = {n: getattr(report, n) for n in vars(Header()) if hasattr(report, n)}
        data |= {"title": title, "safe_title": "" if safe_title == title else safe_title, "restricted": restricted}
        for name in ("is_key_decision", "changes_terms", "is_confidential", "is_exempt", "restricted"):
            data[name] = ["yes"] if data[name] else []
        data["exempt_paragraph"] = str(report.exempt_paragraph) if report.exempt_paragraph else None
        return cls(data=data | {"version": report.version})


class SectionForm(BaseForm):
    """The text of one section."""

    text = TextAreaField(
        "Text",
        max_length=100_000,
        rows=18,
        hint="Paragraphs are numbered for you. A line is a paragraph. Begin one with [exempt] or [confidential] to "
        "withhold that paragraph alone. [see Legal implications] becomes the number of that section, and [see costs] "
        "that of the paragraph with [here costs] in it",
    )
    secrecy = RadiosField(
        "Who may read this section", [
            choice("open", "Open", "Whoever may read the report"),
            choice("exempt", "Exempt", "May be withheld under Schedule 12A"),
            choice("confidential", "Confidential", "Must be withheld by law"),
        ],
    )  # fmt: skip


class RecommendationForm(BaseForm):
    """One recommendation with the extra fields of its kind."""

    ask = RadiosField(
        "What does it ask of the body?",
        [choice(code, words, _ASK_HINTS[code]) for code, words in labels.ASKS.items()],
        required="Choose what the body is asked to do",
        noun="what the body is asked to do",
    )
    text = TextAreaField(
        "Recommendation", required="Enter what the body is asked to decide", max_length=10_000, rows=4,
        hint="One decision only, so that it can be agreed as it stands: “That the Board approves ...”",
    )  # fmt: skip
    options = TextAreaField(
        "Things to choose from", max_length=10_000, rows=5,
        hint="One on each line. Put * before those that you suggest",
    )  # fmt: skip
    least = NumberField("At least how many", minimum=1, maximum=100, width=3)
    most = NumberField("At most how many", minimum=1, maximum=100, width=3)
    reasons = TextAreaField("Reasons", max_length=10_000, rows=4, hint="They go into the decision record")
    risks = TextAreaField("Risks", max_length=10_000, rows=3)
    amount_pence = MoneyField("Sum of money", hint="The sum that is decided on, if there is one", noun="sum of money")
    deadline_on = DateField(
        "Deadline set from outside", hint="For example a date by which a department wants an answer"
    )
    about_id = ChoiceField(
        "The thing that it is about", [], hint="An action, a group or a virement that the decision will move"
    )
    about_step = ChoiceField("What is to happen to it", [], hint="When the decision takes effect")
    secrecy = RadiosField("Who may read this recommendation", SECRECY)

    def wording(self) -> Wording:
        """What was typed, for the command."""
        lines = [line.strip() for line in (self.options.data or "").splitlines() if line.strip()]
        return Wording(
            ask=self.ask.data or "",
            text=self.text.data or "",
            reasons=self.reasons.data or "",
            risks=self.risks.data or "",
            amount_pence=self.amount_pence.data,
            deadline_on=self.deadline_on.data,
            least=self.least.data,
            most=self.most.data,
            options=tuple((line.lstrip("* ").strip(), line.startswith("*")) for line in lines),
            about_id=int(self.about_id.data) if self.about_id.data else None,
            about_step=self.about_step.data,
            secrecy=self.secrecy.data or "open",
        )

    @staticmethod
    def data_of(row: Recommendation, options: Sequence[RecommendationOption]) -> dict[str, Any]:
        """The form's values as the recommendation stands."""
        names = ("ask", "text", "reasons", "risks", "amount_pence", "deadline_on", "least", "most", "about_step")
        data = {n: getattr(row, n) for n in names}
        lines = [("* " if o.is_suggested else "") + o.text for o in options]
        about = str(row.about_id) if row.about_id else None
        return data | {"options": "\n".join(lines), "about_id": about, "secrecy": row.secrecy, "version": row.version}


class PersonForm(BaseForm):
    """Choosing one person."""

    person_id = ChoiceField("Person", [], required="Choose somebody", noun="person")


class ReasonForm(BaseForm):
    """Why something is undone."""

    reason = TextAreaField("Reason", required="Enter a reason", max_length=1000, rows=3, hint="It goes into the record")


class SignerForm(BaseForm):
    """Asking a team for a sign-off."""

    post_id = ChoiceField("Team", [], required="Choose a team that signs off", noun="team")
    covers = CheckboxesField(
        "Sections that it covers besides its own implication", [],
        hint="It always covers the recommendations, sums, classification and the appendices that these cite",
    )  # fmt: skip


class SignForm(BaseForm):
    """A signer's answer, in the signer's own words."""

    outcome = RadiosField(
        "Your answer", [
            choice("cleared", "Cleared"),
            choice("cleared_with_conditions", "Cleared with conditions", "The conditions are printed in the report"),
            choice("changes_requested", "Changes requested", "The report cannot go on until you are content"),
            choice("not_applicable", "Not applicable", "Nothing in it is for your team to answer; say why"),
        ],
        required="Choose your answer", noun="your answer",
    )  # fmt: skip
    comment = TextAreaField(
        "Your comment", max_length=10_000, rows=6, hint="It is printed in the report word for word, with your name"
    )
    conditions = TextAreaField("Conditions", max_length=4000, rows=3, hint="Only if you clear it with conditions")
    corrections_allowed = ConfirmField(
        "Small corrections", "The clerk may correct spelling and layout without asking me"
    )
    seen = PlainHiddenField()


class TakeForm(BaseForm):
    """Who of the team works a sign-off."""

    ANYBODY = "anybody"
    taker = ChoiceField(
        "Who of your team does it?", [], required="Choose who does it", noun="who does it",
        hint="Whoever it is, anybody of the team may still sign",
    )  # fmt: skip


class QuestionForm(BaseForm):
    """A question about a passage, to a named person."""

    person_id = ChoiceField("Who should answer?", [], required="Choose who should answer", noun="who should answer")
    passage = TextAreaField("Passage", max_length=4000, rows=2, hint="The words that you ask about, if any")
    question = TextAreaField("Question", required="Enter your question", max_length=4000, rows=3)


class AnswerForm(BaseForm):
    """The answer to a question."""

    answer = TextAreaField("Your answer", required="Enter your answer", max_length=4000, rows=6)


class ElsewhereForm(BaseForm):
    """A sign-off that was given by e-mail, telephone or paper."""

    person_id = ChoiceField("Whose word is it?", [], required="Choose whose word it is", noun="whose word it is")
    given_on = DateField("When was it given?", required="Enter the date on which it was given", noun="date")
    outcome = RadiosField(
        "What was the answer?",
        [choice(c, w) for c, w in labels.SIGN_OFF_OUTCOMES.items()],
        required="Choose the answer that was given",
        noun="answer",
    )
    comment = TextAreaField("Their comment", max_length=10_000, rows=4, hint="Word for word")
    conditions = TextAreaField(
        "Their conditions", max_length=4000, rows=3, hint="Only if it was cleared with conditions"
    )
    evidence = TextAreaField(
        "Evidence", required="Enter where it was said", max_length=4000, rows=3,
        hint="The e-mail’s date and sender, the note of the call, where the paper is kept",
    )  # fmt: skip


class CorrectionForm(BaseForm):
    """A passage with its spelling and layout corrected."""

    text = TextAreaField(
        "Corrected text", required="Enter the corrected text", max_length=100_000, rows=12,
        hint="Spelling, punctuation and line breaks. Figures, dates and sense stay as they are",
    )  # fmt: skip
    reason = TextField(
        "What you corrected", required="Enter what you corrected", max_length=1000, noun="what you corrected",
        hint="It goes into the record and to the author and the signers, for example “two spelling mistakes”",
    )  # fmt: skip


class DisputeForm(BaseForm):
    """That a sign-off recorded in one's name is not what one said."""

    why = TextAreaField("What is wrong with it?", required="Enter what is wrong", max_length=4000, rows=4)
