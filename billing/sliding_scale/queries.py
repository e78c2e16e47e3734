"""Which declaration counts and what it gives, by which programme, out of which fund; and what waits for a decision."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from billing.sliding_scale.models import (
    AppealStatus,
    DeclarationStatus,
    DocumentStatus,
    IncomeAppeal,
    IncomeDeclaration,
    IncomeDocument,
    IncomeFile,
    SlidingScaleProgramme,
    SubsidyFund,
)
from billing.sliding_scale.rules import (
    BUILT_IN,
    NO_DISCOUNT,
    STANDARD,
    Band,
    Discount,
    Programme,
    Region,
    discount_for,
)
from workers.kernel.compiled import Compiled, Given
from workers.kernel.errors import NotFound

_COUNTS = (
    Q(status=DeclarationStatus.DOCUMENTED) | Q(evidence_due_at__gt=Given("now")) | Q(evidence_sent_at__isnull=False)
)
_DECLARED = Compiled(
    lambda: IncomeDeclaration.objects.filter(
        _COUNTS, member_id=Given("member_id"), valid_until__gt=Given("now")
    ).order_by("-declared_at", "-id")[:1]
)
_IN_FORCE = Compiled(
    lambda: SlidingScaleProgramme.objects.filter(
        Q(employer_id=Given("employer_id")) | Q(employer_id=None), effective_on__lte=Given("on")
    ).order_by(F("employer_id").asc(nulls_last=True), "-effective_on")[:1]
)
_FUND = Compiled(
    lambda: SubsidyFund.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=Given("on")), programme=Given("programme"), starts_on__lte=Given("on")
    ).order_by("pk")[:1]
)


def current_declaration(member_id: UUID, *, now: datetime) -> IncomeDeclaration | None:
    """Return a member's newest declaration that gives a discount now (rules/evidence.py), or None.

    The caller acts as the member, an operator or a worker.
    """
    return _DECLARED.first(member_id=member_id, now=now)


def discount_of(declaration: IncomeDeclaration | None, *, on: date) -> Discount:
    """Return what a declared income gives by the guideline and programme of a day; without one, NO_DISCOUNT."""
    if declaration is None:
        return NO_DISCOUNT
    return discount_for(
        declaration.details["annual_income_cents"],
        declaration.details["household_size"],
        Region(declaration.region),
        on,
        programme_for(declaration.employer_id, on=on),
    )


def programme_for(employer_id: UUID, *, on: date) -> Programme:
    """Return the programme of an employer's people on a day: their own, else everybody's, else the built-in one."""
    saved = _IN_FORCE.first(employer_id=employer_id, on=on)
    return BUILT_IN[STANDARD] if saved is None else as_programme(saved)


def as_programme(saved: SlidingScaleProgramme) -> Programme:
    """Return a saved programme as rules know it."""
    names = Band.__dataclass_fields__
    bands = tuple(Band(**{name: getattr(band, name) for name in names}) for band in saved.bands.all())
    return Programme(code=saved.code, version=saved.version, bands=bands)


def fund_for(programme: str, *, on: date) -> SubsidyFund | None:
    """Return the fund that pays a programme's discounts on a day, or None: then nothing limits them."""
    return _FUND.first(programme=programme, on=on)


def left_in_fund(fund_id: UUID) -> int:
    """Return what is left of a fund now. Raises NotFound."""
    fund = SubsidyFund.objects.filter(pk=fund_id).first()
    if fund is None:
        raise NotFound("There is no such fund.")
    return fund.left_cents


def undocumented_since(member_id: UUID, *, since: datetime) -> Sequence[datetime]:
    """Return when evidence was due of a member's declarations since a time, without those before a documented one."""
    mine = IncomeDeclaration.objects.filter(member_id=member_id, declared_at__gt=since)
    dues: list[datetime] = []
    for declaration in mine.order_by("-declared_at", "-id"):
        if declaration.status == DeclarationStatus.DOCUMENTED:
            break
        dues.append(declaration.evidence_due_at)
    return dues


def get_declaration(declaration_id: UUID, **of: UUID) -> IncomeDeclaration:
    """Return a declaration that the actor may see, `of` a member where one is named. Raises NotFound."""
    declaration = IncomeDeclaration.objects.filter(pk=declaration_id, **of).first()
    if declaration is None:
        raise NotFound("There is no such declaration.")
    return declaration


def list_declarations() -> QuerySet[IncomeDeclaration]:
    """Return the declarations that the actor may see, newest first, with documents and appeals."""
    return IncomeDeclaration.objects.prefetch_related("documents", "appeals").order_by("-declared_at", "-id")


def list_open_documents() -> QuerySet[IncomeDocument]:
    """Return the documents that wait for a decision, oldest first."""
    return IncomeDocument.objects.filter(status=DocumentStatus.SUBMITTED).select_related("declaration")


def get_document(document_id: UUID) -> IncomeDocument:
    """Return a document that the actor may see. Raises NotFound."""
    document = IncomeDocument.objects.filter(pk=document_id).first()
    if document is None:
        raise NotFound("There is no such document.")
    return document


def get_file(document_id: UUID) -> IncomeFile:
    """Return the file of a document that waits for a decision. Raises NotFound."""
    file = IncomeFile.objects.filter(pk=document_id).first()
    if file is None:
        raise NotFound("There is no such file any more.")
    return file


def list_open_appeals() -> QuerySet[IncomeAppeal]:
    """Return the appeals that wait for a decision, oldest first."""
    return IncomeAppeal.objects.filter(status=AppealStatus.OPEN).select_related("declaration").order_by("opened_at")


def list_programmes() -> QuerySet[SlidingScaleProgramme]:
    """Return the saved programmes with their bands, the newest first."""
    return SlidingScaleProgramme.objects.prefetch_related("bands").order_by("-effective_on", "-id")


def list_funds() -> QuerySet[SubsidyFund]:
    """Return every fund, the newest first."""
    return SubsidyFund.objects.order_by("-starts_on", "programme")
