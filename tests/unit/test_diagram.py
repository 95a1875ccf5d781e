"""Pictures of definitions and strips of cases: what they say, that nothing overlaps, and that they need no style."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workflow_samples import paper
from workflows.definition import Workflow
from workflows.diagram import draw
from workflows.layout import Arrow, Picture, Spot, layers, place
from workflows.loading import DEFINITIONS, load_directory
from workflows.strip import strip

SVG = "{http://www.w3.org/2000/svg}"
ALL = {w.name: w for w in load_directory(DEFINITIONS)}
every_workflow = pytest.mark.parametrize("workflow", ALL.values(), ids=list(ALL))


def root(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in root(picture).iter(f"{SVG}text")]


@every_workflow
def test_a_picture_has_a_role_a_title_and_a_description_that_says_it_all(workflow: Workflow) -> None:
    svg = root(draw(workflow, prefix="one"))
    assert svg.get("role") == "img"
    title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert (svg.get("aria-labelledby"), svg.get("aria-describedby")) == (title.get("id"), desc.get("id"))
    assert title.get("id") == "one-title"
    assert f"version {workflow.version}" in (title.text or "")
    for state in workflow.states.values():
        assert f"{state.label}: " in (desc.text or "")
    for step in workflow.steps.values():
        assert step.label in (desc.text or "")


@every_workflow
def test_a_picture_needs_no_inline_style_script_font_or_other_file(workflow: Workflow) -> None:
    picture = draw(workflow, [workflow.initial], workflow.initial)
    for element in root(picture).iter():
        assert element.tag in {f"{SVG}{t}" for t in ("svg", "title", "desc", "rect", "path", "text")}
        assert not {"style", "href", "onload", "onclick"} & set(element.attrib)
    assert "url(" not in picture
    assert set(re.findall(r"https?://[^\"]*", picture)) == {"http://www.w3.org/2000/svg"}


@every_workflow
def test_every_state_and_every_step_that_moves_is_drawn_in_readable_size(workflow: Workflow) -> None:
    picture = draw(workflow)
    words = " ".join(" ".join(texts(picture)).split())
    for state in workflow.states.values():
        assert state.label in words
    for step in workflow.steps.values():
        assert step.stays or step.label in words
    assert {int(e.get("font-size", "0")) for e in root(picture).iter(f"{SVG}text")} == {14, 17}
    assert int(root(picture).get("width", "0")) <= 1280
    # One head for each pair of step label and target, at least one for each state but the first.
    heads = [e for e in root(picture).iter(f"{SVG}path") if e.get("class") == "workflow-head"]
    assert len(heads) >= len(workflow.states) - 1


def test_where_a_case_is_shows_by_words_and_marks_not_by_colour_alone() -> None:
    report = ALL["board-report"]
    picture = draw(report, ["drafting", "in_clearance"], "with_sponsor")
    assert "▶ With sponsor" in texts(picture)
    assert "✓ Drafting" in texts(picture)
    assert "Submitted" in texts(picture)
    svg = root(picture)
    assert (svg.findtext(f"{SVG}title") or "").endswith(": now With sponsor")
    said = svg.findtext(f"{SVG}desc") or ""
    assert "With sponsor (now here): " in said
    assert "In clearance (done): " in said
    assert "Submitted: " in said
    classes = [e.get("class", "") for e in svg.iter(f"{SVG}rect")]
    assert classes.count("workflow-state workflow-state-current") == 1
    assert classes.count("workflow-state workflow-state-done") == 2


def test_words_of_a_definition_cannot_become_markup() -> None:
    workflow = paper(("label: Drafting", "label: '<script>alert(\"x\")</script> & co'"))
    picture = draw(workflow, prefix='"><script>')
    assert "<script" not in picture
    assert "& co" in " ".join(texts(picture))


def test_two_pictures_on_one_page_share_no_id() -> None:
    ids = [re.findall(r' id="([^"]*)"', draw(paper(), prefix=prefix)) for prefix in ("a", "b")]
    assert len(ids[0]) == 2
    assert not set(ids[0]) & set(ids[1])


def test_the_same_definition_gives_the_same_picture() -> None:
    assert draw(ALL["board-report"]) == draw(ALL["board-report"])


def test_a_step_back_to_the_state_before_is_drawn_to_each_such_state() -> None:
    picture = draw(ALL["action"])
    assert " ".join(texts(picture)).count("Go on (as before)") == 2
    desc = root(picture).findtext(f"{SVG}desc") or ""
    assert "Blocked: Supersede" not in desc.split("Go on")[0]
    assert "Go on to Agreed" in desc
    assert "Go on to In progress" in desc


# The layout on its own.

NAMES = [f"n{i}" for i in range(7)]
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda e: e[0] != e[1]), max_size=14)


def placed(edges: list[tuple[str, str]]) -> Picture:
    depth, back = layers(NAMES, "n0", edges)
    arrows = [Arrow(str(i), (a,), b, 60, 20, i in back) for i, (a, b) in enumerate(edges)]
    return place(dict.fromkeys(NAMES, (100, 50)), depth, arrows)


@given(EDGES)
def test_layers_go_down_along_every_edge_but_those_that_close_a_circle(edges: list[tuple[str, str]]) -> None:
    depth, back = layers(NAMES, "n0", edges)
    for i, (source, target) in enumerate(edges):
        assert (depth[target] < depth[source]) if i in back else (depth[target] > depth[source])


@given(EDGES)
def test_layers_are_the_longest_paths(edges: list[tuple[str, str]]) -> None:
    depth, back = layers(NAMES, "n0", edges)
    for name in NAMES:
        before = [depth[a] + 1 for i, (a, b) in enumerate(edges) if b == name and i not in back]
        assert depth[name] == max(before, default=0)


def overlap(one: Spot, other: Spot) -> bool:
    across = abs(one.x - other.x) < (one.width + other.width) / 2 - 0.01
    return across and abs(one.y - other.y) < (one.height + other.height) / 2 - 0.01


@settings(max_examples=60)
@given(EDGES)
def test_nothing_is_drawn_over_anything_else(edges: list[tuple[str, str]]) -> None:
    picture = placed(edges)
    spots = [*picture.boxes.values(), *picture.labels.values()]
    assert not [(a.key, b.key) for a, b in combinations(spots, 2) if overlap(a, b)]
    for spot in spots:
        assert spot.width / 2 <= spot.x <= picture.width - spot.width / 2
        assert spot.height / 2 <= spot.y <= picture.height - spot.height / 2


@settings(max_examples=60)
@given(EDGES)
def test_every_arrow_is_one_line_from_source_to_target_row_by_row(edges: list[tuple[str, str]]) -> None:
    picture = placed(edges)
    for i, edge in enumerate(edges):
        rows = [(upper.row, lower.row) for upper, lower in picture.pieces[str(i)]]
        ends = {picture.boxes[name].row for name in edge}
        assert sorted(rows) == [(row, row + 1) for row in range(min(ends), max(ends))]


def test_a_shared_line_branches_once_for_each_source() -> None:
    edges = [("n0", "n1"), ("n1", "n2"), ("n0", "n2")]
    depth, _ = layers(NAMES[:3], "n0", edges)
    arrows = [Arrow("main", ("n0",), "n1", 60, 20, False), Arrow("both", ("n0", "n1"), "n2", 60, 20, False)]
    picture = place(dict.fromkeys(NAMES[:3], (100, 50)), depth, arrows)
    ends = [upper.key for upper, _ in picture.pieces["both"]]
    assert ends.count("n0") == 1
    assert ends.count("n1") == 1
    assert len(picture.pieces["both"]) == 5


class TestStrip:
    """Done, current, ahead: the line that a case page shows."""

    def line(self, name: str, visited: list[str], current: str | None = None) -> tuple[list[str], str, list[str]]:
        items = strip(ALL[name], visited, current)
        [now] = [i.state for i in items if i.place == "current"]
        done = [i.state for i in items if i.place == "done"]
        ahead = [i.state for i in items if i.place == "ahead"]
        assert [i.state for i in items] == [*done, now, *ahead]
        assert [i.label for i in items] == [ALL[name].states[i.state].label for i in items]
        return done, now, ahead

    def test_a_new_report_has_the_main_line_ahead(self) -> None:
        ahead = ["in_clearance", "with_sponsor", "submitted", "on_agenda", "published", "decided", "closed"]
        assert self.line("board-report", []) == ([], "drafting", ahead)

    def test_half_way(self) -> None:
        done, now, ahead = self.line("board-report", ["drafting", "in_clearance", "with_sponsor"])
        assert (done, now) == (["drafting", "in_clearance"], "with_sponsor")
        assert ahead == ["submitted", "on_agenda", "published", "decided", "closed"]

    def test_what_was_sent_back_lies_ahead_again(self) -> None:
        done, now, ahead = self.line("board-report", ["drafting", "in_clearance", "with_sponsor", "returned"])
        assert (done, now) == ([], "returned")
        assert ahead[:3] == ["drafting", "in_clearance", "with_sponsor"]

    def test_circles_are_left_out(self) -> None:
        way = ["drafting", "in_clearance", "drafting", "planned", "drafting", "in_clearance"]
        done, now, _ = self.line("board-report", way)
        assert (done, now) == (["drafting"], "in_clearance")

    def test_a_second_body_has_its_meeting_ahead(self) -> None:
        way = ["drafting", "in_clearance", "with_sponsor", "submitted", "on_agenda", "published", "considered"]
        done, now, ahead = self.line("board-report", way)
        assert (done[-1], now, ahead) == ("published", "considered", ["closed"])
        done, now, ahead = self.line("board-report", [*way, "submitted"])
        assert (done, now) == (["drafting", "in_clearance", "with_sponsor"], "submitted")

    def test_an_end_has_nothing_ahead(self) -> None:
        assert self.line("board-report", ["drafting", "in_clearance", "withdrawn"]) == (
            ["drafting", "in_clearance"],
            "withdrawn",
            [],
        )

    def test_without_a_history_the_shortest_main_line_counts_as_done(self) -> None:
        done, now, _ = self.line("board-report", [], "submitted")
        assert (done, now) == (["drafting", "in_clearance", "with_sponsor"], "submitted")
        assert self.line("board-report", [], "planned")[:2] == ([], "planned")
        assert self.line("board-report", ["submitted"])[0] == ["drafting", "in_clearance", "with_sponsor"]

    def test_a_blocked_action_goes_on_where_it_was(self) -> None:
        way = ["proposed", "agreed", "in_progress", "blocked"]
        assert self.line("action", way) == (
            ["proposed", "agreed"],
            "blocked",
            ["in_progress", "reported_complete", "verified"],
        )

    def test_every_state_of_every_definition_has_a_strip_that_ends(self) -> None:
        for name, workflow in ALL.items():
            for state in workflow.states:
                _, now, ahead = self.line(name, [], state)
                assert now == state
                assert workflow.states[[state, *ahead][-1]].final or state == "blocked"


def test_what_stands_until_it_is_ended_is_drawn_through_to_its_end_and_not_to_being_dropped():
    """In force, only secondary steps lead on: they are the main line there, and a detour before."""
    workflow = next(w for w in ALL.values() if w.name == "specification")
    assert [i.state for i in strip(workflow)] == ["draft", "with_provider", "agreed", "in_force", "ended"]
    assert [i.state for i in strip(next(w for w in ALL.values() if w.name == "unit"))] == [
        "setting_up",
        "live",
        "ended",
    ]


def test_what_goes_another_way_is_drawn_that_way():
    """A meeting that another system runs, and a paper that stands on no agenda: by one state, past another."""
    meeting, report = ALL["meeting"], ALL["board-report"]
    kept = [i.state for i in strip(meeting, ["scheduled", "open_for_papers"], via="handed_over")]
    assert kept == ["scheduled", "open_for_papers", "handed_over", "settled"]
    done = strip(meeting, ["scheduled", "open_for_papers", "papers_closed", "handed_over"], via="handed_over")
    assert [i.state for i in done][-2:] == ["handed_over", "settled"]
    alone = [i.state for i in strip(report, ["drafting", "in_clearance"], via="decided", past="on_agenda")]
    assert alone == ["drafting", "in_clearance", "with_sponsor", "submitted", "decided", "closed"]
    assert [i.state for i in strip(report, ["drafting", "withdrawn"], via="decided")] == ["drafting", "withdrawn"]
