"""Every page of contracts, with somebody of the example council who may read it (see `every_page`)."""

from __future__ import annotations

from typing import Final

from tests.support.every_page_read import Read

_LEAD, _TEAM = "Commissioning Manager", "commissions"
_RED = "SELECT case_id AS contract_id FROM contracts WHERE number = 'CYP/004'"

CONTRACT_FILES: Final = {
    "/contracts.csv": "a file to keep",
    "/contracts/import/template.csv": "a file to keep",
}

CONTRACT_PAGES: Final = {
    "/contracts": Read(_LEAD, _TEAM, main=True),
    "/contracts/new": Read(_LEAD, _TEAM),
    "/contracts/import": Read(_LEAD, _TEAM),
    "/contracts/<int:contract_id>": Read(_LEAD, _TEAM, _RED, main=True),
    "/contracts/<int:contract_id>/edit": Read(_LEAD, _TEAM, _RED),
}
