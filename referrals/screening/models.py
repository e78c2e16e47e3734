"""Screenings: a questionnaire that a member answered, once; answering again makes another row."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.screening.rules import Result
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, seen_by
from workers.kernel.encryption import EncryptedJSONField


class Screening(Aggregate):
    """What a member answered, to which version, under which consent text, and what it came to.

    `answers` is {item id: answer}, `assessment` is {"findings": [item id], "scores": {section: sum}}; both encrypted.
    `acknowledged_at` is when an operator took up an urgent one.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    questionnaire = models.CharField(max_length=60)
    consent_version = models.CharField(max_length=20)
    answers = EncryptedJSONField()
    assessment = EncryptedJSONField()
    result = models.CharField(max_length=20, choices=[(r, r) for r in Result])
    submitted_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "member_id"], name="screening_of_member"),
            models.CheckConstraint(name="screening_result_known", condition=Q(result__in=list(Result))),
            *seen_by(
                "screening",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                operator=(EVERY, "select, update (acknowledged_at, version)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["submitted_at"],
                condition=Q(result=Result.URGENT, acknowledged_at=None),
                name="screening_urgent",
            ),
            models.Index(fields=["member_id"], name="screening_member"),
        ]
