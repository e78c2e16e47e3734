"""From a template to words, and from words to HTML."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.emails.catalogue import MissingValue
from workers.emails.rendering import html_of, render

LATE = datetime(2026, 4, 1, 3, 30, tzinfo=UTC)  # still the last evening of March in New York
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)


class Words(HTMLParser):
    """What a reader of the HTML sees, and the names of what it holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.shown = ""
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden += tag in ("style", "title", "head")
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title", "head")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown += data


def test_dates_are_those_of_the_readers_calendar() -> None:
    context = {"due_at": LATE}
    assert (
        "March 31, 2026" in render("billing/income_evidence", context, language="en", zone="America/New_York").subject
    )
    assert "April 1, 2026" in render("billing/income_evidence", context, language="en").subject
    assert (
        "31 de marzo de 2026" in render("billing/income_evidence", context, language="es", zone="America/New_York").text
    )


def test_an_hour_says_of_which_zone_it_is() -> None:
    context = {"url": "https://portal.example/", "respond_by": LATE}
    assert (
        "March 31, 2026, 23:30 EDT"
        in render("referrals/offer_link", context, language="en", zone="America/New_York").text
    )


def test_a_language_that_a_template_lacks_is_english() -> None:
    assert (
        render("referrals/news", {"first_name": "Ada"}, language="fr").subject == "There is news for you in the portal"
    )


def test_a_hole_deep_inside_a_value_is_refused() -> None:
    instalment = SimpleNamespace(id="i1", paid_at=None, due_at=None, status="paid")
    with pytest.raises(MissingValue, match="no date"):
        render("billing/receipt", {"amount": "$1.00", "instalment": instalment}, language="en")
    with pytest.raises(MissingValue, match=r"instalment\.id"):
        render("billing/payment_due", {"amount": "$1.00", "instalment": SimpleNamespace()}, language="en")


def test_a_template_that_nobody_declared_is_none() -> None:
    with pytest.raises(KeyError):
        render("referrals/nothing", {}, language="en")


def test_names_are_said_as_they_are_and_escaped_in_html() -> None:
    one = render("referrals/news", {"first_name": "O'Brien & <b>Söhne</b>"}, language="en")
    assert "O'Brien & <b>Söhne</b>" in one.text
    assert "O&#x27;Brien &amp; &lt;b&gt;Söhne&lt;/b&gt;" in html_of(one.text, language="en")


def test_paragraphs_lists_and_links_are_what_they_were() -> None:
    html = html_of(
        "Hello,\n\nthe first\nparagraph.\n\n- one\n- two,\n  longer\n\nRead: https://x.example/a?b=1&c=2.\n",
        language="en",
    )
    assert "<p>the first paragraph.</p>" in html
    assert "<ul><li>one</li><li>two, longer</li></ul>" in html
    assert '<a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>.' in html


def test_html_loads_nothing_from_anywhere() -> None:
    html = html_of("Hello\n\nhttps://portal.example/x", language="en")
    page = Words(html)
    assert page.links == ["https://portal.example/x"]
    assert not {"img", "script", "link", "iframe"} & set(page.tags)
    assert "@import" not in html
    assert "{{" not in html


@given(st.lists(words, min_size=1, max_size=5))
def test_whatever_is_said_no_html_comes_of_it(blocks: list[str]) -> None:
    plain = Words(html_of("x", language="en")).tags
    page = Words(html_of("\n\n".join(blocks), language="en"))
    assert set(page.tags) <= set(plain) | {"p", "ul", "li", "a"}
    assert "".join("".join(blocks).split()).replace("-", "") == "".join(page.shown.split()).replace("-", "")
