"""The one door: state moves through `perform`, facts change through `amend`, cases begin through `create`."""

from commissioning.casework.amending import amend
from commissioning.casework.door import perform, perform_many
from commissioning.casework.making import NewCase, create, create_many, create_once
from commissioning.casework.moves import Move, Result

__all__ = ["Move", "NewCase", "Result", "amend", "create", "create_many", "create_once", "perform", "perform_many"]
