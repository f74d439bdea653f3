"""Contract: trust 4, certificates, the circle of trust, and targets of Access Federation."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

ROOT = "/access/api/v1/cert/root"
VALIDATE = "/access/api/v1/system/federation/validate_server"
FEDERATION = "/access/api/v1/system/federation"
TOKENS = "/access/api/v1/tokens"


def pem(world, name):
    return world[name].get(ROOT, params={"formatted": "true"}).text


def fingerprint(text):
    return x509.load_pem_x509_certificate(text.encode()).fingerprint(hashes.SHA256()).hex()


def validate(world, source, target):
    return world[source].post(VALIDATE, json={"url": f"{world.deployments[target].url}/access"})


def trust(world, *, on, of):
    """Let `on` believe what `of` signs."""
    world.control.lay_down_certificate(on, f"{of}.crt", pem(world, of))


def detail(answer):
    return answer.json()["errors"][0]["detail"]


def test_validate_server_is_412_before_and_204_after_the_certificate_was_laid_down(world):
    before = validate(world, "eu", "us")
    trust(world, on="us", of="eu")
    after = validate(world, "eu", "us")

    text = "Precondition Failed - Circle of trust validation failed (response from target server: 401)"
    assert (before.status_code, detail(before)) == (412, text)
    assert (after.status_code, after.content) == (204, b"")


def test_trust_is_one_way(world):
    trust(world, on="us", of="eu")

    assert (validate(world, "eu", "us").status_code, validate(world, "us", "eu").status_code) == (204, 412)


def test_a_file_is_taken_up_when_a_token_has_to_be_verified_and_then_disappears(world):
    trust(world, on="us", of="eu")
    before = world.control.trusted("us")
    validate(world, "eu", "us")

    assert before == {"waiting": ["eu.crt"], "fingerprints": []}
    assert world.control.trusted("us") == {"waiting": [], "fingerprints": [fingerprint(pem(world, "eu"))]}


def test_a_folder_of_the_machine_can_stand_for_the_trusted_folder(world, tmp_path):
    world.control.watch_trusted_folder("us", str(tmp_path))
    (tmp_path / "eu.crt").write_text(pem(world, "eu"))

    assert validate(world, "eu", "us").status_code == 204
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "no certificate"])
def test_what_is_no_certificate_stays_where_it_lies(world, text):
    world.control.lay_down_certificate("us", "eu.crt", text)

    assert validate(world, "eu", "us").status_code == 412
    assert world.control.trusted("us")["waiting"] == ["eu.crt"]


@pytest.mark.parametrize("url", [None, "", "us.example.com/access"])
def test_validate_server_without_a_url_is_400(world, url):
    assert world["eu"].post(VALIDATE, json={"url": url}).status_code == 400


def test_validate_server_needs_an_administrator(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader, world.client("eu") as nobody:
        answers = [client.post(VALIDATE, json={"url": "http://us/access"}).status_code for client in (reader, nobody)]

    assert answers == [403, 401]


def test_validate_server_over_a_cut_link_is_412(world):
    trust(world, on="us", of="eu")
    world.control.cut_link("eu", "us")

    assert validate(world, "eu", "us").status_code == 412


def test_a_short_lived_token_travels_in_a_circle_and_a_revocable_one_does_not(world):
    trust(world, on="us", of="eu")
    short = world["eu"].post(TOKENS, json={"expires_in": 60}).json()["access_token"]
    revocable = world["eu"].post(TOKENS, json={"expires_in": 20000}).json()["access_token"]
    endless = world.deployments["eu"].access_token

    def status(token):
        with world.client("us", token) as client:
            return client.get("/artifactory/api/system/license").status_code

    assert [status(token) for token in (short, revocable, endless)] == [200, 401, 401]


def test_a_foreign_token_cannot_be_revoked_away_from_its_issuer(world):
    trust(world, on="us", of="eu")
    short = world["eu"].post(TOKENS, json={"expires_in": 60}).json()["access_token"]
    with world.client("us", short) as client:
        answer = client.delete(f"{TOKENS}/me")

    assert answer.status_code == 400


def test_a_rotated_root_certificate_ends_the_circle_until_it_is_laid_down_again(world):
    trust(world, on="us", of="eu")
    validate(world, "eu", "us")
    before = fingerprint(pem(world, "eu"))
    world.control.rotate_root_certificate("eu")

    lost = validate(world, "eu", "us").status_code
    trust(world, on="us", of="eu")

    assert fingerprint(pem(world, "eu")) != before
    assert (lost, validate(world, "eu", "us").status_code) == (412, 204)


def test_a_rotation_without_the_old_certificate_kills_every_token(world):
    world.control.rotate_root_certificate("eu", keep_old=False)

    answer = world["eu"].get(TOKENS)

    assert (answer.status_code, detail(answer)) == (401, "Invalid token, signature")


def test_cert_ca_is_another_certificate_and_for_administrators(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        assert reader.get("/access/api/v1/cert/ca").status_code == 403
    authority = world["eu"].get("/access/api/v1/cert/ca")

    assert authority.headers["content-type"].startswith("text/plain")
    assert fingerprint(authority.text) != fingerprint(pem(world, "eu"))


def test_federation_targets_live_as_documented(world):
    target = {"name": "us", "url": "https://us.example.com/access", "entities": ["USERS", "TOKENS"]}

    created = world["eu"].post(FEDERATION, json=target)
    again = world["eu"].post(FEDERATION, json=target)
    changed = world["eu"].patch(f"{FEDERATION}/us", json={"active": False})
    broadcast = world["eu"].put(f"{FEDERATION}/us/full_broadcast")
    listed = world["eu"].get(FEDERATION).json()
    deleted = [world["eu"].delete(f"{FEDERATION}/us").status_code for _ in range(2)]

    assert (created.status_code, again.status_code, changed.status_code, broadcast.status_code) == (201, 409, 200, 304)
    assert created.json()["active"] is True
    assert listed["targets"] == [changed.json()]
    assert deleted == [204, 404]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "us"},
        {"name": "us", "url": "us"},
        {"name": "us", "url": "https://us/access", "entities": ["CARS"]},
        {"name": "us", "url": "https://us/access", "active": "yes"},
        {"name": "us", "url": "https://us/access", "group_filters": {"include_patterns": "all"}},
    ],
)
def test_a_federation_target_that_makes_no_sense_is_400(world, body):
    assert world["eu"].post(FEDERATION, json=body).status_code == 400


def test_a_full_broadcast_of_an_active_target_is_204_and_of_an_unknown_one_404(world):
    world["eu"].post(FEDERATION, json={"name": "us", "url": "https://us/access"}).raise_for_status()

    answers = [world["eu"].put(f"{FEDERATION}/{name}/full_broadcast").status_code for name in ("us", "ap")]

    assert answers == [204, 404]
