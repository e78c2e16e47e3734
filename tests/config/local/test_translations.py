"""Every sentence of a page has its Spanish, and the catalogues are what the tree says."""

import pytest

from config.local.translations import APPS, _in_code, _in_template, wrong_in


@pytest.mark.parametrize("app", APPS)
def test_nothing_lacks_its_spanish_and_nothing_is_left_over(app):
    assert wrong_in(app) == [], "run `python -m config.local.translations --write`, and translate what it names"


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
