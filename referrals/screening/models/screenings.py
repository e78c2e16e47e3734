"""Screenings: a questionnaire that a member answers, once; answering again makes another row.

A draft becomes the screening of the same id, and is gone.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from referrals.screening.models.consents import Consent
from referrals.screening.rules.questionnaires import Result
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_MEMBER, TenantKey, seen_by
from workers.kernel.encryption import EncryptedJSONField
from workers.kernel.ids import new_id


def _of_own_consent(prefix: str) -> TenantKey:
    return TenantKey(
        name=f"{prefix}_of_own_consent",
        fields=("consent_id", "member_id"),
        to="referrals_consent",
        to_fields=("id", "member_id"),
    )


class Screening(Aggregate):
    """What a member answered, to which version, under which consent, and what it came to.

    `answers` is {item id: answer}, `assessment` is {"findings": [item id], "scores": {section: sum}, "severities":
    {section: band}}; both encrypted. `result` is weighed over all answers: what others may learn of it is
    queries.shareable_result and queries.disclosed_answers.
    """

    tenant_field = "member_id"

    member_id = models.UUIDField()
    questionnaire = models.CharField(max_length=60)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="screenings")
    answers = EncryptedJSONField()
    assessment = EncryptedJSONField()
    result = models.CharField(max_length=20, choices=[(r, r) for r in Result])
    submitted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "member_id"], name="screening_of_member"),
            models.CheckConstraint(name="screening_result_known", condition=Q(result__in=list(Result))),
            _of_own_consent("screening"),
            *seen_by(
                "screening",
                employee=(OWN_MEMBER, "select, insert, update (version)"),
                operator=(EVERY, "select"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member_id"], name="screening_member")]

    @property
    def consent_version(self) -> str:
        """The version of the text under which the answers are kept."""
        return self.consent.version


class ScreeningDraft(models.Model):
    """Answers that a member saved on the way; one draft a member, which nobody else reads.

    `revision` rises with each save, so that of two tabs the second to save notices. `questionnaire` is the version that
    it was begun with. Past `expires_at` it is refused and soon deleted (config/settings/retention.py).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member_id = models.UUIDField()
    questionnaire = models.CharField(max_length=60)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="drafts")
    answers = EncryptedJSONField()
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_id"], name="screeningdraft_once"),
            _of_own_consent("screeningdraft"),
            *seen_by(
                "screeningdraft",
                employee=(
                    OWN_MEMBER,
                    "select, insert, update (answers, revision, saved_at, expires_at), delete",
                ),
                worker=(EVERY, "select, update (revision), delete"),  # retention; a row's lock needs a column to update
            ),
        ]
