"""Every sentence of a page has its Spanish, and the catalogues are what the tree says."""

import pytest
from django.utils.translation import gettext, ngettext, override

from config.local.translations import APPS, LANGUAGE, _in_code, _in_template, read, wrong_in


@pytest.mark.parametrize("app", APPS)
def test_nothing_lacks_its_spanish_and_nothing_is_left_over(app):
    assert wrong_in(app) == [], "run `python -m config.local.translations --write`, and translate what it names"


@pytest.mark.parametrize("app", APPS)
def test_a_page_says_what_its_catalogue_says_and_not_what_another_one_means_by_it(app):
    """All catalogues are one to Django, and the first one wins: ours of an earlier app, its own, or allauth's."""
    with override(LANGUAGE):
        wrong = [
            (entry.msgid, expected, said)
            for entry in read(app).values()
            for expected, said in _said(entry)
            if expected != said
        ]
    assert wrong == [], "say it the same in both, or say another sentence"


def _said(entry):
    """What the catalogue has for a sentence and what is said for it, of one and of several."""
    if not entry.msgid_plural:
        return [(entry.msgstr, gettext(entry.msgid))]
    return [
        (entry.msgstr_plural[index], ngettext(entry.msgid, entry.msgid_plural, count))
        for index, count in enumerate((1, 2))
    ]


def test_every_way_of_saying_something_in_a_template_is_found():
    source = """{% load i18n %}{% translate "One" %}{% trans 'Two' as two %}
    {% badge _("Three") "x" %}{{ a|default:_("Four") }}
    <c title="{% translate "Five" %}">{% blocktranslate trimmed with b=c %}
      Six {{ b }} at 5 %
    {% endblocktranslate %}
    {% blocktranslate count n=m %}{{ n }} seven{% plural %}{{ n }} sevens{% endblocktranslate %}"""
    assert list(_in_template(source)) == [
        ("One", ""),
        ("Two", ""),
        ("Three", ""),
        ("Four", ""),
        ("Five", ""),
        ("Six %(b)s at 5 %%", ""),
        ("%(n)s seven", "%(n)s sevens"),
    ]


def test_every_way_of_saying_something_in_code_is_found():
    source = (
        'a = _("One")\nb = gettext_lazy("Two " "more")\nc = ngettext("%d", "%ds", n)\nd = other("Three")\ne = _(name)'
    )
    assert list(_in_code(source)) == [("One", ""), ("Two more", ""), ("%d", "%ds")]
