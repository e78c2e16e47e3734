"""A clinic's appointments over all of its courses."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from referrals.courses.models import Session
from referrals.courses.rules import OPEN, SessionStatus


def list_between(clinic_id: UUID, since: datetime, until: datetime) -> QuerySet[Session]:
    """Return the sessions of a clinic that begin in [since, until), in their order, each with its course."""
    sessions = Session.objects.filter(clinic_id=clinic_id, starts_at__gte=since, starts_at__lt=until)
    return sessions.select_related("course").order_by("starts_at", "id")


def list_waiting(clinic_id: UUID, *, now: datetime) -> QuerySet[Session]:
    """Return the sessions that need the clinic's word: to confirm, to move, or what became of them; the oldest first.

    Each has its course.
    """
    needs = Q(ends_at__lte=now) | Q(suggested_starts_at__isnull=False) | Q(status=SessionStatus.PROPOSED)
    sessions = Session.objects.filter(needs, clinic_id=clinic_id, status__in=sorted(OPEN))
    return sessions.select_related("course").order_by("starts_at", "id")
