"""The operator's pages of a member's whole story: a reason first, then everything on one page."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from referrals.stories import queries
from referrals.stories.rules import OPEN_FOR, LookReason
from referrals.stories.services import open_story
from referrals.words import choices
from workers.kernel import clock
from workers.kernel.web import Page

_SHOWN = 50


class ReasonForm(forms.Form):
    """Why somebody looks."""

    reason = forms.ChoiceField(
        label=_("Why do you need to look?"), choices=choices("look", *LookReason), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In a few words"),
        help_text=_("For example a ticket’s number. The member can read it."),
        max_length=200,
    )


class MemberForm(forms.Form):
    """Whose story."""

    member_id = forms.UUIDField(label=_("Number of the member"), help_text=_("As the boards and the API name it."))


class MemberStories(Page):
    """Finding somebody's story, and who looked at whose last."""

    template_name = "referrals/member_stories.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The newest looks of everybody."""
        kwargs.setdefault("form", MemberForm())
        return super().get_context_data(looks=queries.list_recent_looks()[:_SHOWN], shown=_SHOWN, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Lead to the page where the reason is asked for."""
        form = MemberForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        return redirect("page-member-story", member_id=form.cleaned_data["member_id"])


class MemberStory(Page):
    """Who a member is and all that happened to them, for half an hour after a reason was given."""

    template_name = "referrals/member_story.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The story, or the form that asks why."""
        user: Any = self.request.user
        member_id, now = kwargs["member_id"], clock.now()
        looks = list(queries.list_looks(member_id)[:_SHOWN])
        shown: dict[str, Any] = {"looks": looks, "now": now}
        if any(look.reader_id == user.pk and look.at > now - OPEN_FOR for look in looks):
            shown |= {
                "person": queries.get_person(member_id),
                "referrals": queries.list_referrals(member_id),
                "coming": queries.list_coming(member_id, now=now),
                "entries": queries.timeline_of(member_id),
            }
        else:
            kwargs.setdefault("form", ReasonForm())
        return super().get_context_data(**shown, **kwargs)

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponseBase:
        """Keep the reason, and show the story. Raises NotFound."""
        user: Any = request.user
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(member_id=member_id, form=form), status=422)
        told = form.cleaned_data
        open_story(
            member_id=member_id,
            reader_id=user.pk,
            reason=LookReason(told["reason"]),
            words=told["words"],
            now=clock.now(),
        )
        return redirect(request.path)
