"""What each test example adds to the metrics of one run: the table that all analysis starts from."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..contracts import Example, Metric

    Array = npt.NDArray[np.float64]

Label = str | float | tuple[str, ...] | None
"""What an example is on one axis: text, a number, several labels of which all hold, or nothing."""


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one run on one split, by example.

    columns: C names. values: float64 [N, C]. slices: axis -> N values. groups: the unit (document, segment) of each
    example, where there are units; None for an example that is a unit of its own. Raises ValueError where lengths
    do not agree.
    """

    columns: tuple[str, ...]
    values: Array
    slices: Mapping[str, tuple[Label, ...]] = field(default_factory=dict)
    groups: tuple[str | None, ...] | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.columns):
            raise ValueError(f"values {self.values.shape} do not fit {len(self.columns)} columns")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError(f"columns occur twice: {', '.join(self.columns)}")
        parts: dict[str, Sequence[Any]] = {f"slice {axis!r}": labels for axis, labels in self.slices.items()}
        if self.groups is not None:
            parts["groups"] = self.groups
        for name, labels in parts.items():
            if len(labels) != len(self):
                raise ValueError(f"{name} has {len(labels)} values for {len(self)} examples")

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, columns: Sequence[str], values: Array, examples: Sequence[Example]) -> Table:
        """The table of `values` [N, C] with the slices and groups of the N examples."""
        axes = dict.fromkeys(axis for example in examples for axis in example.slices)
        slices = {axis: tuple(_label(example.slices.get(axis)) for example in examples) for axis in axes}
        groups = tuple(example.group for example in examples)
        return cls(
            tuple(columns),
            np.asarray(values, dtype=np.float64),
            slices,
            groups if any(group is not None for group in groups) else None,
        )

    def select(self, metric: Metric) -> Array:
        """The columns of a metric [N, c], in its order. Raises ValueError where the table lacks one."""
        missing = [name for name in metric.columns if name not in self.columns]
        if missing:
            raise ValueError(f"no column {', '.join(missing)} for {metric.name}; there is: {', '.join(self.columns)}")
        return self.values[:, [self.columns.index(name) for name in metric.columns]]

    def score(self, metric: Metric) -> float:
        """The metric over all examples; NaN where it is not defined."""
        return float(metric.value(self.select(metric).sum(axis=0)))

    def where(self, keep: Callable[[int], bool]) -> Table:
        """The examples whose index `keep` accepts, in order."""
        rows = [index for index in range(len(self)) if keep(index)]
        return Table(
            self.columns,
            self.values[rows],
            {axis: tuple(labels[row] for row in rows) for axis, labels in self.slices.items()},
            None if self.groups is None else tuple(self.groups[row] for row in rows),
        )

    def parts(self, axis: str) -> dict[str | float, Table]:
        """The examples of each value of an axis, values sorted; an example with several labels is in several parts.

        Raises KeyError for an axis that the table lacks.
        """
        rows: dict[str | float, set[int]] = {}
        for index, label in enumerate(self.slices[axis]):
            for value in label if isinstance(label, tuple) else () if label is None else (label,):
                rows.setdefault(value, set()).add(index)
        ordered = sorted(rows, key=lambda value: (isinstance(value, str), value))
        return {value: self.where(rows[value].__contains__) for value in ordered}

    def steps(self, axis: str, edges: Sequence[float]) -> dict[str | float, Table]:
        """The examples of each step of a numeric axis, named '6-10' or, for the last, '11+'; empty steps are left out.

        Without edges, or where the values are no numbers: as `parts`. Raises KeyError for an axis that the table lacks.
        """
        labels = self.slices[axis]
        if not edges or not all(label is None or isinstance(label, (int, float)) for label in labels):
            return self.parts(axis)
        limits = (-math.inf, *edges, math.inf)
        found: dict[str | float, Table] = {}
        for low, high in pairwise(limits):
            inside = [label is not None and low < float(label) <= high for label in labels]  # type: ignore[arg-type]
            if any(inside):
                found[_step_name(low, high)] = self.where(inside.__getitem__)
        return found

    def by_unit(self) -> Table:
        """Rows summed over each group, in order of first appearance: the units that examples are resampled by.

        Slices are left out, for a unit may hold examples of many kinds. Without groups: the table itself.
        """
        if self.groups is None:
            return self
        keys = [(index, None) if group is None else (-1, group) for index, group in enumerate(self.groups)]
        place = {key: position for position, key in enumerate(dict.fromkeys(keys))}
        sums = np.zeros((len(place), len(self.columns)))
        np.add.at(sums, [place[key] for key in keys], self.values)
        return Table(self.columns, sums)

    def save(self, path: Path) -> None:
        """Write to `path` as compressed .npz without pickled objects. Equal tables give equal bytes."""
        about = {"columns": self.columns, "slices": dict(self.slices), "groups": self.groups}
        text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
        with path.open("wb") as file:
            np.savez_compressed(file, values=np.asarray(self.values, dtype=np.float64), about=text)

    @classmethod
    def load(cls, path: Path) -> Table:
        """Read what `save` wrote. Raises ValueError or OSError where the file is not whole."""
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            values = file["values"]
        slices = {axis: tuple(_label(value) for value in labels) for axis, labels in about["slices"].items()}
        groups = None if about["groups"] is None else tuple(about["groups"])
        return cls(tuple(about["columns"]), values, slices, groups)


def _step_name(low: float, high: float) -> str:
    """'up to 5', '6-10', '11+'."""
    if low == -math.inf:
        return f"up to {high:g}"
    if high == math.inf:
        return f"{low + 1:g}+"
    return f"{high:g}" if high == low + 1 else f"{low + 1:g}-{high:g}"


def stack(tables: Sequence[Table], metric: Metric) -> Array:
    """Tables of the same test examples, one a seed -> the metric's columns by seed and unit [S, U, c].

    Raises ValueError where there is no table, or where the tables are not of the same examples.
    """
    if not tables:
        raise ValueError("no tables to stack")
    first = tables[0]
    for table in tables:
        if len(table) != len(first) or table.groups != first.groups:
            raise ValueError(f"tables of different examples: {len(first)} and {len(table)} rows, or other groups")
    return np.stack([table.by_unit().select(metric) for table in tables])


def _label(value: Any) -> Label:
    """A slice's value as it is kept: lists as tuples, numpy's numbers as Python's."""
    if isinstance(value, (list, tuple)):
        return tuple(str(label) for label in value)
    if isinstance(value, np.generic):
        return value.item()  # type: ignore[no-any-return]
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise ValueError(f"a slice is text, a number or several labels, not {type(value).__name__}")
