"""What all channels promise, against each of them: a file, a machine behind a real sshd, a Secret, a simulated node."""

from collections.abc import Callable

import pytest

from jpd_provider.errors import JpdError
from jpd_provider.systemyaml.channels.contract import ChangedMeanwhile, Channel, FileMissing
from jpd_provider.systemyaml.document import SIZE_LIMIT, RefusedFile
from jpd_provider.systemyaml.editing import edit

from .places import Place

CONTENTS = {
    "plain": b"a: 1\n",
    "empty": b"",
    "byte order mark and CRLF": b"\xef\xbb\xbfa: 1\r\nb: 2\r\n",
    "no final line break": b"a: 1",
    "beyond ASCII": "a: \u00e9\u4e2d\U0001f600\n".encode(),
    "odd quotes": b"a: '$(touch x) `id` \"quoted\" \\ %s'\n",
    "long": b"".join(b"key%d: value\n" % number for number in range(20_000)),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_what_is_written_is_read_back_byte_for_byte(place: Place, content: bytes) -> None:
    place.put(b"before: 1\n")
    found = place.channel.read()

    written = place.channel.write(content.decode(), expecting=found.fingerprint)

    assert place.get() == content
    assert place.channel.read() == written
    assert written.text.encode() == content


def test_a_missing_file_is_told_apart(place: Place) -> None:
    place.remove()

    with pytest.raises(FileMissing, match="does not exist"):
        place.channel.read()
    with pytest.raises(FileMissing, match="does not exist"):
        place.channel.write("a: 1\n", expecting="0" * 64)


def test_a_change_by_others_between_read_and_write_is_refused(place: Place) -> None:
    place.put(b"a: 1\n")
    found = place.channel.read()
    place.put(b"a: 2\n")

    with pytest.raises(ChangedMeanwhile, match="was changed by somebody else"):
        place.channel.write("a: 3\n", expecting=found.fingerprint)

    assert place.get() == b"a: 2\n"


def test_a_change_by_others_is_merged_by_the_next_attempt(place: Place) -> None:
    place.put(b"a: 1\n")
    theirs = [b"a: 2 # theirs\n"]
    channel = Meddled(place.channel, lambda: [place.put(theirs.pop()) for _ in theirs[:1]])

    edit(channel, lambda _: {("b",): "ours"})

    assert place.get() == b'a: 2 # theirs\nb: "ours"\n'


def test_what_is_no_utf8_is_refused(place: Place) -> None:
    if not place.holds_bytes:
        pytest.skip("this place carries text")
    place.put(b"a: \xff\xfe\n")

    with pytest.raises(RefusedFile, match="not UTF-8"):
        place.channel.read()


def test_what_is_too_large_is_refused(place: Place) -> None:
    if place.size_limit < SIZE_LIMIT:
        pytest.skip("this place cannot hold a file so large")
    place.put(b"#" * (SIZE_LIMIT + 1))

    with pytest.raises(RefusedFile, match=f"more than {SIZE_LIMIT}"):
        place.channel.read()


def test_the_description_and_the_address_name_the_place(place: Place) -> None:
    assert place.name in place.channel.describe()
    assert place.channel.address.split("://")[0] == place.kind


def test_no_error_quotes_the_content(place: Place) -> None:
    place.put(b"password: hunter2-hunter2\n")

    with pytest.raises(JpdError) as failure:
        place.channel.write("password: hunter3-hunter3\n", expecting="0" * 64)

    assert "hunter" not in str(failure.value)


class Meddled:
    """A channel with somebody else who changes the file right before each write."""

    def __init__(self, channel: Channel, meddle: Callable[[], object]) -> None:
        self._channel = channel
        self._meddle = meddle
        self.address = channel.address
        self.describe = channel.describe
        self.read = channel.read

    def write(self, text: str, *, expecting: str) -> object:
        self._meddle()
        return self._channel.write(text, expecting=expecting)
