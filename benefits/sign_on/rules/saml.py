"""SAML 2.0 as a service provider: what is asked, and what makes an answer good. Pure; no network, no clock.

Core (saml-core-2.0-os), the Web Browser SSO profile (saml-profiles-2.0-os, 4.1): the request goes by HTTP-Redirect, the
response comes by HTTP-POST. Nothing is read but what a signature of the employer's certificate covers.
"""

import base64
import binascii
import secrets
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from cryptography import x509
from cryptography.exceptions import InvalidSignature as BadKey
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from benefits.sign_on.rules.attempts import LEEWAY, Attempt, Identity, NotSignedOn, Reason

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
# Names under which providers send an address: eduPerson's, Entra's and ADFS's, Okta's and Google's.
EMAIL_ATTRIBUTES = (
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "email",
    "mail",
)
# What providers call a sign-in with two factors: REFEDS's profile, and Entra's word for it.
SECOND_FACTORS = ("https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn")
_METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
MOST_BYTES = 200_000
MOST_CERTIFICATES = 4  # while a provider rolls its key over there are two
_NAMES = {"p": PROTOCOL, "a": ASSERTION}
_STRONG = SignatureConfiguration(
    signature_methods=frozenset(
        (
            *(SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512),
            *(SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512),
        )
    ),
    digest_algorithms=frozenset((DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512)),
)
Element = Any  # of lxml, which has no types of its own
# A signature by another key, of another kind, or that is none at all: what the library raises in each case.
_NOT_SIGNED = (
    *(SignXMLException, BadKey, etree.LxmlError, NotImplementedError),
    *(ValueError, TypeError, AttributeError, KeyError),
)
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


class BadCertificate(Exception):
    """What an owner gave is no certificate of a provider's."""


def split_certificates(text: str) -> list[str]:
    """Return the certificates of a text in PEM, one at least. Raises BadCertificate."""
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise BadCertificate from error
    if len(found) > MOST_CERTIFICATES:
        raise BadCertificate
    end = "-----END CERTIFICATE-----"
    return [f"{part.strip()}\n{end}\n" for part in text.split(end)[:-1]]


def request_url(sso_url: str, attempt: Attempt, *, entity_id: str, acs_url: str, now: datetime) -> str:
    """Return where the browser goes (saml-bindings-2.0-os, 3.4: deflated, RelayState of 80 bytes at most)."""
    request = (
        f'<p:AuthnRequest xmlns:p="{PROTOCOL}" xmlns:a="{ASSERTION}" ID={quoteattr(attempt.request_id)} Version="2.0" '
        f'IssueInstant="{now:%Y-%m-%dT%H:%M:%SZ}" Destination={quoteattr(sso_url)} ProtocolBinding="{POST}" '
        f"AssertionConsumerServiceURL={quoteattr(acs_url)}><a:Issuer>{entity_id}</a:Issuer></p:AuthnRequest>"
    )
    deflated = zlib.compress(request.encode())[2:-4]  # without zlib's own head and sum
    asked = {"SAMLRequest": base64.b64encode(deflated).decode(), "RelayState": attempt.state}
    return f"{sso_url}{'&' if '?' in sso_url else '?'}{urlencode(asked)}"


def identity_of(
    response: str,
    certificates: Sequence[str],
    *,
    issuer: str,
    entity_id: str,
    acs_url: str,
    request_id: str,
    now: datetime,
) -> Identity:
    """Return whom a response (base64) names, once its signature, parties, request and times hold.

    `issuer` is the provider's entity id, `entity_id` ours. Raises NotSignedOn.
    """
    document = _parsed(response)
    if document.tag != f"{{{PROTOCOL}}}Response":
        raise NotSignedOn(Reason.BAD_TOKEN)
    codes = document.xpath("p:Status/p:StatusCode/@Value", namespaces=_NAMES)
    if codes != [SUCCESS] or document.get("Destination", acs_url) != acs_url:
        raise NotSignedOn(Reason.PROVIDER_REFUSED)
    assertion = _signed_assertion(document, certificates)
    if not _holds(assertion, issuer, entity_id, acs_url, request_id, now):
        raise NotSignedOn(Reason.BAD_CLAIMS)
    return _named(assertion)


def _parsed(response: str) -> Element:
    """The document, which has no DTD, entity, comment or instruction: canonical forms drop them, and readers differ."""
    try:
        raw = base64.b64decode("".join(response.split()), validate=True)
        if len(raw) > MOST_BYTES:
            raise NotSignedOn(Reason.BAD_TOKEN)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        document: Element = etree.fromstring(raw, parser=parser)
    except (binascii.Error, ValueError, etree.XMLSyntaxError) as error:
        raise NotSignedOn(Reason.BAD_TOKEN) from error
    tree = document.getroottree()
    odd = next(tree.iter(etree.Comment, etree.PI, etree.Entity), None)
    if tree.docinfo.doctype or odd is not None:
        raise NotSignedOn(Reason.BAD_TOKEN)
    return document


