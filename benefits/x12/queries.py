"""Reading 834 files."""

from uuid import UUID

from django.db.models import QuerySet

from benefits.x12.models import X12File
from workers.kernel.errors import NotFound


def list_files() -> QuerySet[X12File]:
    """Return the 834 files of the actor's employer, each with its change-set, newest first."""
    return X12File.objects.select_related("change_set").order_by("-id")


def get_file(file_id: UUID) -> X12File:
    """Return an 834 file of the actor's employer with its change-set. Raises NotFound."""
    file = list_files().filter(pk=file_id).first()
    if file is None:
        raise NotFound("There is no such 834 file.")
    return file
