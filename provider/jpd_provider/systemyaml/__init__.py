"""system.yaml: the managed subtrees, a merge that leaves the rest of the text alone, and the channels to the nodes."""
