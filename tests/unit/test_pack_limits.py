"""Setting a pack in a process of its own: a large one, and what is said at a limit and of what cannot be opened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from commissioning.packs.setting import Limits, NotSet, set_pages
from tests.integration.packs.conftest import PNG
from tests.support.pdf import opened

ITEMS = 60


def _item(number: int, **sheet: Any) -> dict[str, Any]:
    name = f"Item {number}, Appendix A"
    whole = {"heading": "Appendix A", "lines": [], "picture": "", "alt": "A picture", "pages": 0, "file": ""}
    whole |= {"name": f"{name} “Map”", "spot": name} | sheet
    text = "The board is asked to consider the pooled budget for short breaks and what came of it. " * 3
    section = {"heading": "1. Why", "paragraphs": [{"number": "1.1", "text": text}], "signed": []}
    return {
        "label": str(number), "heading": f"{number}. A report", "kind": "paper", "facts": [["Ward", "All"]],
        "lines": [], "sheets": [whole] if sheet else [], "withheld": [], "asks_at": 0, "asks_heading": "Asks",
        "asks_lead": "", "signed": [], "listed": [["Appendix A", "A map"]], "background": "", "sections": [section],
        "asks": [{"heading": "1. Agree", "text": text, "options": [], "facts": [], "parts": []}],
    }  # fmt: skip


def _write(folder: Path, items: list[dict[str, Any]]) -> Path:
    """A folder as the job leaves it for the process."""
    (folder / "pictures").mkdir(parents=True)
    attached = pikepdf.Pdf.new()
    for _ in range(2):
        attached.add_blank_page(page_size=(595, 842))
    attached.save(folder / "map.pdf")
    agenda = [{"number": i["label"], "title": "A report", "words": "", "item": n} for n, i in enumerate(items)]
    document = {
        "title": "Agenda", "body": "Cabinet", "what": "Agenda and papers", "edition": "Public edition",
        "colour": "#1d4f5c", "at": 1_790_000_000, "cover": [["Day", "3 November 2026"]], "notes": [],
        "agenda": agenda, "items": items,
    }  # fmt: skip
    (folder / "document.json").write_text(json.dumps(document))
    return folder


def test_sixty_items_with_appendices_and_what_is_said_at_each_limit(tmp_path: Path) -> None:
    """Issue 6, packs: the process is ended at a limit, and the clerk is told which paper it was about."""
    folder = _write(tmp_path, [_item(n, file="map.pdf") for n in range(1, ITEMS + 1)])
    result = set_pages(folder)
    pack = opened((folder / "pack.pdf").read_bytes())
    labels = [page.label for page in pack.pages]
    assert len(labels) == result["pages"] >= ITEMS * 4
    assert labels.count("60-1") == 1
    assert labels.count("1-1") == 1
    (folder / "result.json").unlink()
    (folder / "at.json").unlink()
    largest = r"The largest of its papers is Item \d+ “A report” \(0\.1 MB\)\. Make it smaller or take it out"
    for limits, why in (
        (Limits(patience_s=0.2), r"^It took longer than 0\.2 seconds\. "),
        (Limits(memory_mb=100), r"^It needed more memory than a pack may take \(100 MB\)\. "),
    ):
        with pytest.raises(NotSet, match=why + largest) as found:
            set_pages(folder, limits)
        assert [spot.startswith("Item ") for spot in found.value.spots] == [True]
        assert not (folder / "result.json").exists()


def test_what_cannot_be_opened_is_named_with_its_item(tmp_path: Path) -> None:
    """Issue 6, bad input: a picture or a PDF that cannot be decoded."""
    for n, (sheet, said) in enumerate(
        (
            (
                {"picture": "/broken.png"},
                r"^Item 2, Appendix A “Map” is a picture that cannot be opened\. Save it again",
            ),
            ({"file": "broken.pdf"}, r"^Item 2, Appendix A “Map” is damaged, so that it cannot be opened\. Attach one"),
            ({"file": "locked.pdf"}, r"^Item 2, Appendix A “Map” is protected by a password\. Attach one that opens"),
        )
    ):
        folder = _write(tmp_path / str(n), [_item(1, picture="/dot.png"), _item(2, **sheet)])
        (folder / "pictures" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"nothing of a picture" * 9)
        (folder / "pictures" / "dot.png").write_bytes(PNG)
        (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken %%EOF")
        locked = pikepdf.open(folder / "map.pdf")
        locked.save(folder / "locked.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
        with pytest.raises(NotSet, match=said) as found:
            set_pages(folder)
        assert found.value.spots == ("Item 2, Appendix A",)
