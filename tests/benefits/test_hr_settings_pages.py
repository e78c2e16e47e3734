"""HR adds and changes people by form, and sees plans, reports, admins, sign-on and history; who may not, does not."""

import re
from datetime import timedelta

import pytest

from benefits.accounts.models import HrPermission
from benefits.employers import services as employers
from benefits.enrollment.forms import STATUS_WORDS, value_in_words
from benefits.enrollment.models import Member
from benefits.letters.models import LetterOrder
from tests.factories.benefits import OPERATOR, activate, make_employer, make_hr, make_member, make_plan, signed_in
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db

ANA = {
    "employee_number": "E1",
    "first_name": "Ana",
    "last_name": "Ruiz",
    "date_of_birth": "1985-05-17",
    "hire_date": "2020-03-01",
    "state": "CA",
    "postal_code": "94110",
    "language": "es",
}


@pytest.fixture
def employer(now):
    employer = make_employer()
    make_plan(employer.pk, name="Standard")
    return employer


@pytest.fixture
def hr(employer):
    return signed_in(make_hr(employer.pk))


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def hidden(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


def test_one_employee_is_added_and_nothing_typed_is_lost(hr, employer):
    wrong = text(hr.post("/employees/new/", ANA | {"postal_code": "California", "city": "Oakland"}), 422)
    assert 'value="Oakland"' in wrong
    assert "errorlist" in wrong
    page = text(hr.post("/employees/new/", ANA, follow=True))
    assert "Ana Ruiz" in page
    assert "Added." in page
    again = text(hr.post("/employees/new/", ANA | {"first_name": "Bo"}), 422)
    assert "Somebody on the roster has this number" in again
    with acting_as(WORKER):
        member = Member.objects.get(employer_id=employer.pk)
    assert (member.first_name, member.timezone) == ("Ana", "America/Los_Angeles")
    assert f"/employees/{member.pk}/" in again


def test_an_employee_is_described_anew_unless_somebody_else_did_meanwhile(hr, employer):
    member = make_member(employer.pk)
    path = f"/employees/{member.pk}/change/"
    page = text(hr.get(path))
    assert path in text(hr.get(f"/employees/{member.pk}/"))
    told = {name: hidden(page, name) for name in ("first_name", "last_name", "date_of_birth", "postal_code", "seen")}
    told |= {"state": member.state, "language": "en", "timezone": member.timezone, "city": "Oakland"}
    assert "Oakland" in text(hr.post(path, told, follow=True))
    stale = text(hr.post(path, told | {"city": "Berkeley"}), 422)
    assert "Somebody changed this member since you read them" in stale
    assert 'value="Berkeley"' in stale
    assert "between 1900 and today" in text(hr.post(path, told | {"date_of_birth": "2999-01-01"}), 422)
    others = signed_in(make_hr(make_employer().pk))
    assert [others.get(path).status_code, others.post(path, told).status_code] == [404, 404]


def test_plans_are_in_plain_words_and_one_without_a_renewal_is_pointed_out(hr, employer, now):
    assert "Standard" in text(hr.get("/plans/"))
    other = make_employer()
    others = signed_in(make_hr(other.pk))
    assert "No plan is agreed yet" in text(others.get("/plans/"))
    make_plan(other.pk, ends_on=now.date() + timedelta(days=60))
    page = text(others.get("/plans/"))
    assert "no renewal is agreed" in page
    assert "Injection into a muscle" in page


def test_reports_say_why_a_number_is_hidden(hr, employer):
    make_member(employer.pk)
    page = text(hr.get("/enrollment/"))
    assert "at least 11 people are in it" in page
    assert "Covered for the first time" in page


def test_owners_invite_change_and_keep_out_admins(hr, employer):
    second = make_hr(employer.pk)
    page = text(hr.get("/admins/"))
    assert second.email in page
    wrong = text(hr.post("/admins/", {"action": "invite", "email": second.email, "permissions": ["people"]}), 422)
    assert "errorlist" in wrong
    invite = {"action": "invite", "email": "third@employer.example", "permissions": ["people"]}
    page = text(hr.post("/admins/", invite, follow=True))
    assert "Invited, not here yet" in page
    page = text(hr.post("/admins/", {"action": "revoke", "invitation_id": hidden(page, "invitation_id")}, follow=True))
    assert "third@employer.example" not in page
    seen = re.findall(rf'name="seen" value="([^"]*)" id="id_{second.pk}_seen"', page)[0]
    told = {"action": "change", "admin_id": second.pk, "seen": seen, "permissions": ["billing"]}
    assert "It counts from their next click." in text(hr.post("/admins/", told, follow=True))
    assert "Somebody changed this admin" in text(hr.post("/admins/", told, follow=True))
    assert "Kept out" in text(hr.post("/admins/", {"action": "disable", "admin_id": second.pk}, follow=True))
    history = text(hr.get("/history/"))
    assert history.index("Admin kept out") < history.index("Permissions changed") < history.index("Admin invited")


def test_a_token_stands_on_one_page_alone(hr, employer):
    page = text(hr.post("/scim-tokens/", {"action": "create", "name": "Entra"}))
    token = re.findall(r"<pre[^>]*>([^<]+)</pre>", page)[0]
    assert token not in text(hr.get("/scim-tokens/"))
    ended = text(hr.post("/scim-tokens/", {"action": "leaked", "token_id": hidden(page, "token_id")}))
    assert re.findall(r"<pre[^>]*>([^<]+)</pre>", ended)[0] != token
    assert "Ended" in text(hr.get("/scim-tokens/"))
    assert hr.post("/scim-tokens/", {"action": "revoke", "token_id": str(new_id())}).status_code == 404


def test_sign_on_is_set_up_changed_and_removed(hr, employer, now):
    told = {"protocol": "oidc", "issuer": "https://id.employer.example", "client_id": "c1"}
    told |= {"client_secret": "s3cret", "seen": "*"}
    assert "Ask the benefit" in text(hr.post("/sign-on-settings/", told), 422)
    with acting_as(OPERATOR):
        employers.add_domain(employer_id=employer.pk, domain="employer.example", by=new_id(), now=now)
    wrong = text(hr.post("/sign-on-settings/", told | {"issuer": "https://id.employer.example/?a=1"}), 422)
    assert 'value="https://id.employer.example/?a=1"' in wrong
    assert "s3cret" not in wrong
    page = text(hr.post("/sign-on-settings/", told, follow=True))
    assert "https://id.employer.example" in page
    assert "/callback/" in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    untried = text(hr.post("/sign-on-settings/", told | {"seen": seen[1], "is_required": "on"}), 422)
    assert "Sign in by this provider once yourself" in untried
    assert "Somebody changed this" in text(hr.post("/sign-on-settings/", told), 422)
    removal = {"action": "remove", "seen": "of another day"}
    assert "Somebody changed this" in text(hr.post("/sign-on-settings/", removal, follow=True))
    assert "None is set up" in text(hr.post("/sign-on-settings/", removal | {"seen": seen[1]}, follow=True))


def test_who_may_only_read_changes_nothing(employer):
    reader = signed_in(make_hr(employer.pk, "billing"))
    member = make_member(employer.pk)
    pages = ("/employees/new/", f"/employees/{member.pk}/change/")
    assert [reader.get(path).status_code for path in pages] == [404, 404]
    assert "Only owners" in text(reader.get("/admins/"))
    assert "Owners read this" in text(reader.get("/history/"))
    posts = {
        "/employees/new/": ANA,
        f"/employees/{member.pk}/change/": ANA,
        "/admins/": {"action": "disable", "admin_id": new_id()},
        "/scim-tokens/": {"action": "create", "name": "Entra"},
        "/sign-on-settings/": {"action": "remove"},
    }
    assert {path: reader.post(path, told).status_code for path, told in posts.items()} == dict.fromkeys(posts, 404)
    assert signed_in(make_hr(employer.pk, "people")).get("/invoices/").status_code == 404
    assert reader.get("/invoices/").status_code == 200


def test_other_browsers_are_signed_out_and_this_one_stays(employer):
    user = make_hr(employer.pk)
    here, elsewhere = signed_in(user), signed_in(user)
    somebody = signed_in(make_hr(employer.pk))
    assert text(here.get("/signed-in/")).count("Another browser") == 1
    assert "Nowhere else." in text(here.post("/signed-in/", follow=True))
    assert [elsewhere.get("/").status_code, somebody.get("/").status_code] == [302, 200]


def test_history_says_terms_and_permissions_in_the_words_of_their_pages(hr, employer):
    page = text(hr.get("/history/", headers={"Accept-Language": "es"}))
    assert "Como máximo por persona y año, en dólares: <del>–</del> → <ins>$5,000.00</ins>" in page
    assert "Primer día: <del>–</del> → <ins>1 de enero de 2026</ins>" in page
    assert "annual_cap_cents" not in page


def test_an_invitation_is_sent_again_whoever_has_an_account(hr, employer):
    asked, active = make_member(employer.pk), make_member(employer.pk)
    activate(active)
    for by in ("email", "letter"):
        pages = []
        for member in (asked, active):
            path = f"/employees/{member.pk}/invitation/"
            assert path in text(hr.get(f"/employees/{member.pk}/"))
            page = text(hr.post(path, {"by": by}, follow=True))
            pages.append("Asked for." in page)
        assert pages == [True, True]
    with acting_as(OPERATOR):
        assert LetterOrder.objects.count() == 2
    assert hr.post(path, {"by": "pigeon"}).status_code == 404
    reader = signed_in(make_hr(employer.pk, HrPermission.BILLING))
    others = signed_in(make_hr(make_employer().pk))
    assert [one.post(path, {"by": "email"}).status_code for one in (reader, others)] == [404, 404]
    assert [one.get(path).status_code for one in (reader, others)] == [404, 404]


def test_history_names_plans_and_says_states_and_days_as_people_do(hr, employer):
    member = make_member(employer.pk)
    path = f"/employees/{member.pk}/"
    assert "Standard: " in text(hr.get(path))
    page = text(hr.get(path, headers={"Accept-Language": "es"}))
    told = {"step": "terminate", "day": "2026-02-27", "seen": hidden(page, "seen")}
    page = text(hr.post(path, told, follow=True, headers={"Accept-Language": "es"}))
    assert "<ins>27 de febrero de 2026</ins>" in page
    assert "<ins>2026" not in page
    assert value_in_words("employment_status", "ended") == STATUS_WORDS["terminated"]
