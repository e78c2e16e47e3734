"""Letters are ordered by HR or an operator, and printed by an operator, who alone sees a code."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits.enrollment.models import Member
from benefits.enrollment.queries import get_on_roster
from benefits.enrollment.services import may_be_invited
from benefits.letters.models import Letter, LetterOrder
from benefits.letters.queries import hash_of, orders
from benefits.letters.rules import LETTER_LASTS, new_code, read_code
from workers.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class PrintedLetter:
    """What a letter says: to whom, where to, and the code, which is shown this once."""

    letter_id: UUID
    member_id: UUID
    name: str
    address: tuple[str, ...]
    language: str
    code: str
    expires_at: datetime


def order(*, member_id: UUID, now: datetime) -> None:
    """Have a letter sent to a member; one that waits to be printed is enough. Raises NotFound."""
    with transaction.atomic():
        member = get_on_roster(member_id)
        row = LetterOrder(employer_id=member.employer_id, member=member, ordered_at=now)
        LetterOrder.objects.bulk_create([row], ignore_conflicts=True)


def print_letters(
    *, employer_id: UUID | None, most: int, printed_by: UUID | None, now: datetime
) -> list[PrintedLetter]:
    """Make the codes of up to `most` letters that were ordered; each takes the place of the member's former one.

    Who has left meanwhile gets none. Who has an account does, and can do nothing with it: else the post would tell
    whoever sees it. Of two operators at once each prints others.
    """
    with transaction.atomic():
        waiting = list(orders(employer_id=employer_id).select_for_update(skip_locked=True, of=("self",))[:most])
        LetterOrder.objects.filter(pk__in=[one.pk for one in waiting]).update(printed_at=now)
        members = Member.objects.in_bulk([one.member_id for one in waiting])
        reached = [members[one.member_id] for one in waiting if may_be_invited(members[one.member_id], now=now)]
        Letter.objects.filter(member__in=reached, superseded_at=None).update(superseded_at=now)
        codes = [(member, new_id(), new_code()) for member in reached]
        Letter.objects.bulk_create(_letter(*one, printed_by, now) for one in codes)
    return [_printed(*one, now) for one in codes]


def _letter(member: Member, letter_id: UUID, code: str, printed_by: UUID | None, now: datetime) -> Letter:
    return Letter(
        id=letter_id,
        employer_id=member.employer_id,
        member=member,
        code_hash=hash_of(read_code(code) or ""),
        printed_by=printed_by,
        printed_at=now,
        expires_at=now + LETTER_LASTS,
    )


def _printed(member: Member, letter_id: UUID, code: str, now: datetime) -> PrintedLetter:
    place = f"{member.city}, {member.state} {member.postal_code}".lstrip(", ")
    lines = (member.address_line_1, member.address_line_2, place)
    return PrintedLetter(
        letter_id=letter_id,
        member_id=member.pk,
        name=f"{member.first_name} {member.last_name}",
        address=tuple(line for line in lines if line),
        language=member.language,
        code=code,
        expires_at=now + LETTER_LASTS,
    )
