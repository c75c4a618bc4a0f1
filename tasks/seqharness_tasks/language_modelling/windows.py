"""How a text of more tokens than a row may have is cut into rows.

In training, rows are laid end to end. In testing, a row is (context, scored): every token is scored in one row, behind
at least `window - stride` tokens of context, but for the first row of a text, all of which is scored. No row is longer
than the window, so that no model meets a position in testing that it has not seen in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Window(NamedTuple):
    """Tokens of a text from `start` to before `stop`, of which those from `first` on are scored. last: whether the text
    ends here, so that its end is scored as well."""

    start: int
    first: int
    stop: int
    last: bool

    @property
    def whole(self) -> bool:
        """Whether it is the text itself, all of it scored."""
        return self.start == 0 and self.last and self.first == 0

    @property
    def scored(self) -> tuple[int, ...]:
        """The positions of the row that count; the end of the text is the one behind the last token."""
        return tuple(range(self.first - self.start, self.stop - self.start + self.last))


def end_to_end(tokens: int, window: int) -> Iterator[Window]:
    """Rows of a text of so many tokens (0 too: its end alone), for training."""
    return sliding(tokens, window, window)


def sliding(tokens: int, window: int, stride: int) -> Iterator[Window]:
    """Rows of a text for testing: the first scores all of its tokens, each other one the next `stride` tokens behind
    as much context as the window has room for."""
    first, stop = 0, min(window, tokens)
    while True:
        yield Window(max(0, stop - window) if stride < window else first, first, stop, stop == tokens)
        if stop == tokens:
            return
        first, stop = stop, min(stop + stride, tokens)


def repeated(row: npt.NDArray[np.integer], scored: tuple[int, ...]) -> list[int]:
    """Which of the scored tokens, counted from the first scored one, end a pair of tokens that stood before in the row:
    what a model can predict by recalling it. The row's first token and the end of a text never do."""
    ids = row.tolist()
    seen: set[tuple[int, int]] = set()
    flags = [False] * (len(ids) + 1)
    for place in range(1, len(ids)):
        pair = (ids[place - 1], ids[place])
        flags[place] = pair in seen
        seen.add(pair)
    return [number for number, place in enumerate(scored) if flags[place]]
