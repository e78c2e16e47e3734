"""A member's story from the rows of care; the caller acts as an operator who gave a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast

from benefits import facade as benefits
from referrals.courses.models import Session, SessionStep
from referrals.offers.models import Offer, ReferralRead
from referrals.offers.rules import Readable
from referrals.requests.models import Request, RequestNote, RequestStep
from referrals.screening.models import AnswerRead, Screening, UrgentCase
from referrals.stories.models import MemberSearch, StoryLook
from referrals.stories.rules import OPEN_FOR
from workers.kernel.actor import WORKER, acting_as

Rows = QuerySet[Any, Any]
MOST = 200  # entries of a timeline: a page stays below 100 kB
_NOTHING = Value("")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that happened: `table` and `code` say what (referrals/words.py), `subject_id` about what.

    `more` is a clinic's name, an operator's words, or of "happened" the kind of session.
    """

    at: datetime
    table: str
    code: str
    subject_id: UUID
    more: str = ""


def list_looks(member_id: UUID) -> QuerySet[StoryLook]:
    """Return who looked at a member's story, the latest first."""
    return StoryLook.objects.filter(member_id=member_id).order_by("-at", "-id")


def list_recent_looks() -> QuerySet[StoryLook]:
    """Return who looked at anybody's, the latest first."""
    return StoryLook.objects.order_by("-id")


def list_searches() -> QuerySet[MemberSearch]:
    """Return who looked for members by name, the latest first."""
    return MemberSearch.objects.order_by("-id")


def is_open_to(member_id: UUID, *, reader_id: UUID, now: datetime) -> bool:
    """Whether somebody gave a reason to look at a member's story that still counts."""
    return StoryLook.objects.filter(member_id=member_id, reader_id=reader_id, at__gt=now - OPEN_FOR).exists()


def get_person(member_id: UUID) -> benefits.Member:
    """Return who a member is; as a worker, for operators read no members' accounts. Raises NotFound."""
    with acting_as(WORKER):
        return benefits.get_member(member_id)


def timeline_of(member_id: UUID) -> list[Entry]:
    """Return what happened to a member in care, the latest first, at most MOST entries."""
    first, *others = _parts(member_id)
    newest = first.union(*others, all=True).order_by("-moment")[:MOST]
    found = [
        Entry(at=at, table=table, code=code, subject_id=about, more=more) for at, table, code, about, more in newest
    ]
    return sorted([*found, *_notes(member_id)], key=lambda entry: (entry.at, entry.code), reverse=True)[:MOST]


def _notes(member_id: UUID) -> Iterator[Entry]:
    """What operators noted is encrypted: no statement can put it beside the others."""
    for note in RequestNote.objects.filter(request_id__in=_asked(member_id)).order_by("-at")[:MOST]:
        yield Entry(at=note.at, table="noted", code=note.kind, subject_id=note.request_id, more=str(note.text))


def _parts(member_id: UUID) -> list[Rows]:
    """Where referrals came to, offers, sessions, screenings without their answers, calls, and who read what."""
    asked = _asked(member_id)
    offers = Offer.objects.filter(request_id__in=asked)
    screenings = Screening.objects.filter(member_id=member_id)
    cases = UrgentCase.objects.filter(member_id=member_id)
    reads = AnswerRead.objects.filter(screening_id__in=screenings.values("pk"))
    looks = ReferralRead.objects.filter(request_id__in=asked)
    steps = SessionStep.objects.filter(session__course__member_id=member_id)
    return [
        _part(RequestStep.objects.filter(request_id__in=asked), "at", "referral", F("status"), "request_id"),
        _part(offers, "made_at", "offer_status", Value("requested"), "request_id", F("clinic__name")),
        _part(
            offers.exclude(closed_at=None), "closed_at", "offer_status", F("status"), "request_id", F("clinic__name")
        ),
        _part(steps, "at", "happened", F("what"), "session_id", F("session__kind")),
        _part(screenings, "submitted_at", "screening", F("result"), "id"),
        _part(cases, "raised_at", "noted", Value("call_due"), "id"),
        _part(cases.exclude(acknowledged_at=None), "acknowledged_at", "noted", Value("call_taken_up"), "id"),
        _part(looks.exclude(what=Readable.OUTCOMES), "at", "read", F("reader_role"), "request_id"),
        _part(looks.filter(what=Readable.OUTCOMES), "at", "read", Value("outcomes_by_clinic"), "request_id"),
        _part(reads.exclude(clinic_id=None), "at", "read", Value("answers_by_clinic"), "screening_id"),
        _part(reads.filter(clinic_id=None), "at", "read", Value("answers_by_operator"), "screening_id"),
    ]


def _part(rows: QuerySet[Any], at: str, table: str, code: F | Value, about: str, more: F | Value = _NOTHING) -> Rows:
    """Rows as the columns of an Entry."""
    columns = {
        "moment": F(at),
        "table": Value(table),
        "code": Cast(code, CharField()),
        "about": F(about),
        "more": Cast(more, CharField()),
    }
    found: Rows = rows.order_by().annotate(**columns).values_list(*columns)
    return found


def _asked(member_id: UUID) -> QuerySet[Request, Any]:
    return Request.objects.filter(member_id=member_id).values("pk")


def list_referrals(member_id: UUID) -> QuerySet[Request]:
    """Return a member's referrals, the newest first."""
    return Request.objects.filter(member_id=member_id).order_by("-opened_at", "-id")


def list_coming(member_id: UUID, *, now: datetime) -> QuerySet[Session]:
    """Return a member's appointments that are still to come, in their order."""
    return Session.objects.filter(course__member_id=member_id, ends_at__gt=now).order_by("starts_at", "id")
