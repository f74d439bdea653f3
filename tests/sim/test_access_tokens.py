"""Contract: trust 5, rows of `/access/api/v1/tokens` and `config/token/default_expiry`."""

import pytest

TOKENS = "/access/api/v1/tokens"
EXPIRY = "/access/api/v1/config/token/default_expiry"


def detail(answer):
    return answer.json()["errors"][0]["detail"]


def listed(world, **query):
    return [token["description"] for token in world["eu"].get(TOKENS, params=query).json()["tokens"]]


def test_post_tokens_answers_200_with_the_documented_fields(world):
    answer = world["eu"].post(TOKENS, json={"username": "ci", "scope": "applied-permissions/user", "expires_in": 20000})

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"token_id", "access_token", "expires_in", "scope", "token_type"}
    assert (body["expires_in"], body["scope"], body["token_type"]) == (20000, "applied-permissions/user", "Bearer")


def test_post_tokens_takes_a_form_and_json_alike(world):
    wanted = {"username": "ci", "description": "d", "expires_in": "20000", "refreshable": "true"}

    form, json = world["eu"].post(TOKENS, data=wanted), world["eu"].post(TOKENS, json=wanted)

    assert (form.status_code, json.status_code) == (200, 200)
    assert set(form.json()) == set(json.json())


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"expires_in": "soon"}, "expires_in must be a whole number of seconds"),
        ({"expires_in": -1}, "expires_in must not be negative"),
        ({"description": "x" * 1025}, "description has at most 1024 characters"),
        ({"audience": "x" * 256}, "audience has at most 255 characters"),
        ({"grant_type": "password"}, "grant_type must be one of client_credentials, refresh_token"),
        ({"grant_type": "refresh_token", "refresh_token": "stale"}, "Refresh token is not valid"),
    ],
)
def test_post_tokens_answers_400(world, wanted, said):
    answer = world["eu"].post(TOKENS, json=wanted)

    assert (answer.status_code, detail(answer)) == (400, said)


def test_expires_in_0_never_ends_and_is_for_administrators(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        refused = reader.post(TOKENS, json={"expires_in": 0})
    token_id = world["eu"].post(TOKENS, json={"expires_in": 0}).json()["token_id"]

    shown = world["eu"].get(f"{TOKENS}/{token_id}").json()

    assert refused.status_code == 403
    assert "expiry" not in shown


def test_a_refresh_keeps_subject_scope_and_audience(world):
    made = (
        world["eu"]
        .post(TOKENS, json={"username": "ci", "audience": "jfrt@*", "refreshable": True, "expires_in": 20000})
        .json()
    )

    fresh = (
        world["eu"].post(TOKENS, data={"grant_type": "refresh_token", "refresh_token": made["refresh_token"]}).json()
    )

    shown = world["eu"].get(f"{TOKENS}/{fresh['token_id']}").json()
    assert shown["subject"].endswith("/users/ci")
    assert world["eu"].get(f"{TOKENS}/{made['token_id']}").status_code == 404


def test_get_tokens_is_filtered_and_an_empty_list_when_nothing_fits(world):
    for description in ("ci-one", "ci-two", "other"):
        world["eu"].post(TOKENS, json={"username": "ci", "description": description}).raise_for_status()

    assert listed(world, description="ci-*", order_by="description") == ["ci-one", "ci-two"]
    assert listed(world, username="ci", order_by="description", descending_order="true") == [
        "other",
        "ci-two",
        "ci-one",
    ]
    assert listed(world, description="nobody") == []


def test_get_tokens_refuses_an_unknown_order(world):
    assert world["eu"].get(TOKENS, params={"order_by": "colour"}).status_code == 400


def test_get_token_me_shows_the_callers_own(world):
    answer = world["eu"].get(f"{TOKENS}/me")

    assert (answer.status_code, answer.json()["scope"]) == (200, "applied-permissions/admin")


def test_get_token_me_is_404_for_a_password(world):
    eu = world.deployments["eu"]
    with world.client("eu") as client:
        assert client.get(f"{TOKENS}/me", auth=(eu.username, eu.password)).status_code == 404


def test_delete_token_answers_200_then_204_and_404_for_an_unknown_one(world):
    token_id = world["eu"].post(TOKENS, json={}).json()["token_id"]

    answers = [world["eu"].delete(f"{TOKENS}/{each}").status_code for each in (token_id, token_id, "unknown")]

    assert answers == [200, 204, 404]


def test_revoke_by_value_answers_the_id_and_404_for_what_cannot_be_revoked(world):
    stored = world["eu"].post(TOKENS, json={}).json()
    fleeting = world["eu"].post(TOKENS, json={"expires_in": 60}).json()

    def revoke(text):
        return world["eu"].request("DELETE", f"{TOKENS}/revoke", json={"token": text})

    revoked, kept, foreign = (
        revoke(stored["access_token"]),
        revoke(fleeting["access_token"]),
        revoke(world.deployments["us"].access_token),
    )
    assert (revoked.status_code, revoked.json()) == (200, {"revoked_token_id": stored["token_id"]})
    assert (kept.status_code, foreign.status_code) == (404, 404)


def test_force_revocable_keeps_a_record_of_a_short_lived_token(world):
    made = world["eu"].post(TOKENS, json={"expires_in": 60, "force_revocable": True}).json()

    assert world["eu"].get(f"{TOKENS}/{made['token_id']}").status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(10_799, 404), (10_800, 200)])
