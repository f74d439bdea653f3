"""Properties of files and folders: rows A7 to A10."""

import pytest

STORAGE = "/artifactory/api/storage"
METADATA = "/artifactory/api/metadata"


@pytest.fixture
def eu(world):
    world.create("eu", "demo")
    return world["eu"]


def test_a8_separators_are_those_that_nobody_escaped(eu):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()

    answer = eu.put(f"{STORAGE}/demo/a.txt?properties=a=1%2C2;b=3,4&recursive=0")

    properties = eu.get(f"{STORAGE}/demo/a.txt?properties").json()["properties"]
    assert answer.status_code == 204
    assert properties == {"a": ["1,2"], "b": ["3", "4"]}


def test_a8_reaches_what_is_below_unless_told_otherwise(eu):
    eu.put("/artifactory/demo/f/a.txt", content=b"x").raise_for_status()

    eu.put(f"{STORAGE}/demo/f?properties=only=folder&recursive=0").raise_for_status()
    eu.put(f"{STORAGE}/demo/f?properties=both=yes").raise_for_status()

    assert eu.get(f"{STORAGE}/demo/f/a.txt?properties").json()["properties"] == {"both": ["yes"]}


def test_a9_removes_properties_and_a7_without_any_is_404(eu):
    eu.put("/artifactory/demo/a.txt;k=v", content=b"x").raise_for_status()

    assert eu.delete(f"{STORAGE}/demo/a.txt?properties=k").status_code == 204
    assert eu.get(f"{STORAGE}/demo/a.txt?properties").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=1,2", {"a": ["1", "2"]}),
        ("a=1;b=2", {"a": ["1"], "b": ["2"]}),
        ("a=1|b=2", {"a": ["1"], "b": ["2"]}),
        ("a=1%7Cb=2", {"a": ["1"], "b": ["2"]}),
        ("a%3D1%3Bb%3D2", {"a": ["1"], "b": ["2"]}),
        ("a=1%5C,2", {"a": ["1,2"]}),
        ("a=1\\,2", {"a": ["1,2"]}),
        ("a=1%5C;b=2", {"a": ["1;b=2"]}),
        ("a=1%5C%5C,2", {"a": ["1\\", "2"]}),
        ("a=x=y", {"a": ["x=y"]}),
        ("a=", {"a": [""]}),
        ("a=x+y%2Bz", {"a": ["x y+z"]}),
        ("a=gr%C3%BC%C3%9Fe", {"a": ["grüße"]}),
    ],
)
def test_a8_escapes(eu, query, expected):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()

    eu.put(f"{STORAGE}/demo/a.txt?recursive=0&properties={query}").raise_for_status()

    assert eu.get(f"{STORAGE}/demo/a.txt?properties").json()["properties"] == expected


@pytest.mark.parametrize(
    "query", ["", "properties=", "properties=a", "properties==1", "properties=1a=2", "properties=a%2Fb=1"]
)
def test_a8_refuses_malformed_properties_with_400(eu, query):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()

    assert eu.put(f"{STORAGE}/demo/a.txt?{query}").status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a8_and_a9_of_a_missing_item_are_404(eu, method):
    assert eu.request(method, f"{STORAGE}/demo/missing?properties=a=1").status_code == 404


def test_a7_shows_the_properties_that_were_asked_for(eu):
    eu.put("/artifactory/demo/a.txt;a=1;b=2;c=3", content=b"x").raise_for_status()

    answer = eu.get(f"{STORAGE}/demo/a.txt?properties=a,c")

    assert answer.json()["properties"] == {"a": ["1"], "c": ["3"]}
    assert answer.headers["content-type"] == "application/vnd.org.jfrog.artifactory.storage.ItemProperties+json"


def test_a10_sets_adds_and_removes_in_one_call(eu):
    eu.put("/artifactory/demo/a.txt;old=1;kept=2", content=b"x").raise_for_status()

    answer = eu.patch(f"{METADATA}/demo/a.txt", json={"props": {"one": "1", "two": ["1", "2"], "old": None}})

    assert answer.status_code == 204
    properties = eu.get(f"{STORAGE}/demo/a.txt?properties").json()["properties"]
    assert properties == {"kept": ["2"], "one": ["1"], "two": ["1", "2"]}


def test_a10_reaches_what_is_below_unless_told_otherwise(eu):
    eu.put("/artifactory/demo/f/a.txt", content=b"x").raise_for_status()

    eu.patch(f"{METADATA}/demo/f?recursiveProperties=0", json={"props": {"only": "folder"}}).raise_for_status()
    eu.patch(f"{METADATA}/demo/f", json={"props": {"both": "yes"}}).raise_for_status()

    assert eu.get(f"{STORAGE}/demo/f/a.txt?properties").json()["properties"] == {"both": ["yes"]}


@pytest.mark.parametrize("body", [{}, {"props": {}}, {"props": [1]}, {"props": {"a": 1}}, {"props": {"a b": "1"}}])
def test_a10_refuses_a_malformed_body_with_400(eu, body):
    eu.put("/artifactory/demo/a.txt", content=b"x").raise_for_status()

    assert eu.patch(f"{METADATA}/demo/a.txt", json=body).status_code == 400
    assert eu.patch(f"{METADATA}/demo/missing", json={"props": {"a": "1"}}).status_code == 404
