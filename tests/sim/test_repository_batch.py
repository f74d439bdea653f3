"""Rows R10 to R12: several repositories in one call, all or nothing."""

import httpx
import pytest

from jpd_sim import Simulator
from jpd_sim.state.profile import Profile

BATCH = "/artifactory/api/v2/repositories/batch"
REPOSITORIES = "/artifactory/api/repositories"


def local(*keys):
    return [{"key": key, "rclass": "local"} for key in keys]


def test_r10_creates_all_and_names_each(world):
    answer = world["eu"].put(BATCH, json=local("one", "two"))

    assert answer.status_code == 201
    assert answer.text.splitlines() == [
        "Successfully created repository 'one'",
        "Successfully created repository 'two'",
    ]
    assert world["eu"].head(f"{REPOSITORIES}/two").status_code == 200


def test_r10_creates_nothing_when_one_key_exists(world, error_text):
    world.create("eu", "Taken")

    answer = world["eu"].put(BATCH, json=local("one", "taken"))

    assert answer.status_code == 409
    assert "repository key already exists: taken" in error_text(answer)
    assert world["eu"].head(f"{REPOSITORIES}/one").status_code == 400


def test_r10_answers_400_for_a_conflict_in_the_other_profile():
    with Simulator(["eu"], profile=Profile(batch_conflict_status=400)) as other:
        eu = other.deployments["eu"]
        auth = {"Authorization": f"Bearer {eu.access_token}"}
        answer = httpx.put(f"{eu.url}{BATCH}", json=local("one", "ONE"), headers=auth, trust_env=False)

    assert answer.status_code == 400


def test_r10_takes_back_what_it_created_when_a_later_one_fails(world, error_text):
    federated = {"key": "fed", "rclass": "federated", "members": [world.member("us", "fed")]}

    answer = world["eu"].put(BATCH, json=[*local("one"), federated])

    assert answer.status_code == 400
    assert "cross-instance authentication" in error_text(answer)
    assert world["eu"].get(REPOSITORIES).json() == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "must be a JSON array"),
        ([], "must be a JSON array"),
        (["one"], "must be a JSON array"),
        ([{"rclass": "local"}], "needs a key"),
        (local(*(f"r{number}" for number in range(101))), "at most 100"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_r10_and_r11_refuse_a_body_that_is_no_batch(world, error_text, method, body, message):
    answer = world["eu"].request(method, BATCH, json=body)

    assert answer.status_code == 400
    assert message in error_text(answer)


def test_r11_updates_all_with_one_sentence(world):
    world["eu"].put(BATCH, json=local("one", "two")).raise_for_status()

    answer = world["eu"].post(BATCH, json=[{"key": key, "description": "new"} for key in ("one", "two")])

    assert (answer.status_code, answer.text) == (200, "Repositories updated successfully")
    assert world.config("eu", "two")["description"] == "new"


def test_r11_changes_nothing_when_one_repository_is_missing(world):
    world["eu"].put(BATCH, json=local("one")).raise_for_status()

    answer = world["eu"].post(BATCH, json=[{"key": key, "description": "new"} for key in ("one", "missing")])

    assert answer.status_code == 404
    assert world.config("eu", "one")["description"] == ""


def test_r12_answers_a_map_without_unknown_names(world):
    world["eu"].put(BATCH, json=local("one", "two")).raise_for_status()

    answer = world["eu"].get(BATCH, params={"names": ["two", "missing", "one"]})

    assert {key: row["rclass"] for key, row in answer.json().items()} == {"one": "local", "two": "local"}


@pytest.mark.parametrize("names", [[], [f"r{number}" for number in range(101)]])
def test_r12_refuses_no_names_and_more_than_the_cap(world, names):
    assert world["eu"].get(BATCH, params={"names": names}).status_code == 400
