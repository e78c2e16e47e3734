"""Rendering: from a template and values to words, and from words to HTML. Nothing here is sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import mrml
from django.conf import settings
from django.template import Context, Engine, Template
from django.utils import timezone, translation
from django.utils.html import escape

from workers.emails.catalogue import MissingValue, list_mails

_BODY = "THE WORDS"  # where they will stand in the layout
_URL = re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?)]")


class _Hole(str):
    """What Django puts in place of a variable that is not there: here it refuses (`Engine.string_if_invalid`)."""

    def __contains__(self, part: object) -> bool:
        return True

    def __mod__(self, variable: object) -> str:
        raise MissingValue(f"There is no {variable}.")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """An e-mail's words."""

    subject: str
    text: str


@cache
def _engine() -> Engine:
    """A hole is an error and not an empty string."""
    return Engine(app_dirs=True, string_if_invalid=_Hole("%s"), builtins=["workers.emails.filters"])


def render(template: str, context: Mapping[str, object], *, language: str, zone: str = "UTC") -> Rendered:
    """Return the words of `template` ("billing/receipt") in a language, English where it has none, times as in `zone`.

    They are plain words: nothing is escaped.

    <app>/templates/<app>/mail/<language>/<name>.txt has the subject in its first line; `base_url` is always given.
    Raises MissingValue, and KeyError for a template that no app declares.
    """
    list_mails()[template].check(context)
    app, name = template.split("/")
    source = _engine().select_template([f"{app}/mail/{code}/{name}.txt" for code in (language, "en")])
    with translation.override(language), timezone.override(ZoneInfo(zone)):
        text = source.render(Context({"base_url": settings.BASE_URL, **context}, autoescape=False))
    subject, _, body = text.strip().partition("\n")
    return Rendered(subject=subject.strip(), text=body.strip() + "\n")


def html_of(text: str, *, language: str) -> str:
    """Return the HTML of an e-mail's text: its paragraphs, lists and links in the one layout, nothing else.

    No image, no font and nothing to load from anywhere: opening it tells nobody.
    """
    head, foot = _layout(language)
    return "".join([head, "\n".join(_blocks(text)), foot])


@cache
def _layout(language: str) -> tuple[str, str]:
    """What stands before and after the words, laid out once in a process and language.

    Its lines end within tags, where no reader sees it: longer ones than 998 bytes would have to be encoded (RFC 5322).
    """
    source = Engine(app_dirs=True).get_template("workers/mail.mjml").source
    layout = Template(mrml.to_html(source).content.replace('"><', '"\n><'), engine=Engine())
    head, _, foot = layout.render(Context({"body": _BODY, "language": language})).partition(_BODY)
    return head, foot


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs are parted by empty lines; one whose lines begin with a dash is a list."""
    for block in re.split(r"\n\s*\n", text):
        words = " ".join(block.split("\n")).strip()
        if words.startswith("- "):
            items = re.split(r"\n- ", block.strip()[2:])
            yield f"<ul>{''.join(f'<li>{_linked(_one_line(item))}</li>' for item in items)}</ul>"
        elif words:
            yield f"<p>{_linked(words)}</p>"


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _linked(words: str) -> str:
    """Words, escaped, with their addresses as links."""
    pieces: list[str] = []
    end = 0
    for found in _URL.finditer(words):
        link = escape(found[0])
        pieces += [escape(words[end : found.start()]), f'<a href="{link}">{link}</a>']
        end = found.end()
    return "".join([*pieces, escape(words[end:])])
