"""Courses and their sessions; how each may change is drawn in rules.py."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from referrals.courses.rules import CourseStatus, SessionStatus
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, seen_by


class Course(Aggregate):
    """A member's treatment at the clinic that accepted the request, under the protocol version it began with."""

    tenant_field = "member_id"

    member_id = models.UUIDField()
    clinic_id = models.UUIDField()
    request_id = models.UUIDField(unique=True)
    offer_id = models.UUIDField(unique=True)
    protocol = models.CharField(max_length=40)
    protocol_version = models.PositiveSmallIntegerField()
    route = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=[(s, s) for s in CourseStatus], default=CourseStatus.PLANNED)
    planned_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="course_of_own_request",
                fields=("request_id", "member_id"),
                to="referrals_request",
                to_fields=("id", "member_id"),
            ),
            models.UniqueConstraint(fields=["id", "member_id", "clinic_id"], name="course_of_member_and_clinic"),
            models.CheckConstraint(name="course_status_known", condition=Q(status__in=list(CourseStatus))),
            *seen_by(
                "course",
                employee=(OWN_MEMBER, "select"),
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, insert, update (status, version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member_id"], name="course_member"),
            models.Index(fields=["clinic_id"], name="course_clinic"),
        ]


class Session(Aggregate):
    """One appointment of a course. Its price is the clinic's list price in cents when the course was planned.

    `generation` grows with each new appointment, so that reminders of a former one do nothing. `reported_at` is when
    the clinic wrote the last message that set the appointment: an older one that arrives later changes nothing.
    """

    tenant_field = "member_id"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    member_id = models.UUIDField()
    clinic_id = models.UUIDField()
    sequence = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    route = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    list_price_cents = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=[(s, s) for s in SessionStatus], default=SessionStatus.PROPOSED)
    generation = models.PositiveIntegerField(default=0)
    reported_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="course_session_of_own_course",
                fields=("course_id", "member_id", "clinic_id"),
                to="referrals_course",
                to_fields=("id", "member_id", "clinic_id"),
            ),
            models.UniqueConstraint(fields=["course", "sequence"], name="course_session_sequence_once"),
            models.CheckConstraint(name="course_session_status_known", condition=Q(status__in=list(SessionStatus))),
            models.CheckConstraint(name="course_session_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="course_session_completed_when",
                condition=Q(status=SessionStatus.COMPLETED, completed_at__isnull=False)
                | (~Q(status=SessionStatus.COMPLETED) & Q(completed_at=None)),
            ),
            *seen_by(
                "course_session",
                employee=(OWN_MEMBER, "select"),
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(
                    EVERY,
                    "select, insert, "
                    "update (status, starts_at, ends_at, generation, reported_at, completed_at, version)",
                ),
            ),
        ]
