"""What operators decide: whether evidence shows an income, and what an appeal leads to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from billing.sliding_scale.models import (
    AppealStatus,
    DeclarationStatus,
    DocumentStatus,
    Evidence,
    IncomeAppeal,
    IncomeDeclaration,
    IncomeDocument,
    IncomeFile,
)
from billing.sliding_scale.queries import get_document
from billing.sliding_scale.rules import RECERTIFY_AFTER
from billing.sliding_scale.services.declaring import check_income, save_graded
from workers.kernel.errors import DomainError, Invalid


class AppealDecided(DomainError):
    """The appeal was decided before, otherwise."""

    code = "appeal_decided"


class EvidenceDecided(DomainError):
    """The document was decided on before, or another one was sent in."""

    code = "evidence_decided"


class NoSuchEvidence(DomainError):
    """Nothing was sent in that could be refused."""

    code = "no_evidence_to_refuse"


def decide_document(*, document_id: UUID, accept: bool, now: datetime) -> IncomeDeclaration:
    """Accept the very document that an operator looked at as evidence, or refuse it; its file is deleted.

    Takes the declaration's lock. Raises NotFound, EvidenceDecided.
    """
    document = get_document(document_id)
    about: dict[str, Any] = {"declaration_id": document.declaration_id, "now": now}
    with transaction.atomic():
        IncomeDeclaration.locked(pk=document.declaration_id)
        if not IncomeDocument.objects.filter(pk=document_id, status=DocumentStatus.SUBMITTED).exists():
            raise EvidenceDecided("Somebody decided on this document meanwhile.")
        return confirm_evidence(**about, evidence=document.kind) if accept else refuse_evidence(**about)


def confirm_evidence(*, declaration_id: UUID, evidence: str, now: datetime) -> IncomeDeclaration:
    """Record that an operator saw evidence of a declaration, sent in or shown otherwise; repeating changes nothing.

    Takes the declaration's lock. Raises NotFound, and Invalid for an unknown kind of evidence.
    """
    if evidence not in Evidence.values:
        raise Invalid(f"Evidence is one of {', '.join(Evidence.values)}.")
    with transaction.atomic():
        declaration = IncomeDeclaration.locked(pk=declaration_id)
        _decide_documents(declaration, DocumentStatus.ACCEPTED, now)  # also of one that came when others had been seen
        if declaration.status == DeclarationStatus.ATTESTED:
            declaration.status, declaration.evidence = DeclarationStatus.DOCUMENTED, evidence
            declaration.save(update_fields=["status", "evidence"])
    return declaration


def refuse_evidence(*, declaration_id: UUID, now: datetime) -> IncomeDeclaration:
    """Refuse what was sent in: it shows no income. Until the deadline the member may send something else.

    Takes the declaration's lock. Raises NotFound, NoSuchEvidence.
    """
    with transaction.atomic():
        declaration = IncomeDeclaration.locked(pk=declaration_id)
        if not _decide_documents(declaration, DocumentStatus.REFUSED, now):
            raise NoSuchEvidence("No document of this declaration waits for a decision.")
        declaration.evidence_sent_at = None
        declaration.save(update_fields=["evidence_sent_at"])
    return declaration


def decide_appeal(
    *,
    appeal_id: UUID,
    operator_id: UUID,
    grant: bool,
    reason: str,
    now: datetime,
    annual_income_cents: int | None = None,
    household_size: int | None = None,
) -> IncomeAppeal:
    """Decide an appeal once: to grant it is to name the figures that count, as a declaration documented by the appeal.

    Takes the appeal's lock. Raises NotFound, Invalid (figures are missing, or given for nothing), AppealDecided.
    """
    figures = _figures(grant, annual_income_cents, household_size)
    with transaction.atomic():
        row = IncomeAppeal.locked(pk=appeal_id)
        if row.status != AppealStatus.OPEN:
            raise AppealDecided(f"This appeal was {row.status} before: the member may appeal anew.")
        if figures:
            _declare_granted(IncomeDeclaration.locked(pk=row.declaration_id), *figures, now)
        row.status = AppealStatus.GRANTED if grant else AppealStatus.UPHELD
        row.decision, row.decided_at = {"reason": reason, "operator_id": str(operator_id)}, now
        row.save(update_fields=["status", "decision", "decided_at"])
    return row


def _figures(grant: bool, annual_income_cents: int | None, household_size: int | None) -> tuple[int, int] | None:
    if not grant:
        if annual_income_cents is None and household_size is None:
            return None
        raise Invalid("An appeal that is not granted changes no figures: leave them out.")
    if annual_income_cents is None or household_size is None:
        raise Invalid("Name the yearly income and the household that count from now on.")
    return annual_income_cents, household_size


def _declare_granted(former: IncomeDeclaration, annual_income_cents: int, household_size: int, now: datetime) -> None:
    check_income(annual_income_cents, household_size, former.region)
    declaration = IncomeDeclaration(
        member_id=former.member_id,
        employer_id=former.employer_id,
        details={"annual_income_cents": annual_income_cents, "household_size": household_size},
        region=former.region,
        status=DeclarationStatus.DOCUMENTED,
        evidence=Evidence.APPEAL,
        declared_at=now,
        evidence_due_at=now,
        valid_until=now + RECERTIFY_AFTER,
    )
    save_graded(declaration, now)


def _decide_documents(declaration: IncomeDeclaration, status: DocumentStatus, now: datetime) -> int:
    """The files of what is decided have done their part, and are deleted."""
    open_ones = declaration.documents.filter(status=DocumentStatus.SUBMITTED)
    IncomeFile.objects.filter(document__in=open_ones).delete()
    return open_ones.update(status=status, decided_at=now)
