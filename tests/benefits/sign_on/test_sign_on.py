"""An employer's admins sign in at its own provider, a process of its own here; it speaks for nobody else."""

import logging
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from django.db import ProgrammingError, transaction
from django.test import Client

from benefits.accounts.models import User
from benefits.employers import services as employers
from benefits.sign_on.models import SignOn, SignOnIdentity
from tests.conftest import NOW
from tests.factories.benefits import (
    OPERATOR,
    activate,
    hr_of,
    make_employer,
    make_hr,
    make_member,
    make_plan,
    make_user,
    signed_in,
)
from tests.simulators.running import running
from tests.simulators.sign_on.app import CLIENT
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.ids import new_id

URL = "/api/v1/sign-on/"


@pytest.fixture(scope="module")
def issuer():
    with running("sign_on") as [address]:
        yield address


@pytest.fixture
def provider(issuer):
    """Tells the provider what to say."""

    def say(**told):
        httpx.post(f"{issuer}/_say", json={"now": clock.now().timestamp()} | told).raise_for_status()

    say()
    return say


def configured(client, issuer, *, match="*", **more):
    body = {"issuer": issuer, "client_id": CLIENT[0], "client_secret": CLIENT[1]} | more
    return client.put(URL, body, content_type="application/json", headers={"If-Match": match})


@pytest.fixture
def sign_on(owner, issuer, provider):
    answer = configured(signed_in(owner), issuer)
    assert answer.status_code == 200, answer.content
    return urlsplit(answer.json()["starts_at"]).path


def path_of(url):
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def enter(sign_on, browser=None):
    """The browser goes to the provider and comes back; what we answer then, and the browser."""
    browser = browser or Client()
    left = browser.get(sign_on)
    assert left.status_code == 302, left.content
    back = httpx.get(left.headers["Location"]).headers["Location"]
    return browser.get(path_of(back)), browser


def me(browser):
    return browser.get("/api/v1/me/")


def test_an_admin_comes_in_and_is_asked_for_our_own_second_factor(sign_on):
    answer, browser = enter(sign_on)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    refused = me(browser)
    assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required")


@pytest.mark.parametrize(
    ("trusts", "methods", "status"), [(True, ["pwd", "mfa"], 200), (True, ["pwd"], 403), (False, ["mfa"], 403)]
)
def test_the_providers_second_factor_counts_where_owners_said_so_and_it_was_asked_for(
    owner, issuer, provider, trusts, methods, status
):
    starts_at = configured(signed_in(owner), issuer, trusts_mfa=trusts).json()["starts_at"]
    provider(claims={"amr": methods})
    _, browser = enter(path_of(starts_at))
    assert me(browser).status_code == status
    if status == 200:
        assert me(browser).json()["email"] == "owner@acme.example"


def test_the_session_id_turns_at_sign_in(sign_on):
    browser = Client()
    browser.get(sign_on)
    before = browser.cookies["session"].value
    left = browser.get(sign_on)
    browser.get(path_of(httpx.get(left.headers["Location"]).headers["Location"]))
    assert browser.cookies["session"].value != before


CLAIMS_THAT_DO_NOT_HOLD = {
    "another issuer": ({"iss": "https://evil.example"}, "bad_token"),
    "another audience": ({"aud": "somebody-else"}, "bad_token"),
    "two audiences and no azp": ({"aud": [CLIENT[0], "somebody-else"]}, "bad_claims"),
    "another party": ({"azp": "somebody-else"}, "bad_claims"),
    "another nonce": ({"nonce": "replayed"}, "bad_claims"),
    "no nonce": ({"nonce": None}, "bad_claims"),
    "expired": ({"exp": NOW.timestamp() - 61}, "bad_claims"),
    "no expiry": ({"exp": None}, "bad_token"),
    "expiry as text": ({"exp": "tomorrow"}, "bad_claims"),
    "issued in the future": ({"iat": NOW.timestamp() + 120}, "bad_claims"),
    "issued long ago": ({"iat": NOW.timestamp() - 3600}, "bad_claims"),
    "no subject": ({"sub": None}, "bad_token"),
    "empty subject": ({"sub": ""}, "bad_claims"),
    "unverified address": ({"email_verified": False}, "email_not_verified"),
    "address of unknown standing": ({"email_verified": None}, "email_not_verified"),
    "verified as text": ({"email_verified": "true"}, "email_not_verified"),
    "no address": ({"email": None}, "email_not_verified"),
    "foreign domain": ({"email": "owner@evil.example"}, "foreign_domain"),
    "a domain that ends alike": ({"email": "owner@evilacme.example"}, "foreign_domain"),
    "two at signs": ({"email": "owner@acme.example@evil.example"}, "foreign_domain"),
    "nobody of that address": ({"email": "nobody@acme.example"}, "no_such_admin"),
}


