"""A paper's whole way through the pages: what each person clicks and types. The tests say what and check what came.

Days pass by moving the service's clock; on each day each person signs in anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from playwright.sync_api import Page, expect

from commissioning import labels
from commissioning.demo.sources import SourceRisk
from workflows.london import london_day, london_instant

OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Asked:
    """A recommendation as its author types it."""

    ask: str
    text: str
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    deadline_on: date | None = None


@dataclass(frozen=True)
class Decided:
    """An outcome as the clerk enters it; `chosen` are places of options, from 0."""

    outcome: str
    chosen: tuple[int, ...] = ()
    reasons: str = ""
    comments: str = ""
    action: str = ""
    action_owner: str = ""
    action_due_on: date | None = None


@dataclass
class Way:
    """The people of a journey, the service's address, and its time."""

    base: str
    open_page: OpenPage
    now: datetime
    report_url: str = ""
    meeting_url: str = ""
    look: Callable[[Page, str], None] = field(default=lambda _page, _where: None)

    def at(self, day: date, hour: int = 10, minute: int = 0) -> None:
        """Let it be that time in London."""
        self.now = london_instant(day, time(hour, minute))

    @property
    def today(self) -> date:
        """The day in London."""
        return london_day(self.now)

    def as_(self, name: str, **more: Any) -> Page:
        """A page of somebody of the example council, who has just signed in."""
        page = self.open_page(**more)
        page.goto(f"{self.base}/sign-in/example")
        page.get_by_role("button", name=f"Sign in as {name}", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your work")
        return page

    def go(self, page: Page, url: str) -> None:
        """Open an address of the service."""
        page.goto(url if url.startswith("http") else self.base + url)

    def step(self, page: Page, label: str) -> None:
        """Take a step of the case whose page is open, by its button, and by the form behind it if there is one."""
        button = page.get_by_role("button", name=label, exact=True)
        button.first.click()
        if "/steps/" in page.url:
            page.get_by_role("button", name=label, exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("done")


def fill_day(page: Page, legend: str, day: date) -> None:
    """Type a day into its three boxes."""
    group = page.get_by_role("group", name=legend)
    group.get_by_label("Day").fill(str(day.day))
    group.get_by_label("Month").fill(str(day.month))
    group.get_by_label("Year").fill(str(day.year))


def open_details(page: Page, summary: str) -> None:
    """Open what is folded away, if it is."""
    details = page.locator("details", has=page.locator("summary", has_text=summary))
    if details.get_attribute("open") is None:
        page.locator("summary", has_text=summary).click()


def start_report(way: Way, author: Page, title: str, meeting: str) -> None:
    """Start a report for a meeting; it is the one of this way from then on."""
    way.go(author, "/reports/new")
    author.get_by_label("Title").fill(title)
    author.get_by_label("Meeting", exact=True).select_option(label=meeting)
    author.get_by_role("button", name="Start the report").click()
    expect(author.get_by_text("The report is started.")).to_be_visible()
    way.report_url = author.url


def write_header(way: Way, author: Page, typed: Mapping[str, str]) -> None:
    """Fill in the header, by the labels of its boxes."""
    way.go(author, f"{way.report_url}/header")
    for label, words in typed.items():
        author.get_by_label(label, exact=True).fill(words)
    author.get_by_role("button", name="Save header").click()
    expect(author.get_by_text("The header is saved.")).to_be_visible()


def write_sections(way: Way, author: Page, words: Callable[[str], str], *, only_blank: bool = False) -> int:
    """Write each section of the paper, or those alone that are blank, by its heading; how many there were."""
    way.go(author, way.report_url)
    links = author.locator("main a[href*='/sections/']")
    found = {a.get_attribute("href") or "": a.inner_text() for a in links.all()}
    for href, name in found.items():
        way.go(author, href)
        if only_blank and author.get_by_label("Text").input_value():
            continue
        author.get_by_label("Text").fill(words(name.partition(". ")[2] or name))
        author.get_by_role("button", name="Save", exact=True).click()
        expect(author.get_by_text("is saved.")).to_be_visible()
    return len(found)


def list_risk(way: Way, author: Page, risk: SourceRisk) -> None:
    """List one of the paper's risks under its words on risk (BR-44)."""
    way.go(author, f"{way.report_url}/risks/new")
    author.get_by_label("What could happen?").fill(risk.text)
    author.get_by_label(labels.RISK_ARISES[risk.arises], exact=True).check()
    author.get_by_label(labels.RISK_RATINGS[risk.rating], exact=True).check()
    author.get_by_label("What would follow?").fill(risk.consequence)
    author.get_by_label("What is done about it?").fill(risk.response)
    author.get_by_role("button", name="Save risk").click()
    expect(author.get_by_role("heading", level=1)).to_have_text("Risks, one by one")
    expect(author.locator("main")).to_contain_text(risk.text)


def add_recommendation(way: Way, author: Page, asked: Asked) -> None:
    """Add a recommendation."""
    way.go(author, f"{way.report_url}/recommendations/new")
    author.get_by_label("Recommendation", exact=True).fill(asked.text)
    author.get_by_label(labels.ASKS[asked.ask], exact=True).check()
    if asked.options:
        open_details(author, "What there is to choose from")
        author.get_by_label("Things to choose from").fill("\n".join(asked.options))
        author.get_by_label("At least how many").fill(str(asked.least))
        author.get_by_label("At most how many").fill(str(asked.most))
    if asked.deadline_on:
        open_details(author, "Risks, sum of money, deadline")
        fill_day(author, "Deadline set from outside", asked.deadline_on)
    author.get_by_role("button", name="Save recommendation").click()
    expect(author.get_by_role("heading", level=1)).to_have_text("Recommendations")


def name_people(way: Way, author: Page, sponsor: str, teams: Sequence[str]) -> None:
    """Name the sponsor and the teams that sign."""
    way.go(author, f"{way.report_url}/people")
    form = author.locator("#form-sponsor")
    choose(form.locator("select"), sponsor)
    form.get_by_role("button").click()
    for team in teams:
        form = author.locator("#form-signer")
        choose(form.locator("select"), team)
        form.get_by_role("button").click()
        expect(author.locator(".app-signoffs")).to_contain_text(team)


def choose(box: Any, words: str) -> None:
    """Choose the option that begins with these words."""
    labels_there = box.locator("option").all_inner_texts()
    box.select_option(label=next(x for x in labels_there if x == words or x.startswith((words + ",", words + " ("))))


def send_for_sign_off(way: Way, author: Page, by: date) -> None:
    """Send it for sign-off by a day."""
    way.go(author, way.report_url)
    author.get_by_role("button", name="Send for sign-off", exact=True).first.click()
    fill_day(author, "Sign-offs are needed by", by)
    author.get_by_role("button", name="Send for sign-off", exact=True).click()
    expect(author.get_by_role("alert")).to_contain_text("done")


def sign(way: Way, signer: Page, title: str, answer: str, comment: str, conditions: str = "") -> None:
    """Answer from the team's queue, in the signer's own words."""
    way.go(signer, "/sign-offs")
    signer.get_by_role("link", name=title, exact=True).first.click()
    signer.get_by_label(answer, exact=True).check()
    signer.get_by_label("Your comment").fill(comment)
    if conditions:
        signer.get_by_label("Conditions", exact=True).fill(conditions)
    signer.get_by_role("button", name="Record my answer").click()
    expect(signer.get_by_text("Your answer is recorded")).to_be_visible()


def submit_and_table(way: Way, sponsor: Page, clerk: Page, title: str) -> None:
    """The sponsor submits it from the first page; the clerk puts it on the agenda."""
    waiting = sponsor.locator(".app-waiting__row", has=sponsor.get_by_role("link", name=title, exact=True))
    waiting.get_by_role("button", name="Approve and submit to the clerk").click()
    expect(sponsor.get_by_role("alert")).to_contain_text("done")
    way.go(clerk, way.report_url)
    way.step(clerk, "Put on the agenda")


def record_attendance(way: Way, clerk: Page, members: int) -> None:
    """Everybody came."""
    way.go(clerk, f"{way.meeting_url}/attendance")
    boxes = clerk.get_by_label("Present", exact=True)
    assert boxes.count() == members
    for box in boxes.all():
        box.check()
    clerk.get_by_role("button", name="Save").click()


def outcome_links(way: Way, clerk: Page) -> list[str]:
    """Where the outcomes of the recommendations are entered, in the order of the agenda."""
    way.go(clerk, f"{way.meeting_url}/decisions")
    links = clerk.locator("main a[href*='/recommendations/']").all()
    return [a.get_attribute("href") or "" for a in links]


def enter_outcome(way: Way, clerk: Page, href: str, decided: Decided) -> None:
    """Enter one outcome."""
    way.go(clerk, href)
    clerk.get_by_label(labels.OUTCOMES[decided.outcome], exact=True).check()
    boxes = clerk.locator("input[name='chosen']")
    for place in decided.chosen:
        boxes.nth(place).check()
    if decided.reasons:
        clerk.get_by_label("Reasons", exact=True).fill(decided.reasons)
    if decided.comments:
        clerk.get_by_label("Comments that were made").fill(decided.comments)
    if decided.action:
        clerk.get_by_label("Action that follows").fill(decided.action)
        choose(clerk.get_by_label("Owner of the action"), decided.action_owner)
        assert decided.action_due_on is not None
        fill_day(clerk, "Action due on", decided.action_due_on)
    clerk.get_by_role("button", name="Enter the outcome").click()
    expect(clerk.get_by_role("alert")).to_be_visible()
