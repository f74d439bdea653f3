"""Find a Pulumi CLI that this project can work with, or make one.

`requirement` says what a usable CLI is, `ways` how one is made, `golang` where Go comes from, `cache` where the result
is kept, and `finder` puts them in order.
"""
