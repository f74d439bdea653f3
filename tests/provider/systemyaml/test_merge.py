"""Single layouts, and what a change looks like in them. That nothing else changes is the property tests' business."""

import pytest

from jpd_provider.systemyaml.document import RefusedFile
from jpd_provider.systemyaml.merge import merge

HTTP = ("router", "proxy", "httpUrl")
HTTPS = ("router", "proxy", "httpsUrl")
HOSTS = ("router", "proxy", "ignoredHosts")


def test_an_absent_subtree_is_appended_in_the_style_of_the_documentation() -> None:
    merged = merge("a: 1\n", {HTTP: "http://p:1", HOSTS: ["a", "b"]})

    assert merged == 'a: 1\nrouter:\n  proxy:\n    httpUrl: "http://p:1"\n    ignoredHosts:\n      - "a"\n      - "b"\n'


def test_the_files_own_indentation_is_used() -> None:
    merged = merge("shared:\n    node:\n        id: x\n", {HTTP: "http://p:1"})

    assert merged.endswith('router:\n    proxy:\n        httpUrl: "http://p:1"\n')


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("http://old:1", "http://p:1"),
        ("'http://old:1'", "'http://p:1'"),
        ('"http://old:1"', '"http://p:1"'),
        ("http://old:1 # corp", "http://p:1 # corp"),
    ],
)
def test_quotes_and_comments_of_the_value_stay(old: str, new: str) -> None:
    merged = merge(f"router:\n  proxy:\n    httpUrl: {old}\n", {HTTP: "http://p:1"})

    assert merged == f"router:\n  proxy:\n    httpUrl: {new}\n"


def test_hosts_that_stay_keep_their_lines_and_comments() -> None:
    text = (
        "router:\n  proxy:\n    ignoredHosts:\n    # databases\n    - db-1 # main\n    - db-2\n"
        "    # nodes\n    - eu-1 # first\n"
    )

    merged = merge(text, {HOSTS: ["db-1", "db-3", "eu-1", "eu-2"]})

    assert merged == (
        "router:\n  proxy:\n    ignoredHosts:\n    # databases\n    - db-1 # main\n    # nodes\n"
        '    - "db-3"\n    - eu-1 # first\n    - "eu-2"\n'
    )


def test_another_order_rewrites_the_lines() -> None:
    merged = merge("router: {proxy: {ignoredHosts: [a, b]}}\n", {HOSTS: ["b", "a"]})

    assert merged == 'router: {proxy: {ignoredHosts: ["b", "a"]}}\n'


def test_removing_the_last_key_removes_the_parents_it_leaves_empty() -> None:
    text = "a: 1\nrouter:\n  # about the proxy\n  proxy:\n    httpUrl: x\nb: 2\n"

    merged = merge(text, {HTTP: None, HTTPS: None, HOSTS: None})

    assert merged == "a: 1\nb: 2\n"


def test_removing_keeps_what_others_wrote_beside_ours() -> None:
    text = "router:\n  proxy:\n    httpUrl: x\n    theirs: 1\n"

    merged = merge(text, {HTTP: None, HTTPS: None, HOSTS: None})

    assert merged == "router:\n  proxy:\n    theirs: 1\n"


def test_a_text_that_is_already_so_is_returned_as_it_is() -> None:
    text = "router: {proxy: {httpUrl:   'http://p:1'  } }"

    assert merge(text, {HTTP: "http://p:1", HTTPS: None}) == text


def test_a_key_of_digits_is_written_as_text() -> None:
    merged = merge("", {("shared", "security", "joinKey"): "1" * 32})

    assert merged == f'shared:\n  security:\n    joinKey: "{"1" * 32}"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base: &b {proxy: {}}\nrouter: *b\n", "line 2: router is shared with another part"),
        ("router: &r {proxy: {}}\nother: *r\n", "line 1: router is shared with another part"),
        ("router:\n  proxy: &p\n    httpUrl: x\n", "router.proxy is shared with another part"),
        ("router:\n  proxy:\n    httpUrl: &u x\nother: *u\n", "router.proxy.httpUrl is shared"),
        (
            "base: &b {proxy: {httpUrl: x}}\nrouter:\n  <<: *b\n",
            "router takes keys from another part",
        ),
        ("base: &b {router: {}}\n<<: *b\n", "the top of the file takes keys from another part"),
        ("h: &h a\nrouter: {proxy: {ignoredHosts: [*h]}}\n", "an entry of router.proxy.ignoredHosts is shared"),
        ("&k router:\n  proxy: {}\n", "the key 'router' carries an anchor"),
        ("router: text\n", "'router' is not a mapping of keys"),
        ("router:\n  - proxy\n", "'router' is not a mapping of keys"),
        ("router:\n  proxy: 5\n", "'router.proxy' is not a mapping of keys"),
    ],
)
def test_a_subtree_that_is_shared_or_no_mapping_is_refused(text: str, message: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        merge(text, {HTTP: "http://p:1", HOSTS: ["b"]})

    assert message in str(refused.value)


def test_anchors_elsewhere_are_no_hindrance() -> None:
    text = "base: &b {a: 1}\nuser: {<<: *b}\n"

    assert merge(text, {HTTP: "http://p:1"}).startswith(text)


def test_behind_an_open_text_at_the_end_of_the_file_nothing_is_written() -> None:
    text = "a: |\n  open"

    merged = merge(text, {HTTP: "http://p:1"})

    assert merged == f'router:\n  proxy:\n    httpUrl: "http://p:1"\n{text}'
    assert merge(merged, {HTTP: None}) == text


def test_lines_that_a_kept_text_ends_with_stay_its_own() -> None:
    text = "router:\n  a: |+\n    kept\n\n\nb: 1\n"

    merged = merge(text, {HTTP: "http://p:1"})

    assert merged == 'router:\n  a: |+\n    kept\n\n\n  proxy:\n    httpUrl: "http://p:1"\nb: 1\n'


def test_what_is_removed_before_an_end_mark_leaves_an_empty_mapping() -> None:
    assert merge("router: {proxy: {httpUrl: x}}\n...\n", {HTTP: None}) == "{}\n...\n"


def test_a_layout_that_is_not_understood_is_refused_rather_than_guessed() -> None:
    text = "? router\n: ? proxy\n  : ? httpUrl\n    : old\n"

    with pytest.raises(RefusedFile, match="cannot be changed safely"):
        merge(text, {HTTP: None})