def test_tokens_from_the_persistence_threshold_on_are_stored(world, seconds, status):
    made = world["eu"].post(TOKENS, json={"expires_in": seconds}).json()

    assert world["eu"].get(f"{TOKENS}/{made['token_id']}").status_code == status


def test_a_reference_token_works_on_its_issuer_and_ends_with_its_token(world):
    made = world["eu"].post(TOKENS, json={"include_reference_token": True}).json()
    with world.client("eu", made["reference_token"]) as here, world.client("us", made["reference_token"]) as there:
        before = here.get("/artifactory/api/system/license").status_code, there.get(TOKENS).status_code
        world["eu"].delete(f"{TOKENS}/{made['token_id']}").raise_for_status()
        after = here.get("/artifactory/api/system/license").status_code

    assert made["reference_token"].startswith("cmVmdGtuO")
    assert (*before, after) == (200, 401, 401)


def test_the_default_expiry_holds_for_tokens_without_their_own(world):
    changed = world["eu"].put(EXPIRY, json={"default_token_expiration": 7200})

    assert (changed.status_code, world["eu"].get(EXPIRY).json()) == (200, {"default_token_expiration": 7200})
    assert world["eu"].post(TOKENS, json={}).json()["expires_in"] == 7200


@pytest.mark.parametrize("value", [-1, "soon", None, True])
def test_a_default_expiry_that_is_no_number_of_seconds_is_400(world, value):
    assert world["eu"].put(EXPIRY, json={"default_token_expiration": value}).status_code == 400


def test_users_see_and_revoke_their_own_tokens_only(world):
    others = world["eu"].post(TOKENS, json={}).json()["token_id"]
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        own = reader.post(TOKENS, json={"description": "mine"}).json()["token_id"]
        descriptions = {token["description"] for token in reader.get(TOKENS).json()["tokens"]}
        answers = [reader.delete(f"{TOKENS}/{each}").status_code for each in (others, own)]

    assert descriptions == {"", "mine"}
    assert answers == [404, 200]


def test_a_bad_token_is_401_with_the_words_of_access(world):
    with world.client("eu", "no.jwt.atall") as client:
        answer = client.get(TOKENS)

    assert (answer.status_code, detail(answer)) == (401, "Invalid token, malformed")


def test_a_password_sent_as_an_unknown_scheme_is_401(world):
    answer = world["eu"].get(TOKENS, headers={"Authorization": "Digest x"})

    assert (answer.status_code, detail(answer)) == (401, "Unsupported authentication method Digest")
