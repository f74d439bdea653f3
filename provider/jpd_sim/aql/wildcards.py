"""Patterns of `$match`: `*` for any text, `?` for one character.

Not by regular expressions: theirs take exponential time on a pattern such as `*a*a*a*b`, and whoever may search could
then stop the simulator for everybody.
"""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits. Greedy with one step back to the last star: time is at most their product."""
    at, position, star, resume = 0, 0, -1, 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[position]):
            at += 1
            position += 1
        elif star >= 0:
            at, resume = star + 1, resume + 1
            position = resume
        else:
            return False
    return all(character == "*" for character in pattern[at:])
