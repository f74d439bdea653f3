"""What a usable Pulumi CLI is."""

import pytest
from packaging.version import Version


@pytest.fixture(autouse=True)
def only_standard_programs_on_path(monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


def test_the_oldest_supported_version_is_usable(executable):
    from engine import requirement

    executable("bin/pulumi-language-python")
    cli = executable("bin/pulumi", "echo v3.254.0")

    assert requirement.check(cli) == Version("3.254.0")


@pytest.mark.parametrize("answer", ["v3.253.9", "v3.254.0-alpha.1", "v2.999.0"])
def test_an_older_version_is_refused_by_name(executable, answer):
    from engine import requirement

    executable("bin/pulumi-language-python")
    cli = executable("bin/pulumi", f"echo {answer}")

    with pytest.raises(requirement.Unusable, match=r"is older than 3\.254\.0"):
        requirement.check(cli)


def test_a_cli_without_the_python_language_host_is_refused(executable):
    from engine import requirement

    cli = executable("bin/pulumi", "echo v3.259.0")

    with pytest.raises(requirement.Unusable, match="pulumi-language-python is neither beside it nor on PATH"):
        requirement.check(cli)


def test_the_language_host_beside_the_target_of_a_symbolic_link_counts(executable, tmp_path):
    from engine import requirement

    executable("cellar/pulumi-language-python")
    link = tmp_path / "pulumi"
    link.symlink_to(executable("cellar/pulumi", "echo v3.259.0"))

    assert requirement.check(link) == Version("3.259.0")


def test_a_cli_that_fails_is_refused_with_what_it_said(executable):
    from engine import requirement

    cli = executable("bin/pulumi", "echo wrong architecture >&2", "exit 3")

    with pytest.raises(requirement.Unusable, match="ended with code 3: wrong architecture"):
        requirement.check(cli)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    from engine import requirement

    with pytest.raises(requirement.Unusable, match="No such file"):
        requirement.check(tmp_path / "pulumi")


def test_an_answer_that_is_no_version_is_shown(executable):
    from engine import requirement

    cli = executable("bin/pulumi", "echo hello")

    with pytest.raises(requirement.Unusable, match="answered 'hello'"):
        requirement.check(cli)
