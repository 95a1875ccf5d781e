"""Importing the council's register of contracts in two pages: a look at what would change, then a yes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for

from commissioning.contracts.importing import HEADINGS, check_contracts
from commissioning.money.imports import Checked, Upload
from commissioning.money.routes_registers import RegisterPages
from commissioning.web import access, requests

blueprint = Blueprint("contract_imports", __name__)


def _check(upload: Upload) -> Checked:
    return check_contracts(requests.reading(), requests.actor(), upload, requests.today())


def _pages() -> RegisterPages:
    known_by, back = "A contract is known by its reference.", ("Contracts", url_for("contracts.register"))
    at = url_for("contract_imports.new")
    return RegisterPages("contracts", known_by, HEADINGS, _check, None, "Import contracts", back, at)


@blueprint.get("/contracts/import/template.csv")
@access.allowed("contracts.write")
def template() -> Any:
    """An empty sheet with every heading."""
    return _pages().template()


@blueprint.route("/contracts/import", methods=["GET", "POST"])
@access.allowed("contracts.write")
def new() -> Any:
    """Look at a file of contracts before anything is stored."""
    return _pages().look()


@blueprint.post("/contracts/import/confirm")
@access.allowed("contracts.write")
def confirm() -> Any:
    """Import a file that was looked at."""
    return _pages().confirm()
