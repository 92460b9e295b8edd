"""How often a training is examined, and how thoroughly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.metrics._examiner import FEWEST, MOST, SHARE, WANTED, choose_regime


@given(fixed=st.floats(1e-4, 2.0), each=st.floats(1e-6, 1e-1), seconds=st.floats(0.0, 1e5), steps=st.integers(1, 10**6))
def test_examinations_never_take_more_than_their_share(fixed: float, each: float, seconds: float, steps: int) -> None:
    def cost(samples: int) -> float:
        return fixed + each * samples

    regime = choose_regime(cost, seconds, steps)
    if regime is None:
        assert 2 * cost(FEWEST) > SHARE * seconds or steps < 2
        return
    number = -(-steps // regime.every)
    assert 1 <= number <= WANTED
    assert FEWEST <= regime.samples <= MOST
    assert number * cost(regime.samples) <= SHARE * seconds * (1 + 1e-9)


def test_a_long_run_is_examined_often_and_thoroughly() -> None:
    regime = choose_regime(lambda samples: 1e-4 * samples, 3600.0, 100_000)
    assert regime is not None
    assert regime.every == 100_000 // WANTED
    assert regime.samples > MOST / 2


def test_a_dear_extractor_makes_examinations_rare_before_it_makes_them_impossible() -> None:
    rare = choose_regime(lambda samples: 2e-2 * samples, 600.0, 1000)
    assert rare is not None
    assert rare.every == pytest.approx(1000 / 6, abs=1)
    assert choose_regime(lambda samples: 2e-2 * samples, 100.0, 1000) is None
