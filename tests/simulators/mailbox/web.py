"""The HTTP side: mails as JSON and raw, faults to order, and a page for people."""

from pathlib import Path
from typing import Any

from django.template import Context, Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.simulators.mailbox.faults import BadFault, Faults
from tests.simulators.mailbox.store import Mail, Mailbox
from tests.simulators.serving import read_object

PAGE = Engine(autoescape=True).from_string((Path(__file__).parent / "page.html").read_text())
# A mail is not trusted: it runs no script and loads nothing, so that looking at it tells no one.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; form-action 'self'"
)


def build_app(*, mailbox: Mailbox, faults: Faults) -> Starlette:
    """The ASGI application over a mailbox and its faults."""
    app = Starlette(
        routes=[
            Route("/", show_page),
            Route("/messages", list_messages, methods=["GET"]),
            Route("/messages", delete_messages, methods=["DELETE"]),
            Route("/messages/{id:int}.eml", show_raw),
            Route("/control/health", health),
            Route("/control/faults", list_faults, methods=["GET"]),
            Route("/control/faults", order_faults, methods=["POST"]),
            Route("/control/faults", clear_faults, methods=["DELETE"]),
        ],
        exception_handlers={HTTPException: _show_error},
    )
    app.state.mailbox, app.state.faults = mailbox, faults
    return app


async def health(request: Request) -> Response:
    """GET /control/health: 200."""
    return JSONResponse({"ok": True})


async def list_messages(request: Request) -> Response:
    """GET /messages?to=&subject=: oldest first; the whole address, any part of the subject."""
    return JSONResponse([mail.describe() for mail in _selected(request)])


async def delete_messages(request: Request) -> Response:
    """DELETE /messages: forget them all."""
    _mailbox(request).clear()
    return Response(status_code=204)


async def show_raw(request: Request) -> Response:
    """GET /messages/{id}.eml: the bytes as they came."""
    mail = _mailbox(request).get(request.path_params["id"])
    if mail is None:
        raise HTTPException(404, "no such mail")
    return Response(mail.raw, media_type="message/rfc822")


async def list_faults(request: Request) -> Response:
    """GET /control/faults: those still to happen, next first."""
    return JSONResponse(_faults(request).describe())


async def order_faults(request: Request) -> Response:
    """POST /control/faults {"fault", "next"?, "seconds"?, "keeps"?}: queued behind earlier ones."""
    document = await read_object(request)
    try:
        _faults(request).order(document)
    except BadFault as error:
        raise HTTPException(400, str(error)) from error
    return JSONResponse(_faults(request).describe(), status_code=201)


async def clear_faults(request: Request) -> Response:
    """DELETE /control/faults: nothing more goes wrong."""
    _faults(request).clear()
    return Response(status_code=204)


async def show_page(request: Request) -> Response:
    """GET /?to=&subject=: the mails for a person to read, newest first."""
    mails = [_for_page(mail) for mail in reversed(_selected(request))]
    count = f"{len(mails)} mail{'' if len(mails) == 1 else 's'}"
    context = {
        "mails": mails,
        "count": count,
        "to": _query(request, "to"),
        "subject": _query(request, "subject"),
    }
    headers = {"content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-store"}
    return HTMLResponse(PAGE.render(Context(context)), headers=headers)


def _for_page(mail: Mail) -> dict[str, Any]:
    """Strings only: the template engine runs without Django's settings and so without its date formats."""
    return {
        "id": str(mail.id),
        "sender": str(mail.message.get("from", mail.sender)),
        "recipients": ", ".join(mail.recipients),
        "subject": mail.subject or "(no subject)",
        "received": f"{mail.received_at:%d %b %Y, %H:%M:%S} UTC",
        "received_at": mail.received_at.isoformat(),
        "text": mail.text,
        "html": mail.html,
        "size": f"{len(mail.raw) / 1024:.1f} kB",
    }


def _selected(request: Request) -> list[Mail]:
    return _mailbox(request).select(to=_query(request, "to"), subject=_query(request, "subject"))


def _query(request: Request, name: str) -> str:
    return request.query_params.get(name, "").strip()


def _mailbox(request: Request) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


def _faults(request: Request) -> Faults:
    faults: Faults = request.app.state.faults
    return faults


async def _show_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, status_code=error.status_code)
