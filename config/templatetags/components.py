"""Components that have more to them than a class: tags that every template knows (docs/pages.md)."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.template.context import Context
from django.template.response import SimpleTemplateResponse
from django.urls import resolve, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from config.words import WORDS
from workers.kernel import money, web

register = template.Library()

# How a state looks, by its code: what is good, what needs somebody, what is over.
TONES = {
    **dict.fromkeys(("completed", "paid", "applied", "active", "accepted", "done"), "done"),
    **dict.fromkeys(("action_required", "needs_method", "retry_wait", "no_show", "failed", "dead", "late"), "warn"),
    **dict.fromkeys(("disabled", "urgent", "stuck", "silent", "warn"), "warn"),
    **dict.fromkeys(("cancelled", "withdrawn", "discarded", "undone", "ended", "terminated", "deceased"), "off"),
    **dict.fromkeys(("unchanged", "ignored", "revoked", "parked", "off"), "off"),
}


@register.filter
def in_words(code: Any, table: str) -> Any:
    """A code of the domain as people say it: `{{ offer.route|in_words:"route" }}` (config/words.py)."""
    return WORDS[table].get(str(code), str(code).replace("_", " "))


@register.filter
def translated(sentence: str) -> str:
    """A sentence that rules said, in the reader's language; marked as English where it has no other words."""
    words = web.translated(sentence)
    is_english = web.language() != "en" and words == sentence
    return format_html('<span lang="en">{}</span>', sentence) if is_english else words


@register.filter
def reference(id: Any) -> str:
    """The end of an id, short enough to be said on the telephone; names stand nowhere that they need not."""
    return str(id)[-6:].upper()


@register.filter
def dollars(cents: int | None) -> str:
    """Cents as people write them; a dash for none."""
    return "–" if cents is None else money.dollars(cents)


@register.filter
def as_json(value: Any) -> str:
    """What a script reads from a `data-` attribute: pages have nothing inline."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag
def badge(words: Any, code: str = "") -> SafeString:
    """A state in words; its `code` decides how it looks."""
    return format_html('<span class="badge {}">{}</span>', TONES.get(str(code), ""), words)


@register.simple_tag(takes_context=True)
def panel(context: Context, name: str, **ids: Any) -> SafeString:
    """Another app's panel, by the name of its URL, asked within this request; nothing where it is for others."""
    request: HttpRequest = context["request"]
    match = resolve(reverse(name, kwargs=ids))
    answer = match.func(request, *match.args, **match.kwargs)
    if isinstance(answer, SimpleTemplateResponse):
        answer.render()
    return mark_safe(answer.content.decode()) if answer.status_code == 200 else SafeString("")  # noqa: S308 - a view's


@register.inclusion_tag("components/progress.html")
def progress(percent: int, label: str) -> dict[str, Any]:
    """How far something has got, 0 to 100, for eyes and for screen readers."""
    return {"percent": percent, "label": label}


@register.inclusion_tag("components/pager.html")
def pager(page: Any) -> dict[str, Any]:
    """Links to the pages before and after a workers.kernel.web.Rows."""
    return {"page": page}


@register.simple_block_tag
def empty(content: str, title: str) -> SafeString:
    """What stands where there is nothing yet: why, and what one can do."""
    return format_html('<section class="card empty"><h2>{}</h2>{}</section>', title, mark_safe(content))  # noqa: S308


@register.simple_block_tag
def dialog(content: str, id: str, opens: str, title: str, tone: str = "quiet") -> SafeString:
    """A question before something is done: a button that `opens` it, and what it says. Needs no script."""
    return format_html(
        '<button type="button" class="{tone}" popovertarget="{id}">{opens}</button>'
        '<div popover id="{id}" role="dialog" aria-labelledby="{id}-title">'
        '<h2 id="{id}-title">{title}</h2>{content}</div>',
        tone=tone,
        id=id,
        opens=opens,
        title=title,
        content=mark_safe(content),  # noqa: S308 - rendered, and escaped, by the template around it
    )
