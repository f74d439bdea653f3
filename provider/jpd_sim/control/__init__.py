"""The control plane: what tests and people do to the simulated world, over HTTP."""
