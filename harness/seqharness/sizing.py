"""Models of the same size: width and inner size are solved for on the meta device, where building costs nothing.

What size means is a `Measure` of the network: its parameters, those outside the embeddings, or its FLOPs per token.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from .contracts import Architecture, Config
from .errors import NotApplicable, UserError
from .interfaces import CausalLM, Interface, SequenceToSequence
from .modules.rows import count_bytes
from .modules.shared import Output, TokenEmbedding
from .records import Matched, Sizing, StateBytes

TOLERANCE = 0.01
"""Models count as equal in size up to this deviation from the target."""

AIM = 0.002
"""The search stops at the width nearest to the natural shape that comes this close."""


@dataclass(frozen=True)
class Solution:
    """A configuration and how large it is."""

    config: Config
    sizing: Sizing


class NoDraws(TorchFunctionMode):
    """Random initialisation does nothing: on the meta device there are no numbers, and pretending takes long."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(function, "__name__", "") in _DRAWS:
            return args[0] if args else (kwargs or {})["tensor"]
        return function(*args, **(kwargs or {}))


_DRAWS = {"normal_", "uniform_", "trunc_normal_", "orthogonal_", "xavier_uniform_", "xavier_normal_", "bernoulli_"}


def build_meta(architecture: Architecture, config: Config, interface: Interface) -> nn.Module:
    """The network without memory for its weights. NotApplicable where the architecture refuses."""
    with torch.device("meta"), NoDraws():
        return architecture.serves[type(interface)](config, interface)


def count_parameters(network: nn.Module) -> int:
    """Learned numbers, shared ones once."""
    return sum(parameter.numel() for parameter in network.parameters())


def count_nonembedding(network: nn.Module) -> int:
    """Learned numbers outside the embeddings and the output layer, which the vocabulary decides."""
    outside = {
        id(parameter)
        for module in network.modules()
        if isinstance(module, TokenEmbedding | Output)
        for parameter in module.parameters()
    }
    return sum(parameter.numel() for parameter in network.parameters() if id(parameter) not in outside)


Measure = Callable[[nn.Module], float]
"""Of a network on the meta device."""


def measure_of(matched: Matched, interface: Interface, lengths: Mapping[str, float]) -> Measure:
    """How large a network is in the sense of `matched`. lengths: mean length of each field of a row, for FLOPs."""
    if matched == "parameters":
        return count_parameters
    if matched == "nonembedding_parameters":
        return count_nonembedding
    return lambda network: flops_per_token(network, interface, lengths) or 0.0


def solve(
    architecture: Architecture,
    given: Mapping[str, Any],
    config: Config,
    interface: Interface,
    target: float,
    matched: Matched = "parameters",
    lengths: Mapping[str, float] | None = None,
) -> Solution:
    """The configuration whose size is nearest to `target`.

    given: options that the user fixed; `width` and `inner` are solved for unless they are among them. Widths near the
    natural shape (inner = inner_ratio x width) are tried first, so that two models differ in kind, not in proportion.
    lengths: as in `measure_of`. UserError where the smallest network is larger than the target: names that size.
    NotApplicable where its FLOPs are to be matched and cannot be counted.
    """
    measure = measure_of(matched, interface, lengths or {})

    def size(width: int, inner: int) -> float:
        return measure(build_meta(architecture, _with(config, width, inner), interface))

    step = config.width_step()
    if matched == "flops_per_token" and not measure(build_meta(architecture, config, interface)):
        raise NotApplicable("its FLOPs are not counted before it is trained, so --match-size flops cannot size it")
    if "width" in given and "inner" in given:
        return measured(architecture, config, interface, target, matched, measure)
    if "width" in given:
        widths = [config.width]
    elif "inner" in given:
        width = step * _bisect(lambda steps: size(step * steps, config.inner), target, 1 << 14)
        widths = [width, width + step] if width else [step]
    else:
        ratio = config.inner_ratio
        natural = _bisect(lambda steps: size(step * steps, max(1, round(ratio * step * steps))), target, 1 << 14)
        spread = range(max(1, natural - 6), natural + 8)
        widths = [step * steps for steps in sorted(spread, key=lambda steps: (abs(steps - natural - 0.5), steps))]
    best: tuple[float, int, int] | None = None
    for width in widths:
        inner = config.inner if "inner" in given else _nearest_inner(size, width, target)
        deviation = abs(size(width, inner) - target) / target
        if best is None or deviation < best[0]:
            best = (deviation, width, inner)
        if deviation <= AIM:
            break
    assert best is not None
    solution = measured(architecture, _with(config, best[1], best[2]), interface, target, matched, measure)
    smallest = size(widths[0] if "width" in given else step, config.inner if "inner" in given else 1)
    if smallest > target * (1 + TOLERANCE):
        raise UserError(_too_small(given, interface, target, matched, smallest))
    return solution


def _too_small(given: Mapping[str, Any], interface: Interface, target: float, matched: Matched, smallest: float) -> str:
    fixed = "".join(f" and {name}={value}" for name, value in given.items() if name in ("width", "inner"))
    if matched == "flops_per_token":
        return (
            f"--match-size flops: {target:,.0f} FLOPs per token of the first model{fixed} are too few here: the "
            f"smallest network has {smallest:,.0f}. Name the smaller model first or raise --params."
        )
    kind = "" if matched == "parameters" else " outside the embeddings"
    return (
        f"--params {target:.0f} is too small here: with a vocabulary of {interface.vocabulary}{fixed} the smallest "
        f"network has {smallest:.0f} parameters{kind}. Ask for at least that many, or for a smaller vocabulary."
    )


