"""The addresses of referrals."""

from django.urls import URLPattern, URLResolver, path

from referrals.clinic_updates.api import Updates
from referrals.clinic_updates.webhooks import ClinicMessages
from referrals.clinics.api import Clinics, Endpoints, OneClinic, Prices
from referrals.courses import web as courses_web
from referrals.courses.api import Courses, OneCourse
from referrals.offers import web as offers_web
from referrals.offers.api import Offers, OneReferral
from referrals.requests import web as requests_web
from referrals.requests.api import OneRequest, Release, Requests, UnplacedRequests, Withdrawal
from referrals.screening import web as screening_web
from referrals.screening.api import Acknowledgement, CurrentQuestionnaire, Screenings, UrgentScreenings

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/clinics/<uuid:endpoint_id>/", ClinicMessages.as_view(), name="clinic-messages"),
    path("api/v1/courses/", Courses.as_view(), name="courses"),
    path("api/v1/courses/<uuid:course_id>/", OneCourse.as_view(), name="course"),
    path("api/v1/clinic/updates/", Updates.as_view(), name="clinic-updates"),
    path("api/v1/clinics/", Clinics.as_view(), name="clinics"),
    path("api/v1/clinics/<uuid:clinic_id>/", OneClinic.as_view(), name="clinic"),
    path("api/v1/clinics/<uuid:clinic_id>/prices/", Prices.as_view(), name="clinic-prices"),
    path("api/v1/clinics/<uuid:clinic_id>/endpoints/", Endpoints.as_view(), name="clinic-endpoints"),
    path("api/v1/questionnaires/current/", CurrentQuestionnaire.as_view(), name="questionnaire"),
    path("api/v1/screenings/", Screenings.as_view(), name="screenings"),
    path("api/v1/referrals/", Requests.as_view(), name="referrals"),
    path("api/v1/referrals/<uuid:request_id>/", OneRequest.as_view(), name="referral"),
    path("api/v1/referrals/<uuid:request_id>/withdraw/", Withdrawal.as_view(), name="referral-withdrawal"),
    path("api/v1/clinic/offers/", Offers.as_view(), name="clinic-offers"),
    path("api/v1/clinic/referrals/<uuid:request_id>/", OneReferral.as_view(), name="clinic-referral"),
    path("api/v1/operator/unplaced-referrals/", UnplacedRequests.as_view(), name="unplaced-referrals"),
    path("api/v1/operator/referrals/<uuid:request_id>/release/", Release.as_view(), name="referral-release"),
    path("api/v1/operator/urgent-screenings/", UrgentScreenings.as_view(), name="urgent-screenings"),
    path(
        "api/v1/operator/urgent-screenings/<uuid:screening_id>/acknowledge/",
        Acknowledgement.as_view(),
        name="urgent-screening-acknowledgement",
    ),
    path("referrals/", requests_web.OwnRequests.as_view(), name="page-referrals"),
    path("courses/", courses_web.OwnCourses.as_view(), name="page-courses"),
    path("courses/<uuid:course_id>/", courses_web.OwnCourse.as_view(), name="page-course"),
    path("clinic/offers/", offers_web.ClinicOffers.as_view(), name="page-clinic-offers"),
    path("clinic/referrals/<uuid:request_id>/", offers_web.ClinicReferral.as_view(), name="page-clinic-referral"),
    path("operator/referrals/", requests_web.Waiting.as_view(), name="page-waiting-referrals"),
    path("operator/screenings/", screening_web.Urgent.as_view(), name="page-urgent-screenings"),
]
