"""The borders to Pulumi: what serves the core's resources to the engine."""
