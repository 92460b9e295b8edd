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
    def maps(self) -> tuple[Axes, ...]:
        """All maps from the smallest to the largest: one more than there are strides."""
        maps = [self.start]
        for down, across in self.strides:
            maps.append((maps[-1][0] * down, maps[-1][1] * across))
        return tuple(maps)

    @property
    def end(self) -> Axes:
        """The largest map: the picture's size or a little more."""
        return self.maps[-1]


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


def shrinkage(sides: Axes, smallest: int) -> tuple[list[Axes], list[Axes]]:
    """The strides that lead from maps of `sides` to sides of `smallest` or less, and the sides behind each.

    Odd sides are rounded up. There is at least one stride, (1, 1) if need be: without a layer a discriminator would be
    linear in tiny pictures.
    """
    strides: list[Axes] = []
    maps: list[Axes] = []
    while not strides or max(sides) > smallest:
        strides.append((2 if sides[0] > smallest else 1, 2 if sides[1] > smallest else 1))
        sides = (-(-sides[0] // strides[-1][0]), -(-sides[1] // strides[-1][1]))
        maps.append(sides)
    return strides, maps


def frame(picture: Axes, sides: Axes) -> tuple[int, int, int, int]:
    """What is between a picture and a map around its centre: pixels at the left, right, top and bottom."""
    down, across = sides[0] - picture[0], sides[1] - picture[1]
    return across // 2, across - across // 2, down // 2, down - down // 2
