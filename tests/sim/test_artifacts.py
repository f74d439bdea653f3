import hashlib

import pytest

STORAGE = "/artifactory/api/storage"


@pytest.fixture
def eu(world):
    world.create("eu", "demo")
    return world["eu"]


def test_a1_answers_201_with_the_item(eu):
    answer = eu.put("/artifactory/demo/a/b.txt", content=b"x")

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/vnd.org.jfrog.artifactory.storage.ItemCreated+json"
    assert (body["repo"], body["path"], body["size"], body["createdBy"]) == ("demo", "/a/b.txt", "1", "admin")
    assert body["checksums"]["sha256"] == hashlib.sha256(b"x").hexdigest()


def test_a1_refuses_a_wrong_checksum_with_409(eu):
    answer = eu.put("/artifactory/demo/a.txt", content=b"x", headers={"X-Checksum-Sha1": "0" * 40})

    assert answer.status_code == 409
    assert eu.get("/artifactory/demo/a.txt").status_code == 404


def test_a1_into_a_missing_repository_is_404(eu):
    assert eu.put("/artifactory/missing/a.txt", content=b"x").status_code == 404


def test_a1_needs_the_right_to_write(world, eu):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        answer = reader.put("/artifactory/demo/a.txt", content=b"x")

    assert answer.status_code == 403


def test_a1_below_a_file_is_refused(eu):
    eu.put("/artifactory/demo/a", content=b"x").raise_for_status()

    assert eu.put("/artifactory/demo/a/b", content=b"x").status_code == 400


@pytest.mark.parametrize("path", ["..%2F..%2Fetc", "a%2F..%2Fb", "a//b", "a%00b"])
def test_a1_refuses_paths_that_could_lead_elsewhere(eu, path):
    assert eu.put(f"/artifactory/demo/{path}", content=b"x").status_code == 400


def test_a2_makes_a_folder(eu):
    assert eu.put("/artifactory/demo/folder/").status_code == 201
    assert eu.get(f"{STORAGE}/demo/folder").json()["children"] == []


def test_a3_deploys_by_checksum_and_404_when_the_content_is_unknown(eu):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()
    headers = {"X-Checksum-Deploy": "true", "X-Checksum": hashlib.sha256(b"x").hexdigest()}

    known = eu.put("/artifactory/demo/b.txt", headers=headers)
    unknown = eu.put("/artifactory/demo/c.txt", headers={**headers, "X-Checksum": "0" * 64})

    assert (known.status_code, unknown.status_code) == (201, 404)
    assert eu.get("/artifactory/demo/b.txt").content == b"x"


def test_a4_head_says_size_and_checksums(eu):
    eu.put("/artifactory/demo/a.txt", content=b"12345").raise_for_status()

    answer = eu.head("/artifactory/demo/a.txt")

    assert (answer.status_code, answer.headers["content-length"]) == (200, "5")
    assert answer.headers["x-checksum-sha1"] == hashlib.sha1(b"12345").hexdigest()


def test_a1_deploys_only_what_the_patterns_of_the_repository_allow(world, eu, error_text):
    world.edit("eu", "demo", includesPattern="lib/**,*.md", excludesPattern="**/*.tmp").raise_for_status()

    statuses = {
        path: eu.put(f"/artifactory/demo/{path}", content=b"x").status_code
        for path in ("lib/a.jar", "lib/x/a.tmp", "README.md", "src/README.md")
    }

    assert statuses == {"lib/a.jar": 201, "lib/x/a.tmp": 403, "README.md": 201, "src/README.md": 403}
    refused = eu.put("/artifactory/demo/src/a", content=b"x")
    assert "due to its includes/excludes patterns" in error_text(refused)


def test_a1_into_a_repository_that_is_blacked_out_is_403(world, eu):
    world.edit("eu", "demo", blackedOut=True).raise_for_status()

    assert eu.put("/artifactory/demo/a.txt", content=b"x").status_code == 403


def test_a1_keeps_who_created_a_file_when_it_is_deployed_again(eu):
    first = eu.put("/artifactory/demo/a.txt", content=b"x").json()

    again = eu.put("/artifactory/demo/a.txt", content=b"y").json()

    assert again["created"] == first["created"]
    assert again["checksums"] != first["checksums"]


def test_a1_takes_matrix_parameters_with_several_values(eu):
    eu.put("/artifactory/demo/a.txt;k=1;k=2;name=a%3Bb", content=b"x").raise_for_status()

    properties = eu.get(f"{STORAGE}/demo/a.txt?properties").json()["properties"]
    assert properties == {"k": ["1", "2"], "name": ["a;b"]}


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 400), ({"X-Checksum": "abc"}, 400), ({"X-Checksum-Sha1": "0" * 40}, 404)],
)
def test_a3_without_a_checksum_that_is_known_is_refused(eu, headers, status):
    answer = eu.put("/artifactory/demo/a.txt", headers={"X-Checksum-Deploy": "true", **headers})

    assert answer.status_code == status


