"""What a member is shown of their employer's view is what the employer is answered, and nothing is left out."""

import html
import json
import re

from tests.factories.benefits import activate, make_employer, make_hr, make_member, make_plan, signed_in


def word_for_word(page):
    """{address: answer} as the page has it."""
    found = re.findall(r"<summary>(\S+)</summary><pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    return {path: json.loads(html.unescape(text)) for path, text in found}


def test_it_is_the_apis_own_answer_to_hr(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    member = make_member(employer.pk)
    make_member(employer.pk)
    page = signed_in(activate(member)).get("/what-my-employer-sees/").content.decode()
    shown = word_for_word(page)
    hr = signed_in(make_hr(employer.pk))
    assert shown == {path: hr.get(path).json() for path in shown}
    assert sorted(shown) == [
        f"/api/v1/members/{member.pk}/",
        f"/api/v1/members/{member.pk}/history/",
        "/api/v1/reports/enrollment/",
        "/api/v1/reports/quarters/",
    ]
    told = hr.get(f"/api/v1/members/{member.pk}/").json()
    fields = [name for name, value in told.items() if not isinstance(value, list)]
    about_you = page.partition("About you")[2].partition("</dl>")[0]
    assert about_you.count("<dt>") == len(fields), "every field is there"
    assert "covers fewer than" in page


def test_the_reader_acts_as_themself_again_afterwards(db, now):
    employer = make_employer()
    make_plan(employer.pk)
    browser = signed_in(activate(make_member(employer.pk)))
    other = make_member(employer.pk)
    assert browser.get("/what-my-employer-sees/").status_code == 200
    assert browser.get(f"/api/v1/members/{other.pk}/").status_code == 403
    assert browser.get("/employees/").status_code == 404
