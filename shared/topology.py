"""RabbitMQ's side of the contract: `deploy/rabbitmq/definitions.json`, applied and checked by one command.

Works on RabbitMQ 3.10 and 4.x through the management HTTP API. Applying is one request and may be repeated:
what is there stays, what is missing is added, policies and permissions are set anew. Queues that exist with
other arguments are left alone (their messages would be lost); `check` names them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import aiohttp
import msgspec
from yarl import URL

from shared.addresses import each_host
from shared.tls import explained, split_trust

DEFINITIONS = Path(__file__).parent.parent / "deploy" / "rabbitmq" / "definitions.json"
HOME_QUEUES = frozenset({"registry.live", "registry.backfill"})
_NODE_SECONDS = 3.0
_DEADLINE = aiohttp.ClientTimeout(total=30)

_Definitions = dict[str, list[dict[str, Any]]]


class ManagementUnreachableError(Exception):
    """RabbitMQ's management API did not answer."""


class ManagementRefusedError(Exception):
    """RabbitMQ's management API refused a request: wrong credentials or unacceptable definitions."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that stands otherwise in the broker than in the definitions file."""

    kind: str
    name: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: expected {self.expected}, found {self.found}"


def definitions(vhost: str) -> _Definitions:
    """The checked-in definitions, for *vhost* instead of `malha`."""
    found: _Definitions = msgspec.json.decode(DEFINITIONS.read_bytes())
    for virtual_host in found["vhosts"]:
        virtual_host["name"] = vhost
    for kind, items in found.items():
        if kind not in {"vhosts", "users"}:
            for item in items:
                item["vhost"] = vhost
    return found


def vhost_of(amqp_url: str) -> str:
    """The virtual host that *amqp_url* names; without a path it is `/`."""
    return unquote(urlsplit(each_host(amqp_url)[0]).path[1:]) or "/"


async def apply(management_url: str, vhost: str, passwords: Mapping[str, str] | None = None) -> None:
    """Make *vhost* stand as the definitions say, with *passwords* {user: password} for its users.

    A user without an entry keeps its password; one that is new then has none and cannot log in.
    """
    wanted = definitions(vhost)
    async with _session(management_url) as http:
        hashes = {user["name"]: user["password_hash"] for user in await _get(http, "users")}
        for user in wanted["users"]:
            name = user["name"]
            if passwords and name in passwords:
                del user["password_hash"]
                user["password"] = passwords[name]
            else:
                user["password_hash"] = hashes.get(name, "")
        await _request(http, "POST", "definitions", wanted)


async def check(management_url: str, vhost: str) -> list[Difference]:
    """What differs in the broker from the definitions; empty when all stands as it should."""
    async with _session(management_url) as http:
        found, users, permissions = await asyncio.gather(
            _get(http, f"definitions/{quote(vhost, safe='')}"),
            _get(http, "users"),
            _get(http, "permissions"),
        )
    found |= {"users": users, "permissions": [item for item in permissions if item["vhost"] == vhost]}
    return list(_differences(definitions(vhost), found))


async def standing(management_url: str, vhost: str) -> dict[str, Any]:
    """Queues, exchanges, bindings and policies of *vhost* as they stand; no users, no passwords."""
    async with _session(management_url) as http:
        found: dict[str, Any] = await _get(http, f"definitions/{quote(vhost, safe='')}")
    return found


async def delete_vhost(management_url: str, vhost: str) -> None:
    """Remove *vhost* with everything in it."""
    async with _session(management_url) as http:
        await _request(http, "DELETE", f"vhosts/{quote(vhost, safe='')}")


async def bound_queues(management_url: str, vhost: str) -> frozenset[str]:
    """The queues that the exchange `notices` leads to; a service is ready when `HOME_QUEUES` are among them.

    The stream `notices.journal` alone satisfies `mandatory`, so a lost binding shows nowhere else. The user
    needs the tag `management` and access to *vhost*, and no permission.
    """
    async with _session(management_url) as http:
        bindings = await _get(http, f"exchanges/{quote(vhost, safe='')}/notices/bindings/source")
    return frozenset(item["destination"] for item in bindings if item["destination_type"] == "queue")


class Depth(NamedTuple):
    """How much a queue holds, those messages that a consumer has among them."""

    messages: int
    share: float
    """Of the bytes that its policy lets it hold; full, it takes no more."""


async def depth_of(management_url: str, vhost: str, queue: str) -> Depth:
    """How much is in *queue*; some seconds old."""
    async with _session(management_url) as http:
        found = await _get(http, f"queues/{quote(vhost, safe='')}/{quote(queue, safe='')}")
    most = (found.get("effective_policy_definition") or {}).get("max-length-bytes")
    return Depth(int(found.get("messages", 0)), found.get("message_bytes", 0) / most if most else 0.0)


def _differences(wanted: _Definitions, found: _Definitions) -> Iterator[Difference]:
    for kind, items in wanted.items():
        if kind == "vhosts":
            continue
        there = {_name(kind, item): item for item in found[kind]}
        for item in items:
            name = _name(kind, item)
            if name not in there:
                yield Difference(kind, name, "to be there", "nothing")
                continue
            for field, value in item.items():
                if field in {"vhost", "password_hash", "hashing_algorithm", "limits"}:
                    continue
                if there[name].get(field) != value:
                    yield Difference(kind, name, f"{field} {value}", str(there[name].get(field)))


def _name(kind: str, item: Mapping[str, Any]) -> str:
    if kind == "bindings":
        return f"{item['source']} -{item['routing_key']}-> {item['destination']}"
    if kind == "permissions":
        return str(item["user"])
    return str(item["name"])


@asynccontextmanager
async def _session(management_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with _session_at(await _answering(management_url)) as http:
        yield http


async def _answering(management_url: str) -> str:
    """The address of a node that answers, of those that *management_url* names; of the last one otherwise."""
    *firsts, last = each_host(management_url)
    for node in firsts:
        with suppress(ManagementUnreachableError, TimeoutError):
            async with asyncio.timeout(_NODE_SECONDS), _session_at(node) as http:
                await _request(http, "GET", "overview")
                return node
    return last


def _session_at(management_url: str) -> aiohttp.ClientSession:
    url, trust = split_trust(management_url)
    headers = {
        "Authorization": aiohttp.encode_basic_auth(url.user or "guest", url.password or "guest"),
        "Content-Type": "application/json",
    }
    connector = aiohttp.TCPConnector(ssl=trust)
    return aiohttp.ClientSession(url.origin(), headers=headers, timeout=_DEADLINE, connector=connector)


async def _get(http: aiohttp.ClientSession, path: str) -> Any:
    return msgspec.json.decode(await _request(http, "GET", path))


async def _request(http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> bytes:
    url = URL(f"/api/{path}", encoded=True)
    content = None if body is None else msgspec.json.encode(body)
    try:
        async with http.request(
            method, url, data=content, headers={"Content-Type": "application/json"}
        ) as answer:
            text = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        why = explained(error) or error
        raise ManagementUnreachableError(f"RabbitMQ's management API does not answer: {why}") from error
    if not answer.ok:
        raise ManagementRefusedError(
            f"{method} /api/{path}: {answer.status} {text.decode(errors='replace')[:500]}"
        )
    return text