@pytest.mark.parametrize(("claims", "reason"), CLAIMS_THAT_DO_NOT_HOLD.values(), ids=CLAIMS_THAT_DO_NOT_HOLD)
def test_a_token_that_does_not_hold_lets_nobody_in(sign_on, provider, caplog, claims, reason):
    provider(claims=claims)
    answer, browser = enter(sign_on)
    assert answer.status_code == 403
    assert f"not signed on reason={reason}" in caplog.text
    assert me(browser).status_code == 401


@pytest.mark.parametrize("forge", ["key", "none", "hmac"])
def test_a_forged_signature_lets_nobody_in(sign_on, provider, caplog, forge):
    provider(forge=forge)
    answer, browser = enter(sign_on)
    assert (answer.status_code, me(browser).status_code) == (403, 401)
    assert "reason=bad_token" in caplog.text


@pytest.mark.parametrize(
    "discovery",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "file:///etc/passwd"}, {"jwks_uri": None}],
)
def test_a_provider_that_speaks_for_another_is_not_asked_further(sign_on, provider, discovery):
    provider(discovery=discovery)
    assert Client().get(sign_on).status_code == 403


def test_no_provider_lets_in_an_employee_an_operator_or_another_employers_admin(sign_on, provider, employer, caplog):
    make_plan(employer.pk)
    activate(make_member(employer.pk), email="employee@acme.example")
    make_user("operator", email="operator@acme.example")
    make_hr(make_employer().pk, email="stranger@acme.example")
    for name in ("employee", "operator", "stranger"):
        provider(claims={"email": f"{name}@acme.example"})
        answer, browser = enter(sign_on)
        assert (name, answer.status_code, me(browser).status_code) == (name, 403, 401)
    assert caplog.text.count("reason=no_such_admin") == 3
    with acting_as(AUTH):
        assert not SignOnIdentity.objects.exists()


def test_whoever_is_given_a_colleagues_address_does_not_become_them(sign_on, provider, caplog):
    assert enter(sign_on)[0].status_code == 302
    provider(claims={"sub": "subject-2"})
    assert enter(sign_on)[0].status_code == 403
    assert "reason=other_subject" in caplog.text
    provider(claims={"email": "renamed@acme.example"})  # the first subject is still the first admin
    assert enter(sign_on)[0].status_code == 302


def test_a_disabled_admin_is_not_let_in_by_their_provider(sign_on, owner):
    assert enter(sign_on)[0].status_code == 302
    with acting_as(AUTH):
        User.objects.filter(pk=owner.pk).update(is_active=False)
    assert enter(sign_on)[0].status_code == 403


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(sign_on):
    browser = Client()
    left = browser.get(sign_on)
    back = path_of(httpx.get(left.headers["Location"]).headers["Location"])
    assert Client().get(back).status_code == 403
    assert browser.get(back.replace("state=", "state=x")).status_code == 403
    assert browser.get(back).status_code == 403  # the wrong state used the attempt up


def test_one_employers_answer_does_not_open_another(sign_on, issuer, provider, now):
    other = make_employer()
    with acting_as(OPERATOR):
        employers.add_domain(employer_id=other.pk, domain="other.example", by=new_id(), now=NOW)
    theirs = configured(signed_in(make_hr(other.pk)), issuer).json()["redirect_uri"]
    browser = Client()
    left = browser.get(sign_on)
    back = urlsplit(httpx.get(left.headers["Location"]).headers["Location"])
    assert browser.get(f"{urlsplit(theirs).path}?{back.query}").status_code == 403


def test_who_takes_too_long_starts_anew(sign_on):
    browser = Client()
    left = browser.get(sign_on)
    back = path_of(httpx.get(left.headers["Location"]).headers["Location"])
    clock.freeze(NOW.replace(minute=11))
    assert browser.get(back).status_code == 403


