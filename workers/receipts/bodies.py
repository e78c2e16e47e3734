"""The raw body of a notice, refused by its headers before a byte of it is read."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from workers.kernel.errors import DomainError


class TooLarge(DomainError):
    """The notice is longer than any of its kind can be."""

    code = "too_large"
    status = 413


class LengthMissing(DomainError):
    """No Content-Length, as with chunks: how much there is to read has to be known beforehand."""

    code = "length_required"
    status = 411


class WrongKind(DomainError):
    """The Content-Type is not JSON's, or there is a Content-Encoding."""

    code = "unsupported_media_type"
    status = 415


class CutShort(DomainError):
    """The connection ended before the body did."""

    code = "cut_short"
    status = 400


def read_body(request: HttpRequest, *, most: int) -> bytes:
    """Return the body as it was sent, at most `most` bytes of JSON.

    Raises TooLarge, LengthMissing, WrongKind, CutShort.
    """
    _check_length(request.META.get("CONTENT_LENGTH") or "", most)
    _check_kind(request)
    try:
        body = request.body
    except RequestDataTooBig:
        raise TooLarge(f"A notice has at most {most} bytes.") from None
    except UnreadablePostError:
        raise CutShort("The connection ended before the body did.") from None
    return body


def _check_length(announced: str, most: int) -> None:
    """The server hands out no more than was announced."""
    if not announced.isascii() or not announced.isdigit():
        raise LengthMissing("Content-Length is required: chunks are not taken.")
    if len(announced) > 20 or int(announced) > most:
        raise TooLarge(f"A notice has at most {most} bytes.")


def _check_kind(request: HttpRequest) -> None:
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise WrongKind("The Content-Type of a notice is application/json.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongKind("A notice is taken as it was signed: without Content-Encoding.")
