import json

import httpx
import pytest

from jpd_sim import Simulator
from jpd_sim.state.profile import Profile

REPOSITORIES = "/artifactory/api/repositories"
DUPLICATE = "error when validating repository name: Case insensitive repository key already exists"


def test_r1_creates_a_repository_and_says_so_in_plain_text(world):
    answer = world["eu"].put(f"{REPOSITORIES}/demo", json={"rclass": "federated"})

    assert (answer.status_code, answer.text) == (200, "Successfully created repository 'demo'")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("rclass", ["Local", "Federated"])
def test_r1_takes_the_vendor_type_and_a_position_and_r3_answers_with_the_vendor_type(world, rclass):
    vendor = f"application/vnd.org.jfrog.artifactory.repositories.{rclass}RepositoryConfiguration+json"
    body = json.dumps({"rclass": rclass.lower()}).encode()

    created = world["eu"].put(f"{REPOSITORIES}/demo?pos=0", content=body, headers={"Content-Type": vendor})

    assert created.status_code == 200
    assert world["eu"].get(f"{REPOSITORIES}/demo").headers["content-type"] == vendor


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("rclass", "distribution", "rclass must be one of"),
        ("packageType", "cobol", "Unknown package type: cobol"),
        ("description", 5, "description must be a string"),
        ("xrayIndex", "maybe", "xrayIndex must be true or false"),
        ("signedUrlTtl", "soon", "signedUrlTtl must be a whole number"),
        ("environments", "DEV", "environments must be a list"),
        ("members", {}, "members must be a list"),
        ("members", [{"enabled": True}], "Each member needs a url"),
        ("members", [{"url": "http://["}], "Failed to update remote members"),
        ("projectKey", "shop", "must start with the project key 'shop-'"),
    ],
)
def test_r1_refuses_a_field_that_cannot_be(world, error_text, field, value, message):
    answer = world["eu"].put(f"{REPOSITORIES}/demo", json={"rclass": "federated", field: value})

    assert answer.status_code == 400
    assert message in error_text(answer)
    assert world["eu"].head(f"{REPOSITORIES}/demo").status_code == 400


def test_r1_needs_a_pro_licence(world, simulator, error_text):
    with Simulator(["eu"], profile=Profile(licence="OSS")) as community:
        eu = community.deployments["eu"]
        auth = {"Authorization": f"Bearer {eu.access_token}"}
        answer = httpx.put(f"{eu.url}{REPOSITORIES}/demo", json={"rclass": "local"}, headers=auth, trust_env=False)

    assert answer.status_code == 400
    assert "available only in Artifactory Pro" in error_text(answer)


@pytest.mark.parametrize(("version", "status"), [("7.49.6", 200), ("7.53.1", 400), ("7.107.0", 400), ("7.107.1", 200)])
def test_r1_limits_environments_by_version(version, status):
    body = {"rclass": "local", "environments": ["DEV", "PROD"]}
    with Simulator(["eu"], profile=Profile(version=version)) as old:
        eu = old.deployments["eu"]
        auth = {"Authorization": f"Bearer {eu.access_token}"}
        answer = httpx.put(f"{eu.url}{REPOSITORIES}/demo", json=body, headers=auth, trust_env=False)

    assert answer.status_code == status


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


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_r3_and_r4_of_a_missing_repository_are_404_in_the_other_profile(world, method):
    world.control.change_profile("eu", missing_repository_status=404)

    assert world["eu"].request(method, f"{REPOSITORIES}/missing").status_code == 404


def test_r3_shows_downloads_as_not_redirected_without_enterprise_plus(world):
    world.create("eu", "demo", downloadRedirect=True)
    before = world.config("eu", "demo")["downloadRedirect"]

    world.control.change_profile("eu", licence="Enterprise X")

    assert (before, world.config("eu", "demo")["downloadRedirect"]) == (True, False)


def test_r1_of_a_federated_repository_needs_an_enterprise_licence(world, error_text):
    world.control.change_profile("eu", licence="Pro")

    federated, local = (
        world["eu"].put(f"{REPOSITORIES}/{rclass}", json={"rclass": rclass}) for rclass in ("federated", "local")
    )

    assert (federated.status_code, local.status_code) == (400, 200)
    assert "need an Enterprise licence" in error_text(federated)


