"""Giving and taking back consents."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from referrals.events import ScreeningConsentWithdrawn
from referrals.screening.models import Consent, Screening, ScreeningDraft
from referrals.screening.queries import consents_in_force, get_consents
from referrals.screening.rules.consents import ConsentKind, Ending, ended_with
from workers.kernel.errors import DomainError, NotFound
from workers.outbox.publishing import publish


class ConsentOutdated(DomainError):
    """The text was replaced since it was shown: show the present one, whose version is `current`, and ask again."""

    code = "consent_outdated"


class ConsentMissing(DomainError):
    """This needs a consent that is not in force: `kind` names it."""

    code = "consent_missing"


def give(*, member_id: UUID, kind: ConsentKind, version: str, language: str, now: datetime) -> Consent:
    """Record that a member agrees to the text in force; the same again changes nothing. Raises ConsentOutdated.

    Holds the consent's row until the transaction ends, so that what is begun under it and its withdrawal take turns.
    Not the row's key: a finish holds the draft and then refers to the consent, and the two would wait for each other.
    """
    text = get_consents().in_force(kind)
    if version != text.version:
        raise ConsentOutdated("This text was replaced: read the present one and agree to it.", current=text.version)
    with transaction.atomic():
        former = (
            Consent.objects.select_for_update(no_key=True).filter(member_id=member_id, kind=kind, ended_at=None).first()
        )
        if former and (former.version, former.language) == (version, language) and former.expires_at > now:
            return former
        if former:
            _end([former], Ending.REPLACED, now)
        expires_at = now + timedelta(days=text.days)
        consent = Consent(
            member_id=member_id, kind=kind, version=version, language=language, given_at=now, expires_at=expires_at
        )
        return _inserted(consent)


def give_all(*, member_id: UUID, versions: Mapping[str, str], language: str, now: datetime) -> Consent:
    """Record consents by {kind: version} and return that to the screening, which sending or starting gives.

    Raises ConsentOutdated, and ValueError for a kind that there is none.
    """
    screening = ConsentKind.SCREENING
    wanted = {screening: get_consents().in_force(screening).version} | {ConsentKind(k): v for k, v in versions.items()}
    given = {
        kind: give(member_id=member_id, kind=kind, version=wanted[kind], language=language, now=now)
        for kind in ConsentKind  # in one order, so that two requests do not wait for each other
        if kind in wanted
    }
    return given[screening]


def require_screening_consent(*, member_id: UUID, now: datetime) -> Consent:
    """Return the consent under which answers are kept. Raises ConsentMissing when it ended or expired."""
    consent = consents_in_force(member_id, now=now).get(ConsentKind.SCREENING)
    if consent is None:
        kind = ConsentKind.SCREENING
        raise ConsentMissing("Answers are kept and read only under the consent to it: it is not in force.", kind=kind)
    return consent


def withdraw(*, consent_id: UUID, member_id: UUID, now: datetime) -> Consent:
    """Take a consent back; again changes nothing. That to the screening takes the others and the draft along, and soon
    the requests that no clinic has accepted.

    Raises NotFound.
    """
    with transaction.atomic():
        consent = Consent.objects.filter(pk=consent_id, member_id=member_id).first()
        if consent is None:
            raise NotFound("There is no such consent.")
        kinds = ended_with(ConsentKind(consent.kind)) if consent.ended_at is None else ()
        rows = Consent.objects.select_for_update(no_key=True).filter(member_id=member_id, kind__in=kinds, ended_at=None)
        _end(list(rows.order_by("kind")), Ending.WITHDRAWN, now)
        if ConsentKind.SCREENING in kinds:
            ScreeningDraft.objects.filter(member_id=member_id).delete()
            _announce_withdrawal(member_id, now)
        consent.refresh_from_db()
    return consent


def withdraw_all(*, member_id: UUID, now: datetime) -> None:
    """Take back every consent of a member's, and delete the draft: nobody reads their answers any more."""
    with transaction.atomic():
        rows = Consent.objects.select_for_update(no_key=True).filter(member_id=member_id, ended_at=None)
        _end(list(rows.order_by("kind")), Ending.WITHDRAWN, now)
        ScreeningDraft.objects.filter(member_id=member_id).delete()


def _announce_withdrawal(member_id: UUID, now: datetime) -> None:
    """Where there are answers: of somebody without any no clinic is asked."""
    last = Screening.objects.filter(member_id=member_id).order_by("-submitted_at").first()
    if last is not None:
        publish(ScreeningConsentWithdrawn(member_id=member_id), about=last, now=now)


def _end(rows: list[Consent], ending: Ending, now: datetime) -> None:
    for row in rows:
        row.ended_at, row.ending = now, ending
        row.save(update_fields=["ended_at", "ending"])


def _inserted(consent: Consent) -> Consent:
    """The unique index decides, however many tabs agree at once."""
    try:
        with transaction.atomic():
            consent.save(force_insert=True)
    except IntegrityError:
        return Consent.objects.get(member_id=consent.member_id, kind=consent.kind, ended_at=None)
    return consent
