"""For each lint, five texts that it must catch and five near misses that it must leave alone.

None comes from the public reports of the example council. The paper around them is tabled at the Health and
Wellbeing Board of 12 September 2024; Cabinet, the Corporate Leadership Team (CLT) and the Audit Committee are
known bodies.
"""

from __future__ import annotations

# L01: (text of a recommendation)
OTHER_BODY_CAUGHT = (
    "Cabinet is asked to approve the transfer of the sexual health service to the hospital trust.",
    "That the Audit Committee notes the follow-up report on school kitchens.",
    "CLT to agree the recruitment freeze from 1 October.",
    "It is for the Corporate Leadership Team to decide the order in which the depots close.",
    "It is recommended that Full Council adopt the revised Statement of Licensing Policy.",
)
OTHER_BODY_LEFT = (
    "The Board is asked to approve the transfer of the sexual health service to the hospital trust.",
    "Members are invited to note the follow-up report on school kitchens.",
    "The Health and Wellbeing Board recommends to Cabinet that it approve the strategy.",
    "HWB to agree the winter plan, which Cabinet was asked to fund in its July budget.",
    "That the Board asks the Director of Public Health to approve the list of pharmacies.",
)

# L02: (text of a section)
DEADLINE_CAUGHT = (
    "The Department requires every authority to submit its plan by 30 August 2024.",
    "Bids must reach the Heritage Fund no later than noon on Monday 9 September.",
    "The closing date for the grant is 6th September 2024, and two months' accounts go with the form.",
    "We were asked to confirm our match funding by August 31st.",
    "The present contract expires on 11/09/2024 and there is no option to extend it.",
)
DEADLINE_LEFT = (
    "The Department requires every authority to submit its plan by 30 September 2024.",
    "The survey closes on 30 August and residents' responses will be tabled on the day.",
    "All twelve schools had returned their forms by 30 August 2024.",
    "The Act required every council to adopt a scheme by 1 April 2019.",
    "Cabinet met on 3 September 2024, by which the new rates had been in force for two days.",
)

# L03: (text of a recommendation)
TWO_DECISIONS_CAUGHT = (
    "The Board is asked to approve the dementia strategy and to appoint a champion from among its members.",
    "That the Board agrees the revised fees and delegates authority to the Director to vary them each April.",
    "Approve the business case for the new hostel; and release £240,000 from the housing reserve.",
    "To authorise the purchase of 14 High Street, and agree a lease of the ground floor to the credit union.",
    "The Board agrees that the pilot is extended to March and that the grant to the shelter is ended.",
)
TWO_DECISIONS_LEFT = (
    "The Board is asked to note the quarter's figures and to approve the dementia strategy.",
    "Authorise the Director of Housing to negotiate and agree the terms of the lease.",
    "The Board is asked to approve the budget and award criteria set out in section 4.",
    "That the Board approves and adopts the Local Transport Plan 2025 to 2030.",
    "The Board is asked to approve the merger, because it lets both practices share staff and close a site.",
)

# L04: (text of a recommendation, ask)
UNDECIDABLE_CAUGHT = (
    ("Should the council keep both day centres open through the winter?", "agree"),
    ("The Board is asked to agree the way forward.", "agree"),
    ("Views on the draft prospectus would be welcome.", "comment"),
    ("The Board is asked to consider the options for the Guildhall.", "approve"),
    ("Members to decide whether the library moves to the old post office or stays.", "agree"),
)
UNDECIDABLE_LEFT = (
    ("That the library be moved to the old post office by March 2025.", "approve"),
    ("The Board is asked to comment on the draft prospectus: does it speak to young people?", "comment"),
    ("The Board is asked to consider the options for the Guildhall and approve option 2.", "approve"),
    ("Increase the charge for a garden bin to £52 a year.", "approve"),
    ("The Board is asked to choose which of the two sites is surveyed first.", "choose"),
)

