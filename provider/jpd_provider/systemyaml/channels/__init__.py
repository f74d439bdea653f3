"""Ways to a node's system.yaml, one file each, and what they have in common in `contract`.

A channel reads and writes text; what the text says is not its business. `opening` makes the channel that a node names.
"""
