"""The ten lints of a board paper: what each must catch and must leave alone (see `lint_texts`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commissioning.reports.lints import (
    DEFAULT_SEVERITIES,
    TITLES,
    Appendix,
    BodyName,
    Finding,
    PaperText,
    Recommendation,
    Section,
    lint,
)
from tests.unit import lint_texts as texts

TODAY = date(2024, 8, 1)
CABINET = BodyName("Cabinet")
MONEY = Section("financial", "Financial", "None, because nothing is bought.", kind="implication")
PAPER = PaperText(
    title="A paper",
    tabled_at=BodyName("Health and Wellbeing Board"),
    meeting_on=date(2024, 9, 12),
    known_bodies=(CABINET, BodyName("Corporate Leadership Team", ("CLT",)), BodyName("Audit Committee")),
    sections=(MONEY,),
)


def codes(paper: PaperText) -> list[str]:
    return [finding.code for finding in lint(paper, TODAY)]


def asking(text: str, ask: str = "approve") -> PaperText:
    options = ("The mill", "The wharf") if ask == "choose" else ()
    return replace(PAPER, recommendations=(Recommendation("1", ask, text, options=options),))


def saying(text: str) -> PaperText:
    return replace(PAPER, sections=(Section("background", "Background", text), MONEY))


def numbered(sections: texts.Sections) -> PaperText:
    return replace(PAPER, sections=tuple(Section(f"s{i}", h, t, n) for i, (n, h, t) in enumerate(sections)))


def implying(answer: tuple[str, str]) -> PaperText:
    land = Section("land", "Land", answer[0], kind="implication", none_because=answer[1])
    return replace(PAPER, sections=(MONEY, land))


def appending(pair: tuple[str, str]) -> PaperText:
    return replace(asking(pair[1]), appendices=(Appendix("A", "Review", True, pair[0]),))


def citing(pair: tuple[str, str]) -> PaperText:
    return replace(saying(pair[0]), appendices=tuple(Appendix(x, f"Paper {x}", True) for x in pair[1]))


def costing(triple: tuple[str, str, str]) -> PaperText:
    heading, text, recommendation = triple
    return replace(asking(recommendation), sections=(Section("s", heading, text),))


def risking(pair: tuple[str, tuple[str, ...]]) -> PaperText:
    text, risks = pair
    listed = [f"**Risk {n}, {r}: high.** Something." for n, r in enumerate(risks, 1)]
    section = Section("risk", "Risk", "\n\n".join(x for x in (text, *listed) if x), kind="implication")
    return replace(PAPER, sections=(section,), risks=risks)


def pointing(text: str) -> PaperText:
    return replace(PAPER, sections=(Section("s", "Costs", text), Section("legal", "Legal implications", "They bind.")))


CASES = {
    "L01": (asking, texts.OTHER_BODY_CAUGHT, texts.OTHER_BODY_LEFT),
    "L02": (saying, texts.DEADLINE_CAUGHT, texts.DEADLINE_LEFT),
    "L03": (asking, texts.TWO_DECISIONS_CAUGHT, texts.TWO_DECISIONS_LEFT),
    "L04": (lambda pair: asking(*pair), texts.UNDECIDABLE_CAUGHT, texts.UNDECIDABLE_LEFT),
    "L05": (numbered, texts.NUMBERING_CAUGHT, texts.NUMBERING_LEFT),
    "L06": (implying, texts.IMPLICATION_CAUGHT, texts.IMPLICATION_LEFT),
    "L07": (saying, texts.UNDATED_CAUGHT, texts.UNDATED_LEFT),
    "L08": (appending, texts.HIDDEN_CAUGHT, texts.HIDDEN_LEFT),
    "L09": (citing, texts.APPENDIX_CAUGHT, texts.APPENDIX_LEFT),
    "L10": (costing, texts.NO_MONEY_CAUGHT, texts.NO_MONEY_LEFT),
    "L11": (risking, texts.NOT_DECIDING_CAUGHT, texts.NOT_DECIDING_LEFT),  # BR-44
    "L12": (pointing, texts.POINTING_CAUGHT, texts.POINTING_LEFT),  # NY-21
}
CAUGHT = [
    pytest.param(code, build, text, id=f"{code}-{i}")
    for code, (build, yes, _) in CASES.items()
    for i, text in enumerate(yes, 1)
]
LEFT = [
    pytest.param(code, build, text, id=f"{code}-{i}")
    for code, (build, _, no) in CASES.items()
    for i, text in enumerate(no, 1)
]


@pytest.mark.parametrize(("code", "build", "text"), CAUGHT)
def test_catches(code, build, text):
    assert code in codes(build(text))


@pytest.mark.parametrize(("code", "build", "text"), LEFT)
def test_leaves_alone(code, build, text):
    assert code not in codes(build(text))


def test_each_lint_has_five_texts_to_catch_and_five_to_leave_alone():
    assert set(CASES) == set(TITLES) == set(DEFAULT_SEVERITIES)
    assert all(len(set(yes)) == len(set(no)) == 5 for _, yes, no in CASES.values())


def only(paper: PaperText, code: str) -> Finding:
    (finding,) = [finding for finding in lint(paper, TODAY) if finding.code == code]
    return finding


def test_a_paper_without_fault_has_no_findings():
    paper = replace(
        asking("The Board is asked to approve the winter plan at Appendix A."),
        appendices=(Appendix("A", "Plan", True),),
    )
    assert lint(paper, TODAY) == []


def test_severity_is_the_bodys_setting_and_else_the_default():
    paper = saying("A further paper will follow in due course.")
    assert only(paper, "L07").severity == "warning"
    (finding,) = lint(paper, TODAY, {"L07": "blocker"})
    assert finding.severity == "blocker"


def test_a_finding_says_where_and_quotes_the_sentence():
    finding = only(saying("The mill closed.\n\nIt is empty. A paper will follow in due course."), "L07")
    assert (finding.where.part, finding.where.key, finding.where.paragraph) == ("section", "background", 2)
    assert finding.quote == "A paper will follow in due course."


def test_li_14_a_deadline_says_how_many_days_and_whether_it_has_passed():
    paper = saying("Bids must arrive by 9 September.")
    assert "3 days before the meeting that decides, on 12 September 2024" in only(paper, "L02").message
    assert "before that day" in only(paper, "L02").what_to_do
    (late,) = lint(paper, date(2024, 9, 10))
    assert "has passed" in late.what_to_do


def test_li_14_a_deadline_of_a_recommendation_counts_without_any_prose():
    by_field = Recommendation("1", "approve", "The Board is asked to approve the bid.", deadline_on=date(2024, 9, 11))
    assert only(replace(PAPER, recommendations=(by_field,)), "L02").where.key == "1"
    on_the_day = replace(by_field, deadline_on=date(2024, 9, 12))
    assert codes(replace(PAPER, recommendations=(on_the_day,))) == []


def test_li_14_without_a_meeting_no_deadline_is_judged():
    assert codes(replace(saying("Bids must arrive by 9 September."), meeting_on=None)) == []


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("30th August", 13),
        ("30th of August 2024", 13),
        ("August 30, 2024", 13),
        ("30/08/2024", 13),
        ("30.8.24", 13),
        ("2024-08-30", 13),
        ("30 Aug", 13),
        ("the end of August", 12),
        ("Friday 30 August", 13),
        ("5pm on 30 August", 13),
    ],
)
def test_dates_as_people_write_them(written, days):
    assert f"falls {days} days before" in only(saying(f"The form must be returned by {written}."), "L02").message


@pytest.mark.parametrize(
    "written", ["31 June 2024", "10 may", "30 November", "45/45/2024", "the 2024 Act", "May Smith"]
)
def test_what_is_no_earlier_date_is_left_alone(written):
    assert codes(saying(f"The form must be returned by {written}.")) == []


def test_a_year_is_inferred_across_the_turn_of_the_year():
    january = replace(saying("Bids must arrive by 20 December."), meeting_on=date(2025, 1, 9))
    assert "20 December 2024 falls 20 days" in only(january, "L02").message


def test_br_42_a_route_that_leads_to_the_body_asked_changes_what_to_do():
    paper = asking("Cabinet is asked to approve the strategy.")
    assert "or table the paper at Cabinet" in only(paper, "L01").what_to_do
    assert "The route goes on to Cabinet" in only(replace(paper, decided_at=CABINET), "L01").what_to_do


@pytest.mark.parametrize(
    "who", ["The partnership is", "the partnership is", "The local safeguarding children board are", "Members are"]
)
def test_li_04_a_body_that_is_asked_need_not_be_written_as_a_name(who: str) -> None:
    assert codes(asking(f"{who} asked to approve the plan for short breaks.")) == []
    assert codes(asking(f"{who} asked to consider the plan for short breaks.")) == ["L04"]


def test_li_05_a_choice_needs_two_options():
    one = Recommendation("1", "choose", "The Board is asked to choose a site.", options=("The mill",))
    assert codes(replace(PAPER, recommendations=(one,))) == ["L04"]
    assert codes(asking("The Board is asked to choose a site.", "choose")) == []


@pytest.mark.parametrize(
    ("numbers", "wrong"), [(("1", "2", "2"), 1), (("1", "3"), 1), (("7.1", "7.2"), 0), (("1", "2", "3"), 0)]
)
def test_recommendation_numbers(numbers, wrong):
    asked = tuple(Recommendation(number, "note", "The Board notes the plan.") for number in numbers)
    assert codes(replace(PAPER, recommendations=asked)) == ["L05"] * wrong


def test_an_appendix_that_is_listed_but_not_attached():
    """LI-24: appendices A to E are complete: each that is listed is there."""
    paper = replace(saying("The plan is at Appendix A."), appendices=(Appendix("A", "Plan", False),))
    assert only(paper, "L09").message == "Appendix A is cited, but is listed but not attached."


prose = st.text(alphabet=st.sampled_from('abcDMT ApBoardprv.,;:()’"£1234567890 \n•?'), max_size=400)


@settings(max_examples=150)
@given(prose, prose, prose)
def test_any_text_gets_an_answer_that_points_into_the_paper(said, asked, appended):
    paper = replace(
        saying(said),
        recommendations=(Recommendation("1", "agree", asked, reasons=said),),
        appendices=(Appendix("A", "Plan", True, appended),),
    )
    keys = {"background", "financial", "1", "A", ""}
    assert all(finding.where.key in keys and finding.message and finding.what_to_do for finding in lint(paper, TODAY))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        "The Board and ",
        "asked to approve and to ",
        "by the on the ",
        "Appendix A, B and ",
        "1. ",
        "A B C of ",
        "£ and that ",
    ],
)
def test_a_very_long_paragraph_is_read_in_reasonable_time(piece):
    lint(replace(asking(piece * 2000), sections=(Section("s", "Text", piece * 2000),)), TODAY)


def test_a_paper_without_money_is_sent_to_its_own_money_heading_or_to_a_sum():
    (found,) = [f for f in lint(costing(("Resource implications", "", "It is noted")), TODAY) if f.code == "L10"]
    assert (found.where.part, found.where.key) == ("section", "s")
    assert found.what_to_do.startswith("Say under Resource implications what it costs")
    (found,) = [f for f in lint(costing(("Background", "It has run.", "Noted")), TODAY) if f.code == "L10"]
    assert found.what_to_do == "Give a sum in a recommendation."
