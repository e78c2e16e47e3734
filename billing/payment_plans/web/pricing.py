"""The price of a course: asked for, explained line by line, agreed to, and how it is to be paid."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.payment_plans.models import PaymentPlan
from billing.payment_plans.queries import find_active_method
from billing.payment_plans.rules import Interval
from billing.payment_plans.services import plans
from billing.payment_plans.web.changing import WORDS
from billing.payment_plans.web.shown import MoneyPage
from billing.quotes.models import Quote, QuoteStatus
from billing.quotes.queries import ExplainedLine, Explanation, explain, list_quotes, list_replaced
from billing.quotes.services import agreeing, quoting
from referrals import facade as referrals
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.money import dollars
from workers.kernel.web import language, translated

KIND_WORDS = {
    "consultation": gettext_lazy("Medical consultation"),
    "preparation": gettext_lazy("Preparation"),
    "dosing": gettext_lazy("Treatment session"),
    "integration": gettext_lazy("Integration"),
    "follow_up": gettext_lazy("Follow-up"),
}
REFUSALS = {
    "not_covered": gettext_lazy("Your benefit does not cover you today, so there is no price with your plan."),
    "nothing_to_quote": gettext_lazy("There is nothing to be priced: no session is planned."),
    "price_already_agreed": gettext_lazy("You agreed to this price, and nothing has changed since."),
    "quote_expired": gettext_lazy("This price is no longer held. Ask for it again: it takes a moment."),
    "quote_superseded": gettext_lazy("There is a newer price: please look at it."),
    "quote_outdated": gettext_lazy("What this price depends on has changed. Ask for it again to see the new one."),
    "quote_not_accepted": gettext_lazy("Agree to the price first."),
    "payment_plan_exists": gettext_lazy("You chose already how to pay."),
    "account_closed": gettext_lazy("This account is closed."),
    "instalments_impossible": gettext_lazy("It cannot be paid in so many parts: choose fewer."),
}


class PricePage(MoneyPage):
    """The price of one course. Nothing is agreed to, and nothing is debited, without a press of its own."""

    template_name = "billing/price.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's course."""
        course = referrals.get_priced_course(kwargs["course_id"])
        quote, now = _shown_quote(course.id), clock.now()
        told = explain(quote.pk) if quote else None
        return super().get_context_data(
            clinic=referrals.clinic_name(course.clinic_id),
            price=_price(told) if told else None,
            status=quote.status_at(now) if quote else "",
            has_plan=_has_plan(quote) if quote else False,
            ways=_ways(told.instalments) if told else [],
            intervals=[(each.value, WORDS[language()][each.value]) for each in Interval],
            **kwargs,
        )

    def post(self, request: HttpRequest, course_id: UUID) -> HttpResponseBase:
        """Ask for the price, agree to it, or choose how to pay; a refusal is said. Raises NotFound."""
        act = _ACTS.get(request.POST.get("action", ""))
        if act is None:
            raise NotFound("There is nothing to do here.")
        try:
            return act(request, course_id)
        except NotFound:
            raise
        except DomainError as error:
            messages.warning(request, REFUSALS.get(error.code, translated(str(error))))
            return redirect("page-price", course_id)


def _ask(request: HttpRequest, course_id: UUID) -> HttpResponseBase:
    user: Any = request.user
    quoting.create(member_id=user.member_id, course_id=course_id, now=clock.now())
    return redirect("page-price", course_id)


def _accept(request: HttpRequest, course_id: UUID) -> HttpResponseBase:
    user: Any = request.user
    agreeing.accept(quote_id=_quote_id(request), member_id=user.member_id, now=clock.now())
    messages.success(request, _("You agreed to this price. Now choose how you want to pay."))
    return redirect("page-price", course_id)


def _choose(request: HttpRequest, course_id: UUID) -> HttpResponseBase:
    """Make the plan; whoever has stored no method is led to do that, for nothing is debited without one."""
    user: Any = request.user
    count, interval = request.POST.get("count", ""), request.POST.get("interval", Interval.MONTHLY.value)
    if not (count.isascii() and count.isdigit()) or interval not in list(Interval):
        messages.warning(request, _("Choose in how many parts you want to pay."))
        return redirect("page-price", course_id)
    plans.create(quote_id=_quote_id(request), count=int(count[:3]), interval=Interval(interval), now=clock.now())
    return redirect("page-payments" if find_active_method(user.member_id) else "page-new-method")


_ACTS = {"quote": _ask, "accept": _accept, "plan": _choose}


def _quote_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("quote_id", ""))
    except ValueError:
        raise NotFound("There is no such quote.") from None


def _shown_quote(course_id: UUID) -> Quote | None:
    """What is offered, else what was agreed to, else what was offered last."""
    found = list(list_quotes().filter(course_id=course_id).order_by("-pk")[:10])
    order = (QuoteStatus.OFFERED, QuoteStatus.ACCEPTED)
    now = clock.now()
    return next((one for status in order for one in found if one.status_at(now) == status), found[0] if found else None)


def _has_plan(quote: Quote) -> bool:
    return PaymentPlan.objects.filter(quote_id__in=[quote.pk, *list_replaced(quote)]).exists()


def _price(told: Explanation) -> dict[str, Any]:
    quote = told.quote
    return {
        "id": quote.pk,
        "expires_at": quote.expires_at,
        "accepted_at": quote.accepted_at,
        "is_free": quote.member_cents == 0,
        "total": dollars(quote.total_list_cents),
        "discount": dollars(quote.discount_cents),
        "employer": dollars(quote.employer_cents),
        "deductible": dollars(quote.deductible_cents),
        "member": dollars(quote.member_cents),
        "has_discount": quote.discount_cents > 0,
        "has_deductible": quote.deductible_cents > 0,
        "lines": [_line(each) for each in told.lines],
        "reasons": [reason[language()] for reason in told.change.reasons] if told.change else [],
        "difference": _signed(told.change.difference["member_cents"]) if told.change else "",
    }


def _line(each: ExplainedLine) -> dict[str, Any]:
    line = each.line
    return {
        "kind": KIND_WORDS.get(line.kind, line.kind),
        "listed": dollars(line.list_cents),
        "member": dollars(line.member_cents),
        "steps": [step.es if language() == "es" else step.en for step in each.steps],
    }


def _ways(ways: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    return [{"count": len(parts), "parts": [dollars(cents) for cents in parts]} for parts in ways]


def _signed(cents: int) -> str:
    return f"+{dollars(cents)}" if cents > 0 else dollars(cents)
