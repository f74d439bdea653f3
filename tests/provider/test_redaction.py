"""The redactor: what it masks, and what it leaves alone."""

import base64
import logging
import sys

import pytest

from jpd_provider import redaction

SECRET = "p@ss/word+1"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqZnJ0QDAxIn0.c2lnbmF0dXJl"


def test_a_registered_secret_is_masked_everywhere() -> None:
    redaction.register(SECRET)

    assert redaction.redact(f"{SECRET} and x{SECRET}x") == "[secret] and x[secret]x"


@pytest.mark.parametrize("form", ["p%40ss%2Fword%2B1", base64.b64encode(SECRET.encode()).decode()])
def test_the_forms_in_which_a_secret_travels_are_masked(form: str) -> None:
    redaction.register(SECRET)

    assert redaction.redact(f"<{form}>") == "<[secret]>"


def test_registering_returns_the_secret() -> None:
    assert redaction.register(SECRET) == SECRET


def test_a_secret_that_contains_another_is_masked_as_a_whole() -> None:
    redaction.register("inner-secret")
    redaction.register("outer-inner-secret-outer")

    assert redaction.redact("outer-inner-secret-outer") == "[secret]"


@pytest.mark.parametrize("word", ["", "a", "eu", "the"])
def test_a_short_value_would_mask_ordinary_words_and_is_not(word: str) -> None:
    redaction.register(word)

    assert redaction.redact("the eu repository") == "the eu repository"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"got {JWT}.", "got [secret]."),
        ("key cmVmdGtuOjAxOjE3MDAwMDAwMDA6abcdef", "key [secret]"),
        ("via http://user:pass@proxy:3128/", "via http://[secret]@proxy:3128/"),
    ],
)
def test_what_looks_like_a_credential_is_masked_without_being_registered(text: str, masked: str) -> None:
    assert redaction.redact(text) == masked


@pytest.mark.parametrize(
    "text",
    ["eyJ is no token", "https://eu.example.com:8082/a@b:c", "docker-local: 3 artifacts", "mail me@example.com"],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redaction.redact(text) == text


def test_a_log_record_is_redacted_with_its_arguments_and_its_traceback() -> None:
    redaction.register(SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = logging.LogRecord("jpd", logging.ERROR, __file__, 1, "got %s", (SECRET,), sys.exc_info())

    text = redaction.RedactingFormatter("%(levelname)s: %(message)s").format(record)

    assert text.startswith("ERROR: got [secret]\nTraceback")
    assert "ValueError: [secret]" in text
    assert SECRET not in text
