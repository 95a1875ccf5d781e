"""Agenda packs: how long 200 and 500 generated pages take with appendices, how much memory the process that sets them
needs for a page, and whether the one that asked for it stays as it was."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pikepdf

from commissioning.packs.setting import set_pages
from tests.bench.bench import Bench
from tests.bench.drive import WrongFacts

SIZES = (200, 500)
APPENDICES = 10
ATTACHED = 4
"""Pages of each appendix."""
_WORDS = (
    "The board is asked to consider the pooled budget for short breaks, its outcomes against the specification, and "
    "the risk that remains with the council if a provider leaves before the contract ends. "
) * 3
_PAGES_AN_ITEM = 11


def packs(bench: Bench) -> None:
    """One pack of each size, set in its own process as the job does it."""
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="bench-pack-") as name:
            folder = Path(name)
            _write(folder, size)
            before = _resident_kb()
            started = time.perf_counter()
            result = set_pages(folder)
            seconds = time.perf_counter() - started
            grown = (_resident_kb() - before) / 1024
            generated = result.get("pages", 0) - APPENDICES * ATTACHED
            if generated < size or result["added"] != APPENDICES * ATTACHED:
                raise WrongFacts(f"a pack of {size} pages came out as {result}")
        per_page = result["peak_kb"] / 1024 / generated
        # The bounds are for 200 pages (quality.md); 500 are shown beside them.
        time_bounds: dict[str, Any] = {"must": 5, "aim": 1} if size == SIZES[0] else {}
        words = f"pack of {size} generated pages, {APPENDICES} appendices"
        bench.add(f"{words}: time", "s", seconds, n=1, lower=True, **time_bounds)
        bench.add(f"{words}: memory a page", "MB", per_page, n=1, must=3, aim=2, lower=True)
        bench.add(f"{words}: growth of who asked", "MB", max(grown, 0.0), n=1, must=5, lower=True)


def _resident_kb() -> int:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def _write(folder: Path, size: int) -> None:
    (folder / "pictures").mkdir()
    attached = pikepdf.Pdf.new()
    for _ in range(ATTACHED):
        attached.add_blank_page(page_size=(595, 842))
    attached.save(folder / "attached.pdf")
    items = [_item(n) for n in range(1, -(-size // _PAGES_AN_ITEM) + 1)]
    agenda = [{"number": i["label"], "title": "A report", "words": "", "item": n} for n, i in enumerate(items)]
    document = {
        "title": "Agenda", "body": "Cabinet", "what": "Agenda and papers", "edition": "Public edition",
        "colour": "#1d4f5c", "at": 1_790_000_000, "cover": [["Day", "3 November 2026"]], "notes": [],
        "agenda": agenda, "items": items,
    }  # fmt: skip
    (folder / "document.json").write_text(json.dumps(document))


def _item(number: int) -> dict[str, Any]:
    sheet = {"heading": "Appendix A", "lines": [], "picture": "", "alt": "", "pages": 0, "file": "attached.pdf",
             "name": "Appendix A", "spot": "Appendix A"}  # fmt: skip
    section = [{"number": f"1.{n}", "text": _WORDS} for n in range(1, 9)]
    return {
        "label": str(number), "heading": f"{number}. A report", "kind": "paper", "facts": [["Ward", "All"]],
        "lines": [], "sheets": [sheet] if number <= APPENDICES else [], "withheld": [], "asks_at": 0,
        "asks_heading": "Recommendations", "asks_lead": "", "signed": [], "listed": [["Appendix A", "A map"]],
        "asks": [{"heading": "1. Agree", "text": _WORDS, "options": [], "facts": [], "parts": []}], "background": "",
        "sections": [{"heading": f"{n}. A section", "paragraphs": section, "signed": []} for n in range(1, 11)],
    }  # fmt: skip
