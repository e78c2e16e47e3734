"""What members do: declare an income, send in evidence, appeal."""

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.events import IncomeReminderDue
from billing.sliding_scale.models import (
    DocumentStatus,
    Evidence,
    IncomeAppeal,
    IncomeDeclaration,
    IncomeDocument,
    IncomeFile,
)
from billing.sliding_scale.queries import get_declaration, programme_for, undocumented_since
from billing.sliding_scale.rules import (
    MAX_HOUSEHOLD,
    MAX_INCOME_CENTS,
    MOST_BYTES,
    RECERTIFY_AFTER,
    NoGuideline,
    Region,
    Standing,
    discount_for,
    evidence_due,
    media_type_of,
)
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.ids import new_id
from workers.kernel.words import gettext_noop as _
from workers.timers.scheduling import schedule

REMIND_OF_EVIDENCE = timedelta(days=7)
MONTH = timedelta(days=30)
MOST_LETTERS = 2_000
MOST_REFERENCE = 200
UPLOADED = "uploaded"  # the reference of a document whose file is an IncomeFile


class EvidenceTooLate(DomainError):
    """The declaration lapsed or is over: evidence of it changes nothing any more."""

    code = "evidence_too_late"


class EvidencePending(DomainError):
    """A document of this declaration waits for a decision."""

    code = "evidence_pending"


class AppealPending(DomainError):
    """An appeal about this declaration waits for a decision."""

    code = "appeal_pending"


def declare(
    *, member_id: UUID, employer_id: UUID, annual_income_cents: int, household_size: int, region: str, now: datetime
) -> IncomeDeclaration:
    """Store a member's own word about yearly income (cents) and household, and return it with its band.

    Earlier declarations stay: a quote keeps what it was computed from. Evidence is due within 30 days of the first
    declaration that has none. Raises Invalid.
    """
    check_income(annual_income_cents, household_size, region)
    due = evidence_due(undocumented_since(member_id, since=now - RECERTIFY_AFTER), now)
    declaration = IncomeDeclaration(
        member_id=member_id,
        employer_id=employer_id,
        details={"annual_income_cents": annual_income_cents, "household_size": household_size},
        region=region,
        declared_at=now,
        evidence_due_at=due,
        valid_until=now + RECERTIFY_AFTER,
    )
    return save_graded(declaration, now)


def save_graded(declaration: IncomeDeclaration, now: datetime) -> IncomeDeclaration:
    """Store a new declaration with the band it falls into today. Raises Invalid where no guideline is in force."""
    details = declaration.details
    programme = programme_for(declaration.employer_id, on=now.date())
    try:
        discount = discount_for(
            details["annual_income_cents"],
            details["household_size"],
            Region(declaration.region),
            now.date(),
            programme,
        )
    except NoGuideline as error:
        raise Invalid(str(error)) from error
    declaration.programme, declaration.band = programme.version, discount.band
    declaration.guideline_version = discount.guideline_version
    with transaction.atomic():
        declaration.save(force_insert=True)
        _schedule_reminders(declaration, now)
    return declaration


def _schedule_reminders(declaration: IncomeDeclaration, now: datetime) -> None:
    """A week before evidence is due, and a month before all of it is to be declared anew."""
    moments = {"evidence": declaration.evidence_due_at - REMIND_OF_EVIDENCE, "renewal": declaration.valid_until - MONTH}
    for generation, (about, at) in enumerate(moments.items()):
        if at > now:
            reminder = IncomeReminderDue(declaration_id=declaration.pk, about=about)
            schedule(reminder, about=declaration, due_at=at, generation=generation)


def upload_evidence(
    *, declaration_id: UUID, member_id: UUID, kind: str, content: bytes, now: datetime
) -> IncomeDeclaration:
    """Keep a file as evidence, encrypted, until somebody has decided on it. Raises what `send_evidence` raises."""
    media_type = media_type_of(content)
    if media_type is None or len(content) > MOST_BYTES:
        wrong = [f"A PDF, JPEG or PNG of at most {MOST_BYTES // 1024**2} MB."]
        raise Invalid("This file is not taken as evidence.", errors={"file": wrong})
    of: dict[str, Any] = {"declaration_id": declaration_id, "member_id": member_id}
    with transaction.atomic():
        declaration = send_evidence(**of, kind=kind, reference=UPLOADED, now=now)
        document = declaration.documents.get(status=DocumentStatus.SUBMITTED)
        sealed = {"type": media_type, "base64": b64encode(content).decode()}
        IncomeFile.objects.create(document=document, member_id=member_id, content=sealed)
    return declaration


def send_evidence(
    *, declaration_id: UUID, member_id: UUID, kind: str, reference: str, now: datetime
) -> IncomeDeclaration:
    """Record that a member sent in a document (`reference` is the upload's), and return its declaration.

    In time, it keeps the discount until somebody has looked at it. Takes the declaration's lock. Raises NotFound,
    Invalid, EvidenceTooLate and EvidencePending.
    """
    if kind not in Evidence.values or kind == Evidence.APPEAL:
        raise Invalid(f"Evidence is one of {', '.join(_SENT_IN)}.", errors={"kind": ["Choose one of these kinds."]})
    with transaction.atomic():
        declaration = IncomeDeclaration.locked(pk=declaration_id, member_id=member_id)
        if declaration.standing_at(now) in (Standing.LAPSED, Standing.EXPIRED):
            raise EvidenceTooLate("This declaration counts no more: declare your income anew, then send evidence.")
        _insert_document(declaration, kind, reference, now)
        declaration.evidence_sent_at = now
        declaration.save(update_fields=["evidence_sent_at"])
    return declaration


def _insert_document(declaration: IncomeDeclaration, kind: str, reference: str, now: datetime) -> None:
    try:
        with transaction.atomic():
            IncomeDocument.objects.create(
                id=new_id(),
                member_id=declaration.member_id,
                declaration=declaration,
                kind=kind,
                details={"reference": reference},
                submitted_at=now,
            )
    except IntegrityError as error:
        raise EvidencePending("A document of yours is being looked at: wait for the answer.") from error


def appeal(*, declaration_id: UUID, member_id: UUID, grounds: str, now: datetime) -> IncomeAppeal:
    """Object to what a declaration gave, in the member's own words. Raises NotFound, AppealPending."""
    row = IncomeAppeal(
        member_id=member_id,
        declaration=get_declaration(declaration_id, member_id=member_id),
        grounds={"grounds": grounds},
        opened_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AppealPending("An appeal of yours about this is being looked at: wait for the answer.") from error
    return row


def check_income(annual_income_cents: int, household_size: int, region: str) -> None:
    """Raise Invalid, by field, for an income, a household or a region that cannot be."""
    wrong = {}
    if not 0 <= annual_income_cents <= MAX_INCOME_CENTS:
        wrong["annual_income_cents"] = [f"A yearly income is between 0 and {MAX_INCOME_CENTS} cents."]
    if not 1 <= household_size <= MAX_HOUSEHOLD:
        wrong["household_size"] = [f"A household has 1 to {MAX_HOUSEHOLD} people: count yourself."]
    if region not in list(Region):
        wrong["region"] = [f"A region is one of {', '.join(Region)}."]
    if wrong:
        raise Invalid(_("This income cannot be declared so."), errors=wrong)


_SENT_IN = [value for value in Evidence.values if value != Evidence.APPEAL]
