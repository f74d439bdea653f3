"""Three sites that trust each other both ways, and a table of who trusts whom until when."""

import itertools

import pulumi

import pulumi_jpd as jpd

SITES = ["eu", "us", "ap"]

bindings = [
    jpd.BindingToken(f"{one}-{other}", source=one, target=other) for one, other in itertools.combinations(SITES, 2)
]


def table(pairings_of_each):
    """One line for each direction: who may act on whom, until when."""
    pairings = {direction: pairing for each in pairings_of_each for direction, pairing in (each or {}).items()}
    rows = [[*direction.split("->"), pairing["expires_at"]] for direction, pairing in sorted(pairings.items())]
    return "\n".join("  ".join(cell.ljust(8) for cell in row).rstrip() for row in [["WHO", "MAY USE", "UNTIL"], *rows])


pulumi.export("trust", pulumi.Output.all(*(binding.pairings for binding in bindings)).apply(table))
pulumi.export("first_end", pulumi.Output.all(*(binding.expires_at for binding in bindings)).apply(min))
