"""All tables. Importing this package knows them all, for migrations and checks."""

from commissioning.models import bodies, cases, people, reports, search
from commissioning.models.base import Base

__all__ = ["Base", "bodies", "cases", "people", "reports", "search"]
