"""Models of the same size: width and inner size are solved for on the meta device, where building costs nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from .contracts import Architecture, Config
from .errors import UserError
from .interfaces import CausalLM, Interface, SequenceToSequence
from .modules.rows import count_bytes
from .modules.shared import Output, TokenEmbedding
from .records import Sizing

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


def solve(
    architecture: Architecture, given: Mapping[str, Any], config: Config, interface: Interface, target: int
) -> Solution:
    """The configuration whose number of parameters is nearest to `target`.

    given: options that the user fixed; `width` and `inner` are solved for unless they are among them. Widths near the
    natural shape (inner = inner_ratio x width) are tried first, so that two models differ in kind, not in proportion.
    UserError where the smallest network is larger than the target: names that size.
    """

    def size(width: int, inner: int) -> int:
        return count_parameters(build_meta(architecture, _with(config, width, inner), interface))

    step = config.width_step()
    if "width" in given and "inner" in given:
        return measured(architecture, config, interface, target)
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
    solution = measured(architecture, _with(config, best[1], best[2]), interface, target)
    smallest = size(widths[0] if "width" in given else step, config.inner if "inner" in given else 1)
    if smallest > target * (1 + TOLERANCE):
        fixed = "".join(f" and {name}={value}" for name, value in given.items() if name in ("width", "inner"))
        raise UserError(
            f"--params {target} is too small here: with a vocabulary of {interface.vocabulary}{fixed} the smallest "
            f"network has {smallest} parameters. Ask for at least that many, or for a smaller vocabulary."
        )
    return solution


def _with(config: Config, width: int, inner: int) -> Config:
    return config.model_copy(update={"width": width, "inner": inner})


def _bisect(size: Any, target: int, limit: int) -> int:
    """The largest n in 1..limit with size(n) <= target (0 where none is), for a size that grows with n."""
    low, high = 0, 1
    while high < limit and size(high) <= target:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= target else (low, middle)
    return low


def _nearest_inner(size: Any, width: int, target: int) -> int:
    below = _bisect(lambda inner: size(width, inner), target, 1 << 17)
    around = [inner for inner in (below, below + 1) if inner >= 1]
    return min(around, key=lambda inner: abs(size(width, inner) - target))


def measured(architecture: Architecture, config: Config, interface: Interface, target: int | None) -> Solution:
    """The size of a configuration as it is."""
    network = build_meta(architecture, config, interface)
    sizing = Sizing(
        parameters=count_parameters(network), nonembedding_parameters=count_nonembedding(network), target=target
    )
    return Solution(config, sizing)


def with_costs(
    solution: Solution, architecture: Architecture, interface: Interface, lengths: Mapping[str, float]
) -> Solution:
    """Add FLOPs per training token (forward x 3) and the bytes of state, at rows of the mean length of each field."""
    network = build_meta(architecture, solution.config, interface).eval()
    mean = {field: max(1, math.ceil(length)) for field, length in lengths.items()}
    counter = FlopCounterMode(display=False)
    with counter, torch.device("meta"), torch.no_grad():
        tokens, state = _forward(network, interface, mean)
    flops = 0 if flops_depend_on_data(network) else counter.get_total_flops()
    sizing = solution.sizing.model_copy(
        update={
            "flops_per_token": 3 * flops / tokens if flops else None,
            "flops_measured": flops_depend_on_data(network),
            "state_bytes": count_bytes(state) if state is not None else None,
        }
    )
    return Solution(solution.config, sizing)


def flops_depend_on_data(network: nn.Module) -> bool:
    """Whether a part of the network says so by its attribute of this name: then only a run can count them."""
    return any(getattr(part, "flops_depend_on_data", False) for part in network.modules())


def _sides(interface: Interface, mean: Mapping[str, int]) -> tuple[int, int]:
    """Source and target positions of a row of mean length; a text that is to be continued is cut in the middle."""
    if isinstance(interface, SequenceToSequence):
        return mean["source"] + 1, mean["target"] + 1
    length = mean["tokens"] + 1
    return (length + 1) // 2, length // 2 + 1


def _forward(network: nn.Module, interface: Interface, mean: Mapping[str, int]) -> tuple[int, Any]:
    """One row of mean length through the network: real tokens in it, and the state that decoding would carry."""
    if hasattr(network, "encode"):
        sizes = _sides(interface, mean)
        source, target = (torch.zeros(1, size, dtype=torch.long) for size in sizes)
        memory = network.encode(source)  # type: ignore[operator]
        features, state = network.decode(target, memory)  # type: ignore[operator]
        network.output(features)  # type: ignore[operator]
        counted = sum(sizes) if isinstance(interface, SequenceToSequence) else mean["tokens"] + 1
        return counted, (memory, state)
    length = mean["tokens"]
    shape = (1, length, interface.features) if interface.features else (1, length)
    tokens = torch.zeros(shape, dtype=torch.float32 if interface.features else torch.long)
    if isinstance(interface, CausalLM):
        features, state = network(tokens)
        network.output(features)  # type: ignore[operator]
        return length, state
    network.output(network(tokens))  # type: ignore[operator]
    return length, None
