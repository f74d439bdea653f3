"""Files that are refused: one clear message each, and none of their content in it."""

import pytest

from jpd_provider.systemyaml.document import SIZE_LIMIT, RefusedFile, decode, parse

SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"a:\n\tpassword: {SECRET}\n", "line 2: a tab is used for indentation"),
        (f"password: {SECRET}\npassword: x\n", "line 2: a key stands here for the second time"),
        (f"a:\n  b: {SECRET}\n  'b': 2\n", "line 3: a key stands here for the second time"),
        (f"a: {SECRET}\n---\nb: 1\n", "line 2: the file holds several YAML documents"),
        (f"a: [{SECRET}\n", "does not parse as YAML"),
        (f"a: *{SECRET}\n", "line 1: an alias has no anchor before it"),
        (f"- {SECRET}\n", "line 1: the file is YAML, but not a mapping of keys"),
        (f"{SECRET}\n", "line 1: the file is YAML, but not a mapping of keys"),
        (f"a: \x07{SECRET}\n", "characters that YAML does not allow"),
        (f"a: {SECRET}\n  b: 1\n", "line 2: the file does not parse as YAML"),
        ("[" * 1200, "nested too deeply"),
    ],
)
def test_what_cannot_be_understood_is_refused_without_quoting_it(text: str, message: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        parse(text)

    assert message in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "\ufeff", "%YAML 1.2\n---\n"])
def test_a_file_without_content_has_no_root(text: str) -> None:
    assert parse(text).root is None


def test_bytes_beyond_the_limit_are_refused() -> None:
    with pytest.raises(RefusedFile, match=r"that is no system\.yaml"):
        decode(b"#" * (SIZE_LIMIT + 1))


def test_other_encodings_are_refused() -> None:
    with pytest.raises(RefusedFile, match="not UTF-8"):
        decode("a: 1\n".encode("utf-16"))


def test_a_value_is_found_by_its_path() -> None:
    document = parse("router: {proxy: {httpUrl: x}}\n")

    found = document.get("router", "proxy", "httpUrl")

    assert found is not None
    assert found.text == "x"
    assert document.get("router", "nothing", "httpUrl") is None


@pytest.mark.parametrize(
    ("text", "newline"), [("a: 1\n", "\n"), ("a: 1\r\nb: 2\n", "\r\n"), ("a: 1", "\n"), ("\n", "\n")]
)
def test_the_line_break_is_that_of_the_first_line(text: str, newline: str) -> None:
    assert parse(text).newline == newline
