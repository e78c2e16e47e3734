"""The operator's pages of a member's whole story: a reason first, then everything on one page."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from referrals.stories import queries
from referrals.stories.rules import LEAST_LETTERS, OPEN_FOR, LookReason
from referrals.stories.services import open_story, search
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


class SearchForm(ReasonForm):
    """Whom somebody looks for, and why."""

    words = forms.CharField(label=_("In a few words"), help_text=_("For example a ticket’s number."), max_length=200)
    name = forms.CharField(
        label=_("Last name, then first name"),
        help_text=_("As much of it as you know: “garcía a”."),
        min_length=LEAST_LETTERS,
        max_length=200,
    )
    born_on = forms.DateField(
        label=_("Date of birth, if you know it"), required=False, widget=forms.DateInput(attrs={"type": "date"})
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
        kwargs.setdefault("search", SearchForm())
        looks, searches = queries.list_recent_looks()[:_SHOWN], queries.list_searches()[:_SHOWN]
        return super().get_context_data(looks=looks, searches=searches, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Look for a name, or lead to the page of a number, where the reason is asked for."""
        if "name" in request.POST:
            return self._search(SearchForm(request.POST))
        form = MemberForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        return redirect("page-member-story", member_id=form.cleaned_data["member_id"])

    def _search(self, form: SearchForm) -> HttpResponseBase:
        """Show who was found: one press opens the story of one of them, for the same reason."""
        user: Any = self.request.user
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(search=form), status=422)
        told = form.cleaned_data | {"reason": LookReason(form.cleaned_data["reason"])}
        found, has_more = search(**told, reader_id=user.pk, now=clock.now())
        return self.render_to_response(self.get_context_data(search=form, found=found, has_more=has_more, told=told))


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
