"""The addresses of referrals."""

from django.urls import URLPattern, URLResolver, path

from referrals.clinic_access import web as clinic_access_web
from referrals.clinic_access.api.clients import Changes, Clients, OneClient, Revocation, Rotation
from referrals.clinic_access.api.tokens import Token
from referrals.clinic_updates import web as clinic_updates_web
from referrals.clinic_updates.api.answers import answer_view
from referrals.clinic_updates.api.updates import Updates
from referrals.clinic_updates.webhooks import ClinicMessages
from referrals.clinics.api import files as clinic_files
from referrals.clinics.api import keeping as clinics
from referrals.clinics.api.searching import Clinics, Facets
from referrals.clinics.web import credentials as credentials_web
from referrals.clinics.web import endpoints as endpoints_web
from referrals.clinics.web import hours as hours_web
from referrals.clinics.web import prices as prices_web
from referrals.courses import web as courses_web
from referrals.courses.api import clinics as course_clinics
from referrals.courses.api import members as course_members
from referrals.courses.api import operators as course_operators
from referrals.courses.api.reading import Courses, History, OneCourse
from referrals.fhir.api import FhirReferral
from referrals.offer_links.web import AnswerOffer
from referrals.offers import web as offers_web
from referrals.offers.api.clinics import Offers, OneReferral
from referrals.offers.api.members import Reads
from referrals.offers.api.operators import Board, BoardCounts, ClinicsAnswer, Reassignment, WholeReferral
from referrals.outcomes import web as outcomes_web
from referrals.outcomes.api import CourseOutcomes, OpenQuestions, OutcomeAnswers
from referrals.protocols.api import Protocols, ProtocolSchema
from referrals.reminders import web as reminders_web
from referrals.reminders.api import Preparation
from referrals.requests import web as requests_web
from referrals.requests.api.members import ClinicChange, OneRequest, Requests, Withdrawal
from referrals.requests.api.operators import Notes, Release, UnplacedRequests
from referrals.routing.api import Explanation, NetworkAdequacy
from referrals.routing.web import ExplanationPanel
from referrals.sandbox.api import SandboxOffers, SandboxWithdrawal
from referrals.screening import web as screening_web
from referrals.screening.api.answering import CurrentQuestionnaire, OneScreening, Screenings
from referrals.screening.api.consents import Consents, ConsentWithdrawal
from referrals.screening.api.drafts import Draft, FinishedDraft
from referrals.screening.api.operators import Acknowledgement, Answers, UrgentScreenings
from referrals.stories import web as stories_web

# What a clinic says, by the type of the message: the words are those of its webhooks.
_OFFER, _SESSION = "api/v1/clinic/offers/<uuid:offer_id>/", "api/v1/clinic/sessions/<uuid:session_id>/"
_ANSWERS = [
    path(f"{_OFFER}receive/", answer_view("referral.received", names="offer_id").as_view(), name="offer-receive"),
    path(f"{_OFFER}accept/", answer_view("referral.accepted", names="offer_id").as_view(), name="offer-accept"),
    path(f"{_OFFER}decline/", answer_view("referral.declined", names="offer_id").as_view(), name="offer-decline"),
    *(
        path(
            f"{_SESSION}{word}/",
            answer_view(f"session.{done}", names="session_id").as_view(),
            name=f"session-{word}",
        )
        for word, done in (
            ("schedule", "scheduled"),
            ("reschedule", "rescheduled"),
            ("complete", "completed"),
            ("cancel", "cancelled"),
            ("no-show", "no_show"),
        )
    ),
    path("api/v1/clinic/capacity/", answer_view("capacity.updated", method="put").as_view(), name="clinic-capacity"),
]