def test_a4_of_a_folder_is_404(eu):
    eu.put("/artifactory/demo/f/").raise_for_status()

    assert eu.get("/artifactory/demo/f").status_code == 404


def test_a5_of_a_missing_item_is_404_and_needs_the_right_to_write(world, eu):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()

    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        refused = reader.delete("/artifactory/demo/a.txt")

    assert refused.status_code == 403
    assert eu.delete("/artifactory/demo/b.txt").status_code == 404
    assert eu.delete("/artifactory/missing/b.txt").status_code == 404


def test_a5_deletes_a_folder_with_what_is_in_it(eu):
    eu.put("/artifactory/demo/f/a.txt", content=b"x").raise_for_status()

    assert eu.delete("/artifactory/demo/f").status_code == 204
    assert eu.get(f"{STORAGE}/demo").json()["children"] == []
    assert eu.delete("/artifactory/demo/f").status_code == 404


def test_a6_of_a_missing_item_is_404(eu, error_text):
    answer = eu.get(f"{STORAGE}/demo/missing")

    assert (answer.status_code, error_text(answer)) == (404, "Unable to find item")


def test_a6_of_a_folder_lists_its_children(eu):
    eu.put("/artifactory/demo/f/a.txt", content=b"x").raise_for_status()
    eu.put("/artifactory/demo/b.txt", content=b"x").raise_for_status()

    body = eu.get(f"{STORAGE}/demo/").json()

    assert body["children"] == [{"uri": "/b.txt", "folder": False}, {"uri": "/f", "folder": True}]


def test_a11_lists_to_the_depth_that_was_asked_for(eu):
    eu.put("/artifactory/demo/f/g/a.txt", content=b"x").raise_for_status()
    eu.put("/artifactory/demo/b.txt", content=b"x").raise_for_status()

    def uris(query):
        return sorted(row["uri"] for row in eu.get(f"{STORAGE}/demo?{query}").json()["files"])

    assert uris("list") == ["/b.txt"]
    assert uris("list&deep=1") == ["/b.txt", "/f/g/a.txt"]
    assert uris("list=true&deep=1&depth=2&listFolders=1&includeRootPath=1") == ["/", "/b.txt", "/f", "/f/g"]


def test_a11_shows_checksums_and_the_time_of_properties(eu):
    eu.put("/artifactory/demo/a.txt;k=v", content=b"x").raise_for_status()

    plain, timed = (
        eu.get(f"{STORAGE}/demo/?list&{query}").json()["files"] for query in ("deep=1", "deep=1&mdTimestamps=1")
    )

    assert set(plain[0]) == {"uri", "size", "lastModified", "folder", "sha1", "sha2"}
    assert (plain[0]["size"], plain[0]["sha2"]) == (1, hashlib.sha256(b"x").hexdigest())
    assert set(timed[0]["mdTimestamps"]) == {"properties"}


def test_a11_of_a_file_is_400(eu, error_text):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()

    answer = eu.get(f"{STORAGE}/demo/a.txt?list")

    assert (answer.status_code, error_text(answer)) == (400, "Expected a folder but found a file")


def test_a12_of_a_folder_is_the_item_that_was_modified_last(world, eu):
    world.control.freeze_clock()
    eu.put("/artifactory/demo/f/old.txt", content=b"x").raise_for_status()
    world.control.advance_clock(60)
    eu.put("/artifactory/demo/f/g/new.txt", content=b"x").raise_for_status()
    world.control.advance_clock(60)

    folder = eu.get(f"{STORAGE}/demo?lastModified").json()
    file = eu.get(f"{STORAGE}/demo/f/old.txt?lastModified").json()

    assert folder["uri"].endswith("/artifactory/api/storage/demo/f/g/new.txt")
    assert folder["lastModified"] > file["lastModified"]
    assert set(file) == {"uri", "lastModified"}


def test_a6_of_a_file_has_every_field_of_the_contract(eu):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()

    body = eu.get(f"{STORAGE}/demo/a.txt").json()

    assert set(body) == {
        "uri", "downloadUri", "repo", "path", "created", "createdBy", "lastModified", "modifiedBy", "lastUpdated",
        "size", "mimeType", "checksums", "originalChecksums",
    }  # fmt: skip
    assert (body["size"], body["mimeType"]) == ("1", "text/plain")


def test_a11_refuses_a_depth_that_is_no_number(eu):
    assert eu.get(f"{STORAGE}/demo?list&deep=1&depth=x").status_code == 400
