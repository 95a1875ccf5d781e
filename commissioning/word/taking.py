"""Writing what was chosen of a Word document into a report, part by part; within the command that takes it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.clock import fresh_id
from commissioning.models.reports import Recommendation, RecommendationOption, Section
from commissioning.reports.checks import MAX_TEXT, stamp
from commissioning.reports.covers import Parts
from commissioning.reports.recommending import MAX_PART, put_in_order, take_out_recommendation
from commissioning.word.facts import DEADLINE, SUM, read_day, read_sum
from commissioning.word.marks import SECTION
from commissioning.word.pieces import NEW, UNPLACED
from commissioning.word.understanding import AFTER, FIELDS, KEEP, ORDER, PLACED, REMOVE, WITHOUT, Proposal, ask_of


class Taking:
    """The parts of a report while what was chosen is written into them."""

    def __init__(self, context: Context, parts: Parts) -> None:
        self.context, self.parts = context, parts
        self.sections = {s.id: s for s in parts.sections}
        self.asks = {r.id: r for r in parts.recommendations}
        self.taken: dict[str, Mapping[str, str]] = {}
        """What of the document is in the report now, by the name of the part."""
        self.new: dict[str, int] = {}
        """The recommendations that were not in the report before, by the name of their proposal."""

    def take(self, proposal: Proposal, choice: str) -> None:
        """One choice. Raises Invalid for one that was not offered."""
        if choice not in proposal.choices:
            raise Invalid({proposal.name: f"Choose what is to happen with {proposal.heading}"})
        if choice == KEEP:
            return
        if choice == REMOVE:
            take_out_recommendation(self.context, self.asks.pop(proposal.id), proposal.name)
            return
        if proposal.kind == ORDER:
            self.context.session.flush()
            put_in_order(self.context, [int(i) for i in proposal.values["text"].split(",")])
            return
        values = proposal.without if choice == WITHOUT and proposal.without is not None else proposal.values
        if proposal.kind == UNPLACED:
            section = self.sections[int(choice.removeprefix(PLACED))]
            self._write(section, _joined(section.text, f"### {proposal.heading}\n{values['text']}"), proposal)
        elif proposal.kind == SECTION:
            section = self.sections[proposal.id]
            text = _joined(section.text, values["text"]) if choice == AFTER else values["text"]
            self._write(section, text, proposal)
            self.taken[proposal.name] = proposal.read
        else:
            row = self._new(proposal.name) if proposal.kind == NEW else self.asks[proposal.id]
            self._ask(row, values, proposal)
            self.taken[proposal.name] = proposal.read

    def place(self, proposals: Sequence[Proposal]) -> None:
        """Put each new recommendation where it stands in the document: after the nearest one before it that is in the
        report; first, if there is none; last, where the document has none of the report's own."""
        self.context.session.flush()
        if not self.new:
            return
        added = set(self.new.values())
        order = [r.id for r in sorted(self.asks.values(), key=lambda r: (r.position, r.id)) if r.id not in added]
        ids = {f"r{i}": i for i in order} | self.new
        for proposal in proposals:
            if proposal.name in self.new:
                at = next((order.index(ids[n]) + 1 for n in proposal.after or () if ids.get(n) in order), None)
                order.insert(at if at is not None else 0 if proposal.is_among else len(order), self.new[proposal.name])
        put_in_order(self.context, order)

    def _write(self, section: Section, text: str, proposal: Proposal) -> None:
        if len(text) > MAX_TEXT:
            raise Invalid({proposal.name: f"{section.heading} would have more than {MAX_TEXT:,} characters"})
        if section.text != text:
            self.context.changed(f"section:{section.key}", section.text, text)
            section.text = text
            stamp(self.context, section)

    def _new(self, name: str) -> Recommendation:
        last = max((r.position for r in self.asks.values()), default=0)
        row = Recommendation(
            id=fresh_id(), report_id=self.context.case.id, position=last + 1, version=0, ask="", text="",
            reasons="", risks="",
        )  # fmt: skip
        self.context.session.add(row)
        self.asks[row.id] = row
        self.new[name] = row.id
        self.parts.options[row.id] = []
        return row

    def _ask(self, row: Recommendation, values: Mapping[str, str], proposal: Proposal) -> None:
        if not values["text"].strip():
            raise Invalid({proposal.name: f"{proposal.heading} would have no text: leave it, or take it out"})
        for name in FIELDS:
            if len(values.get(name, "")) > MAX_PART:
                raise Invalid({proposal.name: f"{name.capitalize()} must be {MAX_PART:,} characters or fewer"})
        self.context.changed(f"recommendation:{row.position}", row.text, values["text"])
        row.ask = row.ask or ask_of(values["text"])
        self._facts(row, values, proposal)
        row.text, row.reasons, row.risks = values["text"], values.get("reasons", ""), values.get("risks", "")
        stamp(self.context, row)
        self.context.session.flush()
        if row.ask == "choose":
            self._options(row, values.get("options", "").splitlines(), proposal)

    def _facts(self, row: Recommendation, values: Mapping[str, str], proposal: Proposal) -> None:
        """Its sum and its deadline, where the document says them. Raises Invalid for words that are neither."""
        try:
            found = {
                column: read(values[name])
                for name, column, read in ((SUM, "amount_pence", read_sum), (DEADLINE, "deadline_on", read_day))
                if name in values
            }
        except ValueError as error:
            raise Invalid({proposal.name: f"{proposal.heading}: {error}"}) from None
        for column, value in found.items():
            if getattr(row, column) != value:
                self.context.changed(f"{column}:{row.position}", getattr(row, column), value)
                setattr(row, column, value)

    def _options(self, row: Recommendation, lines: list[str], proposal: Proposal) -> None:
        wanted = [x.strip() for x in lines if x.strip()]
        if len(wanted) < max(row.least or 1, 2):
            raise Invalid({proposal.name: f"{proposal.heading} needs at least two things to choose from"})
        row.most = min(row.most, len(wanted)) if row.most else row.most
        known = self.parts.options[row.id]
        for place, text in enumerate(wanted):
            if place < len(known):
                known[place].text = text
            else:
                self.context.session.add(
                    RecommendationOption(id=fresh_id(), recommendation_id=row.id, position=place + 1, text=text)
                )
        for option in known[len(wanted) :]:
            self.context.session.delete(option)


def _joined(first: str, second: str) -> str:
    return f"{first}\n{second}".strip()