def test_r3_shows_nearly_all_flags_and_rclass_last(world):
    world.create("eu", "jars", packageType="maven")

    document = world.config("eu", "jars")

    flags = {"enableNuGetSupport", "enableDockerSupport", "enableGitLfsSupport", "enableDistRepoSupport"}
    assert {document[name] for name in flags} == {False}
    assert (document["dockerApiVersion"], document["yumRootDepth"], document["signedUrlTtl"]) == ("V2", 0, 90)
    assert list(document)[-1] == "rclass"


def test_r3_sets_the_flag_of_the_own_package_type_only(world):
    world.create("eu", "charms", packageType="npm")

    document = world.config("eu", "charms")

    on = {name for name, value in document.items() if name.startswith("enable") and value is True}
    assert on == {"enableNpmSupport"}


def test_r3_sent_back_whole_changes_nothing(world):
    world.create("eu", "jars", packageType="maven")
    before = world["eu"].get("/artifactory/api/v2/repositories/jars").json()

    document = {**world.config("eu", "jars"), "description": "new"}
    world["eu"].post(f"{REPOSITORIES}/jars", json=document).raise_for_status()

    after = world["eu"].get("/artifactory/api/v2/repositories/jars").json()
    assert after["description"] == "new"
    assert {**after, "description": ""}.items() >= before.items()
    assert not [name for name in after if name.startswith("enable")]


@pytest.mark.parametrize(("version", "shown"), [("7.68.6", "default"), ("7.68.7", None)])
def test_r3_shows_default_as_the_project_of_an_unassigned_repository_before_7_68_7(version, shown):
    with Simulator(["eu"], profile=Profile(version=version)) as old:
        eu = old.deployments["eu"]
        with httpx.Client(
            base_url=eu.url, headers={"Authorization": f"Bearer {eu.access_token}"}, trust_env=False
        ) as client:
            client.put(f"{REPOSITORIES}/demo", json={"rclass": "local"}).raise_for_status()
            document = client.get(f"{REPOSITORIES}/demo").json()

    assert document.get("projectKey") == shown


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


def test_r6_shows_only_what_belongs_to_the_package_type_and_a_type(world):
    world.create("eu", "images", packageType="docker")

    document = world["eu"].get("/artifactory/api/v2/repositories/images").json()

    assert (document["type"], document["rclass"], document["maxUniqueTags"]) == ("federated", "federated", 0)
    assert not {"yumRootDepth", "enableNpmSupport", "handleReleases"} & document.keys()


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

    (document,) = groups.pop("FEDERATED")
    assert groups == {}
    assert document["members"] == [world.member("eu", "demo")]
    assert list(document) == [
        "key", "packageType", "description", "notes", "includesPattern", "excludesPattern", "signedUrlTtl",
        "priorityResolution", "environments", "blackedOut", "propertySets", "archiveBrowsingEnabled", "xrayDataTtl",
        "downloadRedirect", "cdnRedirect", "xrayIndex", "repoLayoutRef", "disableProxy", "members", "rclass",
    ]  # fmt: skip


def test_r8_takes_comma_lists_and_ignores_repo_type(world):
    for key, kind in (("jars", "maven"), ("rpms", "yum"), ("images", "docker")):
        world["eu"].put(f"{REPOSITORIES}/{key}", json={"rclass": "local", "packageType": kind}).raise_for_status()

    def keys(**query):
        groups = world["eu"].get(f"{REPOSITORIES}/configurations", params=query).raise_for_status().json()
        return sorted(row["key"] for rows in groups.values() for row in rows)

    assert keys(packageType="maven,yum") == ["jars", "rpms"]
    assert keys(repoType="remote,virtual") == []
    assert keys(repo_type="remote") == ["images", "jars", "rpms"]


def test_r9_says_which_classes_exist(world):
    world.create("eu", "demo")

    answer = world["eu"].get(f"{REPOSITORIES}/existence", params=[("type", "local"), ("type", "federated")])

    assert answer.json()["matchingRepoTypes"] == ["federated"]


def test_writing_needs_an_administrator(world, error_text):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        answer = reader.put(f"{REPOSITORIES}/demo", json={"rclass": "local"})

    assert (answer.status_code, error_text(answer)) == (403, "Forbidden")


def test_no_credentials_are_401(world, error_text):
    with world.client("eu") as nobody:
        answer = nobody.get(f"{REPOSITORIES}/demo")

    assert (answer.status_code, error_text(answer)) == (401, "Bad credentials")
