"""Every page and every form of it, opened and sent as somebody: wrong types, over-long, unknown, missing, twice.

Here: throwing. An answer 5xx is a fault; every other one is right as far as this goes. What is sent follows from the
number `start` alone, so that a fault can be seen again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from commissioning import clock
from commissioning.web import sessions
from tests.fuzz.api import Known, all_steps
from tests.support.api_council import Council

TEXTS = (
    *(
        "",
        " ",
        "x",
        "0",
        "-1",
        "1",
        "1.5",
        "1e999",
        "NaN",
        "true",
        "on",
        "٣",
        "2026-02-31",
        "31 February",
        "25:61",
        "£1,0,0",
    ),
    *(
        "9" * 30,
        "9" * 400,
        "x" * 301,
        "é" * 5000,
        "x" * 120_000,
        "\x00",
        "a\x00b",
        "\ud800".encode("utf-8", "replace").decode(),
    ),
    *(
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "%",
        "_",
        "../../etc/passwd",
        "{{ 7 * 7 }}",
        "=1+1",
        "\r\nSet-Cookie: a=b",
    ),
    *(
        "//elsewhere.example",
        "author@example.org",
        "2026-03-06",
        "10:00",
        "999999999999",
        "L04,L06",
        "[]",
        "{}",
        "null",
    ),
)
"""What is typed: what no field wants, and some of what they do."""
IDS = (0, 1, 2**31, 2**53 - 1, 2**53, 2**63, 10**30)
QUERIES = ("", "?page=-1", "?page=99999999999999999999", "?page=x&page=2", "?q=%00", "?q=%ff", "?sort=x&kind=x&state=x")
LEAVE = re.compile(r"/(sign-out|static|api)\b")
"""What would end the session, or is not a page."""


@dataclass
class Visitor:
    """A signed-in browser that signs in again when something that it sent has signed it out."""

    council: Council
    who: str
    sent: int = 0
    names: set[str] = field(default_factory=set)
    """Every name of a field in a form that was seen."""

    def __post_init__(self) -> None:
        self._http = self.council.app.test_client()
        self._sign_in()

    def _sign_in(self) -> None:
        person = self.council.people[self.who]
        token = self.council.write(sessions.begin, person, clock.now())
        self._http.set_cookie("session_id", token)

    def open(self, method: str, path: str, data: Any = None) -> Any:
        """One request, files included."""
        self.sent += 1
        answer = self._http.open(path, method=method, data=data)
        if "/sign-in" in answer.headers.get("Location", "") or answer.status_code == 401:
            self._sign_in()
        return answer

    def form_token(self) -> str:
        """What a form carries against other sites' forms."""
        page = BeautifulSoup(self.open("GET", "/account").text or self.open("GET", "/account").text, "html.parser")
        field = page.find("input", {"name": "csrf_token"})
        return str(field["value"]) if isinstance(field, Tag) else ""


def throw(council: Council, who: str, known: Known, examples: int, start: int = 0, share: float = 1) -> Iterator[str]:
    """Open every page as somebody, and send each form `examples` times; what was answered 5xx.

    `share` of the addresses, drawn by chance, and of the links found on them, for a run that is to be short.
    """
    council.app.config["SHOW_FAULT_PAGE"] = True
    chance = random.Random(start)
    visitor = Visitor(council, who)
    if visitor.open("GET", "/account").status_code != 200:
        yield f"{who} is not let in, so nothing was tried"
    seen: set[str] = set()
    waiting = [path for path in _addresses(council, known, chance) if chance.random() < share]
    while waiting:
        path = waiting.pop(0)
        if path in seen or LEAVE.match(path):
            continue
        seen.add(path)
        answer = visitor.open("GET", path)
        if answer.status_code >= 500:
            yield f"GET {path} as {who}: {answer.status_code}"
        if answer.mimetype != "text/html":
            continue
        page = BeautifulSoup(answer.text, "html.parser")
        if len(seen) < 60 * examples:
            waiting += [link for link in _links(page) if chance.random() < share]
        for form in page.find_all("form"):
            yield from _send(visitor, path, form, examples, chance)
    yield from _unasked(visitor, known, examples, chance, share)


def _addresses(council: Council, known: Known, chance: random.Random) -> Iterator[str]:
    """Every address that can be opened, with ids that are there, ids that are not, and arguments that nobody sends."""
    for rule in council.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not LEAVE.match(rule.rule):
            for number in IDS if "<" in rule.rule else ():
                yield _filled(rule, {key: [number] for key in known}, chance)
            for query in (*[""] * (8 if "<" in rule.rule else 1), *QUERIES):
                yield _filled(rule, known, chance) + query


