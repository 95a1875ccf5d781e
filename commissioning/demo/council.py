"""Who and what the example council is: people named by their posts, teams, boards with members. Data, no work.

Days are relative to today (`demo.builder`). Nobody here is real; organisations are kinds of organisations.
"""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "example.org"


@dataclass(frozen=True, slots=True)
class ExamplePerson:
    """A person of the example: `roles` granted for the organisation, `posts` held (codes)."""

    code: str
    name: str
    what: str
    roles: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExamplePost:
    """A post, or a team that signs off."""

    code: str
    name: str
    speciality: str | None = None
    notice_days: int = 5
    standard_wording: str = ""


@dataclass(frozen=True, slots=True)
class ExampleBody:
    """A board with its officers and members: (person, organisation, voting)."""

    code: str
    name: str
    short_name: str
    kind: str
    clerk: str
    chair: str
    remit: str
    members: tuple[tuple[str, str, bool], ...]
    parent: str | None = None
    is_sitting: bool = True


_LEGAL = "The Council has power to do what is proposed. There are no further legal implications at this stage."
_FINANCE = "The costs can be met within existing budgets. No virement is needed."
_HR = "There are no implications for the Council’s workforce."
_EQUAL = "The proposals have been screened. A full equality analysis is not needed at this stage."

POSTS = (
    ExamplePost("legal", "Legal Services", "legal", 5, _LEGAL),
    ExamplePost("finance", "Finance", "finance", 5, _FINANCE),
    ExamplePost("hr", "Human Resources", "hr", 5, _HR),
    ExamplePost("equalities", "Equalities Team", "equalities", 5, _EQUAL),
    ExamplePost("clerk_partnership", "Clerk to the Strategic Partnership"),
    ExamplePost("clerk_trust", "Secretary to the Children’s Trust Board"),
    ExamplePost("clerk_council", "Democratic Services Officer"),
    ExamplePost("clerk_officers", "Secretary to the Directorate Management Team"),
    ExamplePost("chair_partnership", "Chair of the Strategic Partnership"),
    ExamplePost("chair_trust", "Chair of the Children’s Trust Board"),
    ExamplePost("chair_scrutiny", "Chair of the Scrutiny Commission"),
    ExamplePost("leader", "Leader of the Council"),
    ExamplePost("director_post", "Director of Children’s Services"),
    ExamplePost("programme_lead", "Chair of the Programme Board"),
    ExamplePost("procurement", "Procurement Lead"),
)

PEOPLE = (
    ExamplePerson("pbr", "Payment by Results Project Lead", "Writes the report on payment by results", ("officer",)),
    ExamplePerson(
        "outcomes", "CYPS Performance and Outcomes Manager", "Writes the update on commissioning", ("officer",)
    ),
    ExamplePerson("programme", "Interim Programme Director", "Writes the paper on the enabler core", ("officer",)),
    ExamplePerson("early_years", "Early Years Policy Officer", "Writes reports", ("officer",)),
    ExamplePerson("commissioning", "Commissioning Manager", "Writes reports", ("officer", "commissioner")),
    ExamplePerson("legal_head", "Head of Legal Services", "Signs off for Legal Services", (), ("legal",)),
    ExamplePerson("legal_officer", "Legal Officer", "Signs off for Legal Services", (), ("legal",)),
    ExamplePerson("finance_manager", "Finance Manager", "Signs off for Finance", (), ("finance",)),
    ExamplePerson("finance_partner", "Finance Business Partner", "Signs off for Finance", (), ("finance",)),
    ExamplePerson("hr_manager", "HR Manager", "Signs off for Human Resources", (), ("hr",)),
    ExamplePerson("equalities_officer", "Equalities Officer", "Signs off for equalities", (), ("equalities",)),
    ExamplePerson("assistant", "Assistant Director of Children’s Services", "Sponsors reports"),
    ExamplePerson("resources", "Assistant Director, Resources", "Sponsors reports; stands in for a colleague"),
    ExamplePerson(
        "director", "Director of Children’s Services", "Sees what is going wrong", ("director",), ("director_post",)
    ),
    ExamplePerson("clerk", "Partnership Clerk", "Clerk of the Strategic Partnership", (), ("clerk_partnership",)),
    ExamplePerson("secretary", "Trust Board Secretary", "Clerk of the Children’s Trust Board", (), ("clerk_trust",)),
    ExamplePerson("democratic", "Democratic Services Officer", "Clerk of Cabinet and scrutiny", (), ("clerk_council",)),
    ExamplePerson("support", "Directorate Support Officer", "Clerk of the management team", (), ("clerk_officers",)),
    ExamplePerson("chair", "Chair of the Strategic Partnership", "Chairs the partnership", (), ("chair_partnership",)),
    ExamplePerson("trust_chair", "Chair of the Children’s Trust Board", "Chairs the trust", (), ("chair_trust",)),
    ExamplePerson("scrutiny_chair", "Chair of Scrutiny", "Chairs the Scrutiny Commission", (), ("chair_scrutiny",)),
    ExamplePerson("leader", "Leader of the Council", "Chairs Cabinet", (), ("leader",)),
    ExamplePerson(
        "lead_member", "Lead Member for Children", "Member of Cabinet and of the partnerships", ("lead_member",)
    ),
    ExamplePerson("councillor", "Ward Councillor, North", "Member of the Scrutiny Commission"),
    ExamplePerson("councillor_south", "Ward Councillor, South", "Member of the Scrutiny Commission"),
    ExamplePerson("parent_governor", "Parent Governor Representative", "Member of the Scrutiny Commission"),
    ExamplePerson("cabinet_resources", "Cabinet Member for Resources", "Member of Cabinet"),
    ExamplePerson("cabinet_adults", "Cabinet Member for Adults", "Member of Cabinet"),
    ExamplePerson("health", "Director of Public Health", "Member of the partnerships"),
    ExamplePerson("police", "Police Superintendent", "Member of the partnerships"),
    ExamplePerson("head_teacher", "Primary Head Teacher Representative", "Member of the partnerships"),
    ExamplePerson("voluntary", "Voluntary Sector Representative", "Member of the partnerships"),
    ExamplePerson(
        "programme_chair", "Head of Early Intervention", "Chairs the Programme Board", (), ("programme_lead",)
    ),
    ExamplePerson("auditor", "Internal Auditor", "Reads and verifies the audit trail", ("auditor",)),
    ExamplePerson("administrator", "System Administrator", "Looks after people and boards", ("administrator",)),
    ExamplePerson("monitoring", "Monitoring Officer", "Answers for lawfulness", ("monitoring_officer",)),
)

