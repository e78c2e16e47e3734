"""A change-set's rows while they wait."""

from typing import ClassVar

from django.db import models

from benefits.eligibility.models.change_sets import ChangeSet
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, seen_by
from workers.kernel.ids import new_id
from workers.kernel.lasting import LastingKey
from workers.kernel.permissions import needs_permission


class StagedRow(models.Model):
    """A row that waits: a person, or what was wrong with it. Deleted when it was applied: it holds addresses.

    `errors` is empty for a person, whose facts are then in the columns named like Person's; of a row with errors
    `cells` are kept as they came, so that they can be handed back, and `employee_number`, which it does name.
    `refused` is why a person could not be, as the roster was when they were staged (rules/effects.REFUSALS), or "".
    `id` and `enrollment_id` are the ids that a new member and their cover get. Kept for rules/limits.KEPT_DAYS.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    enrollment_id = models.UUIDField(default=new_id)
    employer_id = models.UUIDField()
    change_set = models.ForeignKey(
        ChangeSet, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    row = models.PositiveIntegerField()
    errors = models.JSONField(default=list)
    refused = models.CharField(max_length=20, default="", db_default="")
    cells = models.JSONField(null=True)
    employee_number = models.CharField(max_length=40)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    date_of_birth = models.DateField(null=True)
    postal_code = models.CharField(max_length=10)
    state = models.CharField(max_length=2)
    language = models.CharField(max_length=2)
    timezone = models.CharField(max_length=40)
    hire_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    personal_email = models.CharField(max_length=254)
    work_email = models.CharField(max_length=254)
    address_line_1 = models.CharField(max_length=100)
    address_line_2 = models.CharField(max_length=100)
    city = models.CharField(max_length=60)
    employee_class = models.CharField(max_length=60)
    work_location = models.CharField(max_length=60)
    relationship = models.CharField(max_length=20)
    subscriber_number = models.CharField(max_length=40)
    leave_starts_on = models.DateField(null=True)
    date_of_death = models.DateField(null=True)
    cover_from = models.DateField(null=True)
    contact_hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer_id", "change_set", "row"], name="staged_row_once"),
            LastingKey(
                name="staged_row_of_change_set",
                fields=("employer_id", "change_set_id"),
                to="benefits_changeset",
                to_fields=("employer_id", "id"),
                few=True,
            ),
            *needs_permission("staged_row", hr="people"),
            *seen_by(
                "staged_row",
                hr=(OWN_EMPLOYER, "select, insert, update (errors, refused), delete"),
                worker=(EVERY, "select, update (errors), delete"),  # rows are locked before their time is over
            ),
        ]
