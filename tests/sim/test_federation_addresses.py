"""Base URL, federated base URL, and F12 (contract 7.1)."""

import pytest

FEDERATION = "/artifactory/api/federation"


def other_address(world, name):
    """The same JPD under another host name."""
    return world.deployments[name].url.replace("127.0.0.1", "localhost")


def set_base_url(world, name, url):
    headers = {"Content-Type": "text/plain"}
    return world[name].put("/artifactory/api/system/configuration/baseUrl", content=url, headers=headers)


def replace_url(world, name, old, new):
    body = {"oldBaseUrl": f"{old}/artifactory", "newBaseUrl": f"{new}/artifactory"}
    return world[name].post(f"{FEDERATION}/replaceUrl", json=body)


def urls(world, name):
    return sorted(member["url"] for member in world.config(name, "demo")["members"])


def test_the_own_entry_follows_the_base_url_and_those_of_the_others_do_not(world):
    world.federate("demo", "eu", "us")
    new = other_address(world, "us")

    set_base_url(world, "us", new).raise_for_status()

    assert f"{new}/artifactory/demo" in urls(world, "us")
    assert world.member("us", "demo")["url"] in urls(world, "eu")


def test_after_a_change_of_base_url_the_others_refuse_its_events(world):
    world.federate("demo", "eu", "us")
    set_base_url(world, "us", other_address(world, "us")).raise_for_status()

    world.deploy("us", "demo/a.txt")

    assert "is not a member of demo" in world.control.wait_until_idle(0.3)[0]


def test_f12_after_pairing_again_repairs_both_directions(world):
    world.federate("demo", "eu", "us")
    old, new = world.deployments["us"].url, other_address(world, "us")
    set_base_url(world, "us", new).raise_for_status()
    world.deploy("us", "demo/from-us.txt")
    world.pair("us", "eu")

    answer = replace_url(world, "eu", old, new)
    world.deploy("eu", "demo/from-eu.txt")
    world["us"].post(f"{FEDERATION}/recovery?force=true").raise_for_status()
    world.settle()

    assert answer.status_code == 200
    assert urls(world, "eu") == urls(world, "us")
    assert world.status("eu", "demo/from-us.txt") == world.status("us", "demo/from-eu.txt") == 200


def test_f12_keeps_what_was_queued_for_the_old_address(world):
    world.federate("demo", "eu", "us")
    old, new = world.deployments["us"].url, other_address(world, "us")
    set_base_url(world, "us", new).raise_for_status()
    world.pair("us", "eu")
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/a.txt")
    world.control.wait_until_idle(0.1)

    replace_url(world, "eu", old, new).raise_for_status()
    world.control.heal_link("eu", "us")
    world.control.advance_clock(31)  # in case that us tried to fetch the binary before the link was whole
    world.settle()

    assert world.status("us", "demo/a.txt") == 200


def test_f12_without_pairing_again_is_refused_and_changes_nothing(world, error_text):
    world.federate("demo", "eu", "us")
    before = urls(world, "eu")
    set_base_url(world, "us", other_address(world, "us")).raise_for_status()

    answer = replace_url(world, "eu", world.deployments["us"].url, other_address(world, "us"))

    assert answer.status_code == 400
    assert "cross-instance authentication" in error_text(answer)
    assert urls(world, "eu") == before


@pytest.mark.parametrize("body", [{}, {"oldBaseUrl": "http://a"}, {"oldBaseUrl": "a", "newBaseUrl": "http://b"}])
def test_f12_needs_two_urls(world, body):
    assert world["eu"].post(f"{FEDERATION}/replaceUrl", json=body).status_code == 400


def test_before_7_55_1_the_base_url_cannot_change_with_remote_members(world, error_text):
    for name in ("eu", "us"):
        world.control.change_profile(name, version="7.55.0")
    world.federate("demo", "eu", "us")

    answer = set_base_url(world, "us", other_address(world, "us"))

    assert answer.status_code == 400
    assert "demo" in error_text(answer)
    assert replace_url(world, "eu", "http://a", "http://b").status_code == 404


def test_the_federated_base_url_is_published_instead_of_the_base_url(world):
    published = other_address(world, "eu")
    world.control.set_federated_base_url("eu", published)
    world.trust("eu", "us")

    world.create("eu", "demo", members=[world.member("us", "demo")])
    world.deploy("us", "demo/a.txt")
    world.settle()

    assert urls(world, "eu") == urls(world, "us")
    assert f"{published}/artifactory/demo" in urls(world, "us")
    assert world.status("eu", "demo/a.txt") == 200
    item = world["eu"].get("/artifactory/api/storage/demo/a.txt").json()
    assert item["downloadUri"].startswith(world.deployments["eu"].url)


def test_the_base_url_is_published_again_when_the_federated_one_is_taken_away(world):
    world.control.set_federated_base_url("eu", other_address(world, "eu"))
    world.create("eu", "demo")

    world.control.set_federated_base_url("eu", None)

    assert urls(world, "eu") == [world.member("eu", "demo")["url"]]
