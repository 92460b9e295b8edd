"""Who may ask the studio what: by the address asked for, the page that asks, the token, and the size of what is sent.

Anybody's web page can make a browser ask 127.0.0.1, and can give a name of its own to that address (DNS rebinding).
So the name asked for must be one of ours, no other page may ask the API, and a token guards what leaves the machine.
"""

from __future__ import annotations

import hmac
import html
import http.cookies
import ipaddress
import json
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 8 * 2**20 + 2**16
"""Of a request's body: a picture of 8 MB, and what stands around it."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound
_HOST = re.compile(r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<plain>[^\s:/@\[\]]+))(?::\d{1,5})?")
"""A Host header: a name or a number, one of IPv6 in brackets, and perhaps a port."""
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'none'"
)
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ganforge studio</title>
<h1>Ganforge studio</h1>
<p>{words}</p>
<p>The terminal in which <code>ganforge studio</code> runs shows that address, in the line that begins with Studio.</p>
</html>
"""
_HEADERS = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
)


@dataclass(frozen=True)
class Access:
    """Where the studio is served, and what is needed to be answered."""

    host: str = "127.0.0.1"
    """What it listens on."""
    port: int = 0
    token: str | None = None
    """Must be shown; None = whoever reaches a loopback address may ask."""
    names: frozenset[str] = _LOOPBACK
    """By which this server may be asked for, besides numbers where it listens everywhere."""

    @staticmethod
    def on(host: str, port: int) -> Access:
        """With a token made at random, unless only this machine can ask."""
        if host in _LOOPBACK:
            return Access(host, port)
        here = {host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()}
        return Access(host, port, secrets.token_urlsafe(24), frozenset(here | _LOOPBACK))

    def addresses_of(self, page: str) -> tuple[str, ...]:
        """What to open in a browser to see a page ("/"), the token in it where one is needed; where it listens
        everywhere by this machine's name, and by its number too, as other machines often do not know the name.
        """
        if self.host not in _ANYWHERE:
            return (self._address(self.host, page),)
        names = (socket.gethostname(), _own_number(socket.AF_INET6 if self.host == "::" else socket.AF_INET))
        return tuple(self._address(name, page) for name in names if name is not None)

    def address_of(self, page: str) -> str:
        """The first of these."""
        return self.addresses_of(page)[0]

    def _address(self, name: str, page: str) -> str:
        shown = f"[{name}]" if ":" in name else name
        return f"http://{shown}:{self.port}{quote(page)}{'' if self.token is None else f'?token={self.token}'}"

    def serves(self, host: str) -> bool:
        """Whether the value of a Host header names this server; its port may be that of a tunnel's other end."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = (found["bracketed"] or found["plain"]).lower()
        return name in self.names or (self.host in _ANYWHERE and _is_number(name))

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds the token; browsers do not tell one port's cookies from another's."""
        return f"ganforge-{self.port}"

    def knows(self, shown: str | None) -> bool:
        """Whether this is the token, compared in constant time."""
        return self.token is None or (shown is not None and hmac.compare_digest(shown.encode(), self.token.encode()))


def _own_number(family: socket.AddressFamily) -> str | None:
    """This machine's address in its network, as the system would choose it; nothing is sent. None = it has none."""
    documented = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"  # of nobody
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((documented, 9))
        except OSError:
            return None
        found: str = asked.getsockname()[0]
    return None if ipaddress.ip_address(found).is_loopback else found


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _Refusal:
    """Why a request is not answered."""

    status: int
    words: str


class Guard:
    """ASGI middleware: lets pass what may pass, bounds what is read of it, and puts the policies on every answer."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        arrived = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [None])[0]
        guarded = self._with_policies(send, arrived if arrived and self._access.knows(arrived) else None)
        refusal = self._refusal(scope, headers, arrived)
        if refusal is not None:
            for_people = not scope["path"].startswith("/api") and "text/html" in headers.get("accept", "")
            await (_refuse_page if for_people else _refuse)(guarded, refusal)
            return
        await self._app(scope, _bounded(receive), guarded)

    def _refusal(self, scope: Scope, headers: Mapping[str, str], arrived: str | None) -> _Refusal | None:
        host = headers.get("host", "")
        if not self._access.serves(host):
            return _Refusal(
                403,
                f"This server is not called '{host[:80]}'. Ask for it by the address that it printed when it began.",
            )
        if _is_foreign(scope, headers, host):
            return _Refusal(403, "Another site's page asked for this. Only the studio's own pages may.")
        if not any(map(self._access.knows, (arrived, self._kept(headers), _bearer(headers)))):
            return _Refusal(401, "The token is missing or wrong. Open the whole address that the studio printed.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > MOST_BYTES:
            return _Refusal(413, f"{length[:20]} bytes are too many; at most {MOST_BYTES} are taken.")
        return None

    def _kept(self, headers: Mapping[str, str]) -> str | None:
        try:
            cookies = http.cookies.SimpleCookie(headers.get("cookie", ""))
        except http.cookies.CookieError:
            return None
        kept = cookies.get(self._access.cookie)
        return None if kept is None else kept.value

    def _with_policies(self, send: Send, token: str | None) -> Send:
        """`token` arrived in the address and is kept in a cookie from now on."""
        access = self._access

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), value.encode()) for name, value in _HEADERS]
                if token is not None and access.token is not None:
                    value = f"{access.cookie}={token}; HttpOnly; SameSite=Strict; Path=/"
                    ours.append((b"set-cookie", value.encode()))
                message = {**message, "headers": [*message.get("headers", []), *ours]}
            await send(message)

        return guarded


def _is_foreign(scope: Scope, headers: Mapping[str, str], host: str) -> bool:
    """Whether another site's page asks: for the API in whatever way, or for anything that is more than reading."""
    asks_api = scope["path"].startswith("/api")
    if scope["method"] in ("GET", "HEAD") and not asks_api:
        return False  # a link may lead here
    site = headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (site == "none" and scope["method"] not in ("GET", "HEAD")):
        return True
    origin = headers.get("origin")
    return origin is not None and origin not in (f"http://{host}", f"https://{host}")


def _bearer(headers: Mapping[str, str]) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _bounded(receive: Receive) -> Receive:
    """Counts what is read of a body whose length nobody stated."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BYTES:
            raise HTTPException(413, f"More than {MOST_BYTES} bytes were sent; that is too much.")
        return message

    return counted


async def _refuse(send: Send, refusal: _Refusal) -> None:
    await _answer(send, refusal.status, json.dumps({"error": refusal.words}).encode(), b"application/json")


async def _refuse_page(send: Send, refusal: _Refusal) -> None:
    """The same for a person: plain, as nothing that would make it beautiful is to be had without the token."""
    body = _PAGE.format(words=html.escape(refusal.words)).encode()
    await _answer(send, refusal.status, body, b"text/html; charset=utf-8")


async def _answer(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
