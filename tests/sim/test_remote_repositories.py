"""Remote repositories: configuration, fetching from another JPD or a file server, caching, being offline."""

import functools
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from jpd_sim import Simulator

REPOSITORIES = "/artifactory/api/repositories"


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.credentials.append(self.headers.get("Authorization"))
        if self.server.elsewhere:
            self.send_response(302)
            self.send_header("Location", self.server.elsewhere + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_args):
        pass


class Upstream:
    """A file server of the test, and what it was asked for."""

    def __init__(self, folder, server):
        self.folder = folder
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.asked, self.credentials = server.asked, server.credentials
        self.server = server

    def redirect_to(self, other):
        self.server.elsewhere = other.url

    def write(self, name, content):
        (self.folder / name).write_bytes(content)


@contextmanager
def serving(folder):
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    server.asked, server.credentials, server.elsewhere = [], [], ""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Upstream(folder, server)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def upstream(tmp_path):
    with serving(tmp_path / "upstream") as server:
        yield server


KEPT = [
    "/artifactory/api/repositories/far",
    "/artifactory/api/storage/far-cache/a.txt",
    "/access/api/v1/projects",
    "/access/api/v1/projects/shop/groups",
    "/artifactory/api/security/groups/devs",
    "/artifactory/api/repositories/all",
]


def connect(simulator):
    eu = simulator.deployments["eu"]
    headers = {"Authorization": f"Bearer {eu.access_token}"}
    return httpx.Client(base_url=eu.url, headers=headers, trust_env=False)


def remote(world, url, name="eu", **fields):
    body = {"rclass": "remote", "packageType": "generic", "url": url, **fields}
    return world[name].put(f"{REPOSITORIES}/far", json=body)


def test_r1_and_r3_of_a_remote_repository(world):
    remote(world, "https://files.example.com/x", retrievalCachePeriodSecs=60).raise_for_status()

    body = world.config("eu", "far")

    assert (body["rclass"], body["url"]) == ("remote", "https://files.example.com/x")
    assert body["shareConfiguration"] is body["hardFail"] is body["offline"] is False
    assert (body["retrievalCachePeriodSecs"], body["missedRetrievalCachePeriodSecs"]) == (60, 1800)


def test_r3_never_shows_the_password_of_a_remote_repository(world):
    remote(world, "https://files.example.com/x", username="me", password="hidden-word").raise_for_status()

    answer = world["eu"].get(f"{REPOSITORIES}/far")

    assert (answer.json()["username"], answer.json()["password"]) == ("me", "")
    assert "hidden-word" not in answer.text + world["eu"].get(f"{REPOSITORIES}/configurations").text


@pytest.mark.parametrize("url", [None, "", "ftp://files.example.com", "files.example.com", "http://["])
def test_r1_refuses_a_remote_repository_without_an_http_url(world, error_text, url):
    answer = remote(world, url)

    assert answer.status_code == 400
    assert "needs the url of an http or https server" in error_text(answer)


def test_a4_fetches_from_a_file_server_once_and_then_from_the_cache(world, upstream):
    upstream.write("a b.txt", b"far away")
    remote(world, upstream.url).raise_for_status()

    contents = [world["eu"].get("/artifactory/far/a%20b.txt").content for _ in range(3)]

    assert contents == [b"far away"] * 3
    assert upstream.asked == ["/a%20b.txt"]


def test_a4_fetches_from_another_jpd_with_the_credentials_of_the_repository(world):
    us = world.deployments["us"]
    world["us"].put(f"{REPOSITORIES}/home", json={"rclass": "local"}).raise_for_status()
    world.deploy("us", "home/a.txt", b"us")
    remote(world, f"{us.url}/artifactory/home", username=us.username, password=us.password).raise_for_status()

    answer = world["eu"].get("/artifactory/far/a.txt")

    assert answer.content == b"us"
    assert answer.headers["x-checksum-sha1"] == world["us"].head("/artifactory/home/a.txt").headers["x-checksum-sha1"]


def test_a4_without_the_right_credentials_is_404_or_with_hard_fail_an_error(world, error_text):
    remote(world, f"{world.deployments['us'].url}/artifactory/home").raise_for_status()

    soft = world.status("eu", "far/a.txt")
    world.edit("eu", "far", hardFail=True).raise_for_status()
    hard = world["eu"].get("/artifactory/far/a.txt")

    assert (soft, hard.status_code) == (404, 503)
    assert "answered 401" in error_text(hard)