def test_what_leaves_with_the_browser_is_pkce_and_no_secret(sign_on):
    asked = dict(parse_qsl(urlsplit(Client().get(sign_on).headers["Location"]).query))
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid email")
    assert len(asked["state"]) >= 43
    assert CLIENT[1] not in str(asked)


def test_the_log_says_why_and_names_nobody(sign_on, provider, caplog):
    provider(claims={"email": "nobody@acme.example"})
    with caplog.at_level(logging.WARNING):
        enter(sign_on)
    assert "not signed on reason=no_such_admin" in caplog.text
    assert "nobody@acme.example" not in caplog.text


def test_a_provider_that_is_away_is_no_defect_of_ours(owner):
    starts_at = configured(signed_in(owner), "http://127.0.0.1:9").json()["starts_at"]
    assert Client().get(path_of(starts_at)).status_code == 403


def test_an_unknown_sign_on_is_not_found(committed_db, now):
    assert Client().get(f"/sign-on/{new_id()}/").status_code == 404
    assert Client().get(f"/sign-on/{new_id()}/callback/?code=x&state=y").status_code == 404


def test_an_employer_without_a_domain_has_no_provider(committed_db, now, issuer):
    hr = signed_in(make_hr(make_employer().pk))
    answer = configured(hr, issuer)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_domain")


@pytest.mark.parametrize(
    "issuer_named", ["ftp://idp.example", "https://idp.example/?x=1", "https://u:p@idp.example", "https://10.0.0.1"]
)
def test_an_issuer_that_nobody_may_reach_is_refused(owner, issuer_named):
    answer = configured(signed_in(owner), issuer_named)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["issuer"])


def test_the_secret_is_encrypted_and_read_back_by_nobody(sign_on, owner, employer):
    client = signed_in(owner)
    assert CLIENT[1] not in client.get(URL).content.decode()
    with (
        acting_as(hr_of(employer.pk)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        SignOn.objects.get()
    with acting_as(AUTH):
        [sealed] = SignOn.objects.values_list("client_secret", flat=True)
        assert CLIENT[1].encode() not in bytes(sealed)
        assert SignOn.objects.get().client_secret == CLIENT[1]


def test_of_two_owners_the_second_does_not_overwrite_the_first_unseen(sign_on, owner, issuer):
    client = signed_in(owner)
    tag = client.get(URL).headers["ETag"]
    assert configured(client, issuer, match=tag, trusts_mfa=True).status_code == 200
    late = configured(client, issuer, match=tag)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    removed = [client.delete(URL, headers=headers) for headers in ({}, {"If-Match": tag}, {"If-Match": "*"})]
    assert [one.status_code for one in removed] == [428, 412, 412]
    assert client.get(URL).json()["trusts_mfa"]


def test_only_owners_change_it_and_each_change_is_in_the_history(sign_on, owner, employer, issuer):
    reader = signed_in(make_hr(employer.pk, "people"))
    assert reader.get(URL).status_code == 200
    assert (configured(reader, issuer).status_code, reader.delete(URL).status_code) == (403, 403)
    client = signed_in(owner)
    enter(sign_on)
    assert client.delete(URL, headers={"If-Match": client.get(URL).headers["ETag"]}).status_code == 204
    assert client.get(URL).status_code == 404
    changes = [one["change"] for one in client.get("/api/v1/employer-changes/").json()["results"]]
    assert changes == ["sign_on_removed", "sign_on_bound", "sign_on_configured", "domain_added"]
    assert Client().get(sign_on).status_code == 404


def test_a_secret_that_is_left_out_stays_but_goes_to_no_other_issuer(sign_on, owner, issuer):
    client = signed_in(owner)

    def without_secret(named):
        headers = {"If-Match": client.get(URL).headers["ETag"]}
        body = {"issuer": named, "client_id": CLIENT[0]}
        return client.put(URL, body, content_type="application/json", headers=headers)

    assert without_secret(issuer).status_code == 200
    assert enter(sign_on)[0].status_code == 302
    moved = without_secret("https://idp.evil.example")
    assert (moved.status_code, list(moved.json()["errors"])) == (422, ["client_secret"])
