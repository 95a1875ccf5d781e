"""All tables. Importing this package knows them all, for migrations and checks."""

from commissioning.models import (
    bodies,
    cases,
    contracts,
    cycles,
    library,
    money,
    monitoring,
    overview,
    partners,
    passages,
    people,
    plans,
    reports,
    search,
    specifications,
    units,
    weighing,
)
from commissioning.models.base import Base

__all__ = [
    "Base",
    "bodies",
    "cases",
    "contracts",
    "cycles",
    "library",
    "money",
    "monitoring",
    "overview",
    "partners",
    "passages",
    "people",
    "plans",
    "reports",
    "search",
    "specifications",
    "units",
    "weighing",
]
