"""HR's page of its identity providers' tokens."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits.accounts.models import HrPermission, User
from benefits.scim.forms import TokenForm
from benefits.scim.models import ScimToken
from benefits.scim.queries.tokens import list_tokens
from benefits.scim.rules.tokens import OVERLAP
from benefits.scim.services import tokens as services
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, translated

_SHOWN = 50


class ScimTokens(Page):
    """Tokens with which identity providers keep the roster up to date: made, rotated, ended; shown once."""

    template_name = "benefits/scim_tokens.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who may not change people sees that there are such tokens, and no form."""
        kwargs.setdefault("form", TokenForm())
        user, now = self.request.user, clock.now()
        return super().get_context_data(
            tokens=[_shown(token, now) for token in list_tokens()[:_SHOWN]],
            base_url=self.request.build_absolute_uri("/scim/v2/"),
            overlap_hours=int(OVERLAP.total_seconds()) // 3600,
            can_change=HrPermission.PEOPLE in getattr(user, "permissions", ()),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make, rotate or end a token. A new one stands on the page that answers, and nowhere else. Raises NotFound."""
        user = request.user
        if not isinstance(user, User) or HrPermission.PEOPLE not in user.permissions:
            raise NotFound("There is nothing to do here.")
        try:
            return self._done(user, request.POST.get("action", ""))
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, translated(str(error)))
            return redirect("page-scim-tokens")

    def _done(self, user: User, action: str) -> HttpResponse:
        if action == "create":
            return self._created(user)
        if action not in ("rotate", "leaked", "revoke"):
            raise NotFound("There is nothing to do here.")
        about: dict[str, Any] = {"token_id": _id_in(self.request), "by": user.pk, "now": clock.now()}
        if action == "revoke":
            services.revoke(**about)
            messages.success(self.request, _("Ended. Nothing comes in with it any more."))
            return redirect("page-scim-tokens")
        made = services.rotate(**about, overlap=OVERLAP if action == "rotate" else timedelta())
        return self.render_to_response(self.get_context_data(made=made))

    def _created(self, user: User) -> HttpResponse:
        form = TokenForm(self.request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        assert user.employer_id is not None
        made = services.create(
            employer_id=user.employer_id, name=form.cleaned_data["name"], by=user.pk, now=clock.now()
        )
        return self.render_to_response(self.get_context_data(made=made))


def _shown(token: ScimToken, now: datetime) -> dict[str, Any]:
    is_over = token.revoked_at is not None or (token.valid_until is not None and token.valid_until <= now)
    return {"token": token, "dialog": str(token.pk), "is_over": is_over, "is_former": token.valid_until is not None}


def _id_in(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("token_id", ""))
    except ValueError:
        raise NotFound("There is no such token.") from None
