"""A1 with `X-Explode-Archive` (9.1)."""

import io
import tarfile
import zipfile

import pytest

from jpd_sim.services import archives

EXPLODE = {"X-Explode-Archive": "true"}


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files, mode="w:gz", kind=tarfile.REGTYPE):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.type, entry.linkname = len(content), kind, "/etc/passwd"
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def eu(world):
    world.create("eu", "demo")
    return world["eu"]


@pytest.mark.parametrize(
    ("name", "make"), [("x.zip", zipped), ("x.tar.gz", tarred), ("x.tar", lambda files: tarred(files, "w"))]
)
def test_an_archive_is_unpacked_where_it_would_be(eu, name, make):
    content = make({"one.txt": b"1", "./in/two.txt": b"2"})

    answer = eu.put(f"/artifactory/demo/lib/{name};from=archive", content=content, headers=EXPLODE)

    assert answer.status_code == 200
    assert eu.get("/artifactory/demo/lib/one.txt").content == b"1"
    assert eu.get("/artifactory/demo/lib/in/two.txt").content == b"2"
    assert eu.get(f"/artifactory/demo/lib/{name}").status_code == 404
    properties = eu.get("/artifactory/api/storage/demo/lib/one.txt?properties").json()["properties"]
    assert properties == {"from": ["archive"]}


def test_without_the_header_an_archive_is_a_file(eu):
    eu.put("/artifactory/demo/x.zip", content=zipped({"one.txt": b"1"})).raise_for_status()

    assert eu.get("/artifactory/demo/one.txt").status_code == 404


@pytest.mark.parametrize("content", [b"no archive", b"PK\x03\x04 broken", b"", tarred({"a": b"x" * 100})[:-40]])
def test_what_is_no_archive_is_400_and_leaves_nothing(eu, error_text, content):
    answer = eu.put("/artifactory/demo/x.zip", content=content, headers=EXPLODE)

    assert answer.status_code == 400
    assert "is not an archive that can be unpacked" in error_text(answer)
    assert eu.get("/artifactory/api/storage/demo").json()["children"] == []


@pytest.mark.parametrize("name", ["../out.txt", "a/../../out.txt", "a//b"])
@pytest.mark.parametrize("make", [zipped, tarred])
def test_an_archive_that_leads_out_of_its_folder_is_refused_whole(eu, error_text, name, make):
    answer = eu.put("/artifactory/demo/x.zip", content=make({"good.txt": b"1", name: b"2"}), headers=EXPLODE)

    assert answer.status_code == 400
    assert "cannot be deployed" in error_text(answer)
    assert eu.get("/artifactory/demo/good.txt").status_code == 404


def test_links_in_an_archive_are_left_out(eu):
    content = tarred({"secret": b""}, kind=tarfile.SYMTYPE)

    answer = eu.put("/artifactory/demo/x.tar.gz", content=content, headers=EXPLODE)

    assert answer.text.startswith("0 files")


def test_an_archive_that_unpacks_to_too_much_is_413(eu, monkeypatch):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 10)

    answer = eu.put("/artifactory/demo/x.zip", content=zipped({"big.txt": b"x" * 11}), headers=EXPLODE)

    assert answer.status_code == 413
