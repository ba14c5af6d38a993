"""Whether work on a hostile input takes time in proportion to its size, and no more."""

import gc
import time
from collections.abc import Callable

TIMES = 4
"""How much larger the second input is: quadratic work takes 16 times as long."""
MOST = 8
ATTEMPTS = 4
NOISE_SECONDS = 0.008

Work = Callable[[int], Callable[[], object]]
"""Makes an input of a size; returns what reads it."""


def grows_linearly(work: Work, size: int) -> bool:
    """Return whether an input that is four times as large takes at most eight times as long.

    Processor time is compared, and again where it does not fit: a busy machine makes single
    measurements longer, while quadratic work is too long each time.
    """
    return any(
        _seconds(work, TIMES * size) <= MOST * _seconds(work, size) + NOISE_SECONDS
        for _ in range(ATTEMPTS)
    )


def _seconds(work: Work, size: int) -> float:
    read = work(size)
    gc.disable()
    began = time.process_time()
    try:
        read()
    finally:
        gc.enable()
    return time.process_time() - began
