"""Blocks through the kernel, several at a time; what it cannot take is rejected: one block stops no run."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from polars.exceptions import PanicException

from pipeline import engine, processes
from pipeline.errors import ContractFault
from pipeline.ingest.model import Block, Parsed, SourcePlan
from pipeline.ingest.records import kernel
from pipeline.ingest.records.rejects import nothing, unparsed


def parsed(
    tasks: Iterator[tuple[Block, SourcePlan]], jobs: int | None, *, isolated: bool
) -> Generator[Parsed, None, None]:
    """Yield what the kernel makes of blocks, in their order.

    Args:
        tasks: blocks with the plans of their sources, drawn lazily.
        jobs: blocks parsed at a time; all cores when None.
        isolated: parse in processes: what kills one costs its block alone.
    """
    if isolated:
        return processes.map_apart(_parse, _given_up, tasks, jobs)
    return engine.map_ordered(_parse, tasks, jobs)


class ProcessDied(Exception):
    """A block killed each of the processes that parsed it."""


def _given_up(task: tuple[Block, SourcePlan]) -> Parsed:
    """Return the result of a block that kills whoever parses it: it is rejected whole."""
    return unparsed(*task, ProcessDied())


def _parse(task: tuple[Block, SourcePlan]) -> Parsed:
    """Return a block's records. What the kernel cannot take is rejected whole: one block stops no run."""
    block, plan = task
    if not block.data:
        return nothing(plan, block)
    try:
        return kernel.parse(block, plan)
    except ContractFault:
        raise
    except (Exception, PanicException) as error:
        return unparsed(block, plan, error)
