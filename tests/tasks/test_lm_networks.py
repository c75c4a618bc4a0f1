"""Figures of language models against a plain loop over the same network, and against the true distribution."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqharness.contracts import Data, Example, Prediction, columns_of
from seqharness.data.rows import Rows
from seqharness.data.sources import DataSource
from seqharness.decoding.settings import Decoding
from seqharness.errors import NotApplicable
from seqharness.interfaces import BOS, EOS, MASK, CausalLM, MaskedLM
from seqharness.metrics.likelihood import excess_columns
from seqharness.modules.masking import masked_positions
from seqharness.specs import check_options
from seqharness.training.evaluation import predict
from seqharness.training.objectives import mean_loss, objective_for
from seqharness_plugins import recurrent, transformer
from seqharness_tasks.generated import agreement_grammar
from seqharness_tasks.generated.agreement_grammar import corpus, surprisals
from seqharness_tasks.language_modelling import agreement, minimal_pairs
from seqharness_tasks.language_modelling.blimp import FILES, Pair, read_pairs
from seqharness_tasks.language_modelling.codec import TextCodec
from seqharness_tasks.language_modelling.options import CausalOptions, MaskedOptions
from seqharness_tasks.language_modelling.task import LanguageModelling, MaskedLanguageModelling

torch.set_num_threads(1)
NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)
CPU = torch.device("cpu")
SIZES = {"train": 6_000, "validation": 50, "test": 300}


@pytest.fixture(autouse=True)
def fewer_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement_grammar, "corpus", lambda: corpus(SIZES))


@cache
def generated() -> Data:
    """The generated data; call it from tests alone."""
    return LanguageModelling(CausalOptions()).load(NOWHERE)


def network_of(name: str, interface: CausalLM | MaskedLM) -> Any:
    cards: list[Any] = []
    for family in (recurrent, transformer):
        family.register_models(register=cards.append)
    offered = next(card for card in cards if card.name == name).load()
    torch.manual_seed(0)
    options = check_options(offered.config, {"width": 16, "inner": 24, "dropout": 0.0}, name)
    return offered.serves[type(interface)](options, interface).double().eval()


def own_text(folder: Path, **options: object) -> LanguageModelling:
    """A task on a short text of its own: 120 lines of words that repeat."""
    rng = np.random.default_rng(0)
    words = ["a", "cat", "dog", "sees", "the", "red", "old", "naïve"]
    lines = [" ".join(rng.choice(words, size=rng.integers(2, 9))) for _ in range(120)]
    (folder / "own.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    given = {"data": str(folder / "own.txt"), "level": "word", **options}
    return LanguageModelling(check_options(CausalOptions, given, "task lm"))


def evaluated(
    task: Any, network: nn.Module, data: Data, batch_tokens: int = 4_096
) -> tuple[list[Prediction], dict[str, float]]:
    codec = task.codec(data)
    rows = {split: codec.encode(data.splits[split]) for split in data.splits}
    longest = {field: max(int(part[field].lengths.max()) for part in rows.values()) for field in rows["test"]}
    objective = objective_for(codec.interface(longest))
    found = predict(network, objective, rows["test"], codec, Decoding(), CPU, batch_tokens=batch_tokens)
    return found, figures(task, data.splits["test"], found)


def figures(task: Any, examples: Sequence[Example], predictions: list[Prediction]) -> dict[str, float]:
    columns = columns_of(task.metrics)
    sums = task.statistics(examples, predictions, task.metrics).sum(axis=0)
    return {m.name: float(m.value(sums[[columns.index(name) for name in m.columns]])) for m in task.metrics}


# -------------------------------------------------------------------------------------------------- independent figures


@pytest.mark.parametrize("name", ["lstm", "transformer"])
def test_figures_equal_a_plain_loop_whatever_the_batch(name: str, tmp_path: Path) -> None:
    task = own_text(tmp_path, window="12", stride="5")
    data = task.load(NOWHERE)
    codec = task.codec(data)
    interface = codec.interface({"tokens": 12})
    network = network_of(name, interface)

    text = "".join(example.target["text"] for example in data.splits["test"])
    lines = text.split("\n")[:-1]
    words = [word for line in lines for word in (*line.split(), "\n")]
    ids = [codec.tokenizer.symbols.index(word) + 6 for word in words]  # type: ignore[attr-defined]

    nll: list[float] = []
    repeated: list[float] = []
    first = 0
    while first < len(ids):
        stop = min(first + 5, len(ids)) if first else min(12, len(ids))
        row = ids[max(0, stop - 12) : stop]
        with torch.no_grad():
            features, _ = network(torch.tensor([[BOS, *row]]))
            log_probabilities = network.output(features)[0].log_softmax(-1)
        targets = [*row, EOS] if stop == len(ids) else row
        for place in range(first - max(0, stop - 12), len(targets)):
            loss = -float(log_probabilities[place, targets[place]])
            nll.append(loss)
            pairs = list(pairwise(row))
            if 0 < place < len(row) and (row[place - 1], row[place]) in pairs[: place - 1]:
                repeated.append(loss)
        first = stop

    assert len(nll) == len(words) + 1
    expected = {
        "perplexity": math.exp(sum(nll) / len(nll)),
        "word_perplexity": math.exp(sum(nll) / len(text.split())),
        "bits_per_byte": sum(nll) / math.log(2) / len(text.encode()),
        "loss": sum(nll) / len(nll),
        "recall_perplexity": math.exp(sum(repeated) / len(repeated)),
        "other_perplexity": math.exp((sum(nll) - sum(repeated)) / (len(nll) - len(repeated))),
    }
    for batch_tokens in (4_096, 30, 1):
        assert evaluated(task, network, data, batch_tokens)[1] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["lstm", "transformer"])
def test_masked_figures_equal_a_plain_loop_whatever_the_batch(name: str, tmp_path: Path) -> None:
    own_text(tmp_path)
    given = {"data": str(tmp_path / "own.txt"), "level": "word", "window": "10"}
    task = MaskedLanguageModelling(check_options(MaskedOptions, given, "task mlm"))
    data = task.load(NOWHERE)
    codec = task.codec(data)
    network = network_of(name, codec.interface({"tokens": 10}))
    nll, hits = [], []
    for row in codec.encode(data.splits["test"])["tokens"]:
        hidden = masked_positions(row)
        masked = [MASK if flag else int(token) for token, flag in zip(row, hidden, strict=True)]
        with torch.no_grad():
            logits = network.output(network(torch.tensor([masked])))[0]
        for place in np.flatnonzero(hidden):
            nll.append(-float(logits[place].log_softmax(-1)[row[place]]))
            hits.append(int(logits[place].argmax()) == row[place])
    expected = {"pseudo_perplexity": math.exp(np.mean(nll)), "masked_accuracy": 100 * float(np.mean(hits))}
    for batch_tokens in (4_096, 1):
        assert evaluated(task, network, data, batch_tokens)[1] == pytest.approx(expected, rel=1e-6)


class Bigrams(nn.Module):
    """A language model that looks at one token: what it says depends on no window that gives it one."""

    def __init__(self, types: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.table = torch.randn(types, types, generator=generator, dtype=torch.float64)
        self.output = nn.Identity()

    def forward(self, tokens: Tensor, lengths: Any = None, state: Any = None) -> tuple[Tensor, None]:
        return self.table[tokens], None


def test_what_needs_one_token_of_context_is_the_same_at_every_window_and_stride(tmp_path: Path) -> None:
    found = []
    for window, stride in ((8, 7), (8, 1), (40, 20), (128, 64), (1000, 500)):
        task = own_text(tmp_path, window=str(window), stride=str(stride))
        data = task.load(NOWHERE)
        network = Bigrams(task.codec(data).tokenizer.types)
        found.append(evaluated(task, network, data)[1])
    for other in found[1:]:
        for name in ("perplexity", "word_perplexity", "bits_per_byte", "loss"):
            assert other[name] == pytest.approx(found[0][name], rel=1e-6)


def test_more_context_is_used_where_the_stride_leaves_it(tmp_path: Path) -> None:
    """With the stride of a window, the first token of each row has no context but BOS."""
    task, wide = (own_text(tmp_path, window="8", stride=stride) for stride in ("8", "4"))
    data = task.load(NOWHERE)
    network = Bigrams(task.codec(data).tokenizer.types)
    assert evaluated(task, network, data)[1]["loss"] != pytest.approx(
        evaluated(wide, network, wide.load(NOWHERE))[1]["loss"]
    )


# ------------------------------------------------------------------------------------------- the true distribution


def excess(examples: Sequence[Example], predictions: list[Prediction]) -> tuple[float, float]:
    """Mean of log2 p(true) - log2 p(model) over sentences, and its standard error."""
    bits = excess_columns(predictions, [example.target["log2"] for example in examples])[:, 0]
    return float(bits.mean()), float(bits.std(ddof=1) / math.sqrt(len(bits)))


def bigram_predictions(train: Sequence[Example], test: Sequence[Example]) -> list[Prediction]:
    """A bigram model by hand: relative frequencies mixed with those of single words and with 1 / types."""
    sentences = [["<s>", *example.input.split(), "</s>"] for example in train]
    pairs = Counter(pair for words in sentences for pair in pairwise(words))
    before = Counter(word for words in sentences for word in words[:-1])
    single = Counter(word for words in sentences for word in words[1:])
    total = sum(single.values())

    def loss(first: str, second: str) -> float:
        mixed = 0.8 * pairs[first, second] / max(before[first], 1) + 0.19 * single[second] / total
        return -math.log(mixed + 0.01 / len(single))

    rows = [["<s>", *example.input.split(), "</s>"] for example in test]
    return [Prediction(losses=tuple(loss(*pair) for pair in pairwise(words))) for words in rows]


def trained_lstm(data: Data, codec: TextCodec) -> tuple[Any, Any]:
    rows = codec.encode(data.splits["train"])
    objective = objective_for(codec.interface({"tokens": 64}))
    network = network_of("lstm", codec.interface({"tokens": 64})).float().train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    rng = np.random.default_rng(0)
    for _ in range(150):
        batch = objective.batch(rows, rng.integers(len(data.splits["train"]), size=48), CPU)
        optimizer.zero_grad()
        mean_loss(objective, network, batch, 0.0).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network.eval(), objective


def test_no_trained_model_is_better_than_the_grammar_but_by_chance() -> None:
    data = generated()
    codec = LanguageModelling(CausalOptions()).codec(data)
    test = data.splits["test"]
    uniform = [Prediction(losses=(math.log(512),) * (len(e.input.split()) + 1)) for e in test]
    bigram = excess(test, bigram_predictions(data.splits["train"], test))
    network, objective = trained_lstm(data, codec)
    found = predict(network, objective, codec.encode(test), codec, Decoding(), CPU)
    lstm = excess(test, found)
    for mean, error in (bigram, lstm):
        assert mean >= -2 * error
        assert mean < excess(test, uniform)[0] - 20  # and it has learned
    truth = [Prediction(losses=tuple(surprisals(example.input))) for example in test]
    assert excess(test, truth)[0] == pytest.approx(0, abs=1e-8)


# --------------------------------------------------------------------------------------------------------- measurements


def trained_with(examples: Sequence[Example], codec: TextCodec, losses: Any) -> Any:
    """What a measurement is given, over losses of words."""

    def of_rows(rows: Mapping[str, Rows]) -> list[tuple[float, ...]]:
        return [tuple(losses(text)) for text in codec.decode([row.tolist() for row in rows["tokens"]])]

    return SimpleNamespace(
        interface=codec.interface({"tokens": 60}),
        splits=["test"],
        examples=lambda split: examples,
        rows=lambda split: codec.encode(examples),
        encode=codec.encode,
        losses=of_rows,
    )


def test_the_grammar_itself_has_every_verb_right_and_an_indifferent_model_half() -> None:
    data = generated()
    codec = LanguageModelling(CausalOptions()).codec(data)
    test = data.splits["test"]
    rng = np.random.default_rng(0)
    right = agreement.measure(trained_with(test, codec, surprisals), rng)
    assert {number.value for number in right.numbers} == {100.0}
    assert [number.name for number in right.numbers] == ["agreement", "agreement_0", "agreement_1", "agreement_2"]
    (figure,) = right.figures
    assert figure.lines[0].x == sorted({min(example.slices["distance"], 12) for example in test})
    even = agreement.measure(trained_with(test, codec, lambda text: [1.0] * (len(text.split()) + 1)), rng)
    assert {number.value for number in even.numbers} == {50.0}


def test_verbs_are_not_measured_on_other_data(tmp_path: Path) -> None:
    task = own_text(tmp_path)
    data = task.load(NOWHERE)
    with pytest.raises(NotApplicable, match="generated sentences"):
        agreement.measure(trained_with(data.splits["test"], task.codec(data), len), np.random.default_rng(0))


def test_pairs_are_judged_by_the_whole_sentence_and_those_that_look_alike_left_out(tmp_path: Path) -> None:
    task = own_text(tmp_path)
    codec = task.codec(task.load(NOWHERE))
    trained = trained_with([], codec, lambda text: [float(len(word)) for word in text.split()])
    pairs = [
        Pair("a cat", "a dog"),  # as probable
        Pair("a cat", "the cat"),  # the shorter words are the more probable ones
        Pair("the cat", "a cat"),
        Pair("a walrus", "a walruses"),  # the same to this vocabulary
        Pair("a cat " * 40, "a dog"),  # longer than the rows trained on
    ]
    judged = minimal_pairs.judge(trained, pairs)
    assert judged == minimal_pairs.Judged(hits=1.5, pairs=3, unknown=2, tokens=2 * 8 + 80 + 2)
    assert judged.percent == 50


def test_sentences_are_written_as_the_text_is() -> None:
    assert minimal_pairs.with_spaces("Mary's dogs don't well-behave, do they.") == (
        "Mary 's dogs don 't well @-@ behave , do they ."
    )
    assert minimal_pairs.spaced(["it ends . It does ,"])
    assert not minimal_pairs.spaced(["it ends. It does, well ."])


def test_pairs_are_read_from_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.jsonl").write_text('{"sentence_good": "A b.", "sentence_bad": "A c.", "UID": "x"}\n')
    assert read_pairs(tmp_path / "p.jsonl") == [Pair("A b.", "A c.")]
    assert len(FILES) == 16
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path))
    monkeypatch.setenv("HARNESS_OFFLINE", "1")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    trained = SimpleNamespace(interface=CausalLM(vocabulary=9, max_length=9))
    with pytest.raises(NotApplicable, match="downloads are switched off"):
        minimal_pairs.measure(trained, np.random.default_rng(0))  # type: ignore[arg-type]
    masked = SimpleNamespace(interface=MaskedLM(vocabulary=9, max_length=9))
    with pytest.raises(NotApplicable, match="no sentence a probability"):
        minimal_pairs.measure(masked, np.random.default_rng(0))  # type: ignore[arg-type]
