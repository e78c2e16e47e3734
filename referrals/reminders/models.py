"""What reminding has to remember: each session's chain, what was said, what clinics ask for, what members ticked."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from referrals.courses.models import Session
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, append_only, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id

MOST_SLOTS = 10  # whatever the rules' file says: nobody wants more in a day


class ReminderChain(Aggregate):
    """The reminders of one session, whose id it has: at most one timer of its `generation` waits, for the next.

    Whatever moves raises the generation, and so a timer of the former chain finds that it is superseded.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    generation = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "referrals_reminder_chain"
        constraints: ClassVar = [
            *seen_by("reminder_chain", worker=(EVERY, "select, insert, update (generation, version)")),
        ]


class ReminderNotice(models.Model):
    """A reminder was given to the mail: once per session, rule and appointment.

    `local_day` is the day where the member lives. A capped one has a `slot` of that day, which the database gives out
    once each. That its link was used is a row, too, of the rule "opened …" (services/links.py). Append-only: it is what
    "at most once" and "at most so many" are decided by.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+")
    member_id = models.UUIDField()
    rule = models.CharField(max_length=40)
    appointment = models.PositiveIntegerField()
    local_day = models.DateField()
    slot = models.PositiveSmallIntegerField(null=True)
    is_once_a_day = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        db_table = "referrals_reminder_notice"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "rule", "appointment"], name="reminder_notice_once"),
            models.UniqueConstraint(fields=["member_id", "local_day", "slot"], name="reminder_notice_slot_once"),
            models.UniqueConstraint(
                fields=["member_id", "local_day", "rule"],
                condition=Q(is_once_a_day=True),
                name="reminder_notice_once_a_day",
            ),
            models.CheckConstraint(
                name="reminder_notice_slot_of_few", condition=Q(slot=None) | Q(slot__gte=1, slot__lte=MOST_SLOTS)
            ),
            *append_only("reminder_notice"),
            *seen_by("reminder_notice", worker=(EVERY, "select, insert"), operator=(EVERY, "select")),
        ]


class ClinicPreparation(models.Model):
    """How many hours before a dosing a clinic wants nothing eaten, and nothing drunk; None where it has not said."""

    clinic_id = models.UUIDField(primary_key=True)
    fasting_food_hours = models.PositiveSmallIntegerField(null=True)
    fasting_drink_hours = models.PositiveSmallIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "referrals_clinic_preparation"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="clinic_preparation_within_a_day",
                condition=(Q(fasting_food_hours=None) | Q(fasting_food_hours__lte=24))
                & (Q(fasting_drink_hours=None) | Q(fasting_drink_hours__lte=24)),
            ),
            *seen_by(
                "clinic_preparation",
                employee=(EVERY, "select"),
                clinic=(OWN_CLINIC, "select, insert, update (fasting_food_hours, fasting_drink_hours, changed_at)"),
                operator=(EVERY, "select, insert, update (fasting_food_hours, fasting_drink_hours, changed_at)"),
                worker=(EVERY, "select"),
            ),
        ]


class PreparationList(models.Model):
    """What a member ticked and wrote down before one dosing, and nobody else's: no other actor has a grant on it.

    So it goes with their account: nobody could read it afterwards, nor delete it.
    `kept` is {"ticks": [item of rules.PREPARATION], "intentions": text}, encrypted.
    """

    session_id = models.UUIDField(primary_key=True)
    member_id = models.UUIDField()
    clinic_id = models.UUIDField()
    kept: Any = EncryptedJSONField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "referrals_preparation_list"
        constraints: ClassVar = [
            TenantKey(
                name="preparation_list_of_own_session",
                fields=("session_id", "member_id", "clinic_id"),
                to="referrals_session",
                to_fields=("id", "member_id", "clinic_id"),
            ),
            *seen_by("preparation_list", employee=(OWN_MEMBER, "select, insert, update (kept, changed_at), delete")),
        ]
