"""What is wrong with data is seen before they are trained with."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.records import Batch, DataCard, Skipped, Split
from ganforge.data._columns import Column
from ganforge.data._opening import open_source
from ganforge.data.images import Images
from ganforge.data.points import Points
from ganforge.watch._chart import Chart
from ganforge.watch.ailments.data_trouble import AILMENT
from ganforge.watch.inspection import MOST_ITEMS, MOST_NUMBERS, inspect


class Given(Source):
    """Items as they are; counts how many are asked for."""

    def __init__(self, x: Float[Tensor, "n ..."], held_out: int = 0, skipped: int = 0) -> None:
        n = len(x)
        self.x = x
        plain = tuple(Column(f"column {at}", 0.0, 1.0, False, -3.0, 3.0) for at in range(x.shape[1]))
        self.domain = Points(plain) if x.ndim == 2 else Images(x.shape[2], x.shape[3], x.shape[1])
        left_out = tuple(Skipped(f"row {row}", "no number") for row in range(skipped))
        self.card = DataCard("given", "points", n, tuple(x.shape[1:]), "print", skipped=left_out)
        order = torch.arange(n)
        self.split = Split(order[: n - held_out], order[n - held_out :], order[n - held_out :])
        self.asked = 0

    def batch(self, rows: Int[Tensor, "n"]) -> Batch:
        self.asked += len(rows)
        return Batch({"x": self.x[rows]}, None, rows)


def normal(n: int = 1000, d: int = 3) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(0))


def trouble(source: Source) -> str | None:
    finding = AILMENT().look(Chart().after(inspect(source)))
    return None if finding is None else finding.sentence


def severity(source: Source) -> str | None:
    finding = AILMENT().look(Chart().after(inspect(source)))
    return None if finding is None else finding.severity


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


NATURAL = {
    "many zeros": torch.where(torch.rand(3000, generator=chance(1)) < 0.7, 0.0, normal(3000)[:, 1].abs()),
    "a sensor at its limit": normal(3000)[:, 1].clamp(max=0.3),
    "a rare cluster": torch.where(torch.rand(3000, generator=chance(2)) < 0.01, 40.0, 0.0) + normal(3000)[:, 1],
    "half of it narrow": torch.where(torch.rand(3000, generator=chance(3)) < 0.5, 0.005, 1.0) * normal(3000)[:, 1],
    "a tail without a mean": torch.tan(3.1415 * (torch.rand(3000, generator=chance(4)) - 0.5)),
    "a long tail": (3.0 * normal(3000)[:, 1]).exp(),
}


@pytest.mark.parametrize("column", NATURAL)
def test_what_may_be_as_it_should_be_is_no_alarm(column: str) -> None:
    x = torch.stack([normal(3000)[:, 0], NATURAL[column]], 1)
    assert severity(Given(x)) in (None, "mild")


@pytest.mark.parametrize(("columns", "constant", "alarm"), [(2, 1, False), (8, 1, False), (3, 2, False), (6, 3, True)])
def test_constant_columns_are_an_alarm_only_where_they_are_many(columns: int, constant: int, *, alarm: bool) -> None:
    rows = np.random.default_rng(0).standard_normal((500, columns))
    rows[:, :constant] = 7.0
    assert severity(open_source(rows, DataOptions())) == ("serious" if alarm else "mild")


def test_few_different_answers_are_no_alarm_and_few_different_measurements_are() -> None:
    which = torch.randint(0, 5, (2000,), generator=chance())
    assert severity(Given(torch.eye(5)[which])) == "mild"
    assert severity(Given(normal(5)[which])) == "serious"


@pytest.mark.parametrize(("different", "times"), [(100, 20), (1000, 2)])
def test_rows_that_are_there_more_than_once_are_worth_knowing(different: int, times: int) -> None:
    assert "more than once" in (trouble(Given(normal(different).repeat(times, 1))) or "")
    answers = torch.randint(0, 5, (2000, 2), generator=chance()).float()
    assert inspect(Given(answers)).values["data.repeated"] == 0.0


def test_sound_numbers_are_without_trouble() -> None:
    values = inspect(Given(normal(), held_out=100, skipped=10)).values
    assert values["data.count"] == 1000.0
    assert values["data.train"] == 900.0
    assert values["data.skipped"] == pytest.approx(10 / 1010)
    assert values["data.constant"] == values["data.gap"] == 0.0
    assert values["data.distinct"] == 900.0
    assert values["data.commonest"] == pytest.approx(1 / 900)
    assert 2.5 < values["data.farthest"] < 6.0
    assert trouble(Given(normal(), held_out=100, skipped=10)) is None


def test_sound_pictures_with_black_borders_are_without_trouble() -> None:
    pictures = torch.full((500, 1, 12, 12), -1.0)
    pictures[:, :, 3:9, 3:9] = normal(500, 36).view(500, 1, 6, 6).clamp(-1.0, 1.0)
    pictures[7, 0, 3, 2] = 1.0  # a stroke that leaves the middle once
    values = inspect(Given(pictures)).values
    assert values["data.constant"] == pytest.approx((144 - 37) / 144)
    assert trouble(Given(pictures)) is None


def test_what_never_varies_is_trouble() -> None:
    assert "never" not in (trouble(Given(normal())) or "")
    x = torch.zeros(100, 1, 8, 8)
    assert inspect(Given(x)).values["data.constant"] == 1.0
    assert trouble(Given(x)) is not None


@pytest.mark.parametrize("different", [1, 3, 500])
def test_different_items_are_counted(different: int) -> None:
    x = normal(different).repeat(2, 1)
    values = inspect(Given(x)).values
    assert values["data.distinct"] == different
    assert values["data.commonest"] == pytest.approx(1 / different)
    assert severity(Given(x.repeat(100, 1))) == ("serious" if different < 500 else "mild")


def test_a_row_that_stands_for_what_is_not_known_is_trouble() -> None:
    x = normal()
    x[torch.rand(1000, generator=torch.Generator().manual_seed(1)) < 0.7] = x[3].clone()
    assert "one and the same item" in (trouble(Given(x)) or "")


def test_small_whole_numbers_repeat_themselves_and_are_no_trouble() -> None:
    x = torch.poisson(torch.full((2000, 2), 3.0), generator=torch.Generator().manual_seed(0))
    assert trouble(Given(x)) is None


def test_zeros_are_the_same_whatever_their_sign() -> None:
    assert inspect(Given(torch.tensor([[0.0, 1.0], [-0.0, 1.0], [2.0, 3.0]]))).values["data.distinct"] == 2.0


@pytest.mark.parametrize("far", [1e4, -1e6])
def test_one_value_far_outside_is_trouble_whatever_the_scale(far: float) -> None:
    x = normal()
    x[17, 1] = far
    for scale in (1.0, 1e-3):
        values = inspect(Given(x * scale)).values
        assert values["data.farthest"] == pytest.approx(abs(far), rel=0.1)
        assert values["data.gap"] > 0.99
    assert "outside" in (trouble(Given(x)) or "")


def test_a_code_for_what_is_missing_is_trouble() -> None:
    x = normal()
    x[torch.rand(1000, generator=torch.Generator().manual_seed(1)) < 0.05, 2] = -999.0
    assert "outside" in (trouble(Given(x)) or "")


def test_a_heavy_tail_and_a_column_of_yes_and_no_are_none() -> None:
    random = torch.Generator().manual_seed(2)
    tail = (1.0 - torch.rand(5000, 1, generator=random)).pow(-0.5)
    yes = (torch.rand(5000, 1, generator=random) < 0.4).float()
    assert trouble(Given(torch.cat([tail, yes], 1))) is None


def test_rows_that_were_left_out_are_counted_whoever_left_them_out() -> None:
    values = np.random.default_rng(0).standard_normal((200, 2))
    values[:80, 1] = np.nan
    seen = inspect(open_source(values, DataOptions())).values
    assert seen["data.skipped"] == pytest.approx(0.4)


def test_few_items_are_trouble() -> None:
    assert "27 items" in (trouble(Given(normal(30), held_out=3)) or "")


def test_no_more_is_looked_at_than_is_cheap() -> None:
    many = Given(normal(MOST_ITEMS + 500))
    inspect(many)
    assert many.asked == MOST_ITEMS
    large = Given(torch.zeros(100, 1, 300, 300))
    inspect(large)
    assert large.asked == max(64, MOST_NUMBERS // 90_000)


def test_the_same_data_are_seen_alike_each_time() -> None:
    assert inspect(Given(normal(MOST_ITEMS + 500))) == inspect(Given(normal(MOST_ITEMS + 500)))


def test_data_without_any_column_or_with_a_single_item_are_inspected_all_the_same() -> None:
    assert inspect(Given(torch.zeros(10, 0))).values["data.constant"] == 1.0
    assert inspect(Given(torch.ones(1, 2))).values["data.constant"] == 1.0


@pytest.mark.parametrize("factor", [1000.0, 100.0, 1 / 1000])
@pytest.mark.parametrize("middle", [0.0, 170.0])
def test_half_of_a_column_in_another_unit_is_trouble(factor: float, middle: float) -> None:
    x = normal(4000) * 10.0 + middle
    x[::2, 1] *= factor
    assert "another unit" in (trouble(Given(x)) or "")


def test_few_rows_in_another_unit_are_trouble_where_magnitudes_tell() -> None:
    x = normal(4000) * 10.0 + 170.0
    x[::20, 2] *= 25.4
    assert "25 times" in (trouble(Given(x)) or "") or "another unit" in (trouble(Given(x)) or "")


def test_two_clusters_heavy_tails_and_counts_are_in_one_unit() -> None:
    random = torch.Generator().manual_seed(3)
    noise = torch.randn(4000, generator=random)
    clusters = torch.where(torch.rand(4000, generator=random) < 0.5, 0.0, 1000.0) + noise
    years = torch.randint(1900, 2000, (4000,), generator=random).float()
    incomes = torch.where(
        torch.rand(4000, generator=random) < 0.1, torch.zeros(4000), (10.0 + 1.5 * noise).exp().round()
    )
    x = torch.stack([clusters, (2.5 * noise).exp(), years, incomes], 1)
    values = inspect(Given(x)).values
    assert values["data.uneven"] < 40.0 and values["data.units"] < 5.0


def test_a_column_that_is_set_aside_is_told() -> None:
    rows = np.random.default_rng(0).standard_normal((500, 4))
    rows[:, 2] = 7.0
    source = open_source(rows, DataOptions())
    assert inspect(source).values["data.aside"] == pytest.approx(0.25)
    assert "stuck" in (trouble(source) or "")
    assert inspect(open_source(rows[:, :2], DataOptions())).values["data.aside"] == 0.0


def test_whole_numbers_that_are_spread_for_the_networks_are_still_counted_as_the_same() -> None:
    rows = np.array([[1.0, 4.0], [2.0, 9.0], [5.0, 5.0]])[np.random.default_rng(0).integers(0, 3, 600)]
    assert inspect(open_source(rows, DataOptions())).values["data.distinct"] == 3.0


def test_one_number_among_measured_ones_is_trouble_and_among_counted_ones_is_none() -> None:
    x = normal(2000)
    x[:, 1] = x[:, 1].clamp(max=0.3)  # a sensor at its limit
    assert "at its limit" in (trouble(Given(x)) or "")
    counted = torch.poisson(torch.full((2000, 2), 0.5), generator=torch.Generator().manual_seed(0))
    assert inspect(Given(counted)).values["data.atom"] == 0.0
