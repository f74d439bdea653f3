"""What the demo runs in: a folder of its own, the Pulumi CLI with an environment of its own, and two simulated JPDs."""
