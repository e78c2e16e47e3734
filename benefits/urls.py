"""The addresses of benefits."""

from django.urls import URLPattern, URLResolver, path

from benefits.accounts import api as accounts
from benefits.accounts import web as accounts_web
from benefits.eligibility import api as eligibility
from benefits.eligibility import web as eligibility_web
from benefits.employers import api as employers
from benefits.enrollment import api as enrollment
from benefits.plans import api as plans
from benefits.reports import api as reports
from benefits.reports import web as reports_web

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/me/", accounts.Me.as_view()),
    path("api/v1/invitations/accept/", accounts.AcceptInvitation.as_view()),
    path("api/v1/clinic-staff/", accounts.ClinicStaff.as_view()),
    path("api/v1/users/<uuid:user_id>/disable/", accounts.DisableUser.as_view()),
    path("api/v1/employers/", employers.Employers.as_view()),
    path("api/v1/employers/<uuid:employer_id>/admins/", employers.EmployerAdmins.as_view()),
    path("api/v1/employers/<uuid:employer_id>/plans/", plans.EmployerPlans.as_view()),
    path("api/v1/eligibility-files/", eligibility.EligibilityFiles.as_view()),
    path("api/v1/eligibility-files/<uuid:file_id>/", eligibility.EligibilityFileDetail.as_view()),
    path("api/v1/eligibility-files/<uuid:file_id>/apply/", eligibility.ApplyEligibilityFile.as_view()),
    path("api/v1/members/", enrollment.Members.as_view()),
    path("api/v1/members/<uuid:member_id>/", enrollment.MemberDetail.as_view()),
    path("api/v1/reports/enrollment/", reports.EnrollmentReport.as_view()),
    path("", accounts_web.Home.as_view(), name="home"),
    path("activate/", accounts_web.Activate.as_view(), name="activate"),
    path("reset/", accounts_web.Reset.as_view(), name="reset"),
    path("accounts/2fa/totp/activate/", accounts_web.SetUpAuthenticator.as_view(), name="mfa_activate_totp"),
    path("enrollment/", reports_web.Headcounts.as_view(), name="page-enrollment"),
    path("eligibility-files/", eligibility_web.Files.as_view(), name="page-eligibility-files"),
]
