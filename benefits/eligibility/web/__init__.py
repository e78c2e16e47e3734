"""HR's pages of change-sets: from files, and of one employee by a form."""

from benefits.eligibility.web.files import FileColumns, Files, OneChangeSet
from benefits.eligibility.web.people import NewEmployee

__all__ = ["FileColumns", "Files", "NewEmployee", "OneChangeSet"]
