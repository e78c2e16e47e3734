"""An employer's admins sign in at its SAML provider: what is read is what was signed, for us, now, and once."""

import base64
import copy
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from benefits.sign_on.models import SignOn
from benefits.sign_on.rules.attempts import NotSignedOn
from benefits.sign_on.rules.saml import identity_of
from tests.conftest import NOW
from tests.factories.benefits import hr_of, make_employer, make_hr, signed_in
from tests.factories.saml import EMAIL, ENTITY, NAMES, SSO, SamlProvider
from workers.kernel.actor import AUTH, acting_as

URL = "/api/v1/sign-on/"
OURS = {"request": "_r", "acs": "https://b.example/acs/", "audience": "https://b.example/"}


@pytest.fixture(scope="module")
def provider():
    return SamlProvider()


def configured(client, provider, **more):
    body = {"protocol": "saml", "issuer": ENTITY, "sso_url": SSO, "certificates": provider.certificate} | more
    return client.put(URL, body, content_type="application/json", headers={"If-Match": "*"})


@pytest.fixture
def sign_on(owner, provider):
    answer = configured(signed_in(owner), provider)
    assert answer.status_code == 200, answer.content
    return urlsplit(answer.json()["starts_at"]).path


def enter(sign_on, provider, browser=None, **told):
    """The browser goes to the provider and comes back with its response."""
    browser = browser or Client()
    left = browser.get(sign_on)
    assert left.status_code == 302, left.content
    asked = provider.asked(left.headers["Location"])
    said = provider.signed(provider.says(asked, now=NOW, **told))
    return browser.post(urlsplit(asked["acs"]).path, posted(said, asked["state"])), browser


def posted(said, state):
    return {"SAMLResponse": base64.b64encode(said).decode(), "RelayState": state}


def judged(said, provider):
    """Whom a response names, by the rules alone; None where it does not hold."""
    try:
        return identity_of(
            base64.b64encode(said).decode(),
            [provider.certificate],
            issuer=ENTITY,
            entity_id=OURS["audience"],
            acs_url=OURS["acs"],
            request_id=OURS["request"],
            now=NOW,
        )
    except NotSignedOn:
        return None


def test_an_admin_comes_in_and_is_asked_for_our_own_second_factor(sign_on, provider):
    answer, browser = enter(sign_on, provider)
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/"), answer.content
    assert browser.get("/api/v1/me/").json()["code"] == "mfa_required"


def test_the_providers_second_factor_counts_where_owners_said_so(owner, provider):
    starts_at = urlsplit(configured(signed_in(owner), provider, trusts_mfa=True).json()["starts_at"]).path
    _, browser = enter(starts_at, provider)
    assert browser.get("/api/v1/me/").status_code == 403
    _, browser = enter(starts_at, provider, context="https://refeds.org/profile/mfa")
    assert browser.get("/api/v1/me/").json()["email"] == "owner@acme.example"


def test_a_post_from_elsewhere_is_posted_once_more_from_a_page_of_ours(sign_on, provider):
    browser = Client()
    asked = provider.asked(browser.get(sign_on).headers["Location"])
    path = urlsplit(asked["acs"]).path
    said = posted(provider.signed(provider.says(asked, now=NOW)), asked["state"])
    page = Client(enforce_csrf_checks=True).post(path, said)  # the cookie stays at home
    assert (page.status_code, said["SAMLResponse"] in page.content.decode()) == (200, True)
    assert not page.cookies
    assert Client().post(path, said | {"again": "1"}).status_code == 403  # and somebody else's browser gets nowhere
    assert browser.post(path, said | {"again": "1"}).status_code == 302
    assert browser.post(path, said | {"again": "1"}).status_code == 403


def test_one_employers_response_does_not_open_another(sign_on, provider, owner, caplog):
    asked = provider.asked(Client().get(sign_on).headers["Location"])
    old = posted(provider.signed(provider.says(asked, now=NOW)), asked["state"])
    browser = Client()
    browser.get(sign_on)
    assert browser.post(urlsplit(asked["acs"]).path, old).status_code == 403
    assert "not signed on reason=not_begun" in caplog.text


@pytest.mark.parametrize("email", ["owner@evil.example", "nobody@acme.example", ""])
def test_no_provider_lets_in_whom_the_employer_has_not_invited(sign_on, provider, email):
    make_hr(make_employer().pk, email="nobody@acme.example")
    assert enter(sign_on, provider, email=email)[0].status_code == 403


def test_whoever_is_given_a_colleagues_address_does_not_become_them(sign_on, provider, caplog):
    assert enter(sign_on, provider)[0].status_code == 302
    assert enter(sign_on, provider, subject="subject-2")[0].status_code == 403
    assert "reason=other_subject" in caplog.text
    assert enter(sign_on, provider, email="renamed@acme.example")[0].status_code == 302


