"""Repository configuration on the wire, and the three answers of a read: found, gone, refused."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider.client.repositories import Member, Repositories, RepositoryConfiguration
from jpd_provider.errors import ApiError, Conflict, ContractError, Forbidden, ServerError, Unauthorized

PATH = "/artifactory/api/repositories/docker-local"
FOUND = {
    "key": "docker-local",
    "rclass": "federated",
    "packageType": "docker",
    "description": "d",
    "members": [
        {"url": "https://us/artifactory/docker-local", "enabled": "false"},
        {"url": "https://ap/artifactory/d"},
    ],
}
Talks = Callable[..., Any]


def refusal(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"status": status, "message": message}]})


def test_a_repository_is_read_with_its_members_and_every_other_field(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json=FOUND))

    found = Repositories(jpd.http).get("docker-local")

    assert found is not None
    assert (found.key, found.repository_class, found.package_type) == ("docker-local", "federated", "docker")
    assert found.members == (
        Member(url="https://us/artifactory/docker-local", enabled=False),
        Member(url="https://ap/artifactory/d", enabled=True),
    )
    assert found.raw == FOUND
    assert jpd.lines == [f"GET {PATH}"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [({"rclass": "LOCAL"}, "local"), ({"type": "FEDERATED"}, "federated"), ({"rclass": "local", "type": "x"}, "local")],
)
def test_both_names_of_the_class_are_understood(body: dict[str, str], kind: str) -> None:
    assert RepositoryConfiguration.from_wire(body | {"key": "k"}).repository_class == kind


def test_a_repository_without_members_has_none() -> None:
    assert RepositoryConfiguration.from_wire({"key": "k", "members": None}).members == ()


@pytest.mark.parametrize("answer", [httpx.Response(404), refusal(404, "not found"), refusal(400, "Bad Request")])
def test_a_missing_repository_reads_as_none(talk: Talks, answer: httpx.Response) -> None:
    assert Repositories(talk(answer).http).get("docker-local") is None


def test_the_400_that_wants_a_licence_is_a_refusal_and_not_gone(talk: Talks) -> None:
    jpd = talk(refusal(400, "This REST API is available only in Artifactory Pro (see: jfrog.com). License is missing."))

    with pytest.raises(ApiError, match="License is missing"):
        Repositories(jpd.http).get("docker-local")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorized), (403, Forbidden), (500, ServerError), (409, Conflict)]
)
def test_a_refused_read_is_never_gone(talk: Talks, status: int, kind: type[ApiError]) -> None:
    with pytest.raises(kind):
        Repositories(talk(refusal(status, "no")).http).get("docker-local")


@pytest.mark.parametrize(
    "body",
    [[], {}, {"key": "another"}, {"version": "7"}, "text", {"key": "docker-local", "members": [{"url": 7}]}],
)
def test_an_answer_that_is_no_configuration_breaks_the_contract(talk: Talks, body: Any) -> None:
    with pytest.raises(ContractError, match="answered with something else than its configuration"):
        Repositories(talk(httpx.Response(200, json=body)).http).get("docker-local")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_a_key_is_escaped_in_the_path(talk: Talks, method: str) -> None:
    jpd = talk(httpx.Response(200, json={"key": "a/b c"}))
    repositories = Repositories(jpd.http)
    calls: dict[str, Callable[[], object]] = {
        "GET": lambda: repositories.get("a/b c"),
        "PUT": lambda: repositories.create("a/b c", {}),
        "POST": lambda: repositories.update("a/b c", {}),
        "DELETE": lambda: repositories.delete("a/b c"),
    }

    calls[method]()

    assert jpd.lines == [f"{method} /artifactory/api/repositories/a%2Fb%20c"]


def test_create_puts_the_configuration(talk: Talks) -> None:
    jpd = talk(httpx.Response(200))

    Repositories(jpd.http).create("docker-local", {"rclass": "federated"})

    assert jpd.lines == [f"PUT {PATH}"]
    assert json.loads(jpd.requests[0].content) == {"rclass": "federated"}


def test_create_of_a_taken_key_is_a_conflict(talk: Talks) -> None:
    jpd = talk(refusal(400, "error when validating repository name: Case insensitive repository key already exists"))

    with pytest.raises(Conflict):
        Repositories(jpd.http).create("docker-local", {})


def test_update_posts_the_given_fields(talk: Talks) -> None:
    jpd = talk(httpx.Response(200))

    Repositories(jpd.http).update("docker-local", {"description": "new"})

    assert jpd.lines == [f"POST {PATH}"]
    assert json.loads(jpd.requests[0].content) == {"description": "new"}


@pytest.mark.parametrize(("status", "there_was_one"), [(200, True), (404, False)])
def test_delete_tells_whether_there_was_a_repository(talk: Talks, status: int, there_was_one: bool) -> None:
    jpd = talk(httpx.Response(status))

    assert Repositories(jpd.http).delete("docker-local") is there_was_one
    assert jpd.lines == [f"DELETE {PATH}"]


def test_a_refused_delete_is_an_error(talk: Talks) -> None:
    with pytest.raises(Forbidden):
        Repositories(talk(httpx.Response(403)).http).delete("docker-local")


def test_the_storage_counts_artifacts_and_bytes(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json={"files": [{"uri": "/a", "size": 3}, {"uri": "/b", "size": "4"}]}))

    held = Repositories(jpd.http).storage("docker-local")

    assert (held.artifacts, held.size_bytes) == (2, 7)
    assert jpd.lines == ["GET /artifactory/api/storage/docker-local?list=&deep=1&listFolders=0"]


def test_a_missing_repository_holds_nothing(talk: Talks) -> None:
    held = Repositories(talk(httpx.Response(404)).http).storage("docker-local")

    assert (held.artifacts, held.size_bytes) == (0, 0)


@pytest.mark.parametrize("body", [[], {}, {"files": None}, {"files": "x"}])
def test_a_listing_without_files_breaks_the_contract_and_never_means_empty(talk: Talks, body: Any) -> None:
    with pytest.raises(ContractError, match="answered with something else than its files"):
        Repositories(talk(httpx.Response(200, json=body)).http).storage("docker-local")
