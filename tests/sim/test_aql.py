"""The Artifactory Query Language (9.1): `POST /artifactory/api/search/aql`."""

import pytest

AQL = "/artifactory/api/search/aql"


@pytest.fixture
def eu(world):
    """Four files, with their folders, in two repositories."""
    world.create("eu", "demo")
    world.create("eu", "other")
    world.deploy("eu", "demo/top.txt;stage=prod;stage=test;build=7", b"1")
    world.deploy("eu", "demo/a/one.bin;stage=test", b"22")
    world.deploy("eu", "demo/a/b/two.bin", b"333")
    world.deploy("eu", "other/top.txt;owner=x", b"4444")
    return world["eu"]


def names(client, criteria, tail=""):
    answer = client.post(AQL, content=f"items.find({criteria}){tail}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 200, answer.text
    return [f"{row['repo']}/{row['path']}/{row['name']}" for row in answer.json()["results"]]


TOP, ONE, TWO, FAR = "demo/./top.txt", "demo/a/one.bin", "demo/a/b/two.bin", "other/./top.txt"


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ("", [TOP, ONE, TWO, FAR]),
        ('{"repo":"demo"}', [TOP, ONE, TWO]),
        ('{"repo":{"$eq":"demo"},"path":"."}', [TOP]),
        ("{'repo':'demo','name':'one.bin'}", [ONE]),
        ('{"name":{"$match":"*.bin"}}', [ONE, TWO]),
        ('{"name":{"$match":"t?p*"}}', [TOP, FAR]),
        ('{"name":{"$nmatch":"*.bin"},"repo":{"$ne":"other"}}', [TOP]),
        ('{"size":{"$gt":1,"$lte":3}}', [ONE, TWO]),
        ('{"depth":3}', [TWO]),
        ('{"repo":"demo"},{"name":"top.txt"}', [TOP]),
        ('{"created":{"$gt":"2020-01-01"},"repo":"other"}', [FAR]),
        ('{"created":{"$lt":"2020-01-01T00:00:00.000+0000"}}', []),
        ('{"modified":{"$before":"1d"}}', []),
        ('{"modified":{"$last":"1d"},"repo":"other"}', [FAR]),
    ],
)
def test_fields_are_compared(eu, criteria, expected):
    assert sorted(names(eu, criteria)) == sorted(expected)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ('{"@stage":"test"}', [TOP, ONE]),
        ('{"@stage":{"$match":"p*"}}', [TOP]),
        ('{"@stage":{"$ne":"test"}}', [TWO, FAR]),
        ('{"@*":"x"}', [FAR]),
        ('{"@build":{"$gt":"6"}}', [TOP]),
        ('{"property.key":"owner"}', [FAR]),
        ('{"$msp":[{"@stage":{"$match":"t*"}},{"@stage":{"$match":"*d"}}]}', []),
        ('{"@stage":{"$match":"t*"},"$and":[{"@stage":{"$match":"*d"}}]}', [TOP]),
        ('{"$msp":[{"property.key":"stage"},{"property.value":"prod"}]}', [TOP]),
    ],
)
def test_properties_are_compared(eu, criteria, expected):
    assert sorted(names(eu, criteria)) == sorted(expected)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ('{"$or":[{"repo":"other","name":"one.bin"}]}', [ONE, FAR]),
        ('{"$and":[{"repo":"demo","name":"one.bin"}]}', [ONE]),
        ('{"$or":[{"$and":[{"repo":"demo"},{"name":"top.txt"}]},{"name":"two.bin"}]}', [TOP, TWO]),
        ('{"$or":[{"repo":"other"},{"path":"a"}],"$or":[{"name":"one.bin"},{"name":"two.bin"}]}', [ONE]),
        ('{"$and":[{"@stage":"prod"}],"$and":[{"@stage":"test"}]}', [TOP]),
    ],
)
def test_or_is_loose_inside_and_strict_and_repeated_keys_all_count(eu, criteria, expected):
    assert sorted(names(eu, criteria)) == sorted(expected)


def test_without_a_type_only_files_and_with_any_folders_and_the_root(eu):
    everything = set(names(eu, '{"repo":"demo","type":"any"}'))

    assert everything == {"demo/./.", "demo/./a", "demo/a/b", TWO, ONE, TOP}
    assert set(names(eu, '{"repo":"demo","type":"folder"}')) == {"demo/./.", "demo/./a", "demo/a/b"}


def test_default_fields_and_the_range(eu):
    answer = eu.post(AQL, content='items.find({"repo":"other"})').json()

    (row,) = answer["results"]
    assert set(row) == {
        "repo", "path", "name", "type", "size", "created", "created_by", "modified", "modified_by", "updated",
    }  # fmt: skip
    assert (row["type"], row["size"]) == ("file", 4)
    assert answer["range"] == {"start_pos": 0, "end_pos": 1, "total": 1}


def test_include_chooses_fields(eu):
    query = 'items.find({"repo":"other"}).include("name", "repo", "actual_sha1", "sha256")'

    (row,) = eu.post(AQL, content=query).json()["results"]

    assert set(row) == {"name", "repo", "actual_sha1", "sha256"}


