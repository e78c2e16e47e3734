"""The HTTP face: one webhook address a clinic, and control paths to set clinics up and read the journal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import fields

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.simulators.clinics.inspection import MAX_BYTES
from tests.simulators.clinics.journal import Entry
from tests.simulators.clinics.receiving import receive
from tests.simulators.clinics.state import BadRegistration, Clinic, amend, register
from tests.simulators.clinics.world import World
from tests.simulators.serving import cut, read_object

LOG_FILTERS = frozenset({field.name for field in fields(Entry)} | {"after"})


def build_app(world: World) -> Starlette:
    """The ASGI application over a world, which runs while the application does."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.running = running = asyncio.create_task(world.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    app = Starlette(
        routes=[
            Route("/clinics/{key}/webhooks", webhook, methods=["POST"]),
            Route("/control/health", health),
            Route("/control/clinics", list_clinics, methods=["GET"]),
            Route("/control/clinics", register_clinic, methods=["POST"]),
            Route("/control/clinics/{key}", show_clinic, methods=["GET"]),
            Route("/control/clinics/{key}", amend_clinic, methods=["PATCH"]),
            Route("/control/clinics/{key}/send", send, methods=["POST"]),
            Route("/control/clinics/{key}/log", log),
            Route("/control/log", log),
            Route("/control/reset", reset, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _show_error, ClientDisconnect: _ignore_disconnect},
        lifespan=lifespan,
    )
    app.state.world = world
    return app


async def webhook(request: Request) -> Response:
    """POST /clinics/{key}/webhooks: what we send to a clinic."""
    clinic = _clinic(request)
    body = await _read_capped(request)
    reply = await receive(_world(request), clinic, request.headers, body)
    if reply.status is None:
        cut(request.scope, last_words=reply.body)
    return Response(reply.body, status_code=reply.status or 500, media_type="application/json")


async def health(request: Request) -> Response:
    """GET /control/health: the instant by the clinics' clock, and how much is under way; 503 if none watches it.

    It looks at the clock first: `under_way` 0 means that everything due by now was sent and answered.
    """
    ok, world = not request.app.state.running.done(), _world(request)
    if ok and world.is_open:
        world.look()
    status = {"ok": ok, "now": world.clock.now().isoformat(), "under_way": world.under_way}
    return JSONResponse(status, status_code=200 if ok else 503)


async def list_clinics(request: Request) -> Response:
    """GET /control/clinics: every clinic with its offers and sessions."""
    return JSONResponse([clinic.describe() for clinic in _world(request).clinics.values()])


async def register_clinic(request: Request) -> Response:
    """POST /control/clinics: register a clinic, or replace the one with that key and all it knew."""
    try:
        clinic = register(await read_object(request))
    except BadRegistration as error:
        raise HTTPException(400, str(error)) from error
    _world(request).put(clinic)
    return JSONResponse(clinic.describe(), status_code=201)


async def show_clinic(request: Request) -> Response:
    """GET /control/clinics/{key}: one clinic."""
    return JSONResponse(_clinic(request).describe())


async def amend_clinic(request: Request) -> Response:
    """PATCH /control/clinics/{key}: change behaviour, options, secrets or address; records stay."""
    clinic = _clinic(request)
    try:
        amend(clinic, await read_object(request))
    except BadRegistration as error:
        raise HTTPException(400, str(error)) from error
    return JSONResponse(clinic.describe())


async def send(request: Request) -> Response:
    """POST /control/clinics/{key}/send {"type", "data", "id"?}: 202 with the webhook id."""
    clinic, document = _clinic(request), await read_object(request)
    message_type, data, message_id = document.get("type"), document.get("data"), document.get("id")
    if not isinstance(message_type, str) or not isinstance(data, dict):
        raise HTTPException(400, "type: a string, data: an object")
    if not isinstance(message_id, str | None):
        raise HTTPException(400, "id: a string")
    outgoing = _world(request).send(clinic, message_type, data, message_id)
    return JSONResponse({"id": outgoing.id}, status_code=202)


async def log(request: Request) -> Response:
    """GET /control/log, /control/clinics/{key}/log: entries, narrowed by any field, and `after`."""
    filters = dict(request.query_params)
    if "key" in request.path_params:
        filters["clinic"] = _clinic(request).key
    if unknown := sorted(set(filters) - LOG_FILTERS):
        raise HTTPException(400, f"unknown filter: {', '.join(unknown)}")
    if not filters.get("after", "0").isdecimal():
        raise HTTPException(400, "after: an entry's n")
    return JSONResponse(_world(request).journal.select(filters))


async def reset(request: Request) -> Response:
    """POST /control/reset: forget everything."""
    _world(request).reset()
    return Response(status_code=204)


def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


def _clinic(request: Request) -> Clinic:
    key = request.path_params["key"]
    try:
        return _world(request).clinics[key]
    except KeyError as error:
        raise HTTPException(404, f"no clinic {key}") from error


async def _read_capped(request: Request) -> bytes:
    """The raw body, kept to one byte over the limit, which is enough to tell that it is too long."""
    kept = b""
    async for chunk in request.stream():
        kept = (kept + chunk)[: MAX_BYTES + 1]
    return kept


async def _show_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, status_code=error.status_code)


async def _ignore_disconnect(request: Request, error: Exception) -> Response:
    """A sender that hung up half-way is not this server's fault, and nobody is left to read the answer."""
    return Response(status_code=400)
