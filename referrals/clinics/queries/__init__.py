"""Reading the directory: near a place, by every facet, and what a session costs."""

from referrals.clinics.queries.facets import Counts, count_facets
from referrals.clinics.queries.near import get_clinic, list_near
from referrals.clinics.queries.places import OutsideTheUs, Place, UnknownPostalCode, locate, require_us
from referrals.clinics.queries.prices import ListPrice, PriceLists, list_local_prices, list_prices, price_of
from referrals.clinics.queries.searching import Search, Sort, find
from referrals.clinics.queries.terms import Terms, own_terms, terms_of

__all__ = [
    "Counts",
    "ListPrice",
    "OutsideTheUs",
    "Place",
    "PriceLists",
    "Search",
    "Sort",
    "Terms",
    "UnknownPostalCode",
    "count_facets",
    "find",
    "get_clinic",
    "list_local_prices",
    "list_near",
    "list_prices",
    "locate",
    "own_terms",
    "price_of",
    "require_us",
    "terms_of",
]