def _with(config: Config, width: int, inner: int) -> Config:
    return config.model_copy(update={"width": width, "inner": inner})


def _bisect(size: Any, target: float, limit: int) -> int:
    """The largest n in 1..limit with size(n) <= target (0 where none is), for a size that grows with n."""
    low, high = 0, 1
    while high < limit and size(high) <= target:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= target else (low, middle)
    return low


def _nearest_inner(size: Any, width: int, target: float) -> int:
    below = _bisect(lambda inner: size(width, inner), target, 1 << 17)
    around = [inner for inner in (below, below + 1) if inner >= 1]
    return min(around, key=lambda inner: abs(size(width, inner) - target))


def measured(
    architecture: Architecture,
    config: Config,
    interface: Interface,
    target: float | None,
    matched: Matched = "parameters",
    measure: Measure = count_parameters,
) -> Solution:
    """The size of a configuration as it is."""
    network = build_meta(architecture, config, interface)
    sizing = Sizing(
        parameters=count_parameters(network),
        nonembedding_parameters=count_nonembedding(network),
        target=round(target) if target is not None else None,
        matched=matched,
        deviation=(measure(network) - target) / target if target else 0.0,
    )
    return Solution(config, sizing)


def with_costs(
    solution: Solution, architecture: Architecture, interface: Interface, lengths: Mapping[str, float]
) -> Solution:
    """Add FLOPs per training token (forward x 3) and the bytes of state, at rows of the mean length of each field."""
    network = build_meta(architecture, solution.config, interface).eval()
    sizing = solution.sizing.model_copy(
        update={
            "flops_per_token": flops_per_token(network, interface, lengths),
            "flops_measured": flops_depend_on_data(network),
            "state": state_bytes(network, interface, lengths),
        }
    )
    return Solution(solution.config, sizing)


def flops_per_token(network: nn.Module, interface: Interface, lengths: Mapping[str, float]) -> float | None:
    """Of training (forward x 3), for a real token of a row of mean lengths. None where they are not counted."""
    if flops_depend_on_data(network):
        return None
    counter = FlopCounterMode(display=False)
    with counter:
        tokens, _ = _forward(network.eval(), interface, _sides(interface, lengths))
    flops = counter.get_total_flops()
    return 3 * flops / tokens if flops else None


SHORTER = 4
"""Tokens by which a row is cut to see how the state grows. It is never lengthened: positions may be as many as the
longest row has tokens."""


def state_bytes(network: nn.Module, interface: Interface, lengths: Mapping[str, float]) -> StateBytes | None:
    """What decoding a row of mean lengths carries along, and how it grows there with the context (target) and with the
    source. None where nothing is decoded step by step."""
    source, target = _sides(interface, lengths)

    def size(source: int, target: int) -> int | None:
        state = _forward(network.eval(), interface, (source, target))[1]
        return None if state is None else count_bytes(state)

    total = size(source, target)
    if total is None:
        return None
    cuts = min(SHORTER, max(0, source - 1)), min(SHORTER, target - 1)
    of_source = (total - (size(source - cuts[0], target) or 0)) / cuts[0] if cuts[0] else 0.0
    of_context = (total - (size(source, target - cuts[1]) or 0)) / cuts[1] if cuts[1] else 0.0
    fixed = max(0, round(total - of_context * target - of_source * source))
    return StateBytes(total=total, fixed=fixed, per_context_token=of_context, per_source_token=of_source)


def flops_depend_on_data(network: nn.Module) -> bool:
    """Whether a part of the network says so by its attribute of this name: then only a run can count them."""
    return any(getattr(part, "flops_depend_on_data", False) for part in network.modules())


def _sides(interface: Interface, lengths: Mapping[str, float]) -> tuple[int, int]:
    """Source and target positions of a row of mean lengths; (0, length) where there is one row only."""
    mean = {field: max(1, math.ceil(length)) for field, length in lengths.items()}
    if isinstance(interface, SequenceToSequence):
        return mean["source"] + 1, mean["target"] + 1
    return 0, mean["tokens"]


def _forward(network: nn.Module, interface: Interface, sides: tuple[int, int]) -> tuple[int, Any]:
    """One row through the network: real tokens in it, and the state that decoding would carry. A text that is to be
    continued by an encoder and a decoder is cut in the middle."""
    source, target = sides
    with torch.device("meta"), torch.no_grad():
        if hasattr(network, "encode"):
            if not source:
                source, target = (target + 2) // 2, (target + 1) // 2 + 1
            first, second = (torch.zeros(1, size, dtype=torch.long) for size in (source, target))
            memory = network.encode(first)  # type: ignore[operator]
            features, state = network.decode(second, memory)  # type: ignore[operator]
            network.output(features)  # type: ignore[operator]
            return sum(sides) + (not sides[0]), (memory, state)
        shape = (1, target, interface.features) if interface.features else (1, target)
        tokens = torch.zeros(shape, dtype=torch.float32 if interface.features else torch.long)
        if isinstance(interface, CausalLM):
            features, state = network(tokens)
            network.output(features)  # type: ignore[operator]
            return target, state
        network.output(network(tokens))  # type: ignore[operator]
        return target, None
