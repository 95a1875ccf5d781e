"""Appended files in the pack that was set: their pages after their sheets, page labels, and no claim beyond the truth.

Pages are put into the tagged main file, so that its tags stay. What could act, carry words that nobody sees, or point
into the file from which a page came is left behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

LEFT_BEHIND = ("/AA", "/PieceInfo", "/Metadata", "/StructParents", "/Thumb", "/B", "/Tabs")


class Unreadable(Exception):
    """An appended file that cannot be opened, or has no pages; the words go on after its name."""


@dataclass(frozen=True)
class Insert:
    """A PDF that belongs after the sheet of this name (`s-<item>-<sheet>`)."""

    sheet: str
    path: Path


def count_pages(path: Path) -> int:
    """How many pages a PDF has. Raises Unreadable."""
    try:
        with pikepdf.open(path) as found:
            count = len(found.pages)
    except pikepdf.PasswordError:
        raise Unreadable("is protected by a password") from None
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise Unreadable("is damaged, so that it cannot be opened") from None
    if not count:
        raise Unreadable("has no pages")
    return count


def join(
    main: Path, labels: Sequence[str], inserts: Sequence[Insert], target: Path, tell: Callable[[Path | None], None]
) -> int:
    """Put the files into the pack and label its pages item by item; how many pages it has. Raises Unreadable.

    `tell` is called with each file before it is put in, and with none when all are.
    """
    with pikepdf.open(main) as pack:
        places = _places(pack)
        starts = [places[f"i-{n}"] for n in range(len(labels))]
        added = {insert.sheet: 0 for insert in inserts}
        for insert in sorted(inserts, key=lambda i: places[i.sheet], reverse=True):
            tell(insert.path)
            try:
                with pikepdf.open(insert.path) as other:
                    added[insert.sheet] = _put(pack, places[insert.sheet] + 1, other)
            except pikepdf.PdfError:
                raise Unreadable("is damaged, so that it cannot be joined") from None
        tell(None)
        moved = [s + sum(n for sheet, n in added.items() if places[sheet] < s) for s in starts]
        _label(pack, labels, moved)
        _stamp(pack, labels, moved, {p for i in inserts for p in _span(i.sheet, places, added)})
        if inserts:
            with pack.open_metadata(set_pikepdf_as_editor=False) as about:
                for claim in ("pdfuaid:part", "pdfuaid:rev"):
                    if claim in about:
                        del about[claim]
        count = len(pack.pages)
        pack.save(target, deterministic_id=True)
    return count


def _places(pack: Pdf) -> dict[str, int]:
    """On which page (from 0) each named place is."""
    numbers = {page.obj.objgen: n for n, page in enumerate(pack.pages)}
    tree = pikepdf.NameTree(pack.Root.Names.Dests)
    return {str(name): numbers[_page(place).objgen] for name, place in tree.items()}


def _page(place: Any) -> Any:
    return (place.D if isinstance(place, Dictionary) else place)[0]


def _span(sheet: str, places: dict[str, int], added: dict[str, int]) -> range:
    """The pages that were put after a sheet, as they are numbered in the joined file."""
    before = sum(n for other, n in added.items() if places[other] < places[sheet])
    return range(places[sheet] + before + 1, places[sheet] + before + 1 + added[sheet])


def _put(pack: Pdf, at: int, other: Pdf) -> int:
    """Put the pages of a file in; how many."""
    for n, page in enumerate(other.pages):
        for name in LEFT_BEHIND:
            if name in page.obj:
                del page.obj[name]
        kept = [a for a in page.obj.get("/Annots", []) if _is_plain_link(a)]
        for annotation in kept:
            if "/StructParent" in annotation:
                del annotation["/StructParent"]
        if kept:
            page.obj["/Annots"] = Array(kept)
        elif "/Annots" in page.obj:
            del page.obj["/Annots"]
        pack.pages.insert(at + n, page)
    return len(other.pages)


def _is_plain_link(annotation: Any) -> bool:
    action = annotation.get("/A") if isinstance(annotation, Dictionary) else None
    return (
        isinstance(action, Dictionary)
        and annotation.get("/Subtype") == Name.Link
        and action.get("/S") == Name.URI
        and "/Next" not in action
        and re.match(r"(?:https?|mailto):", str(action.get("/URI", ""))) is not None
    )


def _label(pack: Pdf, labels: Sequence[str], starts: Sequence[int]) -> None:
    """Page labels as they are printed: i, ii for the front if there is one, then 9-1, 9-2 for each item."""
    numbers = Array([0, Dictionary(S=Name.r)] if starts[0] else [])
    for label, start in zip(labels, starts, strict=True):
        numbers.append(start)
        numbers.append(Dictionary(S=Name.D, P=pikepdf.String(f"{label}-")))
    pack.Root.PageLabels = Dictionary(Nums=numbers)


def _stamp(pack: Pdf, labels: Sequence[str], starts: Sequence[int], foreign: set[int]) -> None:
    """Print its label on each page that came from elsewhere, as the others have theirs printed."""
    font = pack.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for number in sorted(foreign):
        item = max(n for n, start in enumerate(starts) if start <= number)
        page = pack.pages[number]
        left, bottom, right, top = (float(x) for x in page.cropbox)
        turn = int(page.obj.get("/Rotate", 0)) % 360
        at = {0: (right - 62, bottom + 18), 90: (right - 18, top - 62), 180: (left + 62, top - 18),
              270: (left + 18, bottom + 62)}.get(turn, (right - 62, bottom + 18))  # fmt: skip
        across = {0: "1 0 0 1", 90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}.get(turn, "1 0 0 1")
        label = f"{labels[item]}-{number - starts[item] + 1}"
        text = f"q /Artifact BMC BT /{FONT} 8.5 Tf 0.28 g {across} {at[0]:.1f} {at[1]:.1f} Tm ({label}) Tj ET EMC Q"
        page.add_resource(font, Name.Font, Name(f"/{FONT}"), replace_existing=True)
        page.contents_add(b"q", prepend=True)
        page.contents_add(f"Q {text}".encode())


FONT = "PackLabel"
