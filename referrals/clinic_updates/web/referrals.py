"""A referral that the clinic accepted: who it is, what they wish, their questionnaire, their appointments."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals.clinics.web import ClinicPage
from referrals.courses.models import Course
from referrals.courses.queries import list_courses
from referrals.courses.services.calendars import get_calendar, name_therapist
from referrals.offers.services import read_referral
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound


class ClinicReferral(ClinicPage):
    """One referral with the member's name and contact; unknown before the clinic accepts, and to other clinics."""

    template_name = "referrals/full_referral.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The referral in full; who reads it is kept. Raises NotFound."""
        user: Any = self.request.user
        referral = read_referral(request_id=kwargs["request_id"], reader=user, now=clock.now())
        return super().get_context_data(
            referral=referral,
            course=list_courses().filter(request_id=kwargs["request_id"]).first(),
            therapists=get_calendar(clinic_id=self.clinic_id()).therapists,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Say who gives the sessions. Raises NotFound."""
        course = Course.objects.filter(request_id=kwargs["request_id"]).first()
        if course is None:
            raise NotFound("There is no such course.")
        code = request.POST.get("therapist", "")
        try:
            name_therapist(course_id=course.pk, clinic_id=self.clinic_id(), code=code, now=clock.now())
        except NotFound:
            raise
        except DomainError:
            messages.error(request, _("Your calendar names nobody of that name any more. Choose again."))
        else:
            messages.success(request, _("Noted. What is only proposed moves to the days on which they work."))
        return redirect(request.path)
