"""What FederatedRepository and FederationMember share: configuration fields, and the care for a member list."""
