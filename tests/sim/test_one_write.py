"""Writes of one step leave together, and nothing that was written is lost by closing."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from jpd_sim.one_write import OneWrite


class Transport:
    """Notes what would be sent."""

    def __init__(self):
        self.sent = []
        self.paused = False

    def write(self, data):
        self.sent.append(data)

    def close(self):
        self.sent.append("closed")

    def abort(self):
        self.sent.append("aborted")

    def pause_reading(self):
        self.paused = True


def after(*steps):
    """What was sent by the end of each step of the event loop."""

    async def run():
        transport = Transport()
        whole = OneWrite(transport, asyncio.get_running_loop())
        for step in steps:
            step(whole)
            await asyncio.sleep(0)
        return transport.sent

    # In a thread of its own: `asyncio.run` takes the event loop of its thread away, which other tests may need.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


def test_what_is_written_in_one_step_leaves_together():
    def head_and_body(whole):
        whole.write(b"head ")
        whole.write(b"body")

    assert after(head_and_body, head_and_body) == [b"head body", b"head body"]


def test_a_large_piece_leaves_at_once_and_in_order():
    large = b"x" * 100_000

    def head_and_body(whole):
        whole.write(b"head")
        whole.write(large)
        whole.write(b"tail")

    assert after(head_and_body) == [b"head", large, b"tail"]


def test_closing_sends_what_was_written():
    def write_and_close(whole):
        whole.write(b"last words")
        whole.close()

    assert after(write_and_close) == [b"last words", "closed"]


def test_aborting_does_not():
    def write_and_abort(whole):
        whole.write(b"never sent")
        whole.abort()

    assert after(write_and_abort) == ["aborted"]


def test_everything_else_is_the_transports_own():
    transport = Transport()

    OneWrite(transport, None).pause_reading()

    assert transport.paused
