"""How the sums moved over a course: for the member, and for the clinic while the member lets it see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benefits import facade as benefits
from referrals.clinics.web import ClinicPage
from referrals.courses.queries import get_course
from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import Trend, clinic_may_read, list_clinic_reads, list_open, trend_for_member
from referrals.outcomes.services.reading import read_trend
from workers.kernel import clock
from workers.kernel.web import Page

SCALES = {"phq9": ("PHQ-9", 27), "gad7": ("GAD-7", 21)}  # by their names everywhere, and the highest sum
_MOST_READS = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table: an answered point with its sums, or a dosing, which has none."""

    at: datetime
    point: str
    sums: dict[str, dict[str, Any]]


class OwnOutcomes(Page):
    """The member's own sums in one course, what is open to be answered, and whether their clinic sees them."""

    template_name = "referrals/outcomes.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's course."""
        course, now = get_course(kwargs["course_id"]), clock.now()
        return super().get_context_data(
            zone=benefits.zone_of(self.request),
            course=course,
            open=list_open(now=now).filter(course_id=course.pk).order_by("due_at").first(),
            is_shared=clinic_may_read(course.member_id, now=now),
            reads=list_clinic_reads(course.request_id)[:_MOST_READS],
            **shown(trend_for_member(course.pk)),
            **kwargs,
        )


class ClinicOutcomes(ClinicPage):
    """A member's sums in the course that the clinic gives; unknown before it accepts, and to other clinics."""

    template_name = "referrals/clinic_outcomes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """That somebody looked is kept. Raises NotFound."""
        trend = read_trend(request_id=kwargs["request_id"], reader=self.request.user, now=clock.now())
        return super().get_context_data(**shown(trend), **kwargs)


def shown(trend: Trend) -> dict[str, Any]:
    """Return `rows` in their order in time, which `scales` they have, how these changed, and `is_line`: two sums.

    A scale has a sum where all of its questions were answered; without any there are no rows, though `is_answered`.
    """
    answered = [point for point in trend.points if point.assessment and point.answered_at]
    rows = [_answered(point) for point in answered]
    rows += [Row(at=session.starts_at, point="", sums={}) for session in trend.dosings]
    scales = [code for code in SCALES if any(code in row.sums for row in rows)]
    return {
        "rows": [(row, _cells(row, scales)) for row in sorted(rows, key=lambda row: row.at) if scales],
        "scales": [{"code": code, "name": SCALES[code][0], "most": SCALES[code][1]} for code in scales],
        "changes": [_change(SCALES[code][0], trend.change[code]) for code in scales if code in trend.change],
        "is_line": len([row for row in rows if row.sums]) > 1,
        "is_answered": bool(answered),
    }


def _cells(row: Row, scales: list[str]) -> list[dict[str, Any]]:
    return [{"scale": SCALES[code][0], **row.sums.get(code, {})} for code in scales]


def _answered(point: Outcome) -> Row:
    assessment: Any = point.assessment
    words = assessment["severities"]
    sums = {code: {"code": code, "sum": sum_, "severity": words[code]} for code, sum_ in assessment["scores"].items()}
    assert point.answered_at is not None
    return Row(at=point.answered_at, point=point.point, sums=sums)


def _change(name: str, points: int) -> dict[str, Any]:
    return {"name": name, "is_lower": points < 0, "is_same": points == 0, "points": abs(points)}
