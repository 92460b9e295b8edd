"""Jobs in processes that keep to one core each, so that torch is imported once for many of them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TypeVar

import torch

Job = TypeVar("Job")
Result = TypeVar("Result")


def carried_out(work: Callable[[Job], Result], jobs: Sequence[Job], cores: Sequence[int]) -> Iterator[Result]:
    """The results as they come, in any order.

    Args:
        work: a function that a process can be told by its name.
        jobs: in the order in which they are begun.
        cores: numbers of the processors; one process each, which keeps to it.
    """
    spawn = multiprocessing.get_context("spawn")  # torch does not bear to be forked with its threads
    rest = list(jobs)
    with contextlib.ExitStack() as stack:
        pools = [stack.enter_context(ProcessPoolExecutor(1, spawn, _pin, (core,))) for core in cores[: len(rest)]]
        going: dict[Future[Result], ProcessPoolExecutor] = {}
        try:
            for pool in pools:
                going[pool.submit(work, rest.pop(0))] = pool
            while going:
                for future in wait(going, return_when=FIRST_COMPLETED).done:
                    pool = going.pop(future)
                    result = future.result()
                    if rest:
                        going[pool.submit(work, rest.pop(0))] = pool
                    yield result
        except BaseException:
            for pool in pools:
                pool.shutdown(wait=False, cancel_futures=True)
            raise


def _pin(core: int) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    with contextlib.suppress(AttributeError):  # macOS and Windows place a process as they like
        os.sched_setaffinity(0, [core])
    torch.set_num_threads(1)
