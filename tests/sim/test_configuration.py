"""The configuration descriptor: XML, YAML and base URL (contract section 9)."""

import xml.etree.ElementTree as ET

import pytest

CONFIGURATION = "/artifactory/api/system/configuration"
YAML = {"Content-Type": "application/yaml"}
XML = {"Content-Type": "application/xml"}


def patch(world, text):
    return world["eu"].patch(CONFIGURATION, content=text, headers=YAML)


def proxies(world):
    root = ET.fromstring(world["eu"].get(CONFIGURATION).raise_for_status().content)
    return {
        proxy.findtext("{*}key"): {field.tag.rpartition("}")[2]: field.text for field in proxy}
        for proxy in root.findall("{*}proxies/{*}proxy")
    }


def base_url(world):
    return ET.fromstring(world["eu"].get(CONFIGURATION).content).findtext("{*}urlBase")


def test_the_descriptor_is_xml_of_the_products_schema_without_repositories(world):
    world.create("eu", "demo")

    answer = world["eu"].get(CONFIGURATION)

    root = ET.fromstring(answer.content)
    assert answer.headers["content-type"] == "application/xml"
    assert root.tag == "{http://artifactory.jfrog.org/xsd/1.7.3}config"
    assert "demo" not in answer.text


def test_patch_adds_changes_and_removes_a_proxy(world):
    added = patch(world, "proxies:\n  corp: {host: proxy.example.com, port: 3128}\n")
    changed = patch(world, "proxies:\n  corp: {port: 8080}\n")

    assert (added.status_code, added.text) == (200, "2 changes to config merged successfully")
    assert changed.text == "1 changes to config merged successfully"
    assert proxies(world) == {"corp": {"key": "corp", "host": "proxy.example.com", "port": "8080"}}
    assert patch(world, "proxies:\n  corp: ~\n").status_code == 200
    assert proxies(world) == {}


def test_patch_changes_the_base_url_and_the_own_members_follow(world):
    world.create("eu", "demo")

    patch(world, "urlBase: https://eu.example.com/\n").raise_for_status()

    assert base_url(world) == "https://eu.example.com"
    assert world.config("eu", "demo")["members"][0]["url"] == "https://eu.example.com/artifactory/demo"


def test_the_password_of_a_proxy_is_never_shown(world):
    patch(world, "proxies:\n  corp: {host: h, port: 1, username: me, password: hidden-word}\n").raise_for_status()

    assert proxies(world)["corp"]["username"] == "me"
    assert "hidden-word" not in world["eu"].get(CONFIGURATION).text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c", "not valid YAML"),
        ("\xff", "must be a YAML mapping"),
        ("- 1", "must be a YAML mapping"),
        ("", "must be a YAML mapping"),
        ("[" * 3000, "not valid YAML"),
        ("urlBase: 5", "Invalid base URL"),
        ("urlBase: ~", "Invalid base URL"),
        ("urlBase: 'http://['", "Invalid base URL"),
        ("proxies: []", "proxies must be a mapping"),
        ("proxies: {corp: 5}", "must be a mapping of its fields"),
        ("proxies: {corp: {port: 1}}", "needs a host"),
        ("proxies: {corp: {host: h}}", "needs a port between 1 and 65535"),
        ("proxies: {corp: {host: h, port: true}}", "needs a port between 1 and 65535"),
        ("proxies: {corp: {host: h, port: 1, more: [1]}}", "must be plain values"),
        ("proxies: &a {corp: {host: h, port: 1, more: *a}}", "must be plain values"),
        ("security: {}", "cannot change this part of the configuration: security"),
    ],
)
def test_patch_refuses_what_it_cannot_do_and_changes_nothing(world, error_text, text, message):
    before = world["eu"].get(CONFIGURATION).text

    answer = patch(world, text)

    assert answer.status_code == 400
    assert message in error_text(answer)
    assert world["eu"].get(CONFIGURATION).text == before


def test_post_takes_back_the_file_that_get_gave(world):
    patch(world, "proxies:\n  corp: {host: proxy.example.com, port: 3128}\n").raise_for_status()
    before = world["eu"].get(CONFIGURATION)
    patch(world, "urlBase: https://other.example.com\nproxies: {corp: ~, more: {host: h, port: 1}}").raise_for_status()

    answer = world["eu"].post(CONFIGURATION, content=before.content, headers=XML)

    assert answer.status_code == 200
    assert world["eu"].get(CONFIGURATION).text == before.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<config>", "not valid XML"),
        ("<other/>", "must be config, not other"),
        ("<config><urlBase>nowhere</urlBase></config>", "Invalid base URL"),
        ("<config><proxies><proxy><host>h</host></proxy></proxies></config>", "has no key"),
        ("<config><proxies><proxy><key>k</key><host>h</host><port>x</port></proxy></proxies></config>", "needs a port"),
        ('<!DOCTYPE c [<!ENTITY e SYSTEM "file:///etc/passwd">]><config>&e;</config>', "must not have a document type"),
    ],
)
def test_post_refuses_what_is_no_descriptor_and_changes_nothing(world, error_text, text, message):
    before = world["eu"].get(CONFIGURATION).text

    answer = world["eu"].post(CONFIGURATION, content=text, headers=XML)

    assert answer.status_code == 400
    assert message in error_text(answer)
    assert world["eu"].get(CONFIGURATION).text == before


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_the_descriptor_is_for_administrators(world, method):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        assert reader.request(method, CONFIGURATION, content="").status_code == 403