def _signed_assertion(document: Element, certificates: Sequence[str]) -> Element:
    """The one assertion, as a signature covers it: its own, or that of the whole response."""
    is_whole = document.find(_SIGNATURE) is not None
    signed = _verified(document, certificates, "./" if is_whole else f"./{{{ASSERTION}}}Assertion/")
    found = signed.findall(f"{{{ASSERTION}}}Assertion") if signed.tag == document.tag else [signed]
    if len(found) != 1 or found[0].tag != f"{{{ASSERTION}}}Assertion":
        raise NotSignedOn(Reason.BAD_TOKEN)
    return found[0]


def _verified(document: Element, certificates: Sequence[str], location: str) -> Element:
    """What was signed, made anew from the signed bytes: nothing beside it can be taken for it."""
    config = SignatureConfiguration(
        location=location,
        signature_methods=_STRONG.signature_methods,
        digest_algorithms=_STRONG.digest_algorithms,
    )
    raw = etree.tostring(document)
    for certificate in certificates:
        try:
            found = XMLVerifier().verify(raw, x509_cert=certificate, id_attribute="ID", expect_config=config)
        except _NOT_SIGNED:
            continue
        if not isinstance(found, list) and found.signed_xml is not None:
            return found.signed_xml
    raise NotSignedOn(Reason.BAD_TOKEN)


def _holds(assertion: Element, issuer: str, entity_id: str, acs_url: str, request_id: str, now: datetime) -> bool:
    """Profiles 4.1.4.2 and 4.1.4.3: the parties, the request of this attempt, and the times."""
    audiences = [_texts(one, "a:Audience") for one in assertion.iterfind("a:Conditions/a:AudienceRestriction", _NAMES)]
    conditions = assertion.findall("a:Conditions", _NAMES)
    statements = assertion.findall("a:AuthnStatement", _NAMES)
    return (
        _texts(assertion, "a:Issuer") == [issuer]
        and bool(audiences)
        and all(entity_id in named for named in audiences)
        and len(conditions) == 1
        and _in_time(conditions[0], now)
        and bool(statements)
        and all(_is_before_end(one.get("SessionNotOnOrAfter"), now, if_none=True) for one in statements)
        and any(
            _is_for_us(one, acs_url, request_id, now)
            for one in assertion.iterfind(f"a:Subject/a:SubjectConfirmation[@Method='{BEARER}']", _NAMES)
        )
    )


def _is_for_us(confirmation: Element, acs_url: str, request_id: str, now: datetime) -> bool:
    data = confirmation.find("a:SubjectConfirmationData", _NAMES)
    return (
        data is not None
        and data.get("Recipient") == acs_url
        and secrets.compare_digest(str(data.get("InResponseTo", "")).encode(), request_id.encode())
        and data.get("NotBefore") is None
        and _is_before_end(data.get("NotOnOrAfter"), now, if_none=False)
    )


def _in_time(conditions: Element, now: datetime) -> bool:
    begins = conditions.get("NotBefore")
    has_begun = begins is None or ((moment := _instant(begins)) is not None and moment <= now + LEEWAY)
    return has_begun and _is_before_end(conditions.get("NotOnOrAfter"), now, if_none=True)


def _is_before_end(end: str | None, now: datetime, *, if_none: bool) -> bool:
    if end is None:
        return if_none
    moment = _instant(end)
    return moment is not None and now - LEEWAY < moment


def _instant(text: str) -> datetime | None:
    """An xs:dateTime with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _named(assertion: Element) -> Identity:
    """A transient name is another one the next time, and so nobody's."""
    names = assertion.findall("a:Subject/a:NameID", _NAMES)
    subject = "".join(names[0].itertext()).strip() if len(names) == 1 else ""
    if not subject or len(subject) > 255 or names[0].get("Format") == TRANSIENT:
        raise NotSignedOn(Reason.BAD_CLAIMS)
    addresses = [subject] if names[0].get("Format") == EMAIL_FORMAT else [*_attribute(assertion, *EMAIL_ATTRIBUTES)]
    contexts = _texts(assertion, "a:AuthnStatement/a:AuthnContext/a:AuthnContextClassRef")
    ways = {*contexts, *_attribute(assertion, _METHODS)}
    one = {address.lower() for address in addresses}
    return Identity(
        subject=subject,
        email=one.pop() if len(one) == 1 else "",
        has_second_factor=not ways.isdisjoint(SECOND_FACTORS),
    )


def _attribute(assertion: Element, *names: str) -> Iterator[str]:
    for attribute in assertion.iterfind("a:AttributeStatement/a:Attribute", _NAMES):
        if attribute.get("Name") in names:
            yield from _texts(attribute, "a:AttributeValue")


def _texts(element: Element, path: str) -> list[str]:
    return ["".join(one.itertext()).strip() for one in element.iterfind(path, _NAMES)]
