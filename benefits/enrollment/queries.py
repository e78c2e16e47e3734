"""Reading the roster and who is covered."""

from datetime import date
from functools import partial
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.crypto import salted_hmac

from benefits.enrollment.models import Enrollment, Member, MemberContact
from benefits.enrollment.rules import Known, Person, covers
from benefits.plans.models import Plan
from workers.kernel.errors import NotFound

_ROSTER = (
    "employee_number",
    "first_name",
    "last_name",
    "date_of_birth",
    "postal_code",
    "state",
    "language",
    "timezone",
    "hire_date",
    "end_date",
)


def roster(employer_id: UUID) -> dict[str, Known]:
    """Return everybody the employer ever named, by employee number, in one query."""
    members = Member.objects.filter(employer_id=employer_id)
    return {
        number: Known(
            member_id=member_id,
            contact_hash=contact_hash,
            person=Person(**dict(zip(_ROSTER, (number, *rest), strict=True))),
        )
        for member_id, contact_hash, number, *rest in members.values_list("id", "contact_hash", *_ROSTER)
    }


def contact_hash(person: Person) -> str:
    """Return a keyed hash of a person's addresses, which tells only whether they are the same as before."""
    if not person.invite_email:
        return ""
    addresses = f"{person.personal_email}|{person.work_email}"
    return salted_hmac("benefits.contact", addresses, algorithm="sha256").hexdigest()


def get_member(member_id: UUID) -> Member:
    """Return a member whom the actor may see. Raises NotFound."""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def latest_contact(member_id: UUID) -> str:
    """Return the address to invite a member at, or an empty string. Workers only."""
    contacts = MemberContact.objects.filter(member_id=member_id).order_by("-id")
    return contacts.values_list("email", flat=True).first() or ""


def list_members() -> QuerySet[Member]:
    """Return the members whom the actor may see, with their enrollments."""
    return Member.objects.prefetch_related("enrollments")


def covering_plan(member_id: UUID, *, on: date, under_way_since: date | None = None) -> Plan | None:
    """Return the plan that covers a member on a day, or None.

    For a course `under_way_since` a day on which the member was covered, the plan's run-out counts, too.
    """
    enrollments = Enrollment.objects.filter(member_id=member_id, starts_on__lte=on).select_related("plan")
    for enrollment in enrollments.order_by("-starts_on"):
        plan = enrollment.plan
        period = partial(covers, starts_on=enrollment.starts_on, ends_on=_earliest(enrollment.ends_on, plan.ends_on))
        began_covered = under_way_since is not None and period(on=under_way_since)
        if period(on=on, run_out_days=plan.run_out_days if began_covered else 0):
            return plan
    return None


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def headcounts_by_plan(employer_id: UUID, *, on: date) -> list[tuple[UUID, str, int]]:
    """Return (plan's id, its name, members it covers on a day) of an employer's plans that cover anybody."""
    is_open = Q(ends_on=None) | Q(ends_on__gte=on)
    plan_is_open = Q(plan__ends_on=None) | Q(plan__ends_on__gte=on)
    covered = Enrollment.objects.filter(is_open, plan_is_open, employer_id=employer_id, starts_on__lte=on)
    counted = covered.values_list("plan_id", "plan__name").annotate(Count("id"))
    return list(counted.order_by("plan__starts_on", "plan_id"))
