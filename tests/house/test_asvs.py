"""docs/asvs.md names every requirement once, and nothing that is not there; planted faults in it are found."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "asvs.md"
WANTED = {
    **{"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4},
    **{"3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3},
    **{"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5},
    **{"7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2},
    **{"10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1},
    **{"11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4},
    **{"14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1},
    **{"17.2": 4, "17.3": 2},
}
"""How many requirements of levels 1 and 2 each section of the standard has; they come before those of level 3."""


def faults(table: str) -> list[str]:
    """What is wrong with the table: requirements missing, twice or unknown, names of nothing, rows without a word."""
    rows = re.findall(r"^\| (\d+\.\d+)\.(\d+)(?:–(\d+))? \| .+? \| (.+) \|$", table, re.MULTILINE)
    found = Counter(f"{section}.{n}" for section, a, b, _ in rows for n in range(int(a), int(b or a) + 1))
    wanted = {f"{section}.{n}" for section, last in WANTED.items() for n in range(1, last + 1)}
    wrong = [f"{name}: {'missing' if name in wanted else 'unknown'}" for name in sorted(wanted ^ set(found))]
    wrong += [f"{name}: twice" for name, times in found.items() if times > 1]
    for section, number, _, shown in rows:
        named = re.findall(r"`([\w./-]+/[\w./-]*|[\w.-]+\.(?:md|py|yaml)|Dockerfile)(::\w*)?`", shown)
        wrong += [f"{section}.{number}: no {path} {test}".rstrip() for path, test in named if not _is_there(path, test)]
        if not named and not shown.startswith(("not met: ", "does not apply: ")) and len(shown) < 20:
            wrong.append(f"{section}.{number}: shows nothing")
    return wrong


def _is_there(path: str, test: str) -> bool:
    if path.startswith("/"):
        return True  # an address of the service
    file = ROOT / path
    return file.exists() and (
        not test or re.search(rf"^\s*def {test[2:]}\(", file.read_text(), re.MULTILINE) is not None
    )


def test_the_table_names_every_requirement_once_and_nothing_that_is_not_there() -> None:
    assert faults(TABLE.read_text(encoding="utf-8")) == []


def test_the_sums_in_its_words_are_those_of_its_rows() -> None:
    table = TABLE.read_text(encoding="utf-8")
    said = [int(n) for n in re.findall(r"\d+", table.partition("Of ")[2])[:4]]
    sums = Counter[str]()
    for _, a, b, shown in re.findall(r"^\| (\d+\.\d+)\.(\d+)(?:–(\d+))? \| .+? \| (.+) \|$", table, re.MULTILINE):
        kind = next((k for k in ("not met", "does not apply") if shown.startswith(k)), "shown")
        sums[kind] += int(b or a) - int(a) + 1
    assert said == [sum(WANTED.values()), sums["shown"], sums["not met"], sums["does not apply"]]


def test_planted_faults_are_found() -> None:
    table = TABLE.read_text(encoding="utf-8")
    line = next(row for row in table.splitlines() if row.startswith("| 3.4.1 "))
    assert faults(table.replace(line + "\n", "")) == ["3.4.1: missing"]
    assert faults(table + line + "\n") == ["3.4.1: twice"]
    assert faults(table.replace("test_https_is_remembered_by_browsers", "test_gone")) != []
    assert faults(table.replace("docs/security.md", "docs/gone.md")) != []
    assert faults(table.replace("test_https_is_remembered_by_browsers", "")) != []
