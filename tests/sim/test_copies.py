"""Row A13: copy and move."""

import pytest


@pytest.fixture
def eu(world):
    world.create("eu", "demo")
    world.create("eu", "other")
    world.deploy("eu", "demo/f/a.txt;k=v", b"a")
    world.deploy("eu", "demo/f/g/b.txt", b"b")
    return world["eu"]


def transfer(client, verb, source, to, **query):
    return client.post(f"/artifactory/api/{verb}/{source}", params={"to": to, **query})


def message(answer):
    (entry,) = answer.json()["messages"]
    return entry["level"], entry["message"]


def test_a13_copies_a_file_with_its_properties_and_keeps_the_source(eu):
    answer = transfer(eu, "copy", "demo/f/a.txt", "/other/x/y.txt")

    assert answer.status_code == 200
    assert message(answer)[0] == "INFO"
    assert eu.get("/artifactory/other/x/y.txt").content == b"a"
    assert eu.get("/artifactory/api/storage/other/x/y.txt?properties").json()["properties"] == {"k": ["v"]}
    assert eu.get("/artifactory/demo/f/a.txt").status_code == 200


def test_a13_moves_a_folder_with_all_that_is_in_it(eu):
    answer = transfer(eu, "move", "demo/f", "/other/new")

    assert message(answer) == ("INFO", "moving demo:f to other:new completed successfully, 2 artifacts")
    assert eu.get("/artifactory/other/new/g/b.txt").content == b"b"
    assert eu.get("/artifactory/api/storage/demo/f").status_code == 404


@pytest.mark.parametrize("to", ["other/x.txt", "/other/x.txt"])
def test_a13_needs_no_slash_in_front_of_the_target(eu, to):
    assert transfer(eu, "copy", "demo/f/a.txt", to).status_code == 200
    assert eu.get("/artifactory/other/x.txt").status_code == 200


@pytest.mark.parametrize("to", ["/other", "/other/", "/other/there", "/other/there/", "/other/new/"])
def test_a13_into_a_folder_keeps_the_name(eu, to):
    eu.put("/artifactory/other/there/").raise_for_status()

    transfer(eu, "copy", "demo/f/a.txt", to).raise_for_status()

    assert eu.get(f"/artifactory/{to.strip('/')}/a.txt").content == b"a"


def test_a13_of_a_folder_into_one_that_is_there_goes_below_it(eu):
    eu.put("/artifactory/other/there/").raise_for_status()

    transfer(eu, "copy", "demo/f", "/other/there").raise_for_status()

    assert eu.get("/artifactory/other/there/f/a.txt").status_code == 200


@pytest.mark.parametrize("verb", ["copy", "move"])
def test_a13_dry_says_the_same_and_changes_nothing(eu, verb):
    dry = transfer(eu, verb, "demo/f", "/other/new", dry="1")

    assert eu.get("/artifactory/demo/f/a.txt").status_code == 200
    assert eu.get("/artifactory/api/storage/other").json()["children"] == []
    assert message(dry) == message(transfer(eu, verb, "demo/f", "/other/new", dry="0"))


@pytest.mark.parametrize(
    ("source", "to", "status", "text"),
    [
        ("demo/missing", "/other/x", 404, "Could not find item 'demo:missing'"),
        ("missing/x", "/other/x", 404, "Could not find repository 'missing'"),
        ("demo/f/a.txt", "/missing/x", 404, "Could not find repository 'missing'"),
        ("demo/f/a.txt", "", 400, "The query parameter to is missing"),
        ("demo/f", "/demo/f/inside", 400, "onto or into itself"),
        ("demo/f/a.txt", "/demo/f/a.txt", 400, "onto or into itself"),
        ("demo/f", "/other/file", 400, "'other:file' is there as a file"),
        ("demo/f/a.txt", "/other/../x", 400, "Invalid path"),
    ],
)
@pytest.mark.parametrize("verb", ["copy", "move"])
@pytest.mark.parametrize("dry", ["0", "1"])
def test_a13_says_what_is_wrong_and_changes_nothing(eu, verb, source, to, status, text, dry):
    eu.put("/artifactory/other/file", content=b"x").raise_for_status()

    answer = transfer(eu, verb, source, to, dry=dry)

    assert answer.status_code == status
    assert message(answer)[0] == "ERROR"
    assert text in message(answer)[1]
    assert eu.get("/artifactory/demo/f/a.txt").status_code == 200


def test_a13_needs_the_right_to_write(world, eu):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        answer = transfer(reader, "copy", "demo/f/a.txt", "/other/x")

    assert answer.status_code == 403


def test_a13_into_a_federated_repository_reaches_the_members(world, eu):
    world.federate("shared", "eu", "us")

    transfer(eu, "copy", "demo/f", "/shared/f").raise_for_status()

    world.settle()
    assert world["us"].get("/artifactory/shared/f/a.txt").content == b"a"


def test_a13_does_not_bring_in_what_the_patterns_of_the_target_exclude(world, eu):
    world.edit("eu", "other", excludesPattern="**/*.txt").raise_for_status()

    answer = transfer(eu, "copy", "demo/f", "/other/f")

    assert answer.status_code == 403
    assert eu.get("/artifactory/api/storage/other").json()["children"] == []
