"""Paths and bodies that nobody means well with: a clean refusal or a success, never an error of the server."""

import pytest

PATHS = {
    "up": "../../../etc/passwd",
    "encoded up": "..%2F..%2Fetc%2Fpasswd",
    "twice encoded up": "%252e%252e%252fetc",
    "encoded slash": "a%2Fb",
    "double slash": "a//b",
    "NUL": "a%00b",
    "line feed": "a%0Ab",
    "unicode": "gr%C3%BC%C3%9Fe-%F0%9F%90%99",
    "half a character": "a%ff%fe",
    "percent": "100%25",
    "backslash": "a%5C..%5Cb",
    "long": "x" * 4_000,
    "deep": "d/" * 1_500 + "x",
    "empty": "",
    "dot": ".",
    "matrix": ";;=;a=;=b",
}
CALLS = [
    ("PUT", "/artifactory/demo/{}"),
    ("GET", "/artifactory/demo/{}"),
    ("DELETE", "/artifactory/other/{}"),
    ("GET", "/artifactory/{}/a.txt"),
    ("GET", "/artifactory/api/storage/demo/{}"),
    ("GET", "/artifactory/api/storage/demo/{}?list&deep=1"),
    ("PUT", "/artifactory/api/storage/demo/{}?properties=a=1"),
    ("DELETE", "/artifactory/api/storage/demo/{}?properties=a"),
    ("PATCH", "/artifactory/api/metadata/demo/{}"),
    ("POST", "/artifactory/api/copy/demo/{}?to=/other/x"),
    ("POST", "/artifactory/api/copy/demo/a.txt?to=/other/{}"),
    ("POST", "/artifactory/api/move/demo/{}?to=/other/x"),
    ("GET", "/artifactory/api/repositories/{}"),
    ("PUT", "/artifactory/api/repositories/{}"),
    ("POST", "/artifactory/api/repositories/{}"),
    ("DELETE", "/artifactory/api/repositories/{}"),
    ("GET", "/artifactory/api/v2/repositories/batch?names={}"),
    ("GET", "/artifactory/api/replications/{}"),
    ("PUT", "/artifactory/api/security/groups/{}"),
    ("PUT", "/access/api/v1/projects/_/attach/repositories/demo/{}"),
    ("PUT", "/access/api/v1/projects/{}/groups/x"),
]
BODIES = {
    "nothing": b"",
    "half": b'{"a":',
    "null": b"null",
    "number": b"7",
    "text": b'"x"',
    "list": b"[[]]",
    "deep": b"[" * 100_000,
    "encoding": b'{"\xff": 1}',
    "infinite": b'{"rclass": "local", "signedUrlTtl": Infinity}',
    "huge": b'{"rclass": "remote", "url": "http://a", "socketTimeoutMillis": 1' + b"0" * 4_000 + b"}",
    "twice": b'{"rclass": "local", "rclass": 5}',
    "odd": b'{"rclass": ["local"], "packageType": {}, "members": [null], "projectKey": 5}',
    "odd lists": b'{"rclass": "virtual", "repositories": [[]], "environments": [{}]}',
}


@pytest.fixture
def eu(world):
    world.create("eu", "demo")
    world.create("eu", "other")
    world.deploy("eu", "demo/a.txt")
    return world["eu"]


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
def test_no_path_is_an_error_of_the_server(eu, path):
    statuses = {}
    for method, template in CALLS:
        body = {"json": {"rclass": "local", "props": {"a": "1"}}} if method in ("PUT", "PATCH", "POST") else {}
        statuses[method, template] = eu.request(method, template.format(path), **body).status_code

    assert {call: status for call, status in statuses.items() if status >= 500} == {}
    assert eu.get("/artifactory/api/system/ping").status_code == 200


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/artifactory/api/repositories/new"),
        ("POST", "/artifactory/api/repositories/demo"),
        ("PUT", "/artifactory/api/v2/repositories/batch"),
        ("POST", "/artifactory/api/v2/repositories/batch"),
        ("PATCH", "/artifactory/api/metadata/demo/a.txt"),
        ("POST", "/artifactory/api/search/aql"),
        ("POST", "/artifactory/api/system/licenses"),
        ("PATCH", "/artifactory/api/system/configuration"),
        ("POST", "/artifactory/api/system/configuration"),
        ("PUT", "/artifactory/api/system/configuration/baseUrl"),
        ("PUT", "/artifactory/api/security/groups/devs"),
        ("POST", "/access/api/v1/projects"),
        ("PUT", "/access/api/v1/projects/shop/groups/devs"),
    ],
)
def test_no_body_is_an_error_of_the_server(eu, method, path, body):
    answer = eu.request(method, path, content=body)

    assert answer.status_code < 500
    assert eu.get("/artifactory/api/repositories").status_code == 200


def test_an_artifact_with_a_hostile_name_stays_in_its_repository(eu):
    for path in PATHS.values():
        eu.put(f"/artifactory/demo/{path}", content=b"x")

    listed = eu.get("/artifactory/api/storage/demo?list&deep=1").json()["files"]

    assert all(".." not in row["uri"].split("/") for row in listed)
    assert eu.get("/artifactory/api/storage/other").json()["children"] == []
