"""A Pulumi engine small enough to read, and what drives resources through it: tests without a CLI.

`engine`     plans and applies a program the way the real engine does, against a provider behind a transport
`transport`  the provider in a process of its own over gRPC, or in this process on the same code path
`lifecycle`  a resource test as data: steps with what each is expected to do
`crash`      an operation interrupted at each of its HTTP calls, then repeated
"""
