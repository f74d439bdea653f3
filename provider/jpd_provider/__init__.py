"""The provider's core: clients of the JPD REST APIs, resource lifecycles, and the hosts that serve them to Pulumi."""

from importlib.metadata import version

__version__ = version("pulumi-jpd")