def _filled(rule: Rule, known: Known, chance: random.Random) -> str:
    """A rule's address with its arguments put in: an id that its name asks for, or one of a case."""

    def value(match: re.Match[str]) -> str:
        if match[1] == "int":
            return str(chance.choice(known.get(match[2]) or known["case_id"]))
        if match[1] and match[1].startswith("any("):
            return chance.choice(re.findall(r"\w+", match[1][4:]))
        return chance.choice([*all_steps(), "budgets", "actuals", "2026-04", "x", "%00", "a" * 300])

    return re.sub(r"<(?:(\w+(?:\([^)]*\))?):)?(\w+)>", value, rule.rule)


def _links(page: BeautifulSoup) -> list[str]:
    found = [str(a["href"]) for a in page.find_all("a", href=True)]
    return [link for link in found if link.startswith("/") and not link.startswith("//")]


def _send(visitor: Visitor, path: str, form: Tag, examples: int, chance: random.Random) -> Iterator[str]:
    if str(form.get("method", "get")).lower() != "post":
        return
    action = str(form.get("action") or path)
    if LEAVE.match(urlsplit(action).path):
        return
    fields = _fields(form)
    visitor.names |= set(fields)
    for _ in range(examples):
        data = _spoilt(fields, chance)
        yield from _posted(visitor, action, data)


def _posted(visitor: Visitor, path: str, data: MultiDict[str, str]) -> Iterator[str]:
    answer = visitor.open("POST", path, data)
    if answer.status_code >= 500:
        shown = {k: v[:60] for k, v in data.items(multi=True) if k != "csrf_token"}
        yield f"POST {path} as {visitor.who}: {answer.status_code} {shown}"


def _fields(form: Tag) -> MultiDict[str, str]:
    """What a browser would send of the form as it stands, and each choice that it offers."""
    found: MultiDict[str, str] = MultiDict()
    for entry in form.find_all(["input", "textarea", "select"]):
        name = entry.get("name")
        if not name or entry.get("type") == "file":
            continue
        if entry.name == "select":
            for option in entry.find_all("option"):
                found.add(str(name), str(option.get("value", option.text)))
        else:
            found.add(str(name), str(entry.get("value") or entry.text or ""))
    return found


def _spoilt(fields: MultiDict[str, str], chance: random.Random) -> MultiDict[str, str]:
    """One value for each field: one of those offered, or something else; now and then none, or two."""
    data: MultiDict[str, str] = MultiDict()
    for name, offered in fields.lists():
        if name == "csrf_token":
            data.add(name, offered[0])
            continue
        kept = 0.95 if name == "idempotency_key" else 0.5
        if chance.random() < kept:
            data.add(name, chance.choice(offered))
        elif chance.random() < 0.85:
            data.add(name, chance.choice(TEXTS))
            if chance.random() < 0.1:
                data.add(name, chance.choice(TEXTS))
    if chance.random() < 0.2:
        data.add("nobody_asked", chance.choice(TEXTS))
    return data


def _unasked(visitor: Visitor, known: Known, examples: int, chance: random.Random, share: float) -> Iterator[str]:
    """Send to every address that takes a form, without having seen one: steps out of order, other people's things."""
    numbers, names = known["case_id"], sorted({*NAMES, *visitor.names} - {"csrf_token", "idempotency_key"})
    for rule in visitor.council.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or LEAVE.match(rule.rule) or chance.random() > share:
            continue
        token = visitor.form_token()
        for _ in range(examples):
            ids = known if chance.random() < 0.8 else {key: [chance.choice(IDS)] for key in known}
            data: MultiDict[str, str] = MultiDict(
                {"csrf_token": token, "idempotency_key": f"{chance.getrandbits(128):032x}"}
            )
            for name in chance.sample(names, 8):
                data.add(name, chance.choice([*TEXTS, str(chance.choice(numbers))]))
            path = _filled(rule, ids, chance) + chance.choice(
                ["", "?part=x", "?part=99999999999999999999", "?version=-1"]
            )
            yield from _posted(visitor, path, data)


NAMES = (
    *(
        "title",
        "meeting_id",
        "version",
        "part",
        "reason",
        "text",
        "ask",
        "body_id",
        "person_id",
        "post_id",
        "name",
        "kind",
    ),
    *(
        "email",
        "password",
        "code",
        "next",
        "meeting_on-day",
        "meeting_on-month",
        "meeting_on-year",
        "starts_at",
        "outcome",
    ),
    *("comment", "conditions", "item_id", "recommendation_id", "chosen", "status", "file", "letter", "secrecy", "seen"),
    *("due_on-day", "due_on-month", "due_on-year", "owner_id", "from_on", "to_on", "q", "page", "message_id"),
)
"""Names that forms use."""