_PARTNERS = (
    ("lead_member", "The Council", True),
    ("health", "Primary Care Trust", True),
    ("police", "Police", True),
    ("head_teacher", "Schools", True),
    ("voluntary", "Voluntary sector", True),
)
BODIES = (
    ExampleBody(
        "partnership",
        "Children and Young People’s Strategic Partnership",
        "CYPSP",
        "partnership",
        "clerk_partnership",
        "chair_partnership",
        "Brings together those who plan and pay for services for children and young people.",
        (("chair", "The Council", True), *_PARTNERS),
    ),
    ExampleBody(
        "dmt",
        "Directorate Management Team",
        "DMT",
        "officer",
        "clerk_officers",
        "director_post",
        "Runs the directorate.",
        (
            ("director", "", True),
            ("assistant", "", True),
            ("resources", "", True),
            ("programme_chair", "", True),
        ),
    ),
    ExampleBody(
        "pbr_board",
        "PBR Programme Board",
        "Programme Board",
        "officer",
        "clerk_officers",
        "programme_lead",
        "Oversees the payment by results trial.",
        (
            ("programme_chair", "", True),
            ("finance_partner", "", True),
            ("early_years", "", True),
            ("health", "Primary Care Trust", True),
        ),
        parent="dmt",
    ),
    ExampleBody(
        "trust",
        "North Yorkshire Children’s Trust Board",
        "the Trust",
        "partnership",
        "clerk_trust",
        "chair_trust",
        "Owns the Children and Young People’s Plan and its workstreams.",
        (("trust_chair", "The Council", True), *_PARTNERS),
    ),
    ExampleBody(
        "workforce",
        "Strategic Trust Workforce Development Group",
        "Workforce Development Group",
        "officer",
        "clerk_trust",
        "chair_trust",
        "Plans the one children’s workforce.",
        (
            ("hr_manager", "The Council", True),
            ("head_teacher", "Schools", True),
            ("voluntary", "Voluntary sector", True),
        ),
        parent="trust",
    ),
    ExampleBody(
        "sub_group",
        "Performance and Commissioning Sub-Group",
        "",
        "officer",
        "clerk_trust",
        "chair_trust",
        "Would take forward performance management and commissioning for the Board.",
        (("outcomes", "The Council", True), ("health", "Primary Care Trust", True), ("police", "Police", True)),
        parent="trust",
        is_sitting=False,
    ),
    ExampleBody(
        "scrutiny",
        "Children Services Scrutiny Commission",
        "Scrutiny",
        "committee",
        "clerk_council",
        "chair_scrutiny",
        "Holds the executive to account for services for children.",
        (
            ("scrutiny_chair", "", True),
            ("councillor", "", True),
            ("councillor_south", "", True),
            ("parent_governor", "Parent governors", True),
        ),
    ),
    ExampleBody(
        "cabinet",
        "Cabinet",
        "",
        "executive",
        "clerk_council",
        "leader",
        "The Council’s executive.",
        (
            ("leader", "", True),
            ("lead_member", "", True),
            ("cabinet_resources", "", True),
            ("cabinet_adults", "", True),
        ),
    ),
)
