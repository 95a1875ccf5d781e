"""The three public reports as data, and what the lints say of them, listed by hand from the reports' text."""

from __future__ import annotations

import hashlib
import re
from datetime import date

import pytest

from commissioning.demo.sources import (
    PAPERS,
    BadSource,
    SourcePaper,
    load_paper,
    load_papers,
    load_units,
    paper_text,
)
from commissioning.reports.lints import Finding, lint

# The reports' people, as digests of each part of their names, so that the names stand nowhere in the product.
DIGESTS = """
01445f201522cb54 01621148306fc8fb 0522a55e2d5f0993 07d046d5fac12b3f 18ba8d60bea5d5cc 267eed33dc459584
    484ae24edd22ea09 65b87174be3b1b12 698c742d99edd007 7317bac72383ab00 7deead025aea61ac 7f0b629cbb9d794b
    85c567a49f48e303 90aa2608758d2bc7 92811b045c373851 c5a620f53f8f7bcc ce1d801d152db837 d17108747e922613
    f0da7cf69a74f344
"""
PEOPLE = frozenset(DIGESTS.split())
EMAIL = re.compile(r"[\w.'’+-]+@[\w.-]+")
TELEPHONE = re.compile(r"\b0\d{2,4}[ -]?\d{3,4}[ -]?\d{3,4}\b")


def digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:16]


def people_in(text: str, people: frozenset[str] = PEOPLE) -> set[str]:
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("’", "'"))
    parts = {part for word in words for part in (word, word.removesuffix("'s"), *word.split("'"))}
    return {part for part in parts if digest(part) in people}


@pytest.fixture(scope="module")
def papers() -> dict[str, SourcePaper]:
    return load_papers()


def findings(paper: SourcePaper) -> list[Finding]:
    return lint(paper_text(paper), paper.meeting_on)


def told(paper: SourcePaper) -> list[tuple[str, str, str]]:
    """Say of each finding its code, part and key."""
    return [(finding.code, finding.where.part, finding.where.key) for finding in findings(paper)]


def test_li_the_lints_of_lincolnshire(papers):
    assert told(papers["LI"]) == [
        ("L01", "section", "recommendations"),  # DMT is asked, the partnership is on the cover (LI-03)
        ("L02", "section", "purpose"),  # 30 April (LI-14)
        ("L02", "section", "detail"),  # 3 May
        ("L03", "recommendation", "4"),  # the board proceeds; and the framework underpins
        ("L05", "section", "supporting-papers"),  # 3, Recommendations without a number, 5
        ("L07", "section", "detail"),  # "in due course" (LI-23)
    ]


def test_li_14_both_deadlines_are_told_with_their_days(papers):
    april, may = (finding for finding in findings(papers["LI"]) if finding.code == "L02")
    assert april.message == (
        "The deadline of 30 April 2012 falls 9 days before the meeting that decides, on 9 May 2012."
    )
    assert [where.label for where in april.also] == ["section 3 Detail, paragraph 4", "recommendation 1"]
    assert may.message == ("The deadline of 3 May 2012 falls 6 days before the meeting that decides, on 9 May 2012.")
    assert "by the 3rd May" in may.quote


def test_li_03_the_body_on_the_cover_is_not_the_body_asked(papers):
    first = findings(papers["LI"])[0]
    assert "tabled at Children and Young People's Strategic Partnership" in first.message
    assert "DMT (Directorate Management Team) is asked" in first.message
    assert [where.key for where in first.also] == ["1", "2", "3", "4"]


def test_li_23_in_due_course_has_no_date(papers):
    (promise,) = (finding for finding in findings(papers["LI"]) if finding.code == "L07")
    assert "“in due course”" in promise.message
    assert promise.quote.endswith("report back to DMT in due course.")


def test_li_05_the_jump_names_the_heading_between(papers):
    (jump,) = (finding for finding in findings(papers["LI"]) if finding.code == "L05")
    assert jump.message == "Section numbers jump from 3 to 5. “Recommendations” between them has no number."


def test_li_as_it_was_printed_has_the_same_faults_without_the_examples_own_answers(papers):
    printed = lint(paper_text(papers["LI"], with_own=False), papers["LI"].meeting_on)
    assert printed == findings(papers["LI"])


def test_ny_the_lints_of_north_yorkshire(papers):
    assert told(papers["NY"]) == [
        (
            "L08",
            "appendix",
            "A",
        ),  # NY-02: 4.1 asks on staffing, performance and value for money; 7.2 on budgets only
        ("L10", "paper", ""),  # its own rule, in its own appendix (NY-34)
    ]
    nested = findings(papers["NY"])[0]
    assert nested.where.label == "Appendix A, paragraph 4.1"
    assert nested.quote.startswith("The Trust are asked to comment on the proposed arrangements")
    assert "Recommendation 7.2 comes nearest" in nested.message


