"""The addresses of benefits."""

from django.urls import URLPattern, URLResolver, path

from benefits.accounts import api as accounts
from benefits.accounts import web as accounts_web
from benefits.eligibility import web as eligibility_web
from benefits.eligibility.api import change_sets, files, members
from benefits.employers import web as employers_web
from benefits.employers.api import admins, operators
from benefits.enrollment import api as enrollment
from benefits.enrollment import web as enrollment_web
from benefits.history import web as history_web
from benefits.letters import api as letters
from benefits.letters import web as letters_web
from benefits.moves import api as moves
from benefits.plans import web as plans_web
from benefits.plans.api import hr as hr_plans
from benefits.plans.api import operators as plans
from benefits.reports import api as reports
from benefits.reports import web as reports_web
from benefits.scim import web as scim_web
from benefits.scim.api import tokens as scim_tokens
from benefits.scim.api.late import Late as Scim
from benefits.sign_on import api as sign_on
from benefits.sign_on import web as sign_on_web
from benefits.x12 import api as x12

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/me/", accounts.Me.as_view()),
    path("api/v1/invitations/accept/", accounts.AcceptInvitation.as_view()),
    path("api/v1/clinic-staff/", accounts.ClinicStaff.as_view()),
    path("api/v1/users/<uuid:user_id>/disable/", accounts.DisableUser.as_view()),
    path("api/v1/employers/", operators.Employers.as_view()),
    path("api/v1/employers/<uuid:employer_id>/", operators.EmployerDetail.as_view()),
    path("api/v1/employers/<uuid:employer_id>/admins/", operators.EmployerAdmins.as_view()),
    path("api/v1/employers/<uuid:employer_id>/sign-out/", operators.EmployerSignOut.as_view()),
    path("api/v1/employers/<uuid:employer_id>/domains/", operators.EmployerDomains.as_view()),
    path("api/v1/employers/<uuid:employer_id>/domains/<uuid:domain_id>/", operators.EmployerDomainDetail.as_view()),
    path("api/v1/employers/<uuid:employer_id>/changes/", operators.EmployerChanges.as_view()),
    path("api/v1/employers/<uuid:employer_id>/plans/", plans.EmployerPlans.as_view()),
    path("api/v1/employers/<uuid:employer_id>/moves/", moves.EmployerMoves.as_view()),
    path("api/v1/moves/", moves.OwnMoves.as_view()),
    path("api/v1/plans/", hr_plans.OwnPlans.as_view()),
    path("api/v1/plans/<uuid:employer_plan_id>/", plans.PlanDetail.as_view()),
    path("api/v1/plans/<uuid:employer_plan_id>/agree/", plans.AgreePlan.as_view()),
    path("api/v1/plans/<uuid:employer_plan_id>/supersede/", plans.SupersedePlan.as_view()),
    path("api/v1/plans/<uuid:employer_plan_id>/renew/", plans.RenewPlan.as_view()),
    path("api/v1/plans/<uuid:employer_plan_id>/decline/", plans.DeclinePlan.as_view()),
    path("api/v1/plans/<uuid:employer_plan_id>/end/", plans.EndPlan.as_view()),
    path("api/v1/admins/", admins.Admins.as_view()),
    path("api/v1/admins/sign-out/", admins.SignOutAdmins.as_view()),
    path("api/v1/admins/<uuid:admin_id>/", admins.AdminDetail.as_view()),
    path("api/v1/admins/<uuid:admin_id>/disable/", admins.DisableAdmin.as_view()),
    path("api/v1/pending-admins/", admins.PendingAdmins.as_view()),
    path("api/v1/pending-admins/<uuid:pending_admin_id>/revoke/", admins.RevokePendingAdmin.as_view()),
    path("api/v1/employer-domains/", admins.OwnDomains.as_view()),
    path("api/v1/employer-changes/", admins.OwnChanges.as_view()),
    path("api/v1/eligibility-files/", files.EligibilityFiles.as_view()),
    path("api/v1/eligibility-files/template/", files.Template.as_view()),
    path("api/v1/eligibility-files/columns/", files.Columns.as_view()),
    path("api/v1/eligibility-files/<uuid:change_set_id>/", change_sets.ChangeSetDetail.as_view()),
    path("api/v1/change-sets/<uuid:change_set_id>/errors/", change_sets.Errors.as_view()),
    path("api/v1/eligibility-files/<uuid:change_set_id>/apply/", change_sets.ApplyChangeSet.as_view()),
    path("api/v1/change-sets/", change_sets.ChangeSets.as_view()),
    path("api/v1/change-sets/<uuid:change_set_id>/", change_sets.ChangeSetDetail.as_view()),
    path("api/v1/change-sets/<uuid:change_set_id>/rejects/", change_sets.Rejects.as_view()),
    path("api/v1/change-sets/<uuid:change_set_id>/approve/", change_sets.ApproveChangeSet.as_view()),
    path("api/v1/change-sets/<uuid:change_set_id>/apply/", change_sets.ApplyChangeSet.as_view()),
    path("api/v1/change-sets/<uuid:change_set_id>/undo/", change_sets.UndoChangeSet.as_view()),
    path("api/v1/change-sets/<uuid:change_set_id>/discard/", change_sets.DiscardChangeSet.as_view()),
    path("api/v1/member-changes/", members.MemberChanges.as_view()),
    path("api/v1/sign-on/", sign_on.OwnSignOn.as_view()),
    path("api/v1/employers/<uuid:employer_id>/sign-on/lift/", sign_on.LiftSignOn.as_view()),
    path("sign-on/<uuid:sign_on_id>/", sign_on_web.Begin.as_view(), name="sign-on"),
    path("sign-on/<uuid:sign_on_id>/callback/", sign_on_web.Callback.as_view(), name="sign-on-callback"),
    path("sign-on/<uuid:sign_on_id>/acs/", sign_on_web.Consume.as_view(), name="sign-on-acs"),
    path("api/v1/members/", enrollment.Members.as_view()),
    path("api/v1/members/<uuid:member_id>/", enrollment.MemberDetail.as_view(), name="member"),
    path("api/v1/members/<uuid:member_id>/history/", enrollment.MemberHistory.as_view(), name="member-history"),
    path("api/v1/members/<uuid:member_id>/leave/", enrollment.MemberLeave.as_view()),
    path("api/v1/members/<uuid:member_id>/return/", enrollment.MemberReturn.as_view()),
    path("api/v1/members/<uuid:member_id>/terminate/", enrollment.MemberTermination.as_view()),
    path("api/v1/members/<uuid:member_id>/reinstate/", enrollment.MemberReinstatement.as_view()),
    path("api/v1/members/<uuid:member_id>/rehire/", enrollment.MemberRehire.as_view()),
    path("api/v1/members/<uuid:member_id>/death/", enrollment.MemberDeath.as_view()),
    path("api/v1/members/<uuid:member_id>/invitations/", letters.MemberInvitations.as_view()),
    path("api/v1/operator/members/", enrollment.OperatorMembers.as_view()),
    path("api/v1/operator/members/<uuid:member_id>/merge/", enrollment.MergeMembers.as_view()),
    path("api/v1/operator/letters/", letters.Letters.as_view()),
    path("api/v1/invitations/claim/", letters.ClaimIdentity.as_view()),
    path("api/v1/reports/enrollment/", reports.EnrollmentReport.as_view(), name="enrollment-report"),
    path("api/v1/reports/movements/", reports.MovementsReport.as_view()),
    path("api/v1/reports/quarters/", reports.QuartersReport.as_view(), name="quarters-report"),
    path("api/v1/x12-files/", x12.X12Files.as_view()),
    path("api/v1/x12-files/<uuid:x12_file_id>/", x12.OneX12File.as_view()),
    path("api/v1/x12-files/<uuid:x12_file_id>/acknowledgment/", x12.Acknowledgment.as_view()),
    path("api/v1/scim-tokens/", scim_tokens.ScimTokens.as_view()),
    path("api/v1/scim-tokens/<uuid:scim_token_id>/", scim_tokens.OneScimToken.as_view()),
    path("api/v1/scim-tokens/<uuid:scim_token_id>/rotate/", scim_tokens.ScimTokenRotation.as_view()),
    path("api/v1/scim-tokens/<uuid:scim_token_id>/revoke/", scim_tokens.ScimTokenRevocation.as_view()),
    path("api/v1/scim-tokens/<uuid:scim_token_id>/changes/", scim_tokens.ScimTokenChanges.as_view()),
    path("scim/v2/Users", Scim("users.Users")),
    path("scim/v2/.search", Scim("users.UserSearch")),
    path("scim/v2/Users/.search", Scim("users.UserSearch")),
    path("scim/v2/Users/<uuid:scim_user_id>", Scim("users.OneUser")),
    path("scim/v2/ServiceProviderConfig", Scim("discovery.Configuration")),
    path("scim/v2/Schemas", Scim("discovery.Schemas")),
    path("scim/v2/Schemas/<str:schema_id>", Scim("discovery.OneSchema")),
    path("scim/v2/ResourceTypes", Scim("discovery.ResourceTypes")),
    path("scim/v2/ResourceTypes/<str:type_id>", Scim("discovery.OneResourceType")),
    path("scim/v2/<path:path>", Scim("users.Nothing")),
    path("", accounts_web.Home.as_view(), name="home"),
    path("signed-in/", accounts_web.SignedIn.as_view(), name="page-signed-in"),
    path("leave/", accounts_web.Leave.as_view(), name="leave"),
    path("letter/", letters_web.EnterCode.as_view(), name="letter"),
    path("letter/sent/", letters_web.Sent.as_view(), name="letter-sent"),
    path("activate/", accounts_web.Activate.as_view(), name="activate"),
    path("reset/", accounts_web.Reset.as_view(), name="reset"),
    path("accounts/2fa/totp/activate/", accounts_web.SetUpAuthenticator.as_view(), name="mfa_activate_totp"),
    path("accounts/2fa/webauthn/add/", accounts_web.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("enrollment/", reports_web.Headcounts.as_view(), name="page-enrollment"),
    path("employees/", enrollment_web.Employees.as_view(), name="page-employees"),
    path("employees/new/", eligibility_web.NewEmployee.as_view(), name="page-new-employee"),
    path("employees/<uuid:member_id>/invitation/", letters_web.InviteAgain.as_view(), name="page-invite-again"),
    path("employees/<uuid:member_id>/change/", enrollment_web.ChangeEmployee.as_view(), name="page-change-employee"),
    path("plans/", plans_web.OwnPlans.as_view(), name="page-plans"),
    path("plans/<uuid:employer_plan_id>/renewal/", plans_web.Renewal.as_view(), name="page-renewal"),
    path("operator/plans/", plans_web.Proposals.as_view(), name="page-proposals"),
    path("panels/live-proposals/", plans_web.LiveProposals.as_view(), name="panel-live-proposals"),
    path("admins/", employers_web.Admins.as_view(), name="page-admins"),
    path("history/", history_web.History.as_view(), name="page-history"),
    path("sign-on-settings/", sign_on_web.SignOnSettings.as_view(), name="page-sign-on"),
    path("scim-tokens/", scim_web.ScimTokens.as_view(), name="page-scim-tokens"),
    path("employees/<uuid:member_id>/", enrollment_web.OneEmployee.as_view(), name="page-employee"),
    path("what-my-employer-sees/", reports_web.EmployersView.as_view(), name="page-employers-view"),
    path("eligibility-files/columns/", eligibility_web.FileColumns.as_view(), name="page-file-columns"),
    path("eligibility-files/<uuid:change_set_id>/", eligibility_web.OneChangeSet.as_view(), name="page-change-set"),
    path("eligibility-files/", eligibility_web.Files.as_view(), name="page-eligibility-files"),
]
