import base64

import jwt
import pytest
from cryptography import x509

TOKENS = "/access/api/v1/tokens"


def test_a_token_can_be_made_used_and_revoked(world):
    made = world["eu"].post(TOKENS, json={"username": "ci", "scope": "applied-permissions/admin"}).json()
    with world.client("eu", made["access_token"]) as ci:
        before = ci.get("/artifactory/api/system/license").status_code

        revoked = world["eu"].delete(f"{TOKENS}/{made['token_id']}")

        after = ci.get("/artifactory/api/system/license").status_code
    assert (before, revoked.status_code, after) == (200, 200, 401)
    assert world["eu"].delete(f"{TOKENS}/{made['token_id']}").status_code == 204


def test_tokens_verify_with_the_root_certificate(world):
    pem = world["eu"].get("/access/api/v1/cert/root?formatted=true").text
    der = base64.b64decode(world["eu"].get("/access/api/v1/cert/root").text)
    certificate = x509.load_pem_x509_certificate(pem.encode())

    options = {"verify_aud": False}
    claims = jwt.decode(world.deployments["eu"].access_token, certificate.public_key(), ["RS256"], options=options)

    assert claims["scp"] == "applied-permissions/admin"
    assert x509.load_der_x509_certificate(der) == certificate


def test_a_token_of_one_jpd_is_not_valid_on_another(world):
    with world.client("us", world.deployments["eu"].access_token) as foreign:
        access, artifactory = foreign.get(TOKENS), foreign.get("/artifactory/api/system/license")

    assert access.status_code == artifactory.status_code == 401
    assert access.json()["errors"][0]["detail"] == "Invalid token, signature"
    assert artifactory.json()["errors"][0]["message"] == "Token failed verification: signature"


def test_an_expired_token_is_401(world):
    made = world["eu"].post(TOKENS, data={"expires_in": "60"}).json()
    world.control.advance_clock(60)

    with world.client("eu", made["access_token"]) as late:
        answer = late.get(TOKENS)

    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (401, "Invalid token, expired")


def test_short_lived_tokens_are_not_stored(world):
    made = world["eu"].post(TOKENS, json={"expires_in": 60}).json()

    assert world["eu"].get(f"{TOKENS}/{made['token_id']}").status_code == 404


def test_a_refresh_token_is_good_for_one_new_token(world):
    made = world["eu"].post(TOKENS, json={"refreshable": True}).json()
    body = {"grant_type": "refresh_token", "refresh_token": made["refresh_token"]}

    fresh, again = world["eu"].post(TOKENS, json=body), world["eu"].post(TOKENS, json=body)

    assert (fresh.status_code, again.status_code) == (200, 400)
    assert fresh.json()["token_id"] != made["token_id"]


def test_users_cannot_give_themselves_more_rights(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        refused = reader.post(TOKENS, json={"scope": "applied-permissions/admin"})
        own = reader.post(TOKENS, json={})

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "FORBIDDEN")
    assert own.status_code == 200


def test_bad_credentials_have_the_shape_of_access(world):
    with world.client("eu") as nobody:
        answer = nobody.get(TOKENS, auth=("admin", "wrong"))

    error = {"code": "UNAUTHORIZED", "message": "HTTP 401 Unauthorized", "detail": "Bad credentials"}
    assert (answer.status_code, answer.json()) == (401, {"errors": [error]})


@pytest.mark.parametrize("how", ["password", "token", "api key"])
def test_the_other_ways_to_log_in(world, how):
    eu = world.deployments["eu"]
    with world.client("eu") as client:
        if how == "api key":
            client.headers["X-JFrog-Art-Api"] = eu.access_token
        else:
            client.auth = (eu.username, eu.password if how == "password" else eu.access_token)

        assert client.get("/artifactory/api/system/license").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_registry_join_is_always_refused(world, method):
    assert world["eu"].request(method, "/access/api/v1/registry/join", json={"joinKey": "x"}).status_code == 400


def test_the_admin_probe_answers_administrators_only(world):
    probe = "/access/api/v1/config/security/authentication/basic_authentication_enabled"

    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        assert (world["eu"].get(probe).json(), reader.get(probe).status_code) == ({"enabled": True}, 403)
