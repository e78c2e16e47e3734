"""Whoever has a letter says who they are, by what HR supplied; if it fits, the address they name gets a link.

The answer is given before anything is looked up, so that it, and how long it takes, tell nothing. A worker judges.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from benefits.accounts import services as accounts
from benefits.accounts.queries import list_operator_emails
from benefits.enrollment.models import Member
from benefits.enrollment.queries import get_member
from benefits.enrollment.services import may_be_invited
from benefits.events import IdentityClaimed, LetterLocked
from benefits.letters.models import IdentityClaim, Letter
from benefits.letters.queries import hash_of, open_letters
from benefits.letters.rules import CLAIMS_PER_CODE, CLAIMS_PER_MINUTE, MOST_CLAIMS, MOST_FAILURES, fits
from workers.emails.queueing import queue_email
from workers.kernel.limits import seconds_to_wait
from workers.outbox.publishing import publish


def seconds_until_claim(code: str) -> int:
    """Count a claim of this code, and return 0, or how long to wait before it may be received."""
    limits = (("identity-claims", CLAIMS_PER_MINUTE), (f"letter/{hash_of(code)}", CLAIMS_PER_CODE))
    return max(seconds_to_wait(name, most=most) for name, most in limits)


def receive(*, code: str, employee_number: str, date_of_birth: date, email: str, language: str, now: datetime) -> None:
    """Keep what somebody says, encrypted, until it is judged; as AUTH. `code` is as rules.read_code returns it."""
    said = {
        "code_hash": hash_of(code),
        "employee_number": employee_number,
        "date_of_birth": date_of_birth.isoformat(),
        "email": email,
        "language": language,
    }
    with transaction.atomic():
        claim = IdentityClaim(said=said, received_at=now)
        IdentityClaim.objects.bulk_create([claim])
        publish(IdentityClaimed(claim_id=claim.pk), about=claim, now=now)


def judge(*, claim_id: UUID, now: datetime) -> None:
    """Mail a link to the address that was named, if the letter is open and what was said fits; as a worker.

    Else the letter counts a failure, and is locked at the last one. A claim is judged once, and then deleted.
    """
    with transaction.atomic():
        claim = IdentityClaim.objects.select_for_update().filter(pk=claim_id).first()
        if claim is None:
            return
        said = claim.said
        claim.delete()
        letter = open_letters(now=now).select_for_update(of=("self",)).filter(code_hash=said["code_hash"]).first()
        if letter is None:
            return
        member = get_member(letter.member_id)
        born = date.fromisoformat(said["date_of_birth"])
        if not fits(said["employee_number"], born, numbers=_numbers(member), date_of_birth=member.date_of_birth):
            _count_failure(letter, now)
        elif letter.claims < MOST_CLAIMS and may_be_invited(member, now=now):
            Letter.objects.filter(pk=letter.pk).update(claims=F("claims") + 1)
            accounts.invite_member(
                member_id=member.pk,
                employer_id=member.employer_id,
                email=said["email"],
                language=said["language"],
                now=now,
            )


def _numbers(member: Member) -> list[str]:
    subscriber = [member.subscriber.employee_number] if member.subscriber is not None else []
    return [member.employee_number, *subscriber]


def _count_failure(letter: Letter, now: datetime) -> None:
    letter.failures += 1
    if letter.failures >= MOST_FAILURES:
        letter.locked_at = now
    letter.save(update_fields=["failures", "locked_at"])
    if letter.locked_at is not None:
        publish(LetterLocked(letter_id=letter.pk, employer_id=letter.employer_id), about=letter, now=now)


def tell_of_lock(*, letter_id: UUID, now: datetime) -> None:
    """Mail the operators that somebody guesses, or that HR's facts are wrong."""
    with transaction.atomic():
        for email in list_operator_emails("care"):
            queue_email(
                key=f"letter-locked:{letter_id}:{email}",
                to=email,
                template="benefits/letter_locked",
                context={"letter_id": letter_id},
                now=now,
            )
