"""`python -m commissioning.packs.typesetting FOLDER`: sets one pack in a process of its own, and ends.

It reads `document.json` and the files beside it, writes `pack.pdf` and `result.json`. Memory and time are limited, and
the typesetter keeps some memory after each document, so it never runs in the web process. It asks for no file outside
the folder of pictures and for nothing from a network. What it cannot do, it says in `result.json` in plain words.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES = 3 * 1024**3
"""Of address space; a pack of 500 pages takes less than a third of it."""
CPU_SECONDS = 120
_TEMPLATE = Path(__file__).parent / "pack.typ"
_NONE = "/nonexistent"
"""Where packages of the typesetter would be looked for."""


class Failed(Exception):
    """Why a pack cannot be set, in words for the clerk."""


def main(folder: Path) -> int:
    """Set the pack of a folder; 0 if it was set, 1 if `result.json` says why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        result = build(folder)
    except Failed as failed:
        result = {"failed": str(failed)}
    except MemoryError:
        result = {"failed": "The pack is too large to be built in one piece. Take large appendices out of it."}
    used = resource.getrusage(resource.RUSAGE_SELF)
    result |= {"peak_kb": used.ru_maxrss, "cpu_s": round(used.ru_utime + used.ru_stime, 2)}
    (folder / "result.json").write_text(json.dumps(result))
    return 1 if "failed" in result else 0


def build(folder: Path) -> dict[str, Any]:
    """Set the document, join what is appended; what came of it. Raises Failed."""
    from commissioning.packs.joining import Insert, Unreadable, count_pages, join

    document = json.loads((folder / "document.json").read_text())
    inserts, names = [], {}
    for n, item in enumerate(document["items"]):
        for k, sheet in enumerate(item["sheets"]):
            if not sheet["file"]:
                continue
            path = folder / sheet["file"]
            try:
                sheet["pages"] = count_pages(path)
            except Unreadable as error:
                raise Failed(f"{sheet['name']} {error}. Attach one that opens, then build the pack again.") from None
            sheet["lines"].append(
                f"{sheet['pages']} page{'s' if sheet['pages'] > 1 else ''} as attached "
                f"follow{'' if sheet['pages'] > 1 else 's'}."
            )
            inserts.append(Insert(f"s-{n}-{k}", path))
            names[path] = sheet["name"]
    (folder / "main.pdf").write_bytes(_set(folder, document))
    labels = [item["label"] for item in document["items"]]
    try:
        pages = join(folder / "main.pdf", labels, inserts, folder / "pack.pdf")
    except Unreadable as error:
        raise Failed(f"An appendix {error}. Attach one that opens, then build the pack again.") from None
    return {"pages": pages, "added": sum(s["pages"] for i in document["items"] for s in i["sheets"])}


def _set(folder: Path, document: dict[str, Any]) -> bytes:
    """The main file as accessible PDF. A text that its fonts cannot set whole is set again in plainer letters."""
    import typst

    from commissioning.packs.drawing import drawn
    from commissioning.packs.glyphs import FONTS

    for plain in (False, True):
        try:
            found = typst.compile(  # type: ignore[misc]  # its stubs fix one type for three arguments
                _TEMPLATE.read_bytes(),
                root=str(folder / "pictures"),
                font_paths=[str(FONTS)],
                ignore_system_fonts=True,
                sys_inputs={"pack": json.dumps(drawn(document, plain))},
                pdf_standards=["ua-1"],
                package_path=_NONE,
                package_cache_path=_NONE,
                timestamp=document["at"],
            )
        except typst.TypstError as error:
            told = f"{error.message} {error.diagnostic}"
            _blame_picture(document, told)
            if plain or ("glyph" not in told and "font" not in told):
                raise Failed(f"The pack could not be set: {error.message}") from None
        else:
            assert isinstance(found, bytes)
            return found
    raise AssertionError("set or refused")


def _blame_picture(document: dict[str, Any], told: str) -> None:
    if "image" not in told and "decode" not in told:
        return
    for item in document["items"]:
        for sheet in item["sheets"]:
            if sheet["picture"] and sheet["picture"].lstrip("/") in told:
                raise Failed(f"{sheet['name']} is a picture that cannot be opened. Save it again and attach that.")
    pictures = [s["name"] for i in document["items"] for s in i["sheets"] if s["picture"]]
    if pictures:
        raise Failed(f"A picture cannot be opened: one of {', '.join(pictures)}. Save it again and attach that.")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
