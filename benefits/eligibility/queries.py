"""Reading eligibility files."""

from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from benefits.eligibility.models import EligibilityFile, StagedRow
from benefits.enrollment.rules import Person
from workers.kernel.errors import NotFound


def list_files() -> QuerySet[EligibilityFile]:
    """Return the files of the actor's employer, newest first."""
    return EligibilityFile.objects.order_by("-id")


def get_file(file_id: UUID) -> EligibilityFile:
    """Return a file of the actor's employer. Raises NotFound."""
    file = EligibilityFile.objects.filter(pk=file_id).first()
    if file is None:
        raise NotFound("There is no such eligibility file.")
    return file


def staged_people(file: EligibilityFile) -> dict[int, Person]:
    """Return the people of a staged file by row."""
    rows: Any = StagedRow.objects.filter(file=file).values_list("row", "person")
    return {row: msgspec.convert(person, Person) for row, person in rows}
