"""The whole of a bench: models sized, every cell measured, growth fitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from ..costs import SHARED, WORKS, Cell, Conditions, Costs, ModelCosts, Work
from ..environment import choose_device, describe_environment
from ..errors import NotApplicable
from ..interfaces import CausalLM, SequenceToSequence
from ..plan.runs import resolve_precision
from ..registry import Catalogue
from ..resolve import resolve_model
from ..sizing import TOLERANCE
from .cells import SLICE_SECONDS, measured_cells
from .growth import growth
from .problems import counted
from .sized import Candidate, candidate
from .spec import BenchSpec
from .work import Job

Tell = Callable[[str, int, int], None]
"""(what is measured now, how many groups of cells are done, of how many)."""


def measure(spec: BenchSpec, catalogue: Catalogue, tell: Tell = lambda what, done, total: None) -> Costs:
    """Measure. UserError for a mistake in the spec, before anything is timed."""
    device = choose_device(spec.device)
    conditions = _conditions(spec, device)
    found = [resolve_model(name, catalogue) for name in spec.models]
    candidates: list[Candidate] = []
    models: list[ModelCosts] = []
    for model in found:
        try:
            candidates.append(candidate(model, spec))
            models.append(candidates[-1].costs)
        except NotApplicable as reason:
            models.append(ModelCosts(model=str(model.name), not_applicable=str(reason)))
    cells = _cells(spec, candidates, conditions, tell) if candidates else []
    return Costs(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=spec.command,
        conditions=conditions,
        lengths=list(spec.lengths),
        models=models,
        cells=cells,
        growth=growth(cells),
        warnings=[*_unequal(models, conditions), *_disturbed(cells, conditions)],
    )


def _conditions(spec: BenchSpec, device: str) -> Conditions:
    generates = issubclass(spec.kind, CausalLM | SequenceToSequence)
    return Conditions(
        interface=spec.interface,
        inference="generation" if generates else "evaluation",
        vocabulary=spec.vocabulary,
        rows=None if spec.batch_tokens else spec.rows,
        batch_tokens=spec.batch_tokens,
        match_size=spec.match_size,
        parameters=None if spec.match_size == "none" else spec.parameters,
        repeats=spec.repeats,
        slice_seconds=SLICE_SECONDS,
        cell_seconds=spec.cell_seconds,
        precision=resolve_precision(spec.precision, device),
        device=device,
        threads=spec.threads,
        environment=describe_environment(),
    )


def _cells(spec: BenchSpec, candidates: Sequence[Candidate], conditions: Conditions, tell: Tell) -> list[Cell]:
    """Lengths ascend: what one could not bear, none of the longer ones is tried with."""
    total, cells = len(spec.lengths) * len(WORKS), list[Cell]()
    for length in spec.lengths:
        for work in WORKS:
            tell(f"length {length}: {conditions.called(work)}", len(cells) // len(candidates), total)
            jobs = {one.name: _job(one, spec, conditions, length, work) for one in candidates}
            ruled_out = {one.name: cell for one in candidates if (cell := _ruled_out(one, jobs[one.name], cells))}
            going = [job for name, job in jobs.items() if name not in ruled_out]
            measured = {cell.model: cell for cell in measured_cells(going, spec.repeats, spec.cell_seconds)}
            found = {**ruled_out, **measured}
            cells += [_with_state(found[one.name], one) for one in candidates]
    tell("", total, total)
    return cells


def _job(one: Candidate, spec: BenchSpec, conditions: Conditions, length: int, work: Work) -> Job:
    rows = spec.rows if spec.batch_tokens is None else max(1, spec.batch_tokens // counted(spec.kind, length))
    return Job(
        model=one.name,
        interface=one.interface,
        config=one.config,
        recipe=one.recipe,
        length=length,
        rows=1 if work == "single" else rows,
        work=work,
        precision=conditions.precision,
        device=conditions.device,
        threads=spec.threads,
        plugins=spec.plugins.anywhere(),
    )


def _ruled_out(one: Candidate, job: Job, before: Iterable[Cell]) -> Cell | None:
    """The cell of a length that the model refuses, or that is longer than one it could not bear."""
    empty = Cell(
        model=one.name, length=job.length, work=job.work, status="not applicable", rows=job.rows, tokens=job.tokens
    )
    if job.length in one.refused:
        return empty.model_copy(update={"reason": one.refused[job.length]})
    for cell in before:
        if (cell.model, cell.work) == (one.name, job.work) and cell.status in ("out of memory", "out of time"):
            reason = f"not tried, since length {cell.length} was {cell.status} already"
            return empty.model_copy(update={"status": cell.status, "reason": reason})
    return None


def _with_state(cell: Cell, one: Candidate) -> Cell:
    generated = cell.status == "measured" and cell.work == "single"
    return cell.model_copy(update={"state_bytes": one.states.get(cell.length)}) if generated else cell


def _unequal(models: Sequence[ModelCosts], conditions: Conditions) -> list[str]:
    return [
        f"{model.model} is {model.deviation:+.1%} from the {conditions.parameters:,} parameters asked for: the sizes "
        "compared are not equal."
        for model in models
        if abs(model.deviation) > TOLERANCE
    ]


def _disturbed(cells: Sequence[Cell], conditions: Conditions) -> list[str]:
    """On a CPU with one thread, where waiting can only be for other work."""
    shares = [cell.cpu_share for cell in cells if cell.cpu_share is not None]
    if conditions.device != "cpu" or conditions.threads > 1 or not shares or min(shares) >= SHARED:
        return []
    busy = sum(share < SHARED for share in shares)
    return [
        f"Other work took the processor from {busy} of {len(shares)} measurements (the least had {min(shares):.0%} of "
        "it): measure again on a quiet machine."
    ]
