"""The page on which a member closes their account: what ends, what is erased, what is kept and why."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits import facade as benefits
from billing.account_closing import services
from billing.account_closing.forms import ClosingForm
from billing.payment_plans.queries import find_next_instalment
from workers.kernel import clock
from workers.kernel.web import Page


class CloseAccount(Page):
    """Reading it needs nothing; closing asks for the password, a passkey or a code once more."""

    template_name = "billing/close_account.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether something is still to be paid, and the form where nothing is."""
        user: Any = self.request.user
        kwargs.setdefault("form", ClosingForm())
        days = settings.KEEP_DAYS["emails"]
        return super().get_context_data(next_instalment=find_next_instalment(user.member_id), days=days, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Close it, and say so at the sign-in page; whoever has to prove who they are comes back to this page."""
        form = ClosingForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        if not benefits.is_sure_of(request):
            return redirect_to_login(request.path, "account_reauthenticate")
        user: Any = request.user
        try:
            services.close(user_id=user.pk, member_id=user.member_id, now=clock.now())
        except services.PaymentsOpen:
            return self.render_to_response(self.get_context_data(form=form), status=409)
        logout(request)
        messages.success(request, _("Your account is closed. Take care."))
        return redirect("account_login")
