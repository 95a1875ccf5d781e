"""All tables. Importing this package knows them all, for migrations and checks."""

from commissioning.models import bodies, cases, money, monitoring, people, reports, search, specifications, units
from commissioning.models.base import Base

__all__ = ["Base", "bodies", "cases", "money", "monitoring", "people", "reports", "search", "specifications", "units"]
