"""Options that probes share: how many examples, of which lengths, from which seed."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from seqharness.contracts import Options

Train = Annotated[int, Field(ge=1, description="training examples, of each length in inverse proportion to it")]
PerLength = Annotated[int, Field(ge=1, description="examples at each length in validation and in each test")]
Beyond = Annotated[
    int, Field(ge=0, description="largest length of the test beyond those trained on; 0: there is no such test")
]
Shortest = Annotated[int, Field(ge=1, description="smallest length trained and tested on")]
Longest = Annotated[int, Field(ge=1, description="largest length trained on")]
Length = Annotated[int, Field(ge=2, description="the length trained on")]
Vocabulary = Annotated[int, Field(ge=2, le=10_000, description="number of different symbols")]


class ProbeOptions(Options):
    """What every probe has. A probe's own options set the defaults."""

    train: Train
    per_length: PerLength = 50
    beyond: Beyond
    seed: int = Field(default=0, ge=0, description="of the data; another seed draws other examples")

    @property
    def lengths(self) -> tuple[int, ...]:
        """Lengths in training, validation and `test`, ascending."""
        raise NotImplementedError

    @property
    def longer(self) -> tuple[int, ...]:
        """Lengths of the split `beyond`, ascending; empty where there is none."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _ascending(self) -> ProbeOptions:
        if not self.lengths:
            raise ValueError("no length lies between the shortest and the longest")
        if self.beyond and not self.longer:
            raise ValueError(
                f"beyond={self.beyond} is not over the largest length trained on, {self.lengths[-1]}; 0 is for no "
                "such test"
            )
        return self


class RangeOptions(ProbeOptions):
    """Every length (or every `stride`-th) from shortest to longest; beyond them at most eight, evenly spaced."""

    stride: ClassVar[int] = 1

    shortest: Shortest = 1
    longest: Longest

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(range(self.shortest, self.longest + 1, self.stride))

    @property
    def longer(self) -> tuple[int, ...]:
        return spaced(self.lengths[-1], self.beyond, 8, self.stride)


class SingleOptions(ProbeOptions):
    """One length T in training; beyond it at most four, evenly spaced."""

    T: Length = 100

    @property
    def lengths(self) -> tuple[int, ...]:
        return (self.T,)

    @property
    def longer(self) -> tuple[int, ...]:
        return spaced(self.T, self.beyond, 4)


def spaced(longest: int, beyond: int, steps: int, stride: int = 1) -> tuple[int, ...]:
    """At most `steps` evenly spaced lengths over `longest` and up to `beyond`, in multiples of `stride` from it."""
    every = (step * (beyond - longest) / (steps * stride) for step in range(1, steps + 1))
    return tuple(sorted({longest + stride * int(count) for count in every if count >= 1}))
