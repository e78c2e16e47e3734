"""Outcomes: what a member was asked at one point of a course, and answered."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.courses.models import Course
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_CLINIC, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField


class Outcome(Aggregate):
    """A few questions at one point of a course.

        planned --its time comes--> asked --answered once--> answered
                                      '--expires_at--> expired

    `answers` is {item id: 0..3} and for the member alone; `assessment` is {"scores": {scale: sum}, "severities":
    {scale: band}}, which the clinic may see; both encrypted. Of the link's token only the SHA-256 is kept.
    """

    tenant_field = "member_id"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="outcomes")
    member_id = models.UUIDField()
    clinic_id = models.UUIDField()
    session_id = models.UUIDField(null=True)
    point = models.CharField(max_length=20)
    questionnaire = models.CharField(max_length=60, blank=True, default="")
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    token_hash = models.CharField(max_length=64, null=True, unique=True)
    answered_at = models.DateTimeField(null=True)
    answers = EncryptedJSONField(null=True)
    assessment = EncryptedJSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            TenantKey(
                name="outcome_of_own_course",
                fields=("course_id", "member_id", "clinic_id"),
                to="referrals_course",
                to_fields=("id", "member_id", "clinic_id"),
            ),
            models.UniqueConstraint(
                fields=["course", "point", "session_id"], name="outcome_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="outcome_asked_whole",
                condition=Q(asked_at=None, expires_at=None) | Q(asked_at__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="outcome_answered_whole",
                condition=Q(answered_at=None, answers=None, assessment=None)
                | Q(answered_at__isnull=False, answers__isnull=False, assessment__isnull=False, asked_at__isnull=False),
            ),
            *seen_by(
                "outcome",
                auth=(EVERY, "select (id, member_id, token_hash)"),
                employee=(OWN_MEMBER, "select, update (answered_at, answers, assessment, token_hash, version)"),
                clinic=(
                    OWN_CLINIC,
                    "select (id, course_id, member_id, clinic_id, session_id, point, due_at, asked_at, expires_at, "
                    "answered_at, assessment)",
                ),
                worker=(
                    EVERY,
                    "select, insert, update (questionnaire, asked_at, expires_at, token_hash, version)",
                ),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member_id"], name="outcome_member")]
