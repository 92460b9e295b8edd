"""Sides of pictures: which size the networks work at inside, and which axes grow or shrink at each stage."""

from __future__ import annotations

from dataclasses import dataclass

Axes = tuple[int, int]
"""(along the height, along the width)"""


@dataclass(frozen=True)
class Growth:
    """How a small map grows to hold a picture: each side is 4, 5, 6 or 7 times a power of two of its own."""

    start: Axes
    """The smallest map, 4 to 7 a side."""
    strides: tuple[Axes, ...]
    """Growth at each stage from small to large, 1 or 2 along each axis. The side with fewer doublings joins later."""

    @property
    def end(self) -> Axes:
        """The largest map: the picture's size or a little more."""
        height, width = self.start
        for down, across in self.strides:
            height, width = height * down, width * across
        return height, width


def growth(height: int, width: int) -> Growth:
    """The growth whose end is the smallest that holds a picture of height x width pixels; at least one stage."""
    (h, h_doublings), (w, w_doublings) = _side(height), _side(width)
    stages = max(1, h_doublings, w_doublings)
    strides = tuple(
        (2 if stage >= stages - h_doublings else 1, 2 if stage >= stages - w_doublings else 1)
        for stage in range(stages)
    )
    return Growth((h, w), strides)


def _side(pixels: int) -> Axes:
    """(4 to 7, doublings) of the smallest such product that is not less than `pixels`."""
    doublings = 0
    while 7 * 2**doublings < pixels:
        doublings += 1
    return max(4, -(-pixels // 2**doublings)), doublings
