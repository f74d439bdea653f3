"""Hypothesis strategies for system.yaml files: real-looking ones in every layout, and arbitrary text."""

from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode

HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,6}(\.[a-z]{2,5}){0,2}|10\.0\.[0-9]\.[1-9]", fullmatch=True)
URLS = st.from_regex(r"https?://[a-z][a-z0-9.-]{0,8}:[1-9][0-9]{1,3}", fullmatch=True)
TEXTS = st.one_of(URLS, HOSTS, st.text(min_size=1, max_size=12).filter(lambda text: text.strip() and "\0" not in text))

OTHER_PARTS = [
    "# system configuration\n",
    "\n",
    "configVersion: 1\n",
    "shared:\n  jfrogUrl: 'http://eu:8082' # base\n  # the node\n  node:\n    id: \"eu-1\"\n    ip: 10.0.0.5\n",
    "artifactory:\n    extraJavaOpts: >-\n        -Xms512m\n        -Xmx2g\n\n"
    "    tomcat: {connector: {maxThreads: 200, extraConfig: 'a=\"b\"'}}\n",
    "text: |\n  # no comment\n  router:\n    proxy: no\n",
    "kept: |+\n  line\n\n\n",
    "base: &base {a: 1}\nuser:\n  <<: *base\n  b: [1, 'two', \"three\"]\n",
    "list:\n- a\n- b: 1\n  c: 2\n-\n  - nested\n",
    "empty:\nnothing: ~\ntrue: yes\n0.5: 2026-01-01\n",
    "\"quoted key\": 'it''s'\n? complex\n: value\n",
    "long: plain text that\n  goes on here\n",
    "  # an indented comment\n#router:\n#  proxy:\n",
    'unicode: "\u00e9\u4e2d \\u2028" # \U0001f600\n',
    "access: !custom {tls: off, }\n",
]

MANAGED_PARTS = [
    "",
    "router:\n",
    "router: # nothing yet\n",
    "router: {}\n",
    "router: ~\n",
    "router:\n  entrypoints:\n    externalPort: 8082\n",
    "router:\n  # proxy below\n  proxy:\n    httpUrl: http://old:3128 # http\n"
    "    # hosts\n    ignoredHosts:\n      - a # one\n      # two\n      - \"b\"\n      - 'c'\n  logging: {level: 1}\n",
    "router:\n    proxy:\n        ignoredHosts: [a, 'b', ]\n"
    "        httpsUrl: 'https://old:3129'\n        other: kept\n",
    'router: {proxy: {httpUrl: "http://old:1", ignoredHosts: [x]}, entrypoints: {internalPort: 8046}}\n',
    'router:\n  proxy:\n    httpUrl:\n    httpsUrl: ""\n    ignoredHosts:\n    - a\n    - b\n',
    "router:\n  proxy:\n    httpUrl: >-\n      http://folded:1\n    ignoredHosts: a,b\n",
    "'router':\n  \"proxy\":\n    'httpUrl': \"http://old:1\"\n",
]


@dataclass(frozen=True)
class File:
    """A file in three parts; our keys can only be in the middle."""

    before: str
    managed: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.managed + self.after


@st.composite
def files(draw: st.DrawFn) -> File:
    """A file that parses, in one of the forms that people and tools leave behind."""
    parts = draw(st.lists(st.sampled_from(OTHER_PARTS), unique=True, max_size=5))
    place = draw(st.integers(0, len(parts)))
    before = draw(st.sampled_from(["", "\ufeff", "---\n", "%YAML 1.2\n---\n"])) + "".join(parts[:place])
    managed = draw(st.sampled_from(MANAGED_PARTS))
    after = "".join(parts[place:]) + draw(st.sampled_from(["", "# end\n", "...\n", "   \n"]))
    if draw(st.booleans()):
        before, managed, after = (part.replace("\n", "\r\n") for part in (before, managed, after))
    if draw(st.booleans()):
        after = after.rstrip("\r\n")
        managed = managed if after else managed.rstrip("\r\n")
    file = File(before, managed, after)
    assume(_parses(file.text))
    return file


def _parses(text: str) -> bool:
    try:
        content = YAML(typ="safe", pure=True).compose(text)
    except YAMLError:
        return False
    return content is None or isinstance(content, MappingNode) or not content.value


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "httpUrl": st.none() | TEXTS,
        "httpsUrl": st.none() | TEXTS,
        "ignoredHosts": st.none() | st.lists(TEXTS, min_size=1, max_size=4, unique=True),
    },
)

ARBITRARY = st.text(
    alphabet=st.sampled_from(list("router: proxyhttpUrl\n\n  -[]{},'\"#|>&*?~1\r\t\ufeff")), max_size=60
)
