"""The web application: the API, the pages that a browser opens, the control API, and the task that sends webhooks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.simulators.stripe import api, checkout_sessions, elements, three_d_secure
from tests.simulators.stripe.control import control_routes
from tests.simulators.stripe.errors import unknown_route
from tests.simulators.stripe.simulation import Simulation
from tests.simulators.stripe.webhooks import keep_sending

TICK_SECONDS = 0.1
_METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"]


def create_app(simulation: Simulation) -> Starlette:
    """Return the application around one simulation."""

    async def serve_api(request: Request) -> ASGIApp:
        return await api.handle(simulation, request)

    async def serve_page(request: Request) -> Response:
        return await three_d_secure.page(simulation, request)

    async def serve_checkout(request: Request) -> Response:
        return await checkout_sessions.page(simulation, request)

    async def serve_fields(request: Request) -> Response:
        return await elements.frame(simulation, request)

    async def serve_unknown(request: Request, _: Exception) -> Response:
        refusal = unknown_route(request.method, request.url.path)
        return JSONResponse(refusal.body, refusal.status)

    @asynccontextmanager
    async def background(_: Starlette) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(keep_sending(lambda: simulation.outbox)),
            asyncio.create_task(_tick(simulation)),
        ]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    routes = [
        Route("/v1/{rest:path}", serve_api, methods=_METHODS),
        Route("/3ds/{intent}", serve_page, methods=["GET", "POST"]),
        Route("/checkout/{session}", serve_checkout, methods=["GET", "POST"]),
        Route("/js/stripe.js", elements.script, methods=["GET"]),
        Route("/js/payment_element", serve_fields, methods=["GET"]),
        *control_routes(simulation),
    ]
    return Starlette(routes=routes, lifespan=background, exception_handlers={404: serve_unknown, 405: serve_unknown})


async def _tick(simulation: Simulation) -> None:
    """Do what becomes due although nobody asks, as when the clock file moves."""
    while True:
        simulation.run_due()
        await asyncio.sleep(TICK_SECONDS)
