"""Row A4 beyond the whole file: parts, conditional requests, and what HEAD promises."""

from email.utils import formatdate, parsedate_to_datetime

import pytest

FILE = "/artifactory/demo/a.txt"


@pytest.fixture
def eu(world):
    world.create("eu", "demo")
    world.deploy("eu", "demo/a.txt", b"0123456789")
    return world["eu"]


def test_a4_head_offers_parts(eu):
    answer = eu.head(FILE)

    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-artifactory-filename"] == "a.txt"
    assert answer.content == b""


@pytest.mark.parametrize(
    ("wanted", "content", "span"),
    [
        ("bytes=0-3", b"0123", "0-3"),
        ("bytes=8-", b"89", "8-9"),
        ("bytes=-4", b"6789", "6-9"),
        ("bytes=5-99", b"56789", "5-9"),
        ("bytes=-99", b"0123456789", "0-9"),
    ],
)
def test_a4_sends_the_part_that_was_asked_for(eu, wanted, content, span):
    answer = eu.get(FILE, headers={"Range": wanted})

    assert (answer.status_code, answer.content) == (206, content)
    assert answer.headers["content-range"] == f"bytes {span}/10"


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=20-30", "bytes=5-2", "bytes=-0"])
def test_a4_refuses_a_part_that_is_not_there(eu, wanted):
    answer = eu.get(FILE, headers={"Range": wanted})

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == "bytes */10"


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=x"])
def test_a4_sends_everything_for_a_range_that_it_does_not_know(eu, wanted):
    answer = eu.get(FILE, headers={"Range": wanted})

    assert (answer.status_code, answer.content) == (200, b"0123456789")


def test_a4_sends_a_part_only_of_the_version_that_the_client_has(eu):
    tag = eu.head(FILE).headers["etag"]

    same = eu.get(FILE, headers={"Range": "bytes=0-0", "If-Range": tag})
    other = eu.get(FILE, headers={"Range": "bytes=0-0", "If-Range": "something else"})

    assert (same.status_code, other.status_code) == (206, 200)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["{}", '"{}"', 'W/"{}"', '"x", "{}"'])
def test_a4_answers_304_for_a_version_that_the_client_has(eu, method, form):
    tag = eu.head(FILE).headers["etag"]

    answer = eu.request(method, FILE, headers={"If-None-Match": form.format(tag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag


def test_a4_sends_a_version_that_the_client_does_not_have(eu):
    assert eu.get(FILE, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a4_compares_times_by_the_second(eu):
    modified = eu.head(FILE).headers["last-modified"]
    before = formatdate(parsedate_to_datetime(modified).timestamp() - 1, usegmt=True)

    assert eu.get(FILE, headers={"If-Modified-Since": modified}).status_code == 304
    assert eu.get(FILE, headers={"If-Modified-Since": before}).status_code == 200
    assert eu.get(FILE, headers={"If-Modified-Since": "some day"}).status_code == 200


def test_a4_trusts_the_tag_more_than_the_time(eu):
    headers = {"If-None-Match": '"other"', "If-Modified-Since": eu.head(FILE).headers["last-modified"]}

    assert eu.get(FILE, headers=headers).status_code == 200


def test_a4_of_an_empty_file_has_no_part(eu, world):
    world.deploy("eu", "demo/empty", b"")

    assert eu.get("/artifactory/demo/empty").status_code == 200
    assert eu.get("/artifactory/demo/empty", headers={"Range": "bytes=0-0"}).status_code == 416
