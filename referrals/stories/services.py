"""Opening a member's story, and looking for members: the reason is written down in the same transaction."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from referrals.stories.models import MemberSearch, StoryLook
from referrals.stories.queries import get_person
from referrals.stories.rules import MOST_FOUND, LookReason


def open_story(*, member_id: UUID, reader_id: UUID, reason: LookReason, words: str, now: datetime) -> StoryLook:
    """Keep that an operator looks at a member's story, and why. Raises NotFound for no member."""
    get_person(member_id)
    return StoryLook.objects.create(member_id=member_id, reader_id=reader_id, reason=reason, words=words, at=now)


def search(
    *, name: str, born_on: date | None, reader_id: UUID, reason: LookReason, words: str, now: datetime
) -> tuple[list[benefits.Found], bool]:
    """Return the members whose last and first name begin so, at most MOST_FOUND, and whether there are more.

    That an operator looked for them, why and how many it showed, is kept.
    """
    with transaction.atomic():
        found = benefits.find_members(name=name, born_on=born_on, most=MOST_FOUND + 1)
        shown = found[:MOST_FOUND]
        sought = {"name": name, "born_on": born_on.isoformat() if born_on else None}
        MemberSearch.objects.create(
            reader_id=reader_id, reason=reason, words=words, sought=sought, found=len(shown), at=now
        )
    return shown, len(found) > MOST_FOUND
