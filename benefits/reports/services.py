"""Settling a quarter's figure."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from benefits.employers.models import Employer
from benefits.employers.rules import quarter_after
from benefits.reports.models import QuarterFigure
from benefits.reports.queries import covered_in
from benefits.reports.rules import frozen_figure


def freeze_quarter(*, employer_id: UUID, quarter: date, reached: Collection[UUID]) -> None:
    """Settle how many of an employer's people were reached in the quarter that begins on `quarter`; again does nothing.

    `reached` are the members, of whatever employer, who had a session in it: those of this employer who were covered
    in it are counted. A quarter before one that is settled stays hidden: nothing comes between published figures
    afterwards. As a worker. Raises NotFound.
    """
    with transaction.atomic():
        Employer.locked(pk=employer_id)
        figures = QuarterFigure.objects.filter(employer_id=employer_id)
        if figures.filter(quarter=quarter).exists():
            return
        covered = covered_in(employer_id, quarter, quarter_after(quarter) - timedelta(days=1))
        figure = None
        if not figures.filter(quarter__gt=quarter).exists():
            published = [earlier for earlier in figures.values_list("reached", flat=True) if earlier is not None]
            counted = covered.filter(member_id__in=reached).count()
            figure = frozen_figure(counted, covered=covered.count(), published=published)
        QuarterFigure.objects.create(employer_id=employer_id, quarter=quarter, reached=figure)
