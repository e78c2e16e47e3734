"""Opening a member's story: the reason is written down first."""

from datetime import datetime
from uuid import UUID

from referrals.stories.models import StoryLook
from referrals.stories.queries import get_person
from referrals.stories.rules import LookReason


def open_story(*, member_id: UUID, reader_id: UUID, reason: LookReason, words: str, now: datetime) -> StoryLook:
    """Keep that an operator looks at a member's story, and why. Raises NotFound for no member."""
    get_person(member_id)
    return StoryLook.objects.create(member_id=member_id, reader_id=reader_id, reason=reason, words=words, at=now)
