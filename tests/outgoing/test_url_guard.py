"""What the service fetches, and what nobody can make it fetch."""

import gzip
import ipaddress
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler

import httpx
import pytest

from app.outgoing.fetching import BadAnswerError, NotFetchedError, fetch
from app.outgoing.url_guard import UrlPolicy, UrlRefusedError, guarded_client, is_public
from tests.outgoing.http_host import Said, http_host

LOCAL = UrlPolicy(frozenset({"127.0.0.1", "catalogue.example"}), allow_http=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:400f:80c::200e", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_of_the_open_internet(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example/keys",
        "ftp://id.example/keys",
        "file:///etc/passwd",
        "gopher://id.example/",
        "https://",
        "",
        "https://user:secret@id.example/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://id.example:99999/",
        "https://\u0000/",
    ],
)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(UrlRefusedError) as refused:
        UrlPolicy().check(url)
    assert "secret" not in str(refused.value)


def test_http_needs_both_a_trusted_host_and_leave() -> None:
    trusted = frozenset({"id.example"})
    assert UrlPolicy(trusted, allow_http=True).check("http://ID.example/keys").host == "id.example"
    for policy in (UrlPolicy(trusted), UrlPolicy(allow_http=True)):
        with pytest.raises(UrlRefusedError, match="https"):
            policy.check("http://id.example/keys")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["fe80::1%eth0"]])
async def test_a_name_that_leads_inside_is_refused_where_the_connection_is_made(addresses: list[str]) -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("id.example", 443)
        return addresses

    async with guarded_client(UrlPolicy(), resolver=resolver) as client:
        with pytest.raises(UrlRefusedError, match="inner network"):
            await client.get("https://id.example/keys")


async def test_a_name_that_is_not_found_is_no_connection() -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    async with guarded_client(UrlPolicy(), resolver=resolver) as client:
        with pytest.raises(NotFetchedError):
            await fetch(client, "https://id.example/keys", most_bytes=10, within=1)


async def test_the_checked_address_is_the_one_connected_to_and_the_host_keeps_its_name() -> None:
    """The second look-up would lead elsewhere: there is none."""
    asked: list[str] = []
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def resolver(host: str, port: int) -> Sequence[str]:
        return next(answers)

    def answer(request: BaseHTTPRequestHandler) -> Said:
        asked.append(str(request.headers["Host"]))
        return Said(body=b"{}")

    with http_host(answer) as port:
        async with guarded_client(LOCAL, resolver=resolver) as client:
            url = f"http://catalogue.example:{port}/v1"
            assert (await fetch(client, url, most_bytes=10, within=5)).json() == {}
    assert asked == [f"catalogue.example:{port}"]


async def test_the_next_address_is_tried_where_the_first_is_out_of_reach() -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    with http_host(lambda _: Said(body=b"x")) as port:
        async with guarded_client(LOCAL, resolver=resolver) as client:
            answer = await fetch(client, f"http://catalogue.example:{port}/", most_bytes=10, within=5)
    assert answer.content == b"x"


@pytest.mark.parametrize(
    "location", ["http://elsewhere.example/", "//127.0.0.9/", "https://127.0.0.1/", "http://[", ""]
)
async def test_a_redirect_to_another_host_is_not_followed(location: str) -> None:
    with http_host(lambda _: Said(302, headers={"Location": location})) as port:
        async with guarded_client(LOCAL) as client:
            with pytest.raises(BadAnswerError):
                await fetch(client, f"http://127.0.0.1:{port}/", most_bytes=10, within=5)


async def test_a_redirect_at_the_same_host_is_followed() -> None:
    def answer(request: BaseHTTPRequestHandler) -> Said:
        return Said(body=b"there") if request.path == "/b" else Said(308, headers={"Location": "/b"})

    with http_host(answer) as port:
        async with guarded_client(LOCAL) as client:
            found = await fetch(client, f"http://127.0.0.1:{port}/a", most_bytes=10, within=5)
    assert found.content == b"there"


async def test_an_answer_is_bounded_in_size_also_when_packed() -> None:
    packed = Said(body=gzip.compress(bytes(1_000_000)), headers={"Content-Encoding": "gzip"})
    for said in (Said(body=bytes(2000)), packed):
        with http_host(lambda _, said=said: said) as port:  # type: ignore[misc]  # mypy can't type the default
            async with guarded_client(LOCAL) as client:
                with pytest.raises(BadAnswerError, match="1000 bytes"):
                    await fetch(client, f"http://127.0.0.1:{port}/", most_bytes=1000, within=5)


async def test_a_packed_answer_comes_unpacked() -> None:
    packed = Said(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip", "ETag": '"x"'})
    with http_host(lambda _: packed) as port:
        async with guarded_client(LOCAL) as client:
            answer = await fetch(client, f"http://127.0.0.1:{port}/", most_bytes=1000, within=5)
    assert (answer.json(), answer.headers["etag"]) == ({"a": 1}, '"x"')


async def test_an_answer_is_bounded_in_time() -> None:
    def slowly(_: BaseHTTPRequestHandler) -> Said:
        time.sleep(0.5)
        return Said()

    with http_host(slowly) as port:
        async with guarded_client(LOCAL) as client:
            with pytest.raises(NotFetchedError, match="within"):
                await fetch(client, f"http://127.0.0.1:{port}/", most_bytes=10, within=0.1)


async def test_an_answer_that_says_no_carries_its_status() -> None:
    with http_host(lambda _: Said(503)) as port:
        async with guarded_client(LOCAL) as client:
            with pytest.raises(NotFetchedError) as refused:
                await fetch(client, f"http://127.0.0.1:{port}/", most_bytes=10, within=5)
    assert refused.value.status == httpx.codes.SERVICE_UNAVAILABLE


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with http_host(lambda _: Said(body=b"x")) as port:
        async with guarded_client(LOCAL) as client:
            assert (await fetch(client, f"http://127.0.0.1:{port}/", most_bytes=10, within=5)).content == b"x"
