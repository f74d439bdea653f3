"""Which URLs name one repository, and finding a member by its URL."""

import pytest

from jpd_provider.client.repositories import Member
from jpd_provider.federations.members import find, same_url

URL = "https://us.example.com/artifactory/docker-local"


@pytest.mark.parametrize(
    "other",
    [
        URL,
        f"{URL}/",
        "HTTPS://US.Example.COM/artifactory/docker-local",
        "https://us.example.com:443/artifactory/docker-local",
    ],
)
def test_two_spellings_of_one_url_are_the_same(other: str) -> None:
    assert same_url(URL, other)
    assert same_url(other, URL)


@pytest.mark.parametrize(
    "other",
    [
        "http://us.example.com/artifactory/docker-local",
        "https://eu.example.com/artifactory/docker-local",
        "https://us.example.com:8443/artifactory/docker-local",
        "https://us.example.com/artifactory/docker",
        "https://us.example.com/artifactory/Docker-Local",
        "https://us.example.com/x/artifactory/docker-local",
    ],
)
def test_another_scheme_host_port_or_path_is_another_repository(other: str) -> None:
    assert not same_url(URL, other)


def test_the_default_port_of_http_is_80() -> None:
    assert same_url("http://us/artifactory/k", "http://us:80/artifactory/k")


def test_a_member_is_found_by_any_spelling_of_its_url() -> None:
    members = [Member(url="https://ap.example.com/artifactory/k"), Member(url=f"{URL}/", enabled=False)]

    assert find(members, URL) is members[1]


def test_a_url_that_is_no_member_is_not_found() -> None:
    assert find([Member(url=URL)], f"{URL}-2") is None
    assert find([], URL) is None
