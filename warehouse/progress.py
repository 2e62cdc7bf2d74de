"""Saying how far a step is, to whoever watches: the terminal, the Dagster log, or nobody."""

import time
from collections.abc import Callable

Say = Callable[[str], None]

QUIET_SECONDS = 3.0
"""A step that is done within this many seconds says nothing of its progress."""


def silent(_: str) -> None:
    """Say nothing; what steps use when nobody listens."""


class Progress:
    """Tells `say` at most every few seconds how much of a step is done.

    A call `progress(done, total)` is cheap enough for a loop over batches. The last call of a step that took longer
    than `QUIET_SECONDS` is always told.
    """

    def __init__(self, step: str, say: Say = silent) -> None:
        self.step = step
        self.say = say
        self.started = self.told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Report `done` of `total` units."""
        now = time.monotonic()
        finished = done >= total
        if now - self.told < QUIET_SECONDS and not (finished and now - self.started > QUIET_SECONDS):
            return
        self.told = now
        rate = done / max(now - self.started, 1e-9)
        self.say(f"{self.step}: {done:,} of {total:,} ({100 * done // max(total, 1)} %), {rate:,.0f} a second")