def test_a4_of_the_cache_asks_nobody(world, upstream):
    upstream.write("a.txt", b"x")
    remote(world, upstream.url).raise_for_status()

    before = world.status("eu", "far-cache/a.txt")
    world.status("eu", "far/a.txt")

    assert (before, world.status("eu", "far-cache/a.txt")) == (404, 200)
    assert upstream.asked == ["/a.txt"]


def test_a5_empties_the_cache_only_under_its_own_name(world, upstream):
    upstream.write("a.txt", b"x")
    remote(world, upstream.url).raise_for_status()
    world.status("eu", "far/a.txt")

    refused = world["eu"].delete("/artifactory/far/a.txt").status_code
    deleted = world["eu"].delete("/artifactory/far-cache/a.txt").status_code

    assert (refused, deleted) == (405, 204)
    assert world.status("eu", "far-cache/a.txt") == 404


def test_a1_into_a_remote_repository_is_405(world, upstream):
    remote(world, upstream.url).raise_for_status()

    assert world["eu"].put("/artifactory/far/a.txt", content=b"x").status_code == 405


def test_what_the_server_lacked_is_asked_for_again_only_after_a_while(world, upstream):
    world.control.freeze_clock()
    remote(world, upstream.url).raise_for_status()
    first = world.status("eu", "far/a.txt")
    upstream.write("a.txt", b"x")

    soon = world.status("eu", "far/a.txt")
    world.control.advance_clock(1800)

    assert (first, soon, world.status("eu", "far/a.txt")) == (404, 404, 200)
    assert upstream.asked == ["/a.txt", "/a.txt"]


def test_a_change_of_the_configuration_makes_it_ask_again(world, upstream):
    remote(world, upstream.url).raise_for_status()
    world.status("eu", "far/a.txt")
    upstream.write("a.txt", b"x")

    world.edit("eu", "far", description="asked again").raise_for_status()

    assert world.status("eu", "far/a.txt") == 200


def test_metadata_is_fetched_again_when_it_is_old_and_other_files_are_not(world, upstream):
    world.control.freeze_clock()
    remote(world, upstream.url).raise_for_status()
    for name in ("maven-metadata.xml", "a.jar"):
        upstream.write(name, b"old")
        world.status("eu", f"far/{name}")
        upstream.write(name, b"new")

    world.control.advance_clock(7200)

    assert world["eu"].get("/artifactory/far/maven-metadata.xml").content == b"new"
    assert world["eu"].get("/artifactory/far/a.jar").content == b"old"


def test_a_server_that_does_not_answer_is_left_alone_for_a_while(world):
    world.control.freeze_clock()
    us = world.deployments["us"]
    world["us"].put(f"{REPOSITORIES}/home", json={"rclass": "local"}).raise_for_status()
    world.deploy("us", "home/a.txt")
    remote(world, f"{us.url}/artifactory/home", username=us.username, password=us.password).raise_for_status()
    world.control.cut_link("eu", "us")
    down = world.status("eu", "far/a.txt")
    world.control.heal_link("eu", "us")

    soon = world.status("eu", "far/a.txt")
    world.control.advance_clock(300)

    assert (down, soon, world.status("eu", "far/a.txt")) == (404, 404, 200)


def test_offline_serves_what_is_cached_and_asks_for_nothing(world, upstream):
    upstream.write("a.txt", b"x")
    upstream.write("b.txt", b"x")
    remote(world, upstream.url).raise_for_status()
    world.status("eu", "far/a.txt")

    world.edit("eu", "far", offline=True).raise_for_status()

    assert (world.status("eu", "far/a.txt"), world.status("eu", "far/b.txt")) == (200, 404)
    assert upstream.asked == ["/a.txt"]


def test_without_local_storage_every_download_is_fetched(world, upstream):
    upstream.write("a.txt", b"x")
    remote(world, upstream.url, storeArtifactsLocally=False).raise_for_status()

    contents = [world["eu"].get("/artifactory/far/a.txt").content for _ in range(2)]

    assert contents == [b"x", b"x"]
    assert upstream.asked == ["/a.txt", "/a.txt"]
    assert world.status("eu", "far-cache/a.txt") == 404


def test_a_pattern_keeps_a_path_from_being_asked_for(world, upstream):
    upstream.write("a.txt", b"x")
    remote(world, upstream.url, excludesPattern="*.txt").raise_for_status()

    assert world.status("eu", "far/a.txt") == 404
    assert upstream.asked == []


