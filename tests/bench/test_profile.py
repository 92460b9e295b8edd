"""`bench profile`: every operation has a kind, and what is printed adds up."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ganforge.bench import profile
from ganforge.bench._speed_cases import Case
from ganforge.bench.profile import COPIES, KINDS, kind_of, profile_of
from ganforge.core.errors import UnknownNameError


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("aten::convolution_backward", "convolutions, backward"),
        ("aten::mkldnn_convolution", "convolutions, forward"),
        ("aten::conv2d", "convolutions, forward"),
        ("aten::addmm", "matrix products"),
        ("aten::mm", "matrix products"),
        ("aten::native_batch_norm_backward", "normalisation"),
        ("aten::leaky_relu_backward", "activations and losses"),
        ("aten::_fused_adam_", "optimisers and averages"),
        ("aten::_to_copy", "copies"),
        ("aten::normal_", "random numbers"),
        ("aten::pixel_shuffle", "other operations"),
    ],
)
def test_an_operation_has_the_kind_that_its_name_says(operation: str, kind: str) -> None:
    assert kind_of(operation) == kind


def test_an_update_of_dense_networks_is_mostly_products_and_all_shares_make_a_whole() -> None:
    found = profile_of(Case("grid", "auto", one_core=True), steps=4, threads=1)
    shares = dict(found.shares)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert all(share >= 0 for share in shares.values())
    assert shares["matrix products"] > 0.1 > shares["convolutions, forward"]
    assert shares["matrix products"] == max(shares[kind] for kind in KINDS)
    assert {"examinations", "looks of the doctor", "drawing the grids"} >= set(dict(found.beside))
    assert found.update_ms > 0 and COPIES


def test_what_is_printed_names_the_case_its_plan_and_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(profile, "console", Console(file=text, width=120))
    profile.run(cases=("auto on grid, one core",), steps=4)
    printed = text.getvalue()
    assert all(kind in printed for kind in KINDS)
    assert "1 thread, float32" in printed and "samples/s" in printed


def test_a_case_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="auto on digits"):
        profile.run(cases=("auto on nothing",))
