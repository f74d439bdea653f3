"""Artifactory: search with the Artifactory Query Language (contract 9.1)."""

from __future__ import annotations

from starlette.responses import Response

from jpd_sim.aql import results
from jpd_sim.services.replies import ProductError, json_reply, read_limited
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment

MAX_QUERY_BYTES = 256 * 1024
"""Our choice; command-line tools that delete by list send queries of tens of kilobytes."""


class Search:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The table."""
        return [Route("POST", "/api/search/aql", self.aql, Right.USER, "9.1 AQL")]

    async def aql(self, call: Call) -> Response:
        """9.1: text/plain query of the domain `items`; 200 with results and range, 400 when it is malformed."""
        try:
            text = (await read_limited(call.request, MAX_QUERY_BYTES)).decode()
            return json_reply(results.answer(self._deployment, text))
        except (results.BadQuery, UnicodeDecodeError) as error:
            raise ProductError(400, str(error)) from error