def test_a_virtual_repository_asks_a_remote_one_last(world, upstream):
    upstream.write("a.txt", b"far")
    upstream.write("b.txt", b"far")
    remote(world, upstream.url).raise_for_status()
    world["eu"].put(f"{REPOSITORIES}/near", json={"rclass": "local"}).raise_for_status()
    world.deploy("eu", "near/a.txt", b"near")
    body = {"rclass": "virtual", "packageType": "generic", "repositories": ["far", "near"]}
    world["eu"].put(f"{REPOSITORIES}/all", json=body).raise_for_status()

    contents = [world["eu"].get(f"/artifactory/all/{name}").content for name in ("a.txt", "b.txt")]

    assert contents == [b"near", b"far"]
    assert upstream.asked == ["/b.txt"]


def test_a_virtual_repository_prefers_a_local_file_to_one_in_the_cache_of_a_remote_one(world, upstream):
    upstream.write("a.txt", b"far")
    remote(world, upstream.url).raise_for_status()
    world["eu"].put(f"{REPOSITORIES}/near", json={"rclass": "local"}).raise_for_status()
    body = {"rclass": "virtual", "packageType": "generic", "repositories": ["far", "near"]}
    world["eu"].put(f"{REPOSITORIES}/all", json=body).raise_for_status()
    before = world["eu"].get("/artifactory/all/a.txt").content

    world.deploy("eu", "near/a.txt", b"near")

    assert (before, world["eu"].get("/artifactory/all/a.txt").content) == (b"far", b"near")


def test_a_repository_that_was_deleted_and_made_again_asks_again(world, upstream):
    remote(world, upstream.url).raise_for_status()
    world.status("eu", "far/a.txt")
    upstream.write("a.txt", b"x")

    world["eu"].delete(f"{REPOSITORIES}/far").raise_for_status()
    remote(world, upstream.url).raise_for_status()

    assert world.status("eu", "far/a.txt") == 200


def test_remote_repositories_that_point_at_each_other_end_in_404(world):
    for name, other in (("eu", "us"), ("us", "eu")):
        jpd = world.deployments[other]
        credentials = {"username": jpd.username, "password": jpd.password}
        remote(world, f"{jpd.url}/artifactory/far", name, **credentials).raise_for_status()
    world.control.forget_requests()

    status = world.status("eu", "far/a.txt")

    assert status == 404
    assert len(world.control.requests()) == 3


def test_a_redirect_is_followed_and_the_password_stays_behind(world, upstream, tmp_path):
    with serving(tmp_path / "other") as other:
        other.write("a.txt", b"moved")
        upstream.redirect_to(other)
        remote(world, upstream.url, username="me", password="word").raise_for_status()

        answer = world["eu"].get("/artifactory/far/a.txt")

    assert answer.content == b"moved"
    assert upstream.credentials == ["Basic bWU6d29yZA=="]
    assert other.credentials == [None]


def test_what_was_configured_and_cached_survives_a_restart(tmp_path, upstream):
    upstream.write("a.txt", b"x")
    with Simulator(["eu"], data=tmp_path / "jpds") as first, connect(first) as client:
        far = {"rclass": "remote", "packageType": "generic", "url": upstream.url, "password": "word"}
        client.put(f"{REPOSITORIES}/far", json=far).raise_for_status()
        every = {"rclass": "virtual", "packageType": "generic", "repositories": ["far"]}
        client.put(f"{REPOSITORIES}/all", json=every).raise_for_status()
        client.post("/access/api/v1/projects", json={"project_key": "shop"}).raise_for_status()
        client.put("/access/api/v1/projects/shop/groups/devs", json={"roles": ["Viewer"]}).raise_for_status()
        client.put("/artifactory/api/security/groups/devs", json={"description": "d"}).raise_for_status()
        proxies = "proxies: {corp: {host: h, port: 1}}"
        client.patch("/artifactory/api/system/configuration", content=proxies).raise_for_status()
        client.get("/artifactory/far/a.txt").raise_for_status()
        client.get("/artifactory/far/missing.txt")
        before = [client.get(path).raise_for_status().json() for path in KEPT]

    with Simulator(["eu"], data=tmp_path / "jpds") as second, connect(second) as client:
        after = [client.get(path).raise_for_status().json() for path in KEPT]
        content = client.get("/artifactory/all/a.txt").content
        missing = client.get("/artifactory/far/missing.txt").status_code
        descriptor = client.get("/artifactory/api/system/configuration").text

    assert (content, missing) == (b"x", 404)
    assert "<host>h</host>" in descriptor
    assert upstream.asked == ["/a.txt", "/missing.txt"]

    assert content == b"x"
    assert after == before


def test_reset_forgets_what_was_missing(world, upstream):
    remote(world, upstream.url).raise_for_status()
    world.status("eu", "far/a.txt")
    upstream.write("a.txt", b"x")

    world.control.reset()
    remote(world, upstream.url).raise_for_status()

    assert world.status("eu", "far/a.txt") == 200
