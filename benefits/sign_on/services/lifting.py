"""Breaking the glass: for some hours an employer's admins may come in by their passwords again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from benefits.employers.models import Employer
from benefits.employers.services import record
from benefits.sign_on.models import SignOn
from benefits.sign_on.queries import get_sign_on
from workers.kernel.errors import DomainError

MOST_HOURS = 24
LIFTED = "sign_on_lifted"


class NotRequired(DomainError):
    """The employer's admins may come in by their passwords anyway."""

    code = "not_required"


def lift(*, employer_id: UUID, hours: int, reason: str, by: UUID, now: datetime) -> SignOn:
    """Let passwords do for so many hours, while the provider is away; `hours` 0 ends that at once.

    It is in the employer's history, which its owners read, with the reason. Sessions that began meanwhile go on until
    they end by themselves. The caller acts as an operator. Raises NotFound, NotRequired.
    """
    with transaction.atomic():
        Employer.locked(pk=employer_id)
        sign_on = get_sign_on(employer_id)
        if not sign_on.is_required:
            raise NotRequired("This employer's admins may sign in with their passwords as it is.")
        before, sign_on.lifted_until = sign_on.lifted_until, now + timedelta(hours=hours) if hours else None
        sign_on.save(update_fields=["lifted_until"])
        record(
            employer_id=employer_id,
            change=LIFTED,
            subject_id=sign_on.pk,
            before={"lifted_until": _told(before)},
            after={"lifted_until": _told(sign_on.lifted_until), "reason": reason},
            by=by,
            now=now,
        )
    return sign_on


def _told(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
