"""Change-sets: staged by whichever door they come through, approved, applied, undone.

A door hands its rows to `stage`, acting as the employer's HR, and then calls `apply` (or leaves that to an admin):

    change_set, is_new = stage(employer_id=…, door=Door.SCIM, kind=Kind.CHANGES, rows=[Row(1, person)], by=…, now=now)
    apply(change_set_id=change_set.pk, by=…, now=now)
"""

from benefits.eligibility.services.applying import apply, run_application
from benefits.eligibility.services.approving import approve
from benefits.eligibility.services.columns import set_columns
from benefits.eligibility.services.staging import stage
from benefits.eligibility.services.undoing import discard, run_undoing, undo
from benefits.eligibility.services.uploading import read_upload, upload

__all__ = [
    "apply",
    "approve",
    "discard",
    "read_upload",
    "run_application",
    "run_undoing",
    "set_columns",
    "stage",
    "undo",
    "upload",
]
