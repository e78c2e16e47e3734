"""The shell around every page: where each role can go, as data, and how forms are rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Item:
    """A place in the navigation: the name of its URL, its words, and the permission that an operator needs for it."""

    page: str
    label: Any
    about: Any = ""
    permission: str = ""
    beside: tuple[str, ...] = ()  # pages that belong to it without lying below it


NAVIGATION: Mapping[str, tuple[Item, ...]] = {
    "employee": (
        Item(page="page-care", label=_("The care")),
        Item(page="page-find-clinic", label=_("Find a clinic")),
        Item(page="page-referrals", label=_("Your referral")),
        Item(page="page-courses", label=_("Appointments"), beside=("page-availability",)),
        Item(page="page-payments", label=_("Payments")),
        Item(page="page-employers-view", label=_("Employer’s view")),
    ),
    "hr_admin": (
        Item(page="page-employees", label=_("Employees"), about=_("Everybody on your roster: find, change, end.")),
        Item(
            page="page-eligibility-files",
            label=_("Eligibility files"),
            about=_("Send a file, see what it would do, apply it, take it back."),
        ),
        Item(page="page-plans", label=_("Plans"), about=_("What was agreed, until when, and how it goes on.")),
        Item(
            page="page-invoices",
            label=_("Invoices"),
            about=_("What you owe and have paid; no single person is in it."),
            permission="billing",
        ),
        Item(
            page="page-enrollment",
            label=_("Reports"),
            about=_("How many are covered, came, went and were reached; and why a number is hidden."),
        ),
        Item(page="page-admins", label=_("Admins"), about=_("Who may do what, and whom you invited.")),
        Item(
            page="page-sign-on",
            label=_("Sign-on"),
            about=_("Your own identity provider, for your admins and the roster."),
            beside=("page-scim-tokens",),
        ),
        Item(page="page-history", label=_("History"), about=_("Who changed what."), permission="owner"),
    ),
    "clinic_staff": (
        Item(
            page="page-clinic-offers",
            label=_("Offers and referrals"),
            about=_("What waits for your answer, and whom you treat."),
        ),
        Item(
            page="page-clinic-sessions",
            label=_("Sessions"),
            about=_("Your week: confirm, move, say what took place."),
        ),
        Item(
            page="page-clinic-places",
            label=_("Places and hours"),
            about=_("How many you can take, when you are closed, who gives sessions."),
        ),
        Item(page="page-clinic-prices", label=_("Price list"), about=_("What a session costs, today and from when.")),
        Item(
            page="page-clinic-credentials",
            label=_("Credentials"),
            about=_("What is on file, and what has to be renewed by when."),
        ),
        Item(page="page-clinic-statements", label=_("Statements"), about=_("What you are paid, month by month.")),
        Item(
            page="page-endpoints",
            label=_("Webhook addresses"),
            about=_("How your system is doing, and what was sent to it."),
        ),
        Item(
            page="page-api-clients",
            label=_("Access for your software"),
            about=_("Keys and OAuth clients, what each may do, and when it was used."),
        ),
    ),
    "operator": (
        Item(page="page-operations", label=_("Today"), about=_("Everything that needs a person, counted.")),
        Item(
            page="page-urgent-screenings",
            label=_("Urgent screenings"),
            about=_("People to call first."),
            permission="care",
        ),
        Item(
            page="page-board",
            label=_("Referrals"),
            about=_("What is stuck or late comes first."),
            permission="care",
        ),
        Item(
            page="page-member-stories",
            label=_("Members"),
            about=_("Somebody’s whole story, behind a reason."),
            permission="care",
        ),
        Item(
            page="page-credentials",
            label=_("Credentials"),
            about=_("Which clinics’ papers run out."),
            permission="care",
        ),
        Item(
            page="page-work-items",
            label=_("Money"),
            about=_("What is to be decided, who is behind, what differs from Stripe."),
            permission="finance",
            beside=("page-income-reviews", "page-dunning", "page-differences"),
        ),
        Item(
            page="page-proposals",
            label=_("Plans"),
            about=_("Renewals that employers propose."),
            permission="finance",
        ),
        Item(page="page-engine", label=_("Engine"), about=_("What waits in the queues, and what is dead.")),
        Item(
            page="page-endpoints",
            label=_("Webhook addresses"),
            about=_("How the clinics’ systems are doing, and what was sent to them."),
            permission="care",
        ),
        Item(page="page-mails", label=_("E-mails"), about=_("Every e-mail in both languages.")),
    ),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """What `page.html` shows around a page; asked for only where it is shown."""
    return {"navigation": SimpleLazyObject(lambda: navigation_of(request))}


def navigation_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the places of whoever is signed in: `url`, `label`, `about`, and whether it `is_current`."""
    user: Any = request.user
    items = NAVIGATION.get(getattr(user, "role", ""), ())
    permissions = getattr(user, "permissions", ())
    return [_shown(item, request.path) for item in items if not item.permission or item.permission in permissions]


def _shown(item: Item, path: str) -> dict[str, Any]:
    url, *others = (reverse(page) for page in (item.page, *item.beside))
    is_current = _is_in(path, url) or path in others
    return {"url": url, "label": item.label, "about": item.about, "is_current": is_current}


def _is_in(path: str, url: str) -> bool:
    """Whether a page lies at a place or below it; every operator's page lies below "/operator/"."""
    return path == url if url == "/operator/" else path.startswith(url)


class Forms(TemplatesSetting):
    """Every form, allauth's too: label, hint, control, and what is wrong with it, said to screen readers as well."""

    field_template_name = "components/field.html"
