import pytest

REPOSITORIES = "/artifactory/api/repositories"
DUPLICATE = "error when validating repository name: Case insensitive repository key already exists"


def test_r1_creates_a_repository_and_says_so_in_plain_text(world):
    answer = world["eu"].put(f"{REPOSITORIES}/demo", json={"rclass": "federated"})

    assert (answer.status_code, answer.text) == (200, "Successfully created repository 'demo'")
    assert answer.headers["content-type"].startswith("text/plain")


def test_r1_refuses_a_key_that_differs_only_in_case(world, error_text):
    world.create("eu", "Demo")

    answer = world["eu"].put(f"{REPOSITORIES}/demo", json={"rclass": "local"})

    assert (answer.status_code, error_text(answer)) == (400, DUPLICATE)


@pytest.mark.parametrize("key", ["with space", "9digit", "semi;colon", "a" * 65, "per%25cent"])
def test_r1_refuses_a_malformed_key(world, error_text, key):
    answer = world["eu"].put(f"{REPOSITORIES}/{key}", json={"rclass": "local"})

    assert answer.status_code == 400
    assert "is not a valid repository key" in error_text(answer)


def test_r1_refuses_a_docker_key_with_upper_case(world, error_text):
    answer = world["eu"].put(f"{REPOSITORIES}/Images", json={"rclass": "federated", "packageType": "docker"})

    assert (answer.status_code, error_text(answer)) == (400, "Docker Repository Images key must be in lower case")


def test_r1_refuses_a_body_that_is_not_json(world, error_text):
    answer = world["eu"].put(f"{REPOSITORIES}/demo", content=b"{")

    assert answer.status_code == 400
    assert "not valid JSON" in error_text(answer)


@pytest.mark.parametrize("package_type", ["p2", "vcs"])
def test_r1_refuses_a_federated_repository_of_a_type_that_does_not_federate(world, package_type):
    body = {"rclass": "federated", "packageType": package_type}

    assert world["eu"].put(f"{REPOSITORIES}/demo", json=body).status_code == 400


def test_r1_takes_the_body_that_terraform_sends(world):
    body = {
        "key": "demo-fed", "projectKey": "", "environments": [], "rclass": "federated", "packageType": "generic",
        "description": "", "notes": "", "includesPattern": "**/*", "repoLayoutRef": "simple-default",
        "blackedOut": False, "xrayIndex": False, "archiveBrowsingEnabled": False, "downloadRedirect": False,
        "cdnRedirect": None, "priorityResolution": False, "terraformType": "", "members": None, "proxy": "",
        "disableProxy": False,
    }  # fmt: skip

    world["eu"].put(f"{REPOSITORIES}/demo-fed", json=body).raise_for_status()

    stored = world.config("eu", "demo-fed")
    assert stored["members"] == [world.member("eu", "demo-fed")]
    assert "projectKey" not in stored
    assert "proxy" not in stored
    assert stored["cdnRedirect"] is False


def test_r1_takes_flags_as_strings_and_answers_booleans(world):
    world.create("eu", "demo", members=[{**world.member("eu", "demo"), "enabled": "true"}])

    assert world.config("eu", "demo")["members"] == [world.member("eu", "demo")]


def test_r2_changes_a_field_and_keeps_the_others(world):
    world.create("eu", "demo", description="before", notes="kept")

    answer = world.edit("eu", "demo", description="after")

    assert answer.status_code == 200
    stored = world.config("eu", "demo")
    assert (stored["description"], stored["notes"]) == ("after", "kept")


def test_r2_of_a_missing_repository_is_404(world):
    assert world.edit("eu", "missing", description="x").status_code == 404


@pytest.mark.parametrize("change", [{"rclass": "local"}, {"packageType": "maven"}])
def test_r2_refuses_another_class_or_package_type(world, change):
    world.create("eu", "demo")

    answer = world.edit("eu", "demo", **change)

    assert answer.status_code == 400
    assert world.config("eu", "demo")["packageType"] == "generic"


def test_r3_of_a_missing_repository_is_400(world, error_text):
    answer = world["eu"].get(f"{REPOSITORIES}/missing")

    assert (answer.status_code, error_text(answer)) == (400, "Bad Request")


def test_r3_shows_a_non_admin_only_part_of_the_document(world):
    world.create("eu", "demo")

    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        document = reader.get(f"{REPOSITORIES}/demo").json()

    assert set(document) == {"key", "packageType", "description", "rclass"}


def test_r4_answers_200_or_400_without_a_body(world):
    world.create("eu", "demo")

    there, missing = world["eu"].head(f"{REPOSITORIES}/demo"), world["eu"].head(f"{REPOSITORIES}/missing")

    assert (there.status_code, missing.status_code) == (200, 400)
    assert there.content == missing.content == b""


def test_r5_removes_a_repository_with_its_content(world):
    world.create("eu", "demo")
    world.deploy("eu", "demo/a.txt")

    answer = world["eu"].delete(f"{REPOSITORIES}/demo")

    assert answer.text == "Repository 'demo' and all its content have been removed successfully."
    assert world["eu"].get(f"{REPOSITORIES}/demo").status_code == 400
    assert world.status("eu", "demo/a.txt") == 404


def test_r5_of_a_missing_repository_is_404(world):
    assert world["eu"].delete(f"{REPOSITORIES}/missing").status_code == 404


def test_r6_of_a_missing_repository_is_404(world):
    assert world["eu"].get("/artifactory/api/v2/repositories/missing").status_code == 404


def test_r7_filters_by_type_and_ignores_empty_filters(world):
    world.create("eu", "demo")
    world["eu"].put(f"{REPOSITORIES}/plain", json={"rclass": "local", "packageType": "maven"}).raise_for_status()

    rows = world["eu"].get(f"{REPOSITORIES}/?packageType=&project=&type=federated").json()

    url = world.member("eu", "demo")["url"]
    assert rows == [{"key": "demo", "description": "", "type": "FEDERATED", "url": url, "packageType": "Generic"}]


def test_r8_groups_whole_documents_by_class(world):
    world.create("eu", "demo")
    world["eu"].put(f"{REPOSITORIES}/plain", json={"rclass": "local"}).raise_for_status()

    groups = world["eu"].get(f"{REPOSITORIES}/configurations", params={"repoType": "federated"}).json()

    assert groups == {"FEDERATED": [world.config("eu", "demo")]}


def test_r9_says_which_classes_exist(world):
    world.create("eu", "demo")

    answer = world["eu"].get(f"{REPOSITORIES}/existence", params=[("type", "local"), ("type", "federated")])

    assert answer.json()["matchingRepoTypes"] == ["federated"]


@pytest.mark.parametrize("package_type", ["generic", "maven", "docker", "npm", "debian", "terraform", "huggingfaceml"])
def test_every_field_that_is_sent_comes_back(world, package_type):
    sent = {"description": "d", "excludesPattern": "x/**", "xrayIndex": True, "somethingNew": {"a": [1]}}

    world.create("eu", "demo", packageType=package_type, **sent)

    assert sent.items() <= world.config("eu", "demo").items()


def test_writing_needs_an_administrator(world, error_text):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        answer = reader.put(f"{REPOSITORIES}/demo", json={"rclass": "local"})

    assert (answer.status_code, error_text(answer)) == (403, "Forbidden")


def test_no_credentials_are_401(world, error_text):
    with world.client("eu") as nobody:
        answer = nobody.get(f"{REPOSITORIES}/demo")

    assert (answer.status_code, error_text(answer)) == (401, "Bad credentials")
