"""Members as their employers describe them."""

from typing import ClassVar

from django.db import models
from django.db.models import Case, F, GeneratedField, Q, Value, When
from django.db.models.functions import Concat, Lower

from benefits.employers.models import Employer
from benefits.enrollment.models.history import kept_in_history
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, Trigger, seen_by
from workers.kernel.ids import new_id
from workers.kernel.lasting import LastingKey, MovingKey, never_deleted
from workers.kernel.permissions import needs_permission


class EmploymentStatus(models.TextChoices):
    """What the employer has recorded, whatever the day: `rules.status_on` says what it comes to on one."""

    ACTIVE = "active"
    ON_LEAVE = "on_leave"
    ENDED = "ended"
    DECEASED = "deceased"


class Relationship(models.TextChoices):
    """Whose cover it is: their own as an employee's, or through one."""

    SELF = "self"
    SPOUSE = "spouse"
    DOMESTIC_PARTNER = "domestic_partner"
    CHILD = "child"
    OTHER = "other"


# What an employer says of somebody, in the words of rules.Person; `subscriber_id` stands for `subscriber_number`.
DESCRIBED = (
    "first_name",
    "last_name",
    "date_of_birth",
    "address_line_1",
    "address_line_2",
    "city",
    "postal_code",
    "state",
    "language",
    "timezone",
    "employee_class",
    "work_location",
    "relationship",
    "hire_date",
    "end_date",
    "leave_starts_on",
    "date_of_death",
)
_WRITTEN = (*DESCRIBED, "subscriber_id", "contact_hash", "removed_at")
_NUMBER_STAYS = """
    IF NEW.removed_at IS NULL OR NEW.merged_into_id IS NOT NULL OR NEW.employee_number <> NEW.id::text THEN
        RAISE EXCEPTION 'member_number_stays: only who was undone gives a number up' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
# What history tells of a member.
TOLD_OF_MEMBER = (*_WRITTEN, "employee_number", "merged_into_id")


class Member(Aggregate):
    """Somebody as their employer describes them, known by their employee number for ever: a re-hire is the same row.

    The dates are what is recorded; `employment_status` follows from them in the database, so the two never disagree:

        active --leave_starts_on--> on_leave --cleared--> active
        active, on_leave --end_date--> ended --cleared, a reinstatement or re-hire--> active
        any --date_of_death--> deceased (with an end_date)

    Nothing here changes when they activate their account or use the benefit, for their employer reads these rows.
    There is no e-mail address either: `contact_hash` only tells whether the employer supplies other ones than before.

    A dependant has a `subscriber`, an employee's own row. A row that is `removed_at` is on no roster: its adding was
    undone, or an operator found it to be the same person as `merged_into`. Of the former naming its number again brings
    the same person back; for somebody else there is another row, and the former one's number is then its `id`.
    """

    tenant_field = "employer_id"

    employer = models.ForeignKey(
        Employer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    employee_number = models.CharField(max_length=40)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    date_of_birth = models.DateField()
    address_line_1 = models.CharField(max_length=100, blank=True, default="", db_default="")
    address_line_2 = models.CharField(max_length=100, blank=True, default="", db_default="")
    city = models.CharField(max_length=60, blank=True, default="", db_default="")
    postal_code = models.CharField(max_length=10)
    state = models.CharField(max_length=2)
    language = models.CharField(max_length=2)
    timezone = models.CharField(max_length=40)
    employee_class = models.CharField(max_length=60, blank=True, default="", db_default="")
    work_location = models.CharField(max_length=60, blank=True, default="", db_default="")
    relationship = models.CharField(
        max_length=20, choices=Relationship.choices, default=Relationship.SELF, db_default=Relationship.SELF
    )
    subscriber = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="dependants", db_constraint=False, db_index=False
    )
    hire_date = models.DateField()
    end_date = models.DateField(null=True)
    leave_starts_on = models.DateField(null=True)
    date_of_death = models.DateField(null=True)
    contact_hash = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    employment_status = GeneratedField(
        expression=Case(
            When(date_of_death__isnull=False, then=Value(EmploymentStatus.DECEASED)),
            When(end_date__isnull=False, then=Value(EmploymentStatus.ENDED)),
            When(leave_starts_on__isnull=False, then=Value(EmploymentStatus.ON_LEAVE)),
            default=Value(EmploymentStatus.ACTIVE),
        ),
        output_field=models.CharField(max_length=10, choices=EmploymentStatus.choices),
        db_persist=True,
    )
    # In byte order, so that one index finds what a name begins with; a comparison that row security may push down.
    sort_name = GeneratedField(
        expression=Lower(Concat("last_name", Value(" "), "first_name")),
        output_field=models.CharField(max_length=201, db_collation="C"),
        db_persist=True,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["employer", "employee_number"], name="member_number_once"),
            models.UniqueConstraint(fields=["employer", "id"], name="member_of_employer"),
            models.CheckConstraint(
                name="member_death_ends_employment",
                condition=Q(date_of_death=None) | Q(end_date__isnull=False, end_date__lte=F("date_of_death")),
            ),
            models.CheckConstraint(
                name="member_leave_while_employed", condition=Q(leave_starts_on=None) | Q(end_date=None)
            ),
            models.CheckConstraint(
                name="member_dependant_has_subscriber",
                condition=Q(relationship="self", subscriber=None)
                | Q(~Q(relationship="self"), ~Q(subscriber=F("id")), subscriber__isnull=False),
            ),
            models.CheckConstraint(
                name="member_merged_is_removed",
                condition=Q(merged_into=None) | Q(~Q(merged_into=F("id")), removed_at__isnull=False),
            ),
            MovingKey(
                name="member_of_subscriber",
                fields=("employer_id", "subscriber_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            MovingKey(
                name="member_merged_into_colleague",
                fields=("employer_id", "merged_into_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            LastingKey(
                name="member_of_known_employer",
                fields=("employer_id",),
                to="benefits_employer",
                to_fields=("id",),
                few=True,
            ),
            *never_deleted("member", "employer_id", "id"),
            Trigger(
                name="member_number_stays",
                on="BEFORE UPDATE OF employee_number ON {table} FOR EACH ROW "
                "WHEN (OLD.employee_number <> NEW.employee_number)",
                body=_NUMBER_STAYS,
            ),
            *kept_in_history("member", member="id", columns=TOLD_OF_MEMBER),
            *needs_permission("member", hr="people"),
            *seen_by(
                "member",
                hr=(OWN_EMPLOYER, f"select, insert, update (version, employee_number, {', '.join(_WRITTEN)})"),
                employee=("id = {member}", "select"),
                operator=(EVERY, "select, update (version, removed_at, merged_into_id, subscriber_id)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["employer", "sort_name", "id"], name="member_by_name"),
            # Of the few whom a status tells apart: nearly all are active, who are found without it.
            models.Index(
                fields=["employer", "employment_status", "id"],
                condition=Q(employment_status__in=("on_leave", "ended", "deceased")),
                name="member_by_status",
            ),
            models.Index(fields=["subscriber"], condition=Q(subscriber__isnull=False), name="member_dependants"),
        ]


class MemberContact(models.Model):
    """Where to invite a member, as the employer supplied it; the latest id's row counts, an empty address means none.

    The employer writes and never reads it; after activation the account's own address is used, which it never sees.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer_id = models.UUIDField()
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            LastingKey(
                name="contact_of_member",
                fields=("employer_id", "member_id"),
                to="benefits_member",
                to_fields=("employer_id", "id"),
            ),
            *needs_permission("contact", hr="people"),
            *seen_by("contact", hr=(OWN_EMPLOYER, "insert"), worker=(EVERY, "select, insert")),
        ]
