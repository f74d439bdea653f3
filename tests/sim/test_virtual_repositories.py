"""Virtual repositories: configuration, and reading and deploying through them."""

import pytest

REPOSITORIES = "/artifactory/api/repositories"
STORAGE = "/artifactory/api/storage"


@pytest.fixture
def eu(world):
    for key in ("first", "second"):
        world["eu"].put(f"{REPOSITORIES}/{key}", json={"rclass": "local"}).raise_for_status()
    return world["eu"]


def virtual(client, *keys, key="all", **fields):
    body = {"rclass": "virtual", "packageType": "generic", "repositories": list(keys), **fields}
    return client.put(f"{REPOSITORIES}/{key}", json=body)


def test_r1_and_r3_of_a_virtual_repository(eu):
    virtual(eu, "second", "first", defaultDeploymentRepo="first").raise_for_status()

    answer = eu.get(f"{REPOSITORIES}/all")

    vendor = "application/vnd.org.jfrog.artifactory.repositories.VirtualRepositoryConfiguration+json"
    assert answer.headers["content-type"] == vendor
    body = answer.json()
    assert (body["rclass"], body["repositories"]) == ("virtual", ["second", "first"])
    assert (body["defaultDeploymentRepo"], body["virtualRetrievalCachePeriodSecs"]) == ("first", 600)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"repositories": ["missing"]}, "'missing', which does not exist"),
        ({"repositories": ["jars"]}, "cannot contain 'jars' of type maven"),
        ({"repositories": [1]}, "must be a list of repository keys"),
        ({"defaultDeploymentRepo": "missing"}, "'missing', which does not exist"),
        ({"defaultDeploymentRepo": "inner"}, "must be a local or federated repository"),
    ],
)
def test_r1_refuses_a_virtual_repository_that_cannot_be(eu, error_text, fields, message):
    eu.put(f"{REPOSITORIES}/jars", json={"rclass": "local", "packageType": "maven"}).raise_for_status()
    virtual(eu, "first", key="inner").raise_for_status()

    answer = eu.put(f"{REPOSITORIES}/all", json={"rclass": "virtual", **fields})

    assert answer.status_code == 400
    assert message in error_text(answer)


def test_r2_refuses_a_circle(eu, error_text):
    virtual(eu, "first", key="inner").raise_for_status()
    virtual(eu, "inner", key="outer").raise_for_status()

    answer = eu.post(f"{REPOSITORIES}/inner", json={"repositories": ["outer"]})

    assert (answer.status_code, error_text(answer)) == (400, "Virtual repository 'inner' cannot contain itself")


def test_r7_lists_virtual_repositories_by_type(eu):
    virtual(eu, "first").raise_for_status()

    rows = eu.get(REPOSITORIES, params={"type": "virtual"}).json()

    assert [(row["key"], row["type"]) for row in rows] == [("all", "VIRTUAL")]


def test_a4_asks_in_the_order_of_the_list(eu):
    for key in ("first", "second"):
        eu.put(f"/artifactory/{key}/a.txt", content=key.encode()).raise_for_status()
    virtual(eu, "second", "first").raise_for_status()

    assert eu.get("/artifactory/all/a.txt").text == "second"


def test_a4_asks_a_repository_with_priority_before_the_others(eu):
    for key in ("first", "second"):
        eu.put(f"/artifactory/{key}/a.txt", content=key.encode()).raise_for_status()
    eu.post(f"{REPOSITORIES}/first", json={"priorityResolution": True}).raise_for_status()
    virtual(eu, "second", "first").raise_for_status()

    assert eu.get("/artifactory/all/a.txt").text == "first"


def test_a4_reads_through_a_virtual_repository_in_another_and_skips_what_is_blacked_out(eu):
    for key in ("first", "second"):
        eu.put(f"/artifactory/{key}/a.txt", content=key.encode()).raise_for_status()
    virtual(eu, "first", "second", key="inner").raise_for_status()
    virtual(eu, "inner").raise_for_status()

    eu.post(f"{REPOSITORIES}/first", json={"blackedOut": True}).raise_for_status()

    assert eu.get("/artifactory/all/a.txt").text == "second"


def test_a4_of_a_federated_repository_behind_a_virtual_one_fetches_the_binary_on_demand(world):
    world.federate("shared", "eu", "us")
    virtual(world["us"], "shared").raise_for_status()
    world.control.hold_importers("us")
    world.deploy("eu", "shared/a.txt", b"far")
    world.settle()

    assert world["us"].get("/artifactory/all/a.txt").content == b"far"


def test_a6_shows_the_folders_behind_it_as_one(eu):
    eu.put("/artifactory/first/f/a.txt", content=b"1").raise_for_status()
    eu.put("/artifactory/second/f/b.txt", content=b"22").raise_for_status()
    virtual(eu, "first", "second").raise_for_status()

    folder = eu.get(f"{STORAGE}/all/f").json()
    listed = eu.get(f"{STORAGE}/all?list&deep=1").json()["files"]

    assert [child["uri"] for child in folder["children"]] == ["/a.txt", "/b.txt"]
    assert sorted(row["uri"] for row in listed) == ["/f/a.txt", "/f/b.txt"]


def test_a6_of_a_missing_item_behind_a_virtual_repository_has_another_text(eu, error_text):
    virtual(eu, "first").raise_for_status()

    answer = eu.get(f"{STORAGE}/all/missing")

    assert (answer.status_code, error_text(answer)) == (404, "Not Found")


def test_a1_goes_to_the_default_deployment_repository(eu):
    virtual(eu, "first", "second", defaultDeploymentRepo="second").raise_for_status()

    answer = eu.put("/artifactory/all/a.txt", content=b"x")

    assert (answer.status_code, answer.json()["repo"]) == (201, "second")
    assert eu.get("/artifactory/second/a.txt").status_code == 200


def test_a1_without_a_default_deployment_repository_is_405(eu, error_text):
    virtual(eu, "first").raise_for_status()

    answer = eu.put("/artifactory/all/a.txt", content=b"x")

    assert answer.status_code == 405
    assert "no default deployment repository" in error_text(answer)


def test_a5_of_a_virtual_repository_is_405(eu):
    eu.put("/artifactory/first/a.txt", content=b"x").raise_for_status()
    virtual(eu, "first", defaultDeploymentRepo="first").raise_for_status()

    assert eu.delete("/artifactory/all/a.txt").status_code == 405
    assert eu.get("/artifactory/first/a.txt").status_code == 200


def test_r5_takes_the_repository_out_of_the_virtual_ones(eu):
    virtual(eu, "first", "second", defaultDeploymentRepo="first").raise_for_status()

    eu.delete(f"{REPOSITORIES}/first").raise_for_status()

    body = eu.get(f"{REPOSITORIES}/all").json()
    assert (body["repositories"], body["defaultDeploymentRepo"]) == (["second"], "")
