"""A SAML identity provider: it answers what a browser brings, as the test tells it to."""

import base64
import zlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

ENTITY = "https://idp.acme.example/saml"
SSO = "https://idp.acme.example/sso"
NAMES = {"p": "urn:oasis:names:tc:SAML:2.0:protocol", "a": "urn:oasis:names:tc:SAML:2.0:assertion"}
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

RESPONSE = """<p:Response xmlns:p="{p}" xmlns:a="{a}" ID="_r1" Version="2.0" IssueInstant="{now}" Destination="{acs}"
 InResponseTo="{request}"><a:Issuer>{issuer}</a:Issuer><p:Status><p:StatusCode Value="{status}"/></p:Status>
<a:Assertion ID="_a1" Version="2.0" IssueInstant="{now}"><a:Issuer>{issuer}</a:Issuer>
<a:Subject><a:NameID Format="{format}">{subject}</a:NameID><a:SubjectConfirmation Method="{method}">
<a:SubjectConfirmationData Recipient="{acs}" InResponseTo="{request}" NotOnOrAfter="{until}"/>
</a:SubjectConfirmation></a:Subject>
<a:Conditions NotBefore="{since}" NotOnOrAfter="{until}"><a:AudienceRestriction><a:Audience>{audience}</a:Audience>
</a:AudienceRestriction></a:Conditions>
<a:AuthnStatement AuthnInstant="{now}"><a:AuthnContext><a:AuthnContextClassRef>{context}</a:AuthnContextClassRef>
</a:AuthnContext></a:AuthnStatement>
<a:AttributeStatement><a:Attribute Name="mail"><a:AttributeValue>{email}</a:AttributeValue></a:Attribute>
</a:AttributeStatement></a:Assertion></p:Response>"""


class SamlProvider:
    """Its key and certificate."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = _certificate(self.key)

    def asked(self, url: str) -> dict[str, str]:
        """Read what a browser was sent with."""
        query = parse_qs(urlsplit(url).query)
        request = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
        return {
            "request": request.get("ID"),
            "acs": request.get("AssertionConsumerServiceURL"),
            "audience": request.findtext("a:Issuer", namespaces=NAMES),
            "state": query["RelayState"][0],
        }

    def says(self, asked: dict[str, str], *, now: datetime, **told: Any) -> bytes:
        """Write a response, not yet signed; `told` replaces parts of it."""
        moments = {"now": now, "since": now - timedelta(minutes=1), "until": now + timedelta(minutes=5)} | {
            name: told.pop(name) for name in ("since", "until") if name in told
        }
        parts = {name: moment.strftime("%Y-%m-%dT%H:%M:%SZ") for name, moment in moments.items()} | {
            "issuer": ENTITY,
            "status": "urn:oasis:names:tc:SAML:2.0:status:Success",
            "method": "urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "format": PERSISTENT,
            "subject": "subject-1",
            "email": "owner@acme.example",
            "context": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        }
        return RESPONSE.format(**NAMES, **parts | asked | told).encode()

    def signed(self, response: bytes, *, part: str = "a:Assertion", **how: Any) -> bytes:
        """Sign the assertion, or with `part="."` the whole response."""
        root = etree.fromstring(response)
        element = root if part == "." else root.find(part, NAMES)
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0, **how)
        signed = signer.sign(
            element, key=self.key, cert=self.certificate, reference_uri=element.get("ID"), id_attribute="ID"
        )
        if part == ".":
            return bytes(etree.tostring(signed))
        element.getparent().replace(element, signed)
        return bytes(etree.tostring(root))


def _certificate(key: rsa.RSAPrivateKey) -> str:
    """Self-signed, as providers' are."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.acme.example")])
    began = datetime(2025, 1, 1)  # noqa: DTZ001 - certificates count in UTC
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=3650))
    )
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
