"""What the SDK's class does before the engine sees the inputs: credentials in a URL make it secret."""

import asyncio
from collections.abc import Callable

import pulumi
import pytest

from pulumi_jpd._router_proxy import secret_with_credentials

BARE, LOADED = "http://proxy:3128", "http://corp:p4ss%40word@proxy:3128"


def is_secret(make: Callable[[], "pulumi.Input[str] | None"]) -> bool:
    async def ask() -> bool:
        given = make()
        return isinstance(given, pulumi.Output) and await settled_secrecy(given)

    return asyncio.run(ask())


async def settled_secrecy(output: "pulumi.Output[str]") -> bool:
    await output.future()
    return await output.is_secret()


@pytest.mark.parametrize(
    ("make", "secret"),
    [
        (lambda: BARE, False),
        (lambda: LOADED, True),
        (lambda: pulumi.Output.from_input(BARE), False),
        (lambda: pulumi.Output.from_input(LOADED), True),
        (lambda: pulumi.Output.secret(BARE), True),
        (lambda: None, False),
    ],
    ids=["bare", "with credentials", "later and bare", "later with credentials", "said to be secret", "not given"],
)
def test_a_url_is_secret_when_it_carries_credentials(
    make: Callable[[], "pulumi.Input[str] | None"], secret: bool
) -> None:
    assert is_secret(lambda: secret_with_credentials(make())) is secret


def test_a_plain_url_stays_readable_in_diffs() -> None:
    assert secret_with_credentials(BARE) == BARE
