"""A JPD that answers from a script, plugged in below the HTTP client."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from jpd_provider.client.http import Http
from jpd_provider.settings import Settings

Scripted = httpx.Response | Exception


@dataclasses.dataclass
class Talk:
    """A conversation with one JPD: the client, what it sent, and how long it waited in between."""

    answers: list[Scripted]
    requests: list[httpx.Request] = dataclasses.field(default_factory=list)
    waits: list[float] = dataclasses.field(default_factory=list)
    http: Http = dataclasses.field(init=False)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The next answer of the script; the last one is repeated."""
        self.requests.append(request)
        scripted = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(scripted, Exception):
            raise scripted
        return httpx.Response(scripted.status_code, headers=scripted.headers, content=scripted.content)

    @property
    def lines(self) -> list[str]:
        """What was sent: method, path and query as they are on the wire."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]


@pytest.fixture
def talk(load: Callable[..., Settings], token: str) -> Iterator[Callable[..., Talk]]:
    """Makes a conversation from answers; further arguments are fields of the deployment's entry."""
    made: list[Talk] = []

    def talk(*answers: Scripted, **entry: Any) -> Talk:
        entry = {"url": "https://eu.example.com"} | (entry or {"accessToken": token})
        talking = Talk(list(answers))
        transport = httpx.MockTransport(talking.answer)
        talking.http = Http(load({"eu": entry})["eu"], transport=transport, sleep=talking.waits.append)
        made.append(talking)
        return talking

    yield talk
    for talking in made:
        talking.http.close()
