"""`ssh`: a system.yaml on another machine.

Both directions are one remote command each: a fixed POSIX script, with the path as its argument and everything else on
standard input. The write is the same as that of the `file` channel: compare, temporary file (mode 600) beside the real
one, owner and mode, backup, rename. A connection that breaks half-way leaves the temporary file short; its length is
checked before the rename, and the script removes it.
"""

from __future__ import annotations

import shlex
from typing import Any

from jpd_provider.errors import JpdError, UserError
from jpd_provider.systemyaml.document import SIZE_LIMIT, RefusedFile, decode
from jpd_provider.systemyaml.nodes import Ssh, SshHop

from .contract import ChangedMeanwhile, FileMissing, Snapshot, fingerprint
from .ssh_connection import Completed, run, sudo_refused

__all__ = ["SshChannel"]

_MISSING, _CHANGED, _CUT, _READ_ONLY, _FAILED = 64, 65, 66, 67, 68

_READ = f"""
[ -f "$1" ] || {{ [ -e "$1" ] || exit {_MISSING}; echo "not a regular file" >&2; exit {_FAILED}; }}
head -c {SIZE_LIMIT + 1} < "$1"
"""

_WRITE = f"""
set -eu
umask 077
digest() {{ if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }}
[ -f "$1" ] || exit {_MISSING}
target=$1
while [ -L "$target" ]; do
  folder=$(dirname "$target"); target=$(readlink "$target")
  case $target in /*) ;; *) target=$folder/$target ;; esac
done
IFS=' ' read -r expected size
case $(ls -ldn "$target") in ?????w*|??w*|????????w*) ;; *) exit {_READ_ONLY} ;; esac
[ "$(digest < "$target" | cut -c 1-64)" = "$expected" ] || exit {_CHANGED}
temporary=$(mktemp "$(dirname "$target")/.system.yaml.pulumi-jpd.XXXXXX")
trap 'rm -f "$temporary"' EXIT
trap 'exit {_CUT}' HUP INT TERM
cat > "$temporary"
[ "$(wc -c < "$temporary" | tr -d ' ')" = "$size" ] || exit {_CUT}
owner=$(ls -ldn "$target" | awk '{{print $3 ":" $4}}')
[ "$(ls -ldn "$temporary" | awk '{{print $3 ":" $4}}')" = "$owner" ] || chown "$owner" "$temporary"
chmod "$(stat -c %a "$target" 2>/dev/null || stat -f %Lp "$target")" "$temporary"
sync "$temporary" 2>/dev/null || sync
rm -f "$target.pulumi-jpd.bak"
ln "$target" "$target.pulumi-jpd.bak" 2>/dev/null || cp -p "$target" "$target.pulumi-jpd.bak"
mv -f "$temporary" "$target"
"""


class SshChannel:
    """One file of one machine behind SSH."""

    def __init__(self, ssh: Ssh, *, address: str, name: str) -> None:
        self._ssh = ssh
        self._name = name
        self._address = address

    @property
    def address(self) -> str:
        """User, host and path, as a URL."""
        return self._address

    def describe(self) -> str:
        """Host and path, for people."""
        return f"file {self._ssh.path} on {self._ssh.host}"

    def read(self) -> Snapshot:
        """The file's content now."""
        done = self._script(_READ, b"")
        if done.status != 0:
            raise self._failed("read", done)
        return Snapshot(self._decoded(done.output), fingerprint(done.output))

    def write(self, text: str, *, expecting: str) -> Snapshot:
        """Replace the file's content in one step."""
        content = text.encode()
        # The fingerprint goes through standard input too: it would let others there test guesses of a password.
        done = self._script(_WRITE, f"{expecting} {len(content)}\n".encode() + content)
        if done.status != 0:
            raise self._failed("write", done)
        return Snapshot(text, fingerprint(content))

    def command(self, arguments: list[str], *, seconds: float) -> None:
        """Run a command of the program's there, for example the node's restart.

        Raises:
            UserError: It failed; the message has its last words.
        """
        done = self._run(shlex.join(arguments), b"", seconds)
        if done.status != 0:
            raise sudo_refused(done) or UserError(
                f"'{shlex.join(arguments)}' on {self._ssh.host} ended with {done.status}: {_last_words(done)}."
            )

    def _script(self, script: str, content: bytes) -> Completed:
        return self._run(shlex.join(["sh", "-c", script, "sh", self._ssh.path]), content)

    def _run(self, command: str, content: bytes, seconds: float | None = None) -> Completed:
        command = f"sudo -n -- {command}" if self._ssh.sudo else command
        hops: list[SshHop] = [self._ssh.jump, self._ssh] if self._ssh.jump else [self._ssh]
        limits: dict[str, Any] = {} if seconds is None else {"seconds": seconds}
        return run(hops, command, content=content, name=self._name, **limits)

    def _decoded(self, content: bytes) -> str:
        try:
            return decode(content)
        except RefusedFile as error:
            raise RefusedFile(f"{self.describe()}: {error.reason}") from None

    def _failed(self, doing: str, done: Completed) -> JpdError:
        if done.status == _MISSING:
            return FileMissing(self.describe())
        if done.status == _CHANGED:
            return ChangedMeanwhile(self.describe())
        if done.status == _READ_ONLY:
            return UserError(
                f"{self.describe()} is read-only; it was not changed.",
                hint="Somebody meant it: make it writable for its owner first.",
            )
        unchanged = "" if doing == "read" else " The old content is in place."
        reason = "the content arrived cut short" if done.status == _CUT else _last_words(done)
        return sudo_refused(done) or UserError(
            f"{doing} {self.describe()}: {reason}.{unchanged}",
            hint="" if self._ssh.sudo else "If only another user may do that, set sudo=True or another user.",
        )


def _last_words(done: Completed) -> str:
    lines = done.complaint.strip().splitlines()
    return lines[-1].strip().rstrip(".") if lines else f"exit status {done.status}"
