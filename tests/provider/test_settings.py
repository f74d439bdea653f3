"""The registry of deployments: where a value comes from, and what is wrong with a configuration."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jpd_provider import redaction
from jpd_provider.errors import SettingsError
from jpd_provider.settings import Settings, token_variable

EU = "https://eu.example.com"
SECRET = "s3cr3t-value-of-a-token"

Load = Callable[..., Settings]


def fault(load: Load, entries: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(entries)
    return str(caught.value)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("of-the-file\n")
    return file


def everything(token_file: Path) -> dict[str, str]:
    return {
        "url": EU,
        "accessToken": "of-the-config",
        "accessTokenEnv": "EU_TOKEN",
        "accessTokenFile": str(token_file),
        "username": "admin",
        "password": "of-basic",
    }


def test_the_deployments_variable_beats_every_other_source(load: Load, token_file: Path) -> None:
    settings = load({"eu": everything(token_file)}, {"JPD_EU_ACCESS_TOKEN": "of-the-variable", "EU_TOKEN": "named"})

    credential = settings["eu"].credential()

    assert credential.secret.get_secret_value() == "of-the-variable"
    assert credential.source == "environment variable JPD_EU_ACCESS_TOKEN"


def test_the_file_beats_the_named_variable(load: Load, token_file: Path) -> None:
    settings = load({"eu": everything(token_file)}, {"EU_TOKEN": "named"})

    credential = settings["eu"].credential()

    assert credential.secret.get_secret_value() == "of-the-file"
    assert credential.source == f"file {token_file}"


def test_the_named_variable_beats_the_token_of_the_configuration(load: Load, token_file: Path) -> None:
    entry = everything(token_file)
    del entry["accessTokenFile"]

    credential = load({"eu": entry}, {"EU_TOKEN": "named"})["eu"].credential()

    assert credential.secret.get_secret_value() == "named"
    assert credential.source == "environment variable EU_TOKEN (accessTokenEnv)"


def test_the_token_of_the_configuration_beats_username_and_password(load: Load, token_file: Path) -> None:
    entry = everything(token_file)
    del entry["accessTokenFile"], entry["accessTokenEnv"]

    credential = load({"eu": entry})["eu"].credential()

    assert (credential.kind, credential.secret.get_secret_value()) == ("token", "of-the-config")
    assert credential.source == "jpd:deployments.eu.accessToken"


def test_username_and_password_are_the_last_resort(load: Load) -> None:
    credential = load({"eu": {"url": EU, "username": "admin", "password": "of-basic"}})["eu"].credential()

    assert (credential.kind, credential.username) == ("password", "admin")
    assert credential.secret.get_secret_value() == "of-basic"
    assert credential.source == "jpd:deployments.eu.username and password"


def test_an_empty_variable_does_not_count(load: Load) -> None:
    settings = load({"eu": {"url": EU, "accessToken": "of-the-config"}}, {"JPD_EU_ACCESS_TOKEN": " "})

    assert settings["eu"].credential().source == "jpd:deployments.eu.accessToken"


def test_the_credential_is_read_when_it_is_used(load: Load, token_file: Path) -> None:
    deployment = load({"eu": {"url": EU, "accessTokenFile": str(token_file)}})["eu"]
    token_file.write_text("rotated\n")

    assert deployment.credential().secret.get_secret_value() == "rotated"


def test_a_credential_is_registered_with_the_redactor(load: Load) -> None:
    load({"eu": {"url": EU, "accessToken": SECRET}})["eu"].credential()

    assert redaction.redact(f"token {SECRET}") == "token [secret]"


@pytest.mark.parametrize(
    ("name", "variable"), [("eu", "JPD_EU_ACCESS_TOKEN"), ("eu-west-1", "JPD_EU_WEST_1_ACCESS_TOKEN")]
)
def test_the_variable_is_named_after_the_deployment(name: str, variable: str) -> None:
    assert token_variable(name) == variable


def test_a_deployment_without_credential_says_what_can_be_set(load: Load) -> None:
    deployment = load({"eu": {"url": EU}})["eu"]

    with pytest.raises(SettingsError) as caught:
        deployment.credential()

    for part in ("'eu'", EU, "JPD_EU_ACCESS_TOKEN", "accessTokenFile", "accessTokenEnv", "jpd:deployments.eu"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"accessTokenEnv": "NOT_SET"}, "jpd:deployments.eu.accessTokenEnv: the environment variable NOT_SET is not"),
        ({"accessTokenFile": "/nowhere/token"}, "cannot read '/nowhere/token': No such file or directory."),
        ({"accessToken": " "}, "jpd:deployments.eu.accessToken is empty."),
        ({"accessToken": f"{SECRET} {SECRET}"}, "from jpd:deployments.eu.accessToken holds blanks or other characters"),
        ({"accessToken": f"{SECRET}ü"}, "from jpd:deployments.eu.accessToken holds blanks or other characters"),
    ],
)
def test_a_source_that_yields_no_token_is_named(load: Load, entry: dict[str, str], message: str) -> None:
    deployment = load({"eu": {"url": EU} | entry})["eu"]

    with pytest.raises(SettingsError) as caught:
        deployment.credential()

    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(("content", "message"), [(b"\n", "is empty"), (b"\xff\xfe", "it is not UTF-8 text")])
def test_a_token_file_without_a_token_is_named(load: Load, tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    deployment = load({"eu": {"url": EU, "accessTokenFile": str(file)}})["eu"]

    with pytest.raises(SettingsError, match=message):
        deployment.credential()


def test_blanks_around_a_token_are_dropped(load: Load) -> None:
    deployment = load({"eu": {"url": EU, "accessToken": f" {SECRET}\n"}})["eu"]

    assert deployment.credential().secret.get_secret_value() == SECRET


@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_stack_without_deployments_is_told_how_to_add_one(text: str | None) -> None:
    with pytest.raises(SettingsError, match=r"has no jpd:deployments.*pulumi config set --path"):
        Settings.load({"jpd:deployments": text}.get, {})


@pytest.mark.parametrize(
    ("text", "kind"),
    [('["eu"]', "list"), ('"eu"', "string"), ("7", "number"), ("true", "boolean"), ("null", "null")],
)
def test_deployments_that_are_no_map_are_refused(text: str, kind: str) -> None:
    with pytest.raises(SettingsError, match=f"jpd:deployments is a {kind}, not a map of deployments"):
        Settings.load({"jpd:deployments": text}.get, {})


def test_text_that_does_not_parse_is_refused_without_being_quoted() -> None:
    with pytest.raises(SettingsError, match="jpd:deployments is not a map") as caught:
        Settings.load({"jpd:deployments": f'{{"eu": {{"accessToken": "{SECRET}"'}.get, {})

    error: BaseException | None = caught.value
    assert error is not None
    assert SECRET not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("https://eu.example.com", "jpd:deployments.eu is a string, not a map"),
        ([], "jpd:deployments.eu is a list, not a map"),
        ({}, "jpd:deployments.eu.url: missing"),
        ({"url": 7}, "jpd:deployments.eu.url: Input should be a valid string"),
        ({"url": EU, "acessToken": SECRET}, "jpd:deployments.eu.acessToken: unknown field; did you mean accessToken?"),
        ({"url": EU, "zone": "a"}, "jpd:deployments.eu.zone: unknown field; known fields: url, baseUrl, accessToken"),
        ({"url": "eu.example.com"}, "'eu.example.com' is not a URL with a scheme, for example https://eu.example.com"),
        ({"url": "ftp://eu.example.com"}, "'ftp://eu.example.com' is not a URL with a scheme"),
        ({"url": "https://"}, "'https://' is not a URL with a scheme"),
        ({"url": "https://[eu"}, "'https://[eu' is not a URL"),
        ({"url": f"https://admin:{SECRET}@eu.example.com"}, "a URL carries no credentials here"),
        ({"url": f"{EU}/artifactory"}, "without /artifactory"),
        ({"url": f"{EU}/artifactory/"}, "without /artifactory"),
        ({"url": f"{EU}//platform"}, "without double slashes"),
        ({"url": f"{EU}?a=b"}, "has a query or fragment"),
        ({"url": f"{EU}:808o"}, "has a port that is not a number up to 65535"),
        ({"url": f"{EU}:65536"}, "has a port that is not a number up to 65535"),
        ({"url": EU, "baseUrl": "eu"}, "jpd:deployments.eu.baseUrl: 'eu' is not a URL with a scheme"),
        ({"url": EU, "caFile": "/nowhere/ca.pem"}, "jpd:deployments.eu.caFile: there is no file '/nowhere/ca.pem'"),
        ({"url": EU, "username": "admin"}, "username and password go together, one of them is missing"),
        ({"url": EU, "password": SECRET}, "username and password go together, one of them is missing"),
        ({"url": EU, "readTimeoutSeconds": 0}, "jpd:deployments.eu.readTimeoutSeconds: Input should be greater than 0"),
        (
            {"url": EU, "connectTimeoutSeconds": "5"},
            "jpd:deployments.eu.connectTimeoutSeconds: Input should be a valid",
        ),
    ],
)
def test_a_wrong_entry_is_named(load: Load, entry: Any, message: str) -> None:
    said = fault(load, {"eu": entry})

    assert message in said
    assert SECRET not in said


@pytest.mark.parametrize("name", ["EU", "1eu", "eu_west", "eu~us", "eu/x", "", "e" * 33])
def test_a_name_that_cannot_be_part_of_an_id_is_refused(load: Load, name: str) -> None:
    assert f"jpd:deployments.{name}: a name has 1 to 32 lower-case letters" in fault(load, {name: {"url": EU}})


def test_all_faults_are_reported_at_once(load: Load) -> None:
    entries = {
        "eu": {"url": "eu.example.com", "username": "admin", "caFile": "/nowhere/ca.pem"},
        "US": {"url": EU},
        "ap": {"url": EU, "acessToken": SECRET, "passwort": SECRET},
    }

    said = fault(load, entries)

    for part in ("eu.url", "eu: username", "eu.caFile", "deployments.US", "ap.acessToken", "ap.passwort"):
        assert part in said


def test_an_unknown_deployment_names_the_known_ones_and_the_nearest(load: Load) -> None:
    settings = load({"us-east": {"url": EU}, "eu": {"url": EU}})

    with pytest.raises(SettingsError) as caught:
        settings["us-eats"]

    assert "no deployment 'us-eats' in jpd:deployments (known: eu, us-east)" in str(caught.value)
    assert "Did you mean 'us-east'?" in str(caught.value)


def test_an_unknown_deployment_without_a_near_one_says_where_to_add_it(load: Load) -> None:
    with pytest.raises(SettingsError, match="Add it under jpd:deployments"):
        load({"eu": {"url": EU}})["zz"]


def test_settings_are_a_mapping_in_the_order_of_the_configuration(load: Load) -> None:
    settings = load({"us": {"url": EU}, "eu": {"url": EU}})

    assert list(settings) == ["us", "eu"]
    assert len(settings) == 2
    assert "eu" in settings
    assert "zz" not in settings


def test_a_trailing_slash_is_dropped(load: Load) -> None:
    assert load({"eu": {"url": f"{EU}/", "baseUrl": f"{EU}/base/"}})["eu"].url == EU
    assert load({"eu": {"url": EU, "baseUrl": f"{EU}/base/"}})["eu"].base_url == f"{EU}/base"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://EU.example.com", ("https", "eu.example.com", 443)),
        ("http://eu.example.com/p", ("http", "eu.example.com", 80)),
        ("http://eu.example.com:8082", ("http", "eu.example.com", 8082)),
    ],
)
def test_the_origin_has_a_port_always(load: Load, url: str, origin: tuple[str, str, int]) -> None:
    assert load({"eu": {"url": url}})["eu"].origin == origin


def test_the_timeouts_have_defaults(load: Load) -> None:
    deployment = load({"eu": {"url": EU}})["eu"]

    assert (deployment.connect_timeout_seconds, deployment.read_timeout_seconds) == (5.0, 60.0)


def test_each_given_value_tells_where_it_came_from(load: Load) -> None:
    deployment = load({"eu": {"url": EU, "readTimeoutSeconds": 9}})["eu"]

    assert deployment.sources == {
        "url": "jpd:deployments.eu.url",
        "readTimeoutSeconds": "jpd:deployments.eu.readTimeoutSeconds",
    }


def test_no_repr_shows_a_secret(load: Load) -> None:
    environment = {"JPD_US_ACCESS_TOKEN": SECRET}
    entries = {"eu": {"url": EU, "accessToken": SECRET, "username": "a", "password": SECRET}, "us": {"url": EU}}

    settings = load(entries, environment)

    for shown in (settings, *settings.values(), *(deployment.credential() for deployment in settings.values())):
        assert SECRET not in repr(shown)
        assert SECRET not in str(shown)


@pytest.mark.parametrize(("text", "on"), [(None, True), ("on", True), ("true", True), ("off", False), ("false", False)])
def test_preflight_is_on_unless_switched_off(load: Load, text: str | None, on: bool) -> None:
    assert load({"eu": {"url": EU}}, preflight=text).preflight is on


def test_a_preflight_that_is_neither_on_nor_off_is_refused(load: Load) -> None:
    with pytest.raises(SettingsError, match=r"jpd:preflight is 'on' .* or 'off', not 'maybe'"):
        load({"eu": {"url": EU}}, preflight="maybe")


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPD_EU_ACCESS_TOKEN", "of-the-process")
    settings = Settings.load({"jpd:deployments": json.dumps({"eu": {"url": EU}})}.get)

    assert settings["eu"].credential().secret.get_secret_value() == "of-the-process"
