"""A real OpenID provider in a process of its own, and somebody who signs in at it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import aiohttp

from tests.support.contract import checkout

CLIENT: Final = "malha"
SECRET: Final = "not-a-secret-either"
RETURN_URL: Final = "http://malha.test/entrar/oidc/retorno"
_START_SECONDS: Final = 120.0


class OpenIdProvider(NamedTuple):
    """Where it is."""

    issuer: str

    @property
    def settings(self) -> dict[str, str]:
        """What a registry is told of it."""
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_name": "Provedor de teste",
        }

    async def sign_in(self, url: str, login: str) -> str:
        """Go where *url* leads and sign in as *login*; where the provider then sends the browser."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            while not url.startswith(RETURN_URL):
                async with browser.get(url, allow_redirects=False) as answer:
                    page = await answer.text()
                    back = answer.headers.get("Location")
                if back is None:
                    action = re.search(r'action="([^"]+)"', page)
                    prompt = re.search(r'name="prompt" value="(\w+)"', page)
                    assert action is not None, page
                    assert prompt is not None, page
                    form = {"prompt": prompt[1], "login": login, "password": "any"}
                    async with browser.post(action[1], data=form, allow_redirects=False) as answer:
                        back = answer.headers["Location"]
                url = back if back.startswith("http") else self.issuer + back
        return url


@asynccontextmanager
async def openid_provider() -> AsyncIterator[OpenIdProvider]:
    """A provider that listens on loopback."""
    here = checkout()
    process = await asyncio.create_subprocess_exec(
        here / ".venv/bin/node",
        here / "tests/support/node/provider.mjs",
        here / ".venv/node",
        CLIENT,
        SECRET,
        RETURN_URL,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS):
            port = (await process.stdout.readline()).decode().strip()
        assert port.isdecimal()
        yield OpenIdProvider(f"http://127.0.0.1:{port}")
    finally:
        process.stdin.close()
        process.kill()
        await process.wait()
