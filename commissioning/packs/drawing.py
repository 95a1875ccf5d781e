"""From a document of plain words to what the template draws: marks read, characters checked, lines parted.

Runs in the typesetting process: reading the marks of hundreds of pages takes time and memory.
"""

from __future__ import annotations

from typing import Any

from commissioning.packs.marks import Node, blocks, cleaned


def drawn(document: dict[str, Any], plain: bool) -> dict[str, Any]:
    """The document as the template takes it."""

    def say(text: str) -> str:
        return cleaned(text, plain)

    def lines(text: str) -> list[str]:
        return [say(line) for line in text.splitlines() if line.strip()]

    def pairs(rows: list[list[str]]) -> list[list[str]]:
        return [[say(key), say(value)] for key, value in rows]

    def marks(text: str) -> list[Node]:
        return blocks(text, plain)

    def comments(found: list[dict[str, str]]) -> list[dict[str, Any]]:
        return [
            {
                "outcome": say(s["outcome"]),
                "comment": lines(s["comment"]),
                "conditions": lines(s["conditions"]),
                "by": say(s["by"]),
            }
            for s in found
        ]

    def paper(item: dict[str, Any]) -> dict[str, Any]:
        return {
            "withheld": [say(x) for x in item["withheld"]],
            "sections": [
                {
                    "heading": say(s["heading"]),
                    "paragraphs": [{"number": p["number"], "blocks": marks(p["text"])} for p in s["paragraphs"]],
                    "signed": comments(s["signed"]),
                }
                for s in item["sections"]
            ],
            "asks_at": item["asks_at"],
            "asks_heading": say(item["asks_heading"]),
            "asks_lead": marks(item["asks_lead"]),
            "asks": [
                {
                    "heading": say(r["heading"]),
                    "text": marks(r["text"]),
                    "options": [say(o) for o in r["options"]],
                    "facts": pairs(r["facts"]),
                    "parts": [[name, marks(text)] for name, text in r["parts"]],
                }
                for r in item["asks"]
            ],
            "heard": comments(item.get("heard", [])),
            "signed": comments(item["signed"]),
            "listed": pairs(item["listed"]),
            "background": marks(item["background"]),
        }

    return {
        "title": say(document["title"]),
        "body": say(document["body"]),
        "what": say(document["what"]),
        "edition": say(document["edition"]),
        "colour": document["colour"],
        "cover": pairs(document["cover"]),
        "notes": [say(x) for x in document["notes"]],
        "agenda": [
            {"number": a["number"], "title": say(a["title"]), "words": lines(a["words"]), "item": a["item"]}
            for a in document["agenda"]
        ],
        "items": [
            {
                "kind": item["kind"],
                "label": item["label"],
                "heading": say(item["heading"]),
                "short": say(item["heading"] if len(item["heading"]) < 90 else item["heading"][:88] + "…"),
                "facts": pairs(item["facts"]),
                "lines": [say(x) for x in item["lines"]],
                "sheets": [
                    {
                        "heading": say(s["heading"]),
                        "lines": [say(x) for x in s["lines"]],
                        "picture": s["picture"],
                        "alt": say(s["alt"]),
                        "pages": s["pages"],
                    }
                    for s in item["sheets"]
                ],
                **(paper(item) if item["kind"] == "paper" else {}),
            }
            for item in document["items"]
        ],
    }


def drawn_minutes(document: dict[str, Any], plain: bool) -> dict[str, Any]:
    """Minutes as their template takes them."""
    words = ("title", "body", "what", "day", "signer")
    return {
        **{name: cleaned(document[name], plain) for name in words},
        **{name: [cleaned(line, plain) for line in document[name]] for name in ("notes", "signed")},
        "colour": document["colour"],
        "text": blocks(document["minutes"], plain),
    }