@pytest.mark.parametrize("included", ['"property"', '"property.*"', '"@stage","@build"'])
def test_included_properties_are_one_row_a_value(eu, included):
    query = f'items.find({{"repo":"demo","path":"."}}).include("name",{included})'

    (row,) = eu.post(AQL, content=query).json()["results"]

    assert sorted((each["key"], each["value"]) for each in row["properties"]) == [
        ("build", "7"),
        ("stage", "prod"),
        ("stage", "test"),
    ]


def test_include_of_one_property_leaves_out_the_others(eu):
    query = 'items.find({"repo":"demo","path":"."}).include("@build")'

    (row,) = eu.post(AQL, content=query).json()["results"]

    assert row["properties"] == [{"key": "build", "value": "7"}]
    assert row["repo"] == "demo"


def test_sort_offset_and_limit(eu):
    tail = '.include("repo","path","name","size").sort({"$desc":["size"]})'

    assert names(eu, "", tail) == [FAR, TWO, ONE, TOP]
    assert names(eu, "", f"{tail}.offset(1).limit(2)") == [TWO, ONE]


def test_the_range_says_which_part_it_is(eu):
    answer = eu.post(AQL, content="items.find().offset(3).limit(5)").json()

    assert answer["range"] == {"start_pos": 3, "end_pos": 4, "total": 1, "limit": 5}


def test_what_a_remote_repository_holds_is_found_under_its_cache(world, eu):
    body = {
        "rclass": "remote", "packageType": "generic", "url": f"{world.deployments['eu'].url}/artifactory/demo",
        "username": "admin", "password": world.deployments["eu"].password,
    }  # fmt: skip
    eu.put("/artifactory/api/repositories/far", json=body).raise_for_status()
    eu.get("/artifactory/far/top.txt").raise_for_status()

    assert names(eu, '{"repo":"far-cache"}') == ["far-cache/./top.txt"]


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("", ""),
        ("items.find(", ""),
        ('items.find({"repo":})', "})"),
        ("builds.find()", "builds.find()"),
        ('items.find({"repo":"demo"}).include()', ")"),
        ('items.find({"repo":"demo"}) and more', "and more"),
        ('{"repo":"demo"}', '{"repo":"demo"}'),
        ("items.find(" + "[" * 90_000 + "]" * 90_000 + ")", "["),
        ('items.find({"$and":' + "[" * 60_000 + "]" * 60_000 + "})", "nested too deeply"),
    ],
)
def test_a_malformed_query_is_400_and_says_where(eu, error_text, query, near):
    answer = eu.post(AQL, content=query)

    assert answer.status_code == 400
    assert error_text(answer).startswith("Failed to parse query: ")
    assert f"syntax error near the following sub-query: {near}" in error_text(answer)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('items.find({"colour":"red"})', "Unknown field: colour"),
        ('items.find({"name":{"$like":"x"}})', "Unknown operator: $like"),
        ('items.find({"name":{}})', "A condition is a value"),
        ('items.find({"name":{"$eq":["x"]}})', "$eq needs a value"),
        ('items.find({"name":{"$gt":"x"}})', "$gt compares numbers and times, not name"),
        ('items.find({"size":{"$gt":"big"}})', "Not a number: big"),
        ('items.find({"created":{"$gt":"yesterday"}})', "Not a date: yesterday"),
        ('items.find({"created":{"$last":"soon"}})', "$last needs a time field and a duration"),
        ('items.find({"$or":"x"})', "$or needs a list of criteria"),
        ('items.find({"$and":["x"]})', "Criteria must be objects"),
        ('items.find({"$msp":["x"]})', "Criteria must be objects"),
        ('items.find({"$msp":[{"name":"x"}]})', "Not a property: name"),
        ('items.find().include("colour")', "Unknown field: colour"),
        ('items.find().sort({"name":["x"]})', "sort needs one object"),
        ('items.find().sort({"$asc":"name"})', "$asc needs a list of fields"),
        (
            'items.find().include("name").sort({"$asc":["repo"]})',
            "Only the following result fields are allowed to use in the sort section : [name]",
        ),
        ("items.find().limit(-1)", "must not be negative"),
    ],
)
def test_a_query_that_says_what_cannot_be_is_400(eu, error_text, query, message):
    answer = eu.post(AQL, content=query)

    assert answer.status_code == 400
    assert message in error_text(answer)


def test_a_pattern_full_of_stars_takes_no_longer_than_others(world, eu):
    world.deploy("eu", f"demo/{'a' * 200}.txt")

    assert names(eu, f'{{"name":{{"$match":"{"*a" * 100}*b"}}}}') == []


def test_a_query_in_another_encoding_is_400(eu):
    assert eu.post(AQL, content=b'items.find({"name":"\xff"})').status_code == 400


def test_searching_needs_credentials(world):
    with world.client("eu") as nobody:
        assert nobody.post(AQL, content="items.find()").status_code == 401
