"""Figures are said as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.metrics._words import FRACTIONS, fraction, nearly_all, percent


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "a few per cent"),
        (0.04, "a few per cent"),
        (0.11, "about a tenth"),
        (0.31, "about a third"),
        (0.52, "about half"),
        (0.7, "about two thirds"),
        (0.9, "most"),
        (0.969, "most"),
        (0.97, "nearly all"),
        (1.0, "nearly all"),
    ],
)
def test_a_share_becomes_the_nearest_fraction_with_a_name(share: float, words: str) -> None:
    assert fraction(share) == words


@given(share=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0))
def test_more_is_never_said_as_less(share: float, more: float) -> None:
    order = [words for _, words in FRACTIONS]
    low, high = sorted((share, more))
    assert order.index(fraction(low)) <= order.index(fraction(high))


@given(share=st.floats(0.0, 1.0))
def test_what_is_nearly_all_is_never_called_a_part(share: float) -> None:
    assert nearly_all(share) == (fraction(share) == "nearly all") == (share >= 0.97)


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.008, "0.8 %"), (0.094, "9.4 %"), (0.1, "10 %"), (0.996, "100 %")]
)
def test_percentages_have_a_decimal_only_where_they_are_small(share: float, text: str) -> None:
    assert percent(share) == text