_DOORS = [
    path("api/v1/oauth/token", Token.as_view(), name="oauth-token"),
    path("api/v1/clinics/<uuid:clinic_id>/api-clients/", Clients.as_view(), name="api-clients"),
    path("api/v1/api-clients/<uuid:client_id>/", OneClient.as_view(), name="api-client"),
    path("api/v1/api-clients/<uuid:client_id>/rotate/", Rotation.as_view(), name="api-client-rotation"),
    path("api/v1/api-clients/<uuid:client_id>/revoke/", Revocation.as_view(), name="api-client-revocation"),
    path("api/v1/api-clients/<uuid:client_id>/changes/", Changes.as_view(), name="api-client-changes"),
    path("api/v1/clinic/sandbox/offers/", SandboxOffers.as_view(), name="sandbox-offers"),
    path(
        "api/v1/clinic/sandbox/offers/<uuid:sandbox_offer_id>/withdraw/",
        SandboxWithdrawal.as_view(),
        name="sandbox-offer-withdrawal",
    ),
    path("api/v1/referrals/<uuid:request_id>/fhir", FhirReferral.as_view(), name="referral-fhir"),
    *_ANSWERS,
    path("clinic/api-clients/", clinic_access_web.ApiClients.as_view(), name="page-api-clients"),
    path("clinic/api-clients/<uuid:client_id>/", clinic_access_web.OneApiClient.as_view(), name="page-api-client"),
    path("answer/", AnswerOffer.as_view(), name="answer"),
]

_OWN_SESSION = "api/v1/sessions/<uuid:session_id>/"
_COURSES = [
    path("api/v1/courses/", Courses.as_view(), name="courses"),
    path("api/v1/courses/<uuid:course_id>/", OneCourse.as_view(), name="course"),
    path("api/v1/courses/<uuid:course_id>/history/", History.as_view(), name="course-history"),
    path(
        "api/v1/courses/<uuid:course_id>/therapist/",
        course_clinics.CourseTherapist.as_view(),
        name="course-therapist",
    ),
    path(f"{_OWN_SESSION}agree/", course_members.Agreement.as_view(), name="session-agree"),
    path(f"{_OWN_SESSION}times/", course_members.FreeTimes.as_view(), name="session-times"),
    path(f"{_OWN_SESSION}move/", course_members.Move.as_view(), name="session-move"),
    path(f"{_OWN_SESSION}suggestion/", course_members.Suggestion.as_view(), name="session-suggestion"),
    path(f"{_OWN_SESSION}call-off/", course_members.Cancellation.as_view(), name="session-call-off"),
    path(f"{_OWN_SESSION}make-up/", course_members.MakeUp.as_view(), name="session-make-up"),
    path("api/v1/availability/", course_members.Availability.as_view(), name="availability"),
    path("api/v1/protocols/schema/", ProtocolSchema.as_view(), name="protocol-schema"),
    path("api/v1/clinics/<uuid:clinic_id>/protocols/", Protocols.as_view(), name="clinic-protocols"),
    path("api/v1/clinics/<uuid:clinic_id>/calendar/", course_clinics.Calendar.as_view(), name="clinic-calendar"),
    path("api/v1/clinic/course-measures/", course_clinics.OwnMeasures.as_view(), name="own-course-measures"),
    path("api/v1/operator/course-measures/", course_operators.Measures.as_view(), name="course-measures"),
    path("api/v1/operator/stalled-courses/", course_operators.StalledCourses.as_view(), name="stalled-courses"),
    path("courses/", courses_web.OwnCourses.as_view(), name="page-courses"),
    path("when-i-can-come/", courses_web.OwnAvailability.as_view(), name="page-availability"),
    path("panels/session/", courses_web.NextSession.as_view(), name="panel-session"),
    path("panels/explanation/<uuid:request_id>/", ExplanationPanel.as_view(), name="panel-explanation"),
    path("panels/referral/", requests_web.StandingPanel.as_view(), name="panel-referral"),
    path("sessions/<uuid:session_id>/calendar/", reminders_web.SessionFile.as_view(), name="session-file"),
    path("sessions/<uuid:dosing_id>/preparation/", reminders_web.OwnPreparation.as_view(), name="page-preparation"),
    path("panels/preparation/<uuid:course_id>/", reminders_web.PreparationPanel.as_view(), name="panel-preparation"),
    path("courses/<uuid:course_id>/", courses_web.OwnCourse.as_view(), name="page-course"),
    path(
        "courses/<uuid:course_id>/sessions/<uuid:session_id>/times/",
        courses_web.OtherTimes.as_view(),
        name="page-session-times",
    ),
]

