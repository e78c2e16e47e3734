"""The addresses of benefits."""

from django.urls import URLPattern, URLResolver, path

from benefits.accounts import api as accounts

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/me/", accounts.Me.as_view()),
    path("api/v1/invitations/accept/", accounts.AcceptInvitation.as_view()),
    path("api/v1/clinic-staff/", accounts.ClinicStaff.as_view()),
    path("api/v1/users/<uuid:user_id>/disable/", accounts.DisableUser.as_view()),
]