# L05: sections as number, heading and text
Sections = tuple[tuple[str, str, str], ...]
NUMBERING_CAUGHT: tuple[Sections, ...] = (
    (("1", "Purpose", "Text."), ("2", "Background", "Text."), ("4", "Proposal", "Text.")),
    (("1", "Purpose", "Text."), ("2", "Background", "Text."), ("2", "Proposal", "Text.")),
    (
        (
            "3",
            "Proposal",
            "3.1 The hostel has 24 beds.\n3.2 It is full most nights.\n3.2 It needs a new roof.",
        ),
    ),
    (
        ("", "Context", "1. The mill closed.\n2. The site is empty."),
        ("", "Proposal", "4. A school is proposed."),
    ),
    (("1", "Purpose", "Text."), ("", "Options", "Text."), ("2", "Proposal", "Text.")),
)
NUMBERING_LEFT: tuple[Sections, ...] = (
    (
        ("1.0", "Purpose", "1.1 To report."),
        ("2.0", "Background", "2.1 The mill closed.\n2.2 The site is empty."),
    ),
    (
        ("", "Context", "1. The mill closed.\n2. The site is empty."),
        ("", "Proposal", "3. A school is proposed."),
    ),
    (
        ("", "Context", "1. The mill closed.\n2. The site is empty."),
        ("", "Proposal", "1. A school is proposed."),
    ),
    (("4", "Costs", "2.5 FTE are needed.\n3.4 million pounds is the estimate.\n12 families moved in."),),
    (("", "Summary", "Text."), ("1", "Purpose", "a) first\nb) second"), ("2", "Options", "1) keep\n2) sell")),
)

# L06: text of the implication, then the reason for none
IMPLICATION_CAUGHT = (("", ""), ("None.", ""), ("N/A", ""), ("To follow", ""), ("  \n ", "  "))
IMPLICATION_LEFT = (
    ("", "the service is run by the same four people as before."),
    ("None, because the lease allows the change of use.", ""),
    ("There are no land implications arising from this report.", ""),
    ("None of the six posts is lost; two move to the hospital.", ""),
    ("Nil cost in 2024/25: the grant meets it. From 2025/26 £12,000 a year.", ""),
)

# L07: (text of a section)
UNDATED_CAUGHT = (
    "A further paper on the depot will come to the Board in due course.",
    "Officers will shortly write to every tenant of the two blocks.",
    "It is intended to fill the post as soon as possible.",
    "The provider has promised a recovery plan at a later date.",
    "We expect to open the new hub in the near future, subject to planning permission.",
)
UNDATED_LEFT = (
    "A further paper on the depot will come to the Board in due course, and not later than 14 November 2024.",
    "The old baths closed shortly after the flood and will not reopen.",
    "A parent must tell the school as soon as possible when a child is ill.",
    "The appeal was dismissed in due course and the costs were met by the applicant.",
    "The provider will send its recovery plan as soon as practicable, within 10 working days at most.",
)

# L08: text of Appendix A, then text of the recommendation on the cover
HIDDEN_CAUGHT = (
    (
        "4 RECOMMENDATIONS\n4.1 The Board is asked to approve a pooled fund of £1.2m for falls prevention.",
        "The Board is asked to note the annual report of the falls service.",
    ),
    (
        "Recommendation\nThat the Board agrees to close the minor injuries unit at night.",
        "The Board is asked to endorse the urgent care strategy.",
    ),
    (
        "The review took nine months. Members are asked to agree a second review of carers' allowances.",
        "The Board is asked to note progress on placements.",
    ),
    (
        "RECOMMENDATIONS:\n1. Approve the sale of the Elms.\n2. Delegate the price to the Director.",
        "The Board is asked to approve the sale of the Elms.",
    ),
    (
        "Draft recommendations\nCabinet is asked to extend the school streets scheme to nine more roads.",
        "The Board is asked to comment on air quality near schools.",
    ),
)
HIDDEN_LEFT = (
    (
        "4 RECOMMENDATIONS\n4.1 The Board is asked to approve a pooled fund of £1.2m for falls prevention.",
        "The Board is asked to approve the pooled fund for falls prevention of £1.2m.",
    ),
    (
        "RECOMMENDATIONS\nThe school should publish its attendance figures every half term.",
        "The Board is asked to note the inspection report.",
    ),
    (
        "In March the Cabinet was asked to approve a pooled fund, and did so.",
        "The Board is asked to note the annual report.",
    ),
    (
        "Recommendation\nThat the Board agrees to close the minor injuries unit at night.",
        "The Board is asked to agree the recommendations in Appendix A.",
    ),
    (
        "Adults are recommended to take 150 minutes of exercise a week. Parents are asked to walk to school.",
        "The Board is asked to note the physical activity survey.",
    ),
)

