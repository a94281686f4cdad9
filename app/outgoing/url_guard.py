"""The guard on every URL that the service fetches: an issuer's keys, a catalogue. Nobody makes it knock on inner doors.

- https, unless http is allowed and the host is trusted by name
- no user and password in the URL, no other scheme
- the address is checked where the connection is made, and that very address is connected to: a name that means one
  thing when it is checked and another when it is used gets nowhere
- loopback, private, link-local and other addresses that are not of the open internet only for trusted hosts
- no proxy from the environment, and redirects are not followed by the transport (`app.outgoing.fetching` follows those
  that stay at the same host)

async with guarded_client(policy, timeout=5) as client:
    answer = await client.get(url)        # UrlRefusedError where the guard says no
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from app.settings import Settings

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> the addresses that the name has now. Raises OSError where it has none."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"https": 443, "http": 80}
_LAST_PORT = 65_535


class UrlRefusedError(Exception):
    """The service does not fetch this URL; the message says why and holds no part of the URL but its host."""


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """What may be fetched.

    `trusted_hosts`: names (or literal addresses), lower case, that may lie on an inner network.
    `allow_http`: whether a trusted host may be asked without TLS.
    """

    trusted_hosts: frozenset[str] = frozenset()
    allow_http: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "UrlPolicy":
        """What the settings allow."""
        return cls(settings.trusted_hosts, settings.fetch_allow_http)

    def trusts(self, host: str) -> bool:
        """Whether the host was named in the settings."""
        return host.lower().rstrip(".") in self.trusted_hosts

    def check(self, url: httpx.URL | str) -> httpx.URL:
        """The URL, if its form is one that may be fetched. Raises UrlRefusedError. Looks nothing up."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, TypeError, ValueError) as error:
            raise UrlRefusedError("not a URL") from error
        host = parsed.host
        if not host:
            raise UrlRefusedError("the URL names no host")
        if parsed.userinfo:
            raise UrlRefusedError(f"{host}: a URL with a user or password in it")
        if parsed.scheme == "http":
            if not (self.allow_http and self.trusts(host)):
                raise UrlRefusedError(f"{host}: http is for trusted hosts only, where it is allowed; use https")
        elif parsed.scheme != "https":
            raise UrlRefusedError(f"{host}: scheme {parsed.scheme[:20]!r}; expected https")
        if not 0 < (parsed.port or _PORTS[parsed.scheme]) <= _LAST_PORT:
            raise UrlRefusedError(f"{host}: there is no such port")
        literal = _address(host)
        if literal is not None:
            self.check_address(host, literal)
        return parsed

    def check_address(self, host: str, address: IpAddress) -> None:
        """Raise UrlRefusedError for an address that is not of the open internet, unless the host is trusted."""
        if not self.trusts(host) and not is_public(address):
            raise UrlRefusedError(f"{host}: an address of an inner network; name the host as trusted if it is meant")


def is_public(address: IpAddress) -> bool:
    """Whether the address is one of the open internet. An IPv4 address within an IPv6 one is looked at as itself."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IpAddress) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def _address(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the system's resolver gives."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Looks the host up itself, checks what it found, and connects to that address; TLS is for the host's name."""

    def __init__(
        self, policy: UrlPolicy, resolver: Resolver = resolve, *, verify: ssl.SSLContext | bool = True
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        # A connection belongs to the name that it was checked for, so none is kept for another name at its address.
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify,
            trust_env=False,
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=0),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to an address that was checked. Raises UrlRefusedError, or httpx's transport errors."""
        url = self._policy.check(request.url)
        addresses = await self._checked(url)
        failure: httpx.ConnectError | None = None
        for address in addresses:
            try:
                return await self._inner.handle_async_request(_to(request, url, address))
            except httpx.ConnectError as error:
                failure = error  # a name with several addresses, of which one is out of reach from here
        assert failure is not None
        raise failure

    async def _checked(self, url: httpx.URL) -> list[IpAddress]:
        try:
            found = await self._resolver(url.host, url.port or _PORTS[url.scheme])
        except OSError as error:
            raise httpx.ConnectError(f"{url.host}: the name is not found") from error
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
        if not addresses:
            raise httpx.ConnectError(f"{url.host}: the name is not found")
        for address in addresses:
            self._policy.check_address(url.host, address)
        return addresses

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


def _to(request: httpx.Request, url: httpx.URL, address: IpAddress) -> httpx.Request:
    """The same request, addressed to `address`; its Host header says the name already."""
    return httpx.Request(
        request.method,
        url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": url.host},
    )


def guarded_client(
    policy: UrlPolicy, *, timeout: float = 10.0, resolver: Resolver = resolve, verify: ssl.SSLContext | bool = True
) -> httpx.AsyncClient:
    """A client whose every request passes the guard. `timeout` in seconds, for each step of a request.

    Redirects are given back, not followed: where they lead is for `app.outgoing.fetching` to judge.
    """
    return httpx.AsyncClient(
        transport=GuardedTransport(policy, resolver, verify=verify),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
    )
