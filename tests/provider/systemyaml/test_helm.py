"""Helm values, one golden file for each chart; the version that a file was compared with stands in its first line."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from jpd_provider.systemyaml.helm import CHARTS, helm_values
from jpd_provider.systemyaml.subtrees import ProxySettings

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = ProxySettings(
    http_url="http://proxy.corp:3128", https_url="https://proxy.corp:3129", ignored_hosts=("10.0.0.5", ".corp")
)


@pytest.mark.parametrize("chart", CHARTS)
def test_the_values_have_the_shape_of_the_chart(chart: str) -> None:
    expected = YAML(typ="safe").load(GOLDEN / f"{chart}.yaml")

    assert helm_values(SETTINGS)[chart] == expected


def test_every_golden_file_belongs_to_a_chart() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(CHARTS)


def test_without_settings_there_are_no_values() -> None:
    assert helm_values(ProxySettings()) == {}


def test_a_url_with_credentials_stays_a_secret_at_every_depth() -> None:
    values = helm_values(ProxySettings(http_url="http://u:p4ssword@p:1"))

    proxy = values["jfrog-platform"]["artifactory"]["artifactory"]["extraSystemYaml"]["router"]["proxy"]
    assert proxy == {"httpUrl": SecretStr("http://u:p4ssword@p:1")}
    assert "p4ssword" not in repr(values)