# L09: (text of a section, letters of the appendices attached)
APPENDIX_CAUGHT = (
    ("The plan is at Appendix B.", ""),
    ("Costs are set out in Appendices A and C.", "A"),
    ("The map (Appendix A) shows the route.", "AB"),
    ("The survey is summarised in section 2.", "A"),
    ("See Appendices A to C for the three tenders.", "AC"),
)
APPENDIX_LEFT = (
    ("The plan is at Appendix B and the map at Appendix A.", "AB"),
    ("Costs are set out in Appendices A to C.", "ABC"),
    ("Appendix 4 to the Constitution sets the limit.", ""),
    ("The attached appendix has the figures by ward.", "A"),
    ("Nothing is appended: the appendix a reader may remember went with last year's report.", ""),
)

# L10: (heading, text of a section; text of a recommendation)
NO_MONEY_CAUGHT = (
    ("Background", "The service has run since 2011.", "The Board is asked to note the report."),
    ("Financial implications", "", "The Board is asked to approve the strategy."),
    (
        "Budget monitoring arrangements",
        "The sub-group meets monthly.",
        "The Board is asked to note the report.",
    ),
    ("Financial", "To follow", "The Board is asked to approve the strategy."),
    (
        "Background",
        "The Government estimates that loneliness costs £2.5 billion.",
        "The Board is asked to note this.",
    ),
)
NO_MONEY_LEFT = (
    (
        "Financial implications",
        "None, because the posts are filled already.",
        "The Board is asked to note it.",
    ),
    ("Background", "The scheme is run within existing budgets.", "The Board is asked to note the report."),
    ("Proposal", "The lease is £18,400 a year for five years.", "The Board is asked to approve the lease."),
    (
        "Resource implications",
        "One officer for three days a week.",
        "The Board is asked to approve the scheme.",
    ),
    ("Background", "The tower needs a new lift.", "The Board is asked to approve £95,000 for a new lift."),
)

# L11: (text of the heading Risk; when the risks that are listed arise)
NOT_DECIDING_CAUGHT = (
    ("The risk of the proposal is low.", ()),
    ("The risk of the proposal is low.", ("decided", "decided")),
    ("If nothing is done, waiting grows.", ()),
    ("None of this is certain, because the grant is not confirmed.", ()),
    ("", ("decided",)),
)
NOT_DECIDING_LEFT = (
    ("", ()),  # said by L06
    ("None, because nothing hangs on it.", ()),
    ("No risk, as the report is for information.", ("decided",)),
    ("The risk of the proposal is low.", ("decided", "not_decided")),
    ("", ("not_decided",)),
)

# L12: the text of a section, Costs, beside another, Legal implications
POINTING_CAUGHT = (
    "It is paid for as [see money] says.",
    "[See legal] binds.",
    "First.\n\nAs [see  decision   3] has it.",
    "[here costs] It costs £5; see [see cost].",
    "[see Costs], then [see annex].",
)
POINTING_LEFT = (
    "It is paid for as [see costs] says.",
    "[SEE Legal  implications] binds.",
    "[here sums] It costs £5.\n\nSee [see sums].",
    "Plain [exempt] text with [see\na line] in it.",
    "See decision 3.",
)
