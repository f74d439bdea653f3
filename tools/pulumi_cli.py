"""Print the path of a usable Pulumi CLI on stdout; make one first if need be. `make engine` runs this.

Order: $PULUMI, `pulumi` on PATH, the cache, the official release, a build from the published Go modules.
"""

from __future__ import annotations

import sys

import children
from engine import finder


def main() -> int:
    """0 with a path on stdout, 1 with the reasons on stderr, 130 when interrupted."""
    children.interrupt_on_signals()
    try:
        print(finder.find())
    except finder.NoCli as none:
        children.say(str(none))
        return 1
    except KeyboardInterrupt:
        children.say("Interrupted. Nothing half done is left; Go's caches shorten the next attempt.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
