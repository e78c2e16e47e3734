"""The operator's board of referrals, and its figures, which count on by themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referrals.offers.queries.board import STUCK, count_board, list_board
from referrals.requests.rules import BLOCKING
from referrals.screening.queries import list_urgent
from referrals.words import choices
from workers.kernel import clock
from workers.kernel.web import LivePanel, Page, rows_of

_SIZE = 50


class BoardFilter(forms.Form):
    """Which referrals are shown; all where nothing is chosen."""

    status = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("every state")), *choices("referral", *BLOCKING)]
    )
    stuck = forms.ChoiceField(
        label=_("Why it does not go on"), required=False, choices=[("", "–"), *choices("stuck", *STUCK)]
    )
    late = forms.BooleanField(label=_("Only those we are late with"), required=False)


class Board(Page):
    """Every referral that is not over: the breached and the stuck first, then by age."""

    template_name = "referrals/board.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of those that were asked for. Raises NotFound for a page that is none."""
        now, form = clock.now(), BoardFilter(self.request.GET)
        asked = form.cleaned_data if form.is_valid() else {}
        found = list_board(
            now,
            status=asked.get("status", ""),
            stuck=asked.get("stuck", ""),
            is_breached=True if asked.get("late") else None,
        )
        page = rows_of(self.request, found, ordering=("place", "status_since", "id"), size=_SIZE)
        return super().get_context_data(page=page, form=form, is_narrowed=any(asked.values()), now=now, **kwargs)


class LiveReferrals(LivePanel):
    """How many referrals are in which state, how many of them late or stuck, and who waits for a call."""

    template_name = "referrals/live_referrals.html"
    roles = ("operator",)
    permission = "care"
    name = "panel-live-referrals"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As of now."""
        now = clock.now()
        counts = count_board(now)
        return super().get_context_data(
            counts=counts,
            late=sum(one.breached for one in counts),
            stuck=sum(one.stuck for one in counts),
            urgent=list_urgent().count(),
            **kwargs,
        )
