"""Projects: rows R13 and R14, and the project calls of 9.1."""

import pytest

PROJECTS = "/access/api/v1/projects"
REPOSITORIES = "/artifactory/api/repositories"


@pytest.fixture
def eu(world):
    world["eu"].post(PROJECTS, json={"project_key": "shop", "display_name": "Shop"}).raise_for_status()
    world["eu"].put(f"{REPOSITORIES}/plain", json={"rclass": "local"}).raise_for_status()
    return world["eu"]


def attach(client, repository="plain", project="shop", **query):
    return client.put(f"{PROJECTS}/_/attach/repositories/{repository}/{project}", params=query)


def detail(answer):
    return answer.json()["errors"][0]["detail"]


def test_r13_attaches_a_repository_whatever_its_name_is(world, eu):
    answer = attach(eu)

    assert (answer.status_code, answer.content) == (204, b"")
    assert world.config("eu", "plain")["projectKey"] == "shop"


def test_r13_takes_an_empty_body_in_chunks(world, eu):
    assert eu.put(f"{PROJECTS}/_/attach/repositories/plain/shop", content=iter([b""])).status_code == 204


def test_r13_moves_a_repository_only_by_force(world, eu):
    eu.post(PROJECTS, json={"project_key": "bank", "display_name": "Bank"}).raise_for_status()
    attach(eu).raise_for_status()

    refused, forced = attach(eu, project="bank"), attach(eu, project="bank", force="true")

    assert (refused.status_code, forced.status_code) == (400, 204)
    assert detail(refused) == "Repository 'plain' is assigned to project 'shop'"
    assert world.config("eu", "plain")["projectKey"] == "bank"


@pytest.mark.parametrize(("repository", "project"), [("missing", "shop"), ("plain", "missing")])
def test_r13_without_repository_or_project_is_404(eu, repository, project):
    assert attach(eu, repository, project).status_code == 404


def test_r13_does_not_reach_the_other_members(world, eu):
    world.federate("shared", "eu", "us")

    attach(eu, "shared").raise_for_status()

    assert "projectKey" not in world.config("us", "shared")


def test_r14_detaches(world, eu):
    attach(eu).raise_for_status()

    answer = eu.delete(f"{PROJECTS}/_/attach/repositories/plain")

    assert answer.status_code == 204
    assert "projectKey" not in world.config("eu", "plain")


def test_r14_of_a_missing_repository_is_404(eu):
    assert eu.delete(f"{PROJECTS}/_/attach/repositories/missing").status_code == 404


def test_r2_of_an_attached_repository_keeps_its_project(world, eu):
    attach(eu).raise_for_status()

    world.edit("eu", "plain", description="new").raise_for_status()

    assert world.config("eu", "plain")["projectKey"] == "shop"


@pytest.mark.parametrize("call", ["R7", "R9"])
def test_r7_and_r9_filter_by_project(world, eu, call):
    attach(eu).raise_for_status()
    world.create("eu", "other")

    if call == "R7":
        found = [row["key"] for row in eu.get(REPOSITORIES, params={"project": "shop"}).json()]
        assert found == ["plain"]
    else:
        found = eu.get(f"{REPOSITORIES}/existence", params={"projectKey": "shop"}).json()
        assert found == {"matchingRepoTypes": ["local"], "projectKey": "shop"}


def test_a_project_is_created_with_defaults_and_listed(eu):
    project = eu.get(f"{PROJECTS}/shop").json()

    assert (project["project_key"], project["display_name"], project["storage_quota_bytes"]) == ("shop", "Shop", -1)
    assert eu.get(PROJECTS).json() == [project]


def test_a_project_is_changed_and_keeps_its_key(eu):
    answer = eu.put(f"{PROJECTS}/shop", json={"project_key": "other", "description": "new"})

    assert answer.json()["project_key"] == "shop"
    assert eu.get(f"{PROJECTS}/shop").json()["description"] == "new"


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({}, 400, "project_key is missing"),
        ({"project_key": "Shop", "display_name": "x"}, 400, "must have 2 to 32"),
        ({"project_key": "s", "display_name": "x"}, 400, "must have 2 to 32"),
        ({"project_key": "shop", "display_name": "x"}, 409, "A project with key 'shop' exists"),
        ({"project_key": "bank", "display_name": "Shop"}, 400, "display name 'Shop' exists"),
        ({"project_key": "bank", "display_name": 1}, 400, "display_name must be a name"),
    ],
)
def test_a_project_that_cannot_be_is_refused(eu, body, status, text):
    answer = eu.post(PROJECTS, json=body)

    assert answer.status_code == status
    assert text in detail(answer)
    assert len(eu.get(PROJECTS).json()) == 1


def test_a_project_with_repositories_cannot_be_deleted(eu):
    attach(eu).raise_for_status()

    refused = eu.delete(f"{PROJECTS}/shop")
    eu.delete(f"{PROJECTS}/_/attach/repositories/plain").raise_for_status()

    assert (refused.status_code, detail(refused)) == (400, "project containing resources can't be removed")
    assert eu.delete(f"{PROJECTS}/shop").status_code == 204
    assert eu.get(f"{PROJECTS}/shop").status_code == 404


def test_groups_of_a_project_are_saved_listed_and_removed(eu):
    group = f"{PROJECTS}/shop/groups/readers"

    saved = eu.put(group, json={"name": "readers", "roles": ["Viewer"]})

    assert (saved.status_code, eu.get(group).json()) == (200, {"name": "readers", "roles": ["Viewer"]})
    assert eu.get(f"{PROJECTS}/shop/groups").json() == {"members": [{"name": "readers", "roles": ["Viewer"]}]}
    assert eu.delete(group).status_code == 204
    assert eu.get(group).status_code == 404


def test_groups_of_a_missing_project_are_404(eu):
    assert eu.get(f"{PROJECTS}/missing/groups").status_code == 404
    assert eu.put(f"{PROJECTS}/missing/groups/x", json={"roles": []}).status_code == 404


def test_groups_go_with_their_project(eu):
    eu.put(f"{PROJECTS}/shop/groups/readers", json={"roles": []}).raise_for_status()

    eu.delete(f"{PROJECTS}/shop").raise_for_status()
    eu.post(PROJECTS, json={"project_key": "shop", "display_name": "Shop"}).raise_for_status()

    assert eu.get(f"{PROJECTS}/shop/groups").json() == {"members": []}


def test_changing_projects_needs_an_administrator(world, eu):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        statuses = [
            attach(reader).status_code,
            reader.delete(f"{PROJECTS}/_/attach/repositories/plain").status_code,
            reader.post(PROJECTS, json={}).status_code,
        ]

    assert statuses == [403, 403, 403]