def test_br_the_lints_of_bristol(papers):
    assert told(papers["BR"]) == [
        ("L01", "recommendation", "1"),  # Cabinet, in a scrutiny paper (BR-42)
        ("L03", "recommendation", "1"),  # approve ... and to approve
        ("L05", "section", "proposal"),  # a second paragraph 6
        ("L06", "section", "revenue"),  # blank headings (BR-40)
        ("L06", "section", "capital"),
        ("L06", "section", "land"),
        ("L09", "appendix", "A"),  # listed at the end, cited nowhere
        ("L09", "appendix", "B"),
    ]
    by_code = {finding.code: finding for finding in findings(papers["BR"])}
    assert "Cabinet is asked" in by_code["L01"].message
    assert by_code["L05"].message == "Paragraph 6 comes twice."


def test_no_person_telephone_or_address_of_the_reports_remains():
    for path in sorted(PAPERS.iterdir()):
        text = path.read_text(encoding="utf-8")
        assert people_in(text) == set(), path.name
        assert all(address.endswith("@example.gov.uk") for address in EMAIL.findall(text)), path.name
        assert all(number.startswith("01632 960") for number in TELEPHONE.findall(text)), path.name


def test_the_search_for_people_finds_a_name_in_any_spelling():
    planted = frozenset({digest("zebedee"), digest("o'farrel")})
    assert people_in("Signed: Zebedee’s deputy, and C. O’Farrel", planted) == {"zebedee", "o'farrel"}
    assert EMAIL.findall("write to some.one@lincs.gov.uk") == ["some.one@lincs.gov.uk"]
    assert TELEPHONE.findall("01522 555 000 or 0117 900 1234") == ["01522 555 000", "0117 900 1234"]


def test_li_01_li_02_br_39_headers(papers):
    lincolnshire, bristol = papers["LI"].header, papers["BR"].header
    assert (lincolnshire.confidential, lincolnshire.exempt) == (False, False)
    assert lincolnshire.sponsor
    assert lincolnshire.contact.email == "payment.by.results@example.gov.uk"
    assert (bristol.ward, bristol.presenting_officer) == ("All", "Interim Programme Director, CYPS")
    assert {code: paper.meeting_on for code, paper in papers.items()} == {
        "LI": date(2012, 5, 9),
        "NY": date(2010, 1, 18),
        "BR": date(2008, 3, 31),
    }


def test_li_04_to_li_08_and_ny_19_the_asks(papers):
    asked = [recommendation.ask for recommendation in papers["LI"].recommendations]
    assert asked == ["choose", "agree_not_to", "comment", "proceed"]
    first = papers["LI"].recommendations[0]
    assert len(first.options) == 4
    assert all(option.own for option in first.options)
    assert first.choose is not None
    assert (first.choose.least, first.choose.most) == (1, 2)
    assert [recommendation.ask for recommendation in papers["NY"].recommendations] == ["approve", "comment"]
    assert [recommendation.ask for recommendation in papers["BR"].recommendations] == ["approve"]


def test_ny_04_ny_05_eight_actions_one_with_two_lines_and_a_status_in_the_date_column(papers):
    actions = papers["NY"].actions
    assert [action.number for action in actions] == list(range(1, 9))
    assert [len(action.lines) for action in actions] == [1, 1, 1, 1, 2, 1, 1, 1]
    status, month = actions[4].lines
    assert (status.priority, status.report_to_board, status.board_month) == (
        "WT4",
        "Established January 2010",
        None,
    )
    assert (month.priority, month.board_month) == ("WT3", date(2010, 1, 1))


def test_br_03_br_05_eighteen_core_units_and_twenty_two_business_units():
    units = load_units()
    assert len(units.core) == 18
    assert [unit.name for unit in units.core if unit.centre] == ["Directorate"]
    assert len(units.business_units) == 22
    both = {unit.name for unit in units.core} & {unit.name for unit in units.business_units}
    assert both == {"Knowledge Management"}


def test_the_whole_text_is_there(papers):
    said = {code: " ".join(section.text for section in paper.sections) for code, paper in papers.items()}
    assert "this grant funding can only be used to support the development of the trial" in said["LI"]
    assert "All responses support the establishment" in said["NY"]
    assert "The status quo is not an option" in said["BR"]
    assert "172 productive days per year" in papers["BR"].appendices[1].text
    assert "staffing of each Children's Trust Board" in papers["NY"].appendices[0].text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code: [", "broken.yaml: cannot be read"),
        ("code: XX", "broken.yaml: reference: "),
        ("meeting_on: soon", "broken.yaml: "),
        ("- a list", "broken.yaml: "),
    ],
)
def test_a_broken_file_is_named_with_its_field(tmp_path, text, message):
    (tmp_path / "broken.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSource, match=re.escape(message)):
        load_paper("broken", tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadSource, match=r"absent\.yaml: cannot be read"):
        load_paper("absent", tmp_path)
