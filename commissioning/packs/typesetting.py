"""`python -m commissioning.packs.typesetting FOLDER MEMORY CPU`: sets one pack, or the minutes of a meeting, in a
process of its own, and ends.

It reads `document.json` and the files beside it, writes `pack.pdf` and `result.json`. Memory (bytes of address space)
and time (seconds of computing) are limited, and the typesetter keeps some memory after each document, so it never runs
in the web process. It asks for no file outside the folder of pictures and for nothing from a network. What it cannot
do, it says in `result.json` in plain words; at which appendix it is, in a file of its own, for when it is ended.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

AT = "at.json"
"""The appendix that it is at: its name and its spot."""
NO_MEMORY = 3
"""What it ends with where memory did not suffice."""
_HERE = Path(__file__).parent
AGAIN = "Attach one that opens, then build the pack again."
_NONE = "/nonexistent"
"""Where packages of the typesetter would be looked for."""


class Failed(Exception):
    """Why a pack cannot be set, in words for the clerk; `spots` are the items and letters that it is about."""

    def __init__(self, words: str, spots: Sequence[str] = ()) -> None:
        self.spots = list(spots)
        super().__init__(words)


def main(folder: Path, memory: int, cpu: int) -> int:
    """Set the pack of a folder; 0 if it was set, 1 if `result.json` says why not."""
    for name in ("typst", "lxml.etree", "commissioning.packs.joining"):
        import_module(name)  # before the limit holds, so that what hits it is the pack
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    try:
        result = build(folder)
    except Failed as failed:
        result = {"failed": str(failed), "spots": failed.spots}
    except MemoryError:
        return NO_MEMORY
    used = resource.getrusage(resource.RUSAGE_SELF)
    result |= {"peak_kb": used.ru_maxrss, "cpu_s": round(used.ru_utime + used.ru_stime, 2)}
    (folder / "result.json").write_text(json.dumps(result))
    return 1 if "failed" in result else 0


def build(folder: Path) -> dict[str, Any]:
    """Set the document, join what is appended; what came of it. Raises Failed."""
    from commissioning.packs.joining import Insert, Unreadable, count_pages, join

    document = json.loads((folder / "document.json").read_text())
    if "minutes" in document:
        (folder / "pack.pdf").write_bytes(_set(folder, document))
        return {"pages": count_pages(folder / "pack.pdf"), "added": 0}
    inserts, names = [], {}
    for n, item in enumerate(document["items"]):
        for k, sheet in enumerate(item["sheets"]):
            if not sheet["file"]:
                continue
            path = folder / sheet["file"]
            _be_at(folder, sheet)
            try:
                sheet["pages"] = count_pages(path)
            except Unreadable as error:
                raise Failed(f"{sheet['name']} {error}. {AGAIN}", [sheet["spot"]]) from None
            sheet["lines"].append(
                f"{sheet['pages']} page{'s' if sheet['pages'] > 1 else ''} as attached "
                f"follow{'' if sheet['pages'] > 1 else 's'}."
            )
            inserts.append(Insert(f"s-{n}-{k}", path))
            names[path] = sheet
    _be_at(folder)
    (folder / "main.pdf").write_bytes(_set(folder, document))
    labels = [item["label"] for item in document["items"]]
    try:
        pages = join(
            folder / "main.pdf",
            labels,
            inserts,
            folder / "pack.pdf",
            lambda path: _be_at(folder, names[path] if path else None),
        )
    except Unreadable as error:
        name, spot = json.loads((folder / AT).read_text())
        raise Failed(f"{name} {error}. {AGAIN}", [spot]) from None
    return {"pages": pages, "added": sum(s["pages"] for i in document["items"] for s in i["sheets"])}


def _be_at(folder: Path, sheet: dict[str, Any] | None = None) -> None:
    """Note which appendix it is at; nothing: all of them."""
    (folder / AT).write_text(json.dumps([sheet["name"], sheet["spot"]] if sheet else ["", ""]))


def _set(folder: Path, document: dict[str, Any]) -> bytes:
    """The main file as accessible PDF. A text that its fonts cannot set whole is set again in plainer letters."""
    import typst

    from commissioning.packs.drawing import drawn, drawn_minutes
    from commissioning.packs.glyphs import FONTS

    look, draw = ("minutes.typ", drawn_minutes) if "minutes" in document else ("pack.typ", drawn)
    template = b"".join((_HERE / name).read_bytes() for name in ("words.typ", look))
    for plain in (False, True):
        try:
            found = typst.compile(  # type: ignore[misc]  # its stubs fix one type for three arguments
                template,
                root=str(folder / "pictures"),
                font_paths=[str(FONTS)],
                ignore_system_fonts=True,
                sys_inputs={"pack": json.dumps(draw(document, plain))},
                pdf_standards=["ua-1"],
                package_path=_NONE,
                package_cache_path=_NONE,
                timestamp=document["at"],
            )
        except typst.TypstError as error:
            told = f"{error.message} {error.diagnostic}"
            _blame_pictures(folder, document, told)
            if plain or ("glyph" not in told and "font" not in told):
                raise Failed(f"The pack could not be set: {error.message}") from None
        else:
            assert isinstance(found, bytes)
            return found
    raise AssertionError("set or refused")


def _blame_pictures(folder: Path, document: dict[str, Any], told: str) -> None:
    """Raise Failed with each picture that cannot be opened: the typesetter says that one is, not which."""
    if "image" not in told and "decode" not in told:
        return
    pictures = [s for i in document["items"] for s in i["sheets"] if s["picture"]]
    broken = [s for s in pictures if not _opens(folder, s["picture"])]
    if broken:
        names, one = "; ".join(s["name"] for s in broken), len(broken) == 1
        what, them = ("is a picture", "it") if one else ("are pictures", "them")
        words = f"{names} {what} that cannot be opened. Save {them} again and attach that."
        raise Failed(words, [s["spot"] for s in broken])


def _opens(folder: Path, picture: str) -> bool:
    import typst

    try:
        typst.compile(  # type: ignore[type-var]  # as above
            f"#image({json.dumps(picture)})".encode(),
            root=str(folder / "pictures"),
            ignore_system_fonts=True,
            package_path=_NONE,
            package_cache_path=_NONE,
        )
    except typst.TypstError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
