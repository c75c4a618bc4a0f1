"""`harness compare`."""

from __future__ import annotations

import json
import logging
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..registry import Catalogue, PluginSettings, load_catalogue
from ..specs import parse_names
from ..visible import visible
from .options import AsJson, PluginFiles, PluginSwitches, Precision, Quiet, comma_list

if TYPE_CHECKING:
    from ..comparison_spec import ComparisonSpec

_MODELS = "Models to compare, a comma list: lstm,transformer:heads=8 (see `harness list models`)."
_TASK = "Tasks to compare them on, a comma list: translate:data=multi30k:pair=en-de (see `harness list tasks`)."


def _option(help: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=help, **settings)


def compare(
    models: Annotated[str, _option(_MODELS, "--models", "--model", "-m")],
    task: Annotated[str, _option(_TASK, "--task", "--tasks", "-t")],
    seeds: Annotated[int, _option("Runs of each model, with seeds 1 to N.", min=1, envvar="HARNESS_SEEDS")] = 3,
    budget: Annotated[
        str, _option("quick, standard, full, tokens (2M) or epochs (3epochs).", envvar="HARNESS_BUDGET")
    ] = "quick",
    params: Annotated[str | None, _option("Size every model is solved for (1.1M); the budget's if not given.")] = None,
    match_size: Annotated[
        str, _option("params, nonembedding, flops (a token's, of the first model) or none: models at their defaults.")
    ] = "params",
    match_training: Annotated[
        str,
        _option("tokens, flops or time (of the first model), or none: until validation does not improve any more."),
    ] = "tokens",
    patience: Annotated[
        int | None, _option("Validations without a better score after which any training ends early.", min=1)
    ] = None,
    tune: Annotated[
        int, _option("Trials of every model over the same space, on validation only; 0: built-in recipes.", min=0)
    ] = 0,
    tuner: Annotated[
        str,
        _option("Beyond 7 trials: grid draws values once for all models; optuna (an extra) by a model's own trials."),
    ] = "grid",
    train_sizes: Annotated[
        str | None, _option("Numbers of training examples, a comma list: a curve over the amount of data.")
    ] = None,
    beam: Annotated[int, _option("Beam of decoding; 1 is greedy.", min=1)] = 1,
    length_penalty: Annotated[float, _option("Exponent of the length that ranks hypotheses.", min=0)] = 1.0,
    decoding_precision: Annotated[
        str, _option("Of decoding: float32, bf16 or int8 (linear layers, with what it costs in quality).")
    ] = "float32",
    measure: Annotated[
        str | None, _option("Measurements beside the tasks' own, a comma list (see `harness list measurements`).")
    ] = None,
    check_convergence: Annotated[
        bool, _option("One more run per model at half the budget: does the score still rise?", "--check-convergence")
    ] = False,
    batch_tokens: Annotated[
        int | None, _option("Real tokens of a batch, for all; six long rows may have twice as many.", min=1)
    ] = None,
    lr: Annotated[float | None, _option("Peak learning rate, for all.")] = None,
    clip: Annotated[float | None, _option("Largest gradient norm, for all; 0 does not clip.")] = None,
    optimizer: Annotated[str | None, _option("adamw, adam or sgd, for all.")] = None,
    schedule: Annotated[str | None, _option("cosine, linear or constant, for all.")] = None,
    warmup: Annotated[float | None, _option("Share of the budget with a rising rate, for all.")] = None,
    weight_decay: Annotated[float | None, _option("Weight decay, for all.")] = None,
    label_smoothing: Annotated[float | None, _option("Label smoothing in training, for all.")] = None,
    validations: Annotated[int, _option("Checkpoints that are validated in a run.", min=1)] = 8,
    pretrain: Annotated[
        str, _option("mlm or lm: train first as a language model on the task's own text; none: do not.")
    ] = "none",
    pretrain_share: Annotated[float, _option("Share of the budget that --pretrain takes.")] = 0.5,
    device: Annotated[str, _option("auto, cpu, cuda, cuda:N or mps.", envvar="HARNESS_DEVICE")] = "auto",
    precision: Precision = "auto",
    threads: Annotated[int, _option("Threads of one run.", min=1, envvar="HARNESS_THREADS")] = 1,
    jobs: Annotated[
        int | None, _option("Runs at a time; one a core if not given.", "--jobs", "-j", min=1, envvar="HARNESS_JOBS")
    ] = None,
    executor: Annotated[str, _option("Where runs are executed.", envvar="HARNESS_EXECUTOR")] = "local",
    report: Annotated[str | None, _option("Reporters, a comma list; all if not given.", metavar="NAMES")] = None,
    store: Annotated[str, _option("Folder that keeps runs and data.", envvar="HARNESS_STORE")] = "runs",
    output: Annotated[
        str, _option("Folder that reports go to.", "--output", "-o", envvar="HARNESS_OUTPUT")
    ] = "reports",
    name: Annotated[str | None, _option("Name of the report; made from models and tasks if not given.")] = None,
    dry_run: Annotated[
        bool, _option("Print the plan with sizes and an estimate of the time, and stop.", "--dry-run")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Annotated[bool, _option("Log more on stderr.", "--verbose", "-v")] = False,
    plugin: PluginFiles = None,
    p: PluginSwitches = None,
) -> int:
    """Train models from scratch on tasks under the same rules, compare them, write a report.

    The same command again does only what is missing, and retrains nothing.
    """
    return compare_models(locals(), lambda catalogue: [str(one) for one in parse_names(models)])


def compare_models(
    options: Mapping[str, Any], models_of: Callable[[Catalogue], Sequence[str]], reference: str | None = None
) -> int:
    """What `compare` and `ablate` do with their options. models_of: the models' names, once plugins are known;
    reference: the one that all others are compared with."""
    from ..comparison_spec import ComparisonSpec
    from ..specs import check_options

    _log_to_stderr(options["verbose"])
    settings = PluginSettings.of(options["p"] or (), options["plugin"] or ())
    catalogue = load_catalogue(settings)
    given = _given(options, models_of(catalogue), settings)
    spec = check_options(
        ComparisonSpec, {**given, "reference": reference}, "compare" if reference is None else "ablate"
    )
    if options["dry_run"]:
        return _dry_run(spec, catalogue, options["as_json"])
    return _compare(spec, catalogue, options["as_json"], options["quiet"])


AS_THEY_ARE = (
    *("seeds", "budget", "match_size", "match_training", "patience", "tune", "tuner", "batch_tokens", "validations"),
    *("check_convergence", "pretrain", "pretrain_share", "device", "precision", "threads", "jobs", "executor"),
    *("store", "output", "name"),
)
"""Options that are fields of the comparison's spec."""


def _given(options: Mapping[str, Any], models: Sequence[str], settings: PluginSettings) -> dict[str, Any]:
    """The fields of the comparison's spec."""
    from ..budget import parse_count

    params, measure, report = options["params"], options["measure"], options["report"]
    return {
        **{name: options[name] for name in AS_THEY_ARE},
        "models": tuple(models),
        "tasks": tuple(str(one) for one in parse_names(options["task"])),
        "parameters": parse_count(params, "--params") if params is not None else None,
        "train_sizes": [parse_count(size, "--train-sizes") for size in comma_list(options["train_sizes"] or "")],
        "recipe": _recipe({field: (flag, options[name]) for field, (flag, name) in RECIPE.items()}),
        "decoding": {
            "beam": options["beam"],
            "length_penalty": options["length_penalty"],
            "precision": options["decoding_precision"],
        },
        "measure": comma_list(measure) if measure is not None else (),
        "reporters": comma_list(report) if report is not None else None,
        "command": shlex.join(["harness", *sys.argv[1:]]),
        "plugins": settings,
    }


RECIPE = {
    "learning_rate": ("--lr", "lr"),
    "clip": ("--clip", "clip"),
    "optimizer": ("--optimizer", "optimizer"),
    "schedule": ("--schedule", "schedule"),
    "warmup": ("--warmup", "warmup"),
    "weight_decay": ("--weight-decay", "weight_decay"),
    "label_smoothing": ("--label-smoothing", "label_smoothing"),
}
"""Fields of the recipe, each with its flag and the name of the option here."""


def _log_to_stderr(verbose: bool) -> None:
    class Escaping(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return f"harness: {visible(super().format(record))}"

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Escaping())
    logging.basicConfig(handlers=[handler], level=logging.INFO if verbose else logging.WARNING)


def _recipe(flags: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """The fields that are set, each checked under the name of its flag."""
    from ..contracts import Recipe
    from ..specs import check_options

    given = {field: (flag, value) for field, (flag, value) in flags.items() if value is not None}
    for field, (flag, value) in given.items():
        check_options(Recipe, {field: value}, flag)
    return {field: value for field, (_, value) in given.items()}


def _dry_run(spec: ComparisonSpec, catalogue: Catalogue, as_json: bool) -> int:
    from ..data.sources import DataSource
    from ..plan import make_plan
    from .planned import plan_document, print_plan

    plan = make_plan(spec, catalogue, DataSource.from_environment())
    if as_json:
        print(json.dumps(plan_document(plan), indent=2, ensure_ascii=False))
    else:
        print_plan(plan)
    return 0


def _compare(spec: ComparisonSpec, catalogue: Catalogue, as_json: bool, quiet: bool) -> int:
    from ..compare import execute_plan, jobs_of
    from ..data.sources import DataSource
    from ..plan import make_plan
    from .progress import progress_display
    from .summary import print_summary

    with progress_display(quiet) as display:
        display.preparing()
        plan = make_plan(spec, catalogue, DataSource.from_environment())
        display.plan([*plan.missing_trials(), *plan.missing()], len(plan.trials) + len(plan.runs), jobs_of(plan))
        outcome = execute_plan(plan, catalogue, display.event)
    if as_json:
        print(outcome.comparison.model_dump_json(indent=2))
    else:
        print_summary(outcome, Path(spec.output))
    runs = [*outcome.comparison.runs, *outcome.comparison.size_runs]
    done = [run for run in runs if run.status == "done"]
    if not done:
        return 3
    return 0 if len(done) == len(runs) else 1
