"""Courses and their sessions; how each may change is drawn in rules."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q

from referrals.courses.rules import MOVES, OPEN, CourseStatus, SessionStatus
from referrals.protocols.models import ProtocolVariant
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, moves, seen_by


class Course(Aggregate):
    """A member's treatment at the clinic that accepted the request, under the protocol version it began with.

    That is the clinic's `variant`, or the network's where there is none; of its windows the one that `window` (a
    source) states, its first where that is "". `therapist` is a code of the clinic's calendar, `times` the times of the
    week that the member wished for. `alarm` counts the looks at whether it has stalled; `stalled_at` is since when.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    clinic_id = models.UUIDField()
    request_id = models.UUIDField(unique=True)
    offer_id = models.UUIDField(unique=True)
    protocol = models.CharField(max_length=40)
    protocol_version = models.PositiveSmallIntegerField()
    variant = models.ForeignKey(ProtocolVariant, on_delete=models.PROTECT, null=True, related_name="courses")
    window = models.CharField(max_length=40, blank=True, default="")
    route = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    therapist = models.CharField(max_length=40, blank=True, default="")
    times = ArrayField(models.CharField(max_length=20), default=list)
    status = models.CharField(max_length=10, choices=[(s, s) for s in CourseStatus], default=CourseStatus.PLANNED)
    planned_at = models.DateTimeField()
    alarm = models.PositiveIntegerField(default=0)
    stalled_at = models.DateTimeField(null=True)

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
                worker=(EVERY, "select, insert, update (status, therapist, alarm, stalled_at, version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member_id"], name="course_member"),
            models.Index(fields=["clinic_id", "id"], name="course_clinic"),
            models.Index(fields=["stalled_at"], condition=Q(stalled_at__isnull=False), name="course_stalled"),
        ]


class Session(Aggregate):
    """One appointment of a course. Its price is the clinic's list price in cents when the course was planned.

    `generation` grows with each new appointment, so that reminders of a former one do nothing. `reported_at` is when
    the clinic wrote the last message that set the appointment: an older one that arrives later changes nothing.

    `makes_up` is the session that did not take place and in whose stead this one was asked for: one each. Then what
    comes behind it has a higher `sequence`, so that this stays the order of the plan.

    `step` is its step's place in the protocol; one that `follows` another belongs to it, from `window_opens_at` to
    `window_closes_at` for its beginning. `agreed_at` is when the member said that a proposal suits them. What a person
    agreed to is not moved: `suggested_starts_at` is the time that they are asked to take instead, `suggested_because` a
    code; `declined_at` when they would not, or agreed to a closed day. `agreed_after` is when the session before it was
    to be when it was agreed to.
    `bent` lists the soft rules that a proposal bends; `problem` says which hard rule leaves no time for it.
    """

    tenant_field = "member_id"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    member_id = models.UUIDField()
    clinic_id = models.UUIDField()
    sequence = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    step = models.PositiveSmallIntegerField()
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followers")
    makes_up = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="made_up_by")
    route = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    list_price_cents = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    window_opens_at = models.DateTimeField(null=True)
    window_closes_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=[(s, s) for s in SessionStatus], default=SessionStatus.PROPOSED)
    generation = models.PositiveIntegerField(default=0)
    reported_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    agreed_after = models.DateTimeField(null=True)
    suggested_starts_at = models.DateTimeField(null=True)
    suggested_because = models.CharField(max_length=40, blank=True, default="")
    declined_at = models.DateTimeField(null=True)
    bent = models.JSONField(default=list)
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="course_session_of_own_course",
                fields=("course_id", "member_id", "clinic_id"),
                to="referrals_course",
                to_fields=("id", "member_id", "clinic_id"),
            ),
            models.UniqueConstraint(
                fields=["course", "sequence"], name="course_session_sequence_once", deferrable=Deferrable.IMMEDIATE
            ),
            models.UniqueConstraint(
                fields=["id", "member_id", "clinic_id"], name="course_session_of_member_and_clinic"
            ),
            models.CheckConstraint(name="course_session_status_known", condition=Q(status__in=list(SessionStatus))),
            models.CheckConstraint(name="course_session_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="course_session_completed_when",
                condition=Q(status=SessionStatus.COMPLETED, completed_at__isnull=False)
                | (~Q(status=SessionStatus.COMPLETED) & Q(completed_at=None)),
            ),
            models.CheckConstraint(
                name="course_session_asks_only_while_open",
                condition=Q(suggested_starts_at=None, suggested_because="") | Q(status__in=sorted(OPEN)),
            ),
            moves("course_session", first=[(SessionStatus.PROPOSED,)], drawn=MOVES),
            ExclusionConstraint(
                name="course_session_member_in_one_place",
                expressions=[
                    ("member_id", RangeOperators.EQUAL),
                    (Func("starts_at", "ends_at", function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status=SessionStatus.SCHEDULED),
            ),
            *seen_by(
                "course_session",
                employee=(OWN_MEMBER, "select"),
                clinic=(OWN_CLINIC, "select"),
                operator=(EVERY, "select"),
                worker=(
                    EVERY,
                    "select, insert, update (sequence, status, starts_at, ends_at, window_opens_at, window_closes_at, "
                    "generation, reported_at, completed_at, agreed_at, agreed_after, suggested_starts_at, "
                    "suggested_because, declined_at, bent, problem, version)",
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["clinic_id", "starts_at"], name="course_session_clinic"),
        ]
