"""What makes proxy settings wrong, and what makes them doubtful (contract/router-jfconnect 1.3 and 8).

Messages never quote a URL: it may carry a password.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.parse
from collections.abc import Collection, Iterable, Iterator

from packaging.version import Version

from .environment import overriding
from .subtrees import ProxySettings, has_credentials, plain

__all__ = ["KB_5502", "covers", "host_fault", "jfconnect_rule", "uncovered", "url_fault", "warnings"]

_HOST = re.compile(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:\d{1,5})?")

KB_5502 = (
    "the router checks its own entry point and its peers by these addresses; through the proxy that fails and takes "
    "the node down (JFrog KB 5502)"
)


def url_fault(url: str) -> str | None:
    """Why a proxy URL is refused, or None."""
    if not re.match(r"https?://", url):
        return "has no scheme; write http:// or https:// before the host"
    if "{{" in url:
        return "contains {{, which Helm would evaluate"
    parts = urllib.parse.urlsplit(url)
    userinfo, _, _ = parts.netloc.rpartition("@")
    if userinfo.count("@") or userinfo.count(":") > 1 or "@" in parts.path + parts.query + parts.fragment:
        return "has a user or password with a reserved character; percent-encode it (@ is %40, : is %3A, / is %2F)"
    if re.search(r"%(?![0-9A-Fa-f]{2})|[\s\"<>\\^`{|}]", url):
        return "has a character that a URL cannot hold; percent-encode it"
    if parts.path or parts.query or parts.fragment:
        return "has a path or query; a proxy is scheme, host and port only"
    return _authority_fault(parts)


def _authority_fault(parts: urllib.parse.SplitResult) -> str | None:
    try:
        port = parts.port
    except ValueError:
        return "has a port that is no number up to 65535"
    if not parts.hostname:
        return "has no host"
    return None if port else "has no port, for example :3128"


def host_fault(host: str) -> str | None:
    """Why an entry of ignored_hosts is refused, or None."""
    if not host or host != host.strip() or re.search(r"\s", host):
        return f"'{host}' has blanks; give each host as an entry of its own"
    if "," in host:
        return f"'{host}' has a comma; give each host as an entry of its own"
    if "://" in host:
        return f"'{host}' has a scheme; give the host alone"
    if host.startswith("*."):
        return f"'{host}' is no form that the router is known to match; write '{host[1:]}' for all hosts below"
    if host == "*" or _network(host) is not None:
        return None
    if "/" in host:
        return f"'{host}' has a slash and is no network such as 10.0.0.0/16"
    return None if _HOST.fullmatch(host) or _ip(host.strip("[]")) else f"'{host}' is no host, address or network"


def covers(hosts: Iterable[str], address: str) -> bool:
    """Whether an address is reached directly, by the rules of Go's matcher; `localhost` and loopback always are."""
    wanted = address.strip("[]").lower()
    ip = _ip(wanted)
    if wanted == "localhost" or (ip is not None and ip.is_loopback):
        return True
    return any(_matches(host.lower(), wanted, ip) for host in hosts)


def uncovered(hosts: Collection[str], addresses: Iterable[str]) -> list[str]:
    """The addresses that would be reached through the proxy, given the hosts that are ignored."""
    return sorted({address for address in addresses if not covers(hosts, address)})


def warnings(settings: ProxySettings, *, addresses: Collection[str], environment: Collection[str]) -> Iterator[str]:
    """What a user should know, without being stopped."""
    proxies = [url for url in (plain(settings.http_url), plain(settings.https_url)) if url]
    if proxies and not addresses:
        yield f"The nodes' addresses are not known here: see that ignored_hosts has them all; {KB_5502}."
    for host in settings.ignored_hosts:
        if host == "*":
            yield "ignored_hosts has '*': no request goes through the proxy."
        elif "/" in host:
            yield f"ignored_hosts has the network {host}; JFrog documents host names only."
    for url in proxies:
        host = urllib.parse.urlsplit(url).hostname or ""
        if host in addresses:
            yield f"The proxy {host} is an address of a node."
        elif covers(settings.ignored_hosts, host):
            yield f"The proxy {host} is in ignored_hosts itself."
    if any(has_credentials(url) for url in proxies):
        yield "Credentials in a proxy URL are not documented by JFrog; system.yaml holds them as plain text."
    for name in overriding(environment):
        yield f"The environment variable {name} is set on a node and beats system.yaml."


def jfconnect_rule(version: str | None) -> str:
    """What JFConnect uses instead, by Artifactory's version; None: it is not known."""
    old = "before 7.77 it uses jfconnect.env.http_proxy and its siblings in Artifactory's system.yaml"
    new = "from 7.77 on it uses the platform's proxy (Administration > Proxies)"
    if version is None:
        return f"{old[0].upper()}{old[1:]}; {new}."
    rule = new if Version(version) >= Version("7.77") else old
    return f"{rule[0].upper()}{rule[1:]}; here is {version}."


def _matches(host: str, wanted: str, ip: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    if host == "*":
        return True
    network = _network(host)
    if network is not None:
        return ip is not None and ip in network
    host = re.sub(r":\d+$", "", host) if host.count(":") == 1 else host.strip("[]")
    if ip is not None:
        return _ip(host) == ip
    # `.example.com` matches sub-domains only, `example.com` itself too.
    return wanted == host or wanted.endswith(f".{host.removeprefix('.')}")


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if "/" not in text:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
