"""Signing in and out: the pages in front of everything else."""

from __future__ import annotations

from flask import Blueprint, render_template

from commissioning.web import access

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-in")
@access.public
def sign_in() -> str:
    """The page on which one signs in."""
    return render_template("accounts/sign_in.html")
