"""One question to a system that somebody else chose, answered in JSON: where webhooks may go, and by the same rules.

For what has to be known while somebody waits, as a token of an identity provider; everything else is a delivery.
"""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus, urlencode

import pycurl

from workers.deliveries.addresses import is_endpoint_url
from workers.deliveries.transfer import Post, Transfer
from workers.kernel.network import refuse_inside_transaction

_MOST = 128 * 1024  # bytes of an answer: a provider's keys with their certificates
_SECONDS = 5


class CannotFetch(Exception):
    """It is away, may not be asked, or answered anything but 200 with a JSON object."""


class _Fetch(Transfer):
    def write(self, data: bytes) -> int:
        """Keep the whole answer; too much of it is an error."""
        self.body += data
        return len(data) if len(self.body) <= _MOST else 0


def fetch_json(url: str, *, form: dict[str, str] | None = None, basic: tuple[str, str] | None = None) -> dict[str, Any]:
    """GET a URL, or POST a form to it with HTTP Basic credentials (RFC 6749, 2.3.1), and return the JSON object.

    Raises CannotFetch, and InsideTransaction: whoever waits for an answer holds no lock.
    """
    refuse_inside_transaction("Another system's answer")
    if not is_endpoint_url(url):
        raise CannotFetch("this address may not be asked")
    headers = ["Accept: application/json", "Expect:"]
    if basic:
        pair = ":".join(quote_plus(part) for part in basic)
        headers.append(f"Authorization: Basic {b64encode(pair.encode()).decode()}")
    status, body = _perform(url, headers, form)
    if status != 200:
        raise CannotFetch(f"status {status}")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CannotFetch("no JSON") from error
    if not isinstance(document, dict):
        raise CannotFetch("no JSON object")
    return document


def _perform(url: str, headers: list[str], form: dict[str, str] | None) -> tuple[int, bytes]:
    fetch = _Fetch()
    try:
        fetch.begin(Post(url, {}, urlencode(form or {}).encode()))
        if form is None:
            fetch.curl.setopt(pycurl.HTTPGET, 1)
        else:
            headers = [*headers, "Content-Type: application/x-www-form-urlencoded"]
        fetch.curl.setopt(pycurl.HTTPHEADER, headers)
        fetch.curl.setopt(pycurl.TIMEOUT, _SECONDS)
        fetch.curl.perform()
        return int(fetch.curl.getinfo(pycurl.RESPONSE_CODE)), fetch.body
    except (ValueError, pycurl.error) as error:
        raise CannotFetch("no answer") from error
    finally:
        fetch.curl.close()
