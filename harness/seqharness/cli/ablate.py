"""`harness ablate`: one thing at a time is changed in a model, and each change compared with the model as it was."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from ..registry import Catalogue
from .compare import compare, compare_models

Base = Annotated[
    str, typer.Argument(help="The model that is changed, with options: transformer:layers=3.", show_default=False)
]
Over = Annotated[
    list[str],
    typer.Option(
        "--over", metavar="OPTION=VALUES", help="An option and the values it takes, a comma list (repeatable)."
    ),
]


def command() -> Callable[..., int]:
    """The command: options as of `compare`, with a base and what is changed in it in the place of the models."""

    def ablate(**options: Any) -> int:
        """Change one thing at a time in a model, and compare each change with the model as it was.

        harness ablate transformer --over position=sinusoidal,rope,none --over heads=1,4,8 --task translate
        """
        base, over = options.pop("base"), options.pop("over")

        def models(catalogue: Catalogue) -> list[str]:
            from ..ablation import variants

            return variants(base, over, catalogue)

        from ..specs import parse_name

        return compare_models(options, models, reference=str(parse_name(base)))

    signature = inspect.signature(compare, eval_str=True)
    kept = [parameter for name, parameter in signature.parameters.items() if name != "models"]
    own = [
        inspect.Parameter("base", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Base),
        inspect.Parameter("over", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Over),
    ]
    ablate.__signature__ = signature.replace(parameters=[*own, *kept])  # type: ignore[attr-defined]
    ablate.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *kept]}
    return ablate