_ASKING = [
    path("api/v1/outcomes/open/", OpenQuestions.as_view(), name="open-questions"),
    path("api/v1/outcomes/<uuid:outcome_id>/answers/", OutcomeAnswers.as_view(), name="outcome-answers"),
    path("api/v1/courses/<uuid:course_id>/outcomes/", CourseOutcomes.as_view(), name="course-outcomes"),
    path("api/v1/clinics/<uuid:clinic_id>/preparation/", Preparation.as_view(), name="clinic-preparation"),
    path("appointment/", reminders_web.OneAppointment.as_view(), name="appointment"),
    path("questions/", outcomes_web.Questions.as_view(), name="questions"),
    path("outcomes/<uuid:outcome_id>/", outcomes_web.OwnQuestions.as_view(), name="page-outcome-questions"),
    path("courses/<uuid:course_id>/outcomes/", outcomes_web.OwnOutcomes.as_view(), name="page-outcomes"),
    path(
        "clinic/referrals/<uuid:request_id>/outcomes/",
        outcomes_web.ClinicOutcomes.as_view(),
        name="page-clinic-outcomes",
    ),
]

_CARE = [
    path("care/", requests_web.AboutCare.as_view(), name="page-care"),
    path("screening/", screening_web.Answering.as_view(), name="page-screening"),
    path("screening/<uuid:screening_id>/", screening_web.OneScreening.as_view(), name="page-screening-result"),
    path("consents/", screening_web.OwnConsents.as_view(), name="page-consents"),
    path("find-a-clinic/", requests_web.FindClinic.as_view(), name="page-find-clinic"),
    path("find-a-clinic/<uuid:clinic_id>/", requests_web.OneClinic.as_view(), name="page-clinic"),
    path("ask/", requests_web.Ask.as_view(), name="page-ask"),
    path("referrals/<uuid:request_id>/wishes/", requests_web.Wishes.as_view(), name="page-wishes"),
]
_CLINIC_PAGES = [
    path("clinic/offers/<uuid:offer_id>/", clinic_updates_web.OneOffer.as_view(), name="page-clinic-offer"),
    path(
        "clinic/referrals/<uuid:request_id>/",
        clinic_updates_web.ClinicReferral.as_view(),
        name="page-clinic-referral",
    ),
    path("clinic/sessions/", clinic_updates_web.ClinicSessions.as_view(), name="page-clinic-sessions"),
    path("clinic/sessions/<uuid:session_id>/", clinic_updates_web.ClinicSession.as_view(), name="page-clinic-session"),
    path("clinic/places/", clinic_updates_web.ClinicPlaces.as_view(), name="page-clinic-places"),
    path("clinic/places/hours/", hours_web.OpeningHours.as_view(), name="page-clinic-hours"),
    path("clinic/prices/", prices_web.Prices.as_view(), name="page-clinic-prices"),
    path("clinic/credentials/", credentials_web.OwnCredentials.as_view(), name="page-clinic-credentials"),
    path("clinic/endpoints/new/", endpoints_web.NewEndpoint.as_view(), name="page-new-endpoint"),
]
_OPERATOR_PAGES = [
    path("operator/referrals/", offers_web.Board.as_view(), name="page-board"),
    path(
        "operator/referrals/<uuid:request_id>/",
        offers_web.OperatorReferral.as_view(),
        name="page-operator-referral",
    ),
    path("operator/credentials/", credentials_web.Expiring.as_view(), name="page-credentials"),
    path("operator/members/", stories_web.MemberStories.as_view(), name="page-member-stories"),
    path("operator/members/<uuid:member_id>/", stories_web.MemberStory.as_view(), name="page-member-story"),
    path("panels/live-referrals/", offers_web.LiveReferrals.as_view(), name="panel-live-referrals"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/clinics/<uuid:endpoint_id>/", ClinicMessages.as_view(), name="clinic-messages"),
    *_DOORS,
    *_COURSES,
    *_ASKING,
    path("api/v1/clinic/updates/", Updates.as_view(), name="clinic-updates"),
    path("api/v1/clinics/", Clinics.as_view(), name="clinics"),
    path("api/v1/clinics/facets/", Facets.as_view(), name="clinic-facets"),
    path("api/v1/clinics/<uuid:clinic_id>/", clinics.OneClinic.as_view(), name="clinic"),
    path("api/v1/clinics/<uuid:clinic_id>/prices/", clinics.Prices.as_view(), name="clinic-prices"),
    path("api/v1/clinics/<uuid:clinic_id>/hours/", clinics.OpeningHours.as_view(), name="clinic-hours"),
    path("api/v1/clinics/<uuid:clinic_id>/credentials/", clinics.Credentials.as_view(), name="clinic-credentials"),
    path("api/v1/clinics/<uuid:clinic_id>/endpoints/", clinics.Endpoints.as_view(), name="clinic-endpoints"),
    path(
        "api/v1/clinic-credentials/<uuid:credential_id>/withdraw/",
        clinics.CredentialWithdrawal.as_view(),
        name="clinic-credential-withdrawal",
    ),
    path("api/v1/organizations/", clinics.Organizations.as_view(), name="organizations"),
    path("api/v1/clinic-files/", clinic_files.ClinicFiles.as_view(), name="clinic-files"),
    path("api/v1/clinic-files/<uuid:clinic_file_id>/", clinic_files.OneClinicFile.as_view(), name="clinic-file"),
    path(
        "api/v1/clinic-files/<uuid:clinic_file_id>/apply/",
        clinic_files.ApplyClinicFile.as_view(),
        name="clinic-file-application",
    ),
    path("api/v1/questionnaires/current/", CurrentQuestionnaire.as_view(), name="questionnaire"),
    path("api/v1/screenings/", Screenings.as_view(), name="screenings"),
    path("api/v1/screenings/draft/", Draft.as_view(), name="screening-draft"),
    path("api/v1/screenings/draft/finish/", FinishedDraft.as_view(), name="screening-draft-finish"),
    path("api/v1/screenings/<uuid:screening_id>/", OneScreening.as_view(), name="screening"),
    path("api/v1/consents/", Consents.as_view(), name="consents"),
    path("api/v1/consents/<uuid:consent_id>/withdraw/", ConsentWithdrawal.as_view(), name="consent-withdrawal"),
    path("api/v1/referrals/", Requests.as_view(), name="referrals"),
    path("api/v1/referrals/<uuid:request_id>/", OneRequest.as_view(), name="referral"),
    path("api/v1/referrals/<uuid:request_id>/withdraw/", Withdrawal.as_view(), name="referral-withdrawal"),
    path("api/v1/referrals/<uuid:request_id>/change-clinic/", ClinicChange.as_view(), name="referral-change-clinic"),
    path("api/v1/referrals/<uuid:request_id>/explanation/", Explanation.as_view(), name="referral-explanation"),
    path("api/v1/referrals/<uuid:request_id>/reads/", Reads.as_view(), name="referral-reads"),
    path("api/v1/clinic/offers/", Offers.as_view(), name="clinic-offers"),
    path("api/v1/clinic/referrals/<uuid:request_id>/", OneReferral.as_view(), name="clinic-referral"),
    path("api/v1/operator/unplaced-referrals/", UnplacedRequests.as_view(), name="unplaced-referrals"),
    path("api/v1/operator/referrals/", Board.as_view(), name="board"),
    path("api/v1/operator/referrals/counts/", BoardCounts.as_view(), name="board-counts"),
    path("api/v1/operator/referrals/<uuid:request_id>/", WholeReferral.as_view(), name="whole-referral"),
    path("api/v1/operator/referrals/<uuid:request_id>/notes/", Notes.as_view(), name="referral-notes"),
    path("api/v1/operator/referrals/<uuid:request_id>/reassign/", Reassignment.as_view(), name="referral-reassign"),
    path("api/v1/operator/offers/<uuid:offer_id>/answer/", ClinicsAnswer.as_view(), name="offer-answer"),
    path("api/v1/operator/network-adequacy/", NetworkAdequacy.as_view(), name="network-adequacy"),
    path("api/v1/operator/referrals/<uuid:request_id>/release/", Release.as_view(), name="referral-release"),
    path("api/v1/operator/urgent-screenings/", UrgentScreenings.as_view(), name="urgent-screenings"),
    path(
        "api/v1/operator/urgent-screenings/<uuid:screening_id>/acknowledge/",
        Acknowledgement.as_view(),
        name="urgent-screening-acknowledgement",
    ),
    path("api/v1/operator/screenings/<uuid:screening_id>/answers/", Answers.as_view(), name="screening-answers"),
    *_CARE,
    path("referrals/", requests_web.OwnRequests.as_view(), name="page-referrals"),
    path("clinic/offers/", offers_web.ClinicOffers.as_view(), name="page-clinic-offers"),
    *_CLINIC_PAGES,
    *_OPERATOR_PAGES,
    path("operator/screenings/", screening_web.Urgent.as_view(), name="page-urgent-screenings"),
]
