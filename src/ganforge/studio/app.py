"""The studio as one application: the API below /api, the pages for all else."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

import ganforge
from ganforge.core.errors import GanforgeError
from ganforge.studio import controlling, exploring, plane, playing, watching
from ganforge.studio.errors import status_of
from ganforge.studio.mishaps import Mishaps
from ganforge.studio.pages import Pages
from ganforge.studio.safety import Access, Guard
from ganforge.studio.shelf import Shelf

ROOMS = (watching.router, controlling.router, plane.router, exploring.router, playing.router)
"""What makes each part of the API."""


def make_app(runs: Path, access: Access) -> FastAPI:
    """The studio for the runs in a folder.

    Args:
        runs: need not be there yet.
        access: who may ask.
    """
    shelf = Shelf(runs)
    app = FastAPI(
        title="Ganforge studio",
        version=ganforge.__version__,
        docs_url=None,  # FastAPI's pages for them load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    api = APIRouter(prefix="/api")
    for room in ROOMS:
        api.include_router(room(shelf))
    app.include_router(api)
    app.add_exception_handler(GanforgeError, _told)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(HTTPException, _refused)
    app.router.default = Pages()  # whatever is no address of the API
    app.add_middleware(Mishaps)  # below the guard, whose policies are on every answer
    app.add_middleware(Guard, access=access)
    return app


def _told(request: Request, error: Exception) -> JSONResponse:
    status = status_of(error) if isinstance(error, GanforgeError) else 503
    return JSONResponse({"error": str(error)}, status)


def _misread(request: Request, error: Exception) -> JSONResponse:
    """Which parts of a request are not as they should be; no value is sent back as it came."""
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    places = [f"{'.'.join(map(str, each['loc'][1:])) or 'the body'}: {each['msg']}" for each in problems[:3]]
    return JSONResponse({"error": f"The request cannot be used. {'; '.join(jsonable_encoder(places))}"}, 422)


def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return JSONResponse({"error": str(error)}, 400)
    told = {404: f"There is nothing at {request.url.path[:200]}.", 405: f"{request.method} is not for this address."}
    return JSONResponse({"error": told.get(error.status_code, str(error.detail))}, error.status_code, error.headers)