@pytest.mark.parametrize("part", [".", "a:Assertion"])
def test_the_response_or_its_assertion_is_signed(provider, part):
    identity = judged(provider.signed(provider.says(OURS, now=NOW), part=part), provider)
    assert (identity.subject, identity.email, identity.has_second_factor) == ("subject-1", "owner@acme.example", False)


def test_a_name_that_is_an_address_is_the_address(provider):
    said = provider.says(OURS, now=NOW, format=EMAIL, subject="Owner@Acme.example", email="other@acme.example")
    assert judged(provider.signed(said), provider).email == "owner@acme.example"


WRONG = {
    "another provider": {"issuer": "https://evil.example"},
    "another audience": {"audience": "https://c.example/"},
    "another recipient": {"acs": "https://c.example/acs/"},
    "another request": {"request": "_replayed"},
    "nobody's request": {"request": ""},
    "not a bearer": {"method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"},
    "over": {"until": NOW - timedelta(seconds=61)},
    "not begun": {"since": NOW + timedelta(seconds=61)},
    "refused": {"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"},
    "nobody": {"subject": " "},
    "another name each time": {"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
}


@pytest.mark.parametrize("told", WRONG.values(), ids=WRONG)
def test_what_does_not_hold_names_nobody(provider, told):
    assert judged(provider.signed(provider.says(OURS | told, now=NOW)), provider) is None


def test_what_is_not_signed_or_by_another_names_nobody(provider):
    said = provider.says(OURS, now=NOW)
    assert judged(said, provider) is None
    assert judged(SamlProvider().signed(said), provider) is None
    changed = provider.signed(said).replace(b"subject-1", b"subject-2")
    assert judged(changed, provider) is None


def test_a_weak_signature_names_nobody(provider, monkeypatch):
    monkeypatch.setattr(XMLSigner, "check_deprecated_methods", lambda self: None)
    weak = {"signature_algorithm": SignatureMethod.RSA_SHA1, "digest_algorithm": DigestAlgorithm.SHA1}
    assert judged(provider.signed(provider.says(OURS, now=NOW), **weak), provider) is None


def wrapped(said, place):
    """Another assertion in the signed one's place, which is kept where its signature still holds."""
    root = etree.fromstring(said)
    signed = root.find("a:Assertion", NAMES)
    forged = copy.deepcopy(signed)
    forged.set("ID", "_forged")
    forged.remove(forged.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
    forged.find("a:Subject/a:NameID", NAMES).text = "subject-of-the-boss"
    if place == "before":
        root.insert(root.index(signed), forged)
    elif place == "after":
        root.append(forged)
    else:
        root.replace(signed, forged)
        holder = root if place == "beside" else forged
        etree.SubElement(holder, "{%s}Extensions" % NAMES["p"]).append(signed)  # noqa: UP031 - braces are its syntax
    return etree.tostring(root)


@pytest.mark.parametrize("place", ["before", "after", "beside", "inside"])
def test_a_wrapped_signature_vouches_for_nobody_else(provider, place):
    identity = judged(wrapped(provider.signed(provider.says(OURS, now=NOW)), place), provider)
    assert identity is None or identity.subject == "subject-1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"subject-1</a:NameID>", b"subject-1<!-- -->0</a:NameID>"),
        (b"<p:Response", b'<!DOCTYPE r [<!ENTITY x "subject-2">]><p:Response'),
        (b"<p:Status>", b"<?pi x?><p:Status>"),
    ],
    ids=["comment", "entity", "instruction"],
)
def test_what_readers_read_in_two_ways_names_nobody(provider, old, new):
    said = provider.says(OURS, now=NOW).replace(old, new)
    assert judged(said if b"DOCTYPE" in new else provider.signed(said), provider) is None


@pytest.mark.parametrize("said", ["", "!", base64.b64encode(b"<a").decode(), base64.b64encode(b"<a/>").decode()])
def test_no_response_at_all_is_a_refusal_and_no_defect(sign_on, said):
    browser = Client()
    browser.get(sign_on)
    assert browser.post(f"{sign_on}acs/", {"SAMLResponse": said, "RelayState": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"certificates": "no certificate"}, "certificates"),
        ({"certificates": ""}, "certificates"),
        ({"sso_url": "ftp://idp.example"}, "sso_url"),
        ({"client_id": "of-the-other-protocol"}, "client_id"),
    ],
)
def test_half_a_provider_is_refused_by_field(owner, provider, more, field):
    answer = configured(signed_in(owner), provider, **more)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_hr_reads_what_the_providers_console_asks_for(sign_on, owner, employer):
    told = signed_in(owner).get(URL).json()
    assert (told["protocol"], told["issuer"], told["sso_url"]) == ("saml", ENTITY, SSO)
    assert told["redirect_uri"] == f"{told['entity_id']}acs/"
    with acting_as(AUTH):
        assert SignOn.objects.get().client_secret == ""
    with acting_as(hr_of(employer.pk)):
        assert SignOn.objects.defer("client_secret").get().certificates
