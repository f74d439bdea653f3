"""How deployments come to trust each other: pairings, and certificates of a circle of trust."""
