"""Who is answered, and who is not."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ganforge.studio.safety import MOST_BYTES, Access
from tests.studio.asking import Asking

TOKEN = "a-token"  # noqa: S105 - for a test
OPEN = Access("0.0.0.0", 7788, TOKEN, frozenset({"here.example"}))  # noqa: S104 - nothing is bound


STOP = {"command": "stop"}


@pytest.mark.parametrize("host", ["127.0.0.1:7788", "localhost", "LOCALHOST:9", "[::1]:7788"])
def test_this_machine_is_answered_by_any_of_its_own_names(host: str, tmp_path: Path) -> None:
    assert Asking(tmp_path).get("/api/runs", host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "",
        "[",
        "192.168.0.1",
        "[::1]x",
        "x@[::1]",
        "[::1",
        "::1",
        "localhost:x",
        "localhost:7788:9",
        "local host",
    ],
)
@pytest.mark.parametrize("path", ["/api/runs", "/", "/assets/x.js"])
def test_a_name_that_another_gave_to_this_address_is_not_answered(host: str, path: str, tmp_path: Path) -> None:
    answer = Asking(tmp_path).get(path, host=host)
    assert answer.status_code == 403
    assert "is not called" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://127.0.0.1:7788", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_another_sites_page_cannot_command(headers: dict[str, str], tmp_path: Path) -> None:
    answer = Asking(tmp_path).ask("POST", "/api/runs/x/control", body=STOP, headers=headers)
    assert answer.status_code == 403
    assert "Another site" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://127.0.0.1:7788"}, {"origin": "http://127.0.0.1:7788", "sec-fetch-site": "same-origin"}],
)
def test_our_own_page_and_programs_can(headers: dict[str, str], tmp_path: Path) -> None:
    answer = Asking(tmp_path).ask("POST", "/api/runs/x/control", body=STOP, headers=headers)
    assert answer.status_code == 404


def test_another_sites_page_cannot_even_read_the_api_but_may_link_to_a_page(tmp_path: Path) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    assert Asking(tmp_path).get("/api/runs", **foreign).status_code == 403
    assert Asking(tmp_path).get("/run/0001-x", **foreign).status_code in (200, 503)  # as pages are built or not


def test_beyond_this_machine_a_token_is_asked_for(tmp_path: Path) -> None:
    asking = Asking(tmp_path, OPEN, "http://10.0.0.5:7788")
    for address in ("/", "/api/runs", "/?token=wrong", "/?token=", "/api/runs?token=%00"):
        assert asking.get(address).status_code == 401
    assert asking.get("/api/runs", authorization="Bearer wrong").status_code == 401
    assert asking.get("/api/runs", cookie="ganforge-7788=wrong").status_code == 401
    assert asking.get("/api/runs", authorization=f"Bearer {TOKEN}").status_code == 200


def test_a_person_without_the_token_is_told_on_a_page_and_a_program_in_json(tmp_path: Path) -> None:
    asking = Asking(tmp_path, OPEN, "http://10.0.0.5:7788")
    page = asking.get("/run/0001-x", accept="text/html,*/*")
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    assert "ganforge studio" in page.text
    assert TOKEN not in page.text
    assert "error" in asking.get("/api/runs", accept="text/html,*/*").json()
    foreign = asking.get("/", accept="text/html", host="<b>.example")
    assert foreign.status_code == 403
    assert "<b>" not in foreign.text


def test_everywhere_has_an_address_by_number_too() -> None:
    addresses = Access.on("0.0.0.0", 7788).addresses_of("/")  # noqa: S104 - nothing is bound
    assert addresses[0].startswith(f"http://{socket.gethostname()}:7788/?token=")
    for other in addresses[1:]:  # none where this machine is in no network
        assert not ipaddress.ip_address(urlsplit(other).hostname or "").is_loopback
    assert Access.on("127.0.0.1", 7788).addresses_of("/x") == ("http://127.0.0.1:7788/x",)


def test_the_token_is_kept_in_a_cookie_that_no_script_and_no_other_site_can_use(tmp_path: Path) -> None:
    asking = Asking(tmp_path, OPEN, "http://10.0.0.5:7788")
    first = asking.get(f"/?token={TOKEN}")
    assert first.headers["set-cookie"] == f"ganforge-7788={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    assert asking.get("/api/runs").status_code == 200
    assert "set-cookie" not in asking.get("/api/runs").headers


def test_everywhere_means_by_number_or_by_our_own_name(tmp_path: Path) -> None:
    for host, status in (("10.1.2.3", 200), ("here.example", 200), ("[fe80::1]", 200), ("evil.example", 403)):
        assert Asking(tmp_path, OPEN).get("/api/runs", host=host, authorization=f"Bearer {TOKEN}").status_code == status


def test_loopback_needs_no_token_and_all_else_gets_one_of_its_own() -> None:
    assert Access.on("127.0.0.1", 1).token is None
    first, second = Access.on("0.0.0.0", 1), Access.on("0.0.0.0", 1)  # noqa: S104 - nothing is bound
    assert first.token is not None
    assert len(first.token) >= 32
    assert first.token != second.token
    assert first.token in first.address_of("/run/1")


@pytest.mark.parametrize("path", ["/", "/api/runs", "/api/none", "/assets/none.js", "/api/openapi.json"])
def test_the_policies_are_on_every_answer(path: str, tmp_path: Path) -> None:
    for answer in (Asking(tmp_path).get(path), Asking(tmp_path).get(path, host="evil")):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    lengths = {"content-length": str(MOST_BYTES + 1), "content-type": "application/json"}
    answer = Asking(tmp_path).ask("POST", "/api/runs/x/control", content=b"{}", headers=lengths)
    assert answer.status_code == 413


def test_a_body_without_a_stated_length_is_counted(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MOST_BYTES // 2**20 + 2):
            yield b" " * 2**20

    headers = {"content-type": "application/json"}
    answer = Asking(tmp_path).ask("POST", "/api/runs/x/control", content=pieces(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "9" * 400])
def test_a_length_that_is_none_is_refused(length: str, tmp_path: Path) -> None:
    answer = Asking(tmp_path).ask("POST", "/api/runs/x/control", content=b"{}", headers={"content-length": length})
    assert answer.status_code == 413
