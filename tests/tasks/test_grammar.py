"""The probabilistic grammar: its probabilities against enumeration, its entropy, its prefixes and its corpus."""

from __future__ import annotations

import hashlib
import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqharness_tasks.generated.agreement_grammar import (
    DEEPEST,
    DEFAULT_SIZES,
    Sentence,
    agreement_grammar,
    corpus,
    log2_probability,
    surprisals,
)
from seqharness_tasks.generated.agreement_grammar.agreement import agreements, farthest, verb_forms
from seqharness_tasks.generated.agreement_grammar.pcfg import Grammar, Symbol
from seqharness_tasks.generated.agreement_grammar.prefix import PrefixScorer

CORPUS_SHA256 = "008e6d2c1f64691ee4c894126fcdaaaf061d1fff200510391f022c5b58bb4b31"
ENTROPY = 55.80938613357933


def enumerated(grammar: Grammar, symbol: Symbol) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Every derivation of a symbol that is not recursive: probability and words."""
    if symbol not in grammar.choices:
        yield 1.0, (str(symbol),)
        return
    choice = grammar.choices[symbol]
    for probability, side in zip(choice.probabilities, choice.sides, strict=True):
        for parts in itertools.product(*(list(enumerated(grammar, part)) for part in side)):
            yield probability * math.prod(part[0] for part in parts), sum((part[1] for part in parts), ())


def distribution(grammar: Grammar) -> dict[tuple[str, ...], float]:
    """Sentence -> probability, by enumeration."""
    found: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for probability, words in enumerated(grammar, grammar.start):
        found[words] += probability
    return dict(found)


@cache
def small() -> Grammar:
    """The same rules and words, one word of each list, from the deepest level on: 2,296 sentences."""
    return agreement_grammar(DEEPEST, 1)


@cache
def default_corpus() -> dict[str, list[Sentence]]:
    return corpus()


# ---------------------------------------------------------------------------------------------------- any grammar


def test_probabilities_of_a_recursive_grammar_sum_to_one() -> None:
    grammar = Grammar("S", {"S": [(0.6, ("a", "b")), (0.4, ("a", "S", "b"))]})
    scorer = PrefixScorer(grammar)
    found = [math.prod(scorer.conditionals(["a"] * n + ["b"] * n)) for n in range(1, 60)]
    assert found == pytest.approx([0.6 * 0.4 ** (n - 1) for n in range(1, 60)], rel=1e-12)
    assert sum(found) == pytest.approx(1, abs=1e-15)
    assert grammar.mean_length() == pytest.approx(2 / 0.6)
    assert grammar.entropy() == pytest.approx(-sum(p * math.log2(p) for p in found), rel=1e-9)
    assert scorer.conditionals(["a", "a", "b", "b", "b"]) == pytest.approx([1, 0.4, 0.6, 1, 0, 0])


def test_an_ambiguous_sentence_has_the_sum_of_its_derivations() -> None:
    grammar = Grammar("S", {"S": [(1, ("A",)), (3, ("B", "y"))], "A": [(1, ("x", "y"))], "B": [(1, ("x",)), (1, ())]})
    assert PrefixScorer(grammar).conditionals(["x", "y"]) == pytest.approx([0.25 + 0.375, 1, 1])
    assert PrefixScorer(grammar).conditionals(["y"]) == pytest.approx([0.375, 1])


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"S": [(0.4, ("a",)), (0.6, ("S", "S"))]}, "end with a probability below one"),
        ({"S": [(0.0, ("a",))]}, "symbols without a rule"),
        ({"A": [(1.0, ("a",))]}, "symbols without a rule"),
        ({"S": [(1.0, ("a", 7))]}, "neither symbols with a rule nor words"),
    ],
)
def test_what_is_no_grammar(rules: dict[str, list[tuple[float, tuple[Symbol, ...]]]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Grammar("S", rules)


def test_left_recursion_is_refused_also_behind_what_may_vanish() -> None:
    grammar = Grammar("S", {"S": [(0.9, ("a",)), (0.1, ("E", "S", "b"))], "E": [(1, ()), (1, ("e",))]})
    with pytest.raises(ValueError, match="left recursion: S -> S"):
        PrefixScorer(grammar)


SYMBOLS = ("S", "A", "B", "C")


@st.composite
def grammars(draw: st.DrawFn) -> Grammar:
    """Small grammars without recursion, ambiguous ones and empty right-hand sides among them."""
    rules = {}
    for place, symbol in enumerate(SYMBOLS):
        parts = st.sampled_from([*SYMBOLS[place + 1 :], "x", "y", "z"])
        sides = st.lists(st.tuples(st.integers(1, 9), st.lists(parts, max_size=3).map(tuple)), min_size=1, max_size=3)
        rules[symbol] = draw(sides)
    return Grammar("S", rules)


@settings(max_examples=100, deadline=None)
@given(grammars())
def test_conditionals_multiply_to_the_enumerated_probability(grammar: Grammar) -> None:
    sentences, scorer = distribution(grammar), PrefixScorer(grammar)
    assert sum(sentences.values()) == pytest.approx(1)
    prefixes: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for words, probability in sentences.items():
        for length in range(len(words) + 1):
            prefixes[words[:length]] += probability
    for words, probability in sentences.items():
        conditionals = scorer.conditionals(words)
        assert math.prod(conditionals) == pytest.approx(probability)
        running = [prefixes[words[: length + 1]] / prefixes[words[:length]] for length in range(len(words))]
        assert conditionals == pytest.approx([*running, probability / prefixes[words]])
    for words in itertools.product("xyz", repeat=2):
        assert math.prod(scorer.conditionals(words)) == pytest.approx(sentences.get(words, 0.0))


# ------------------------------------------------------------------------------------------- the agreement grammar


def test_a_small_grammar_of_the_same_rules_sums_to_one_and_has_the_stated_entropy() -> None:
    derivations = list(enumerated(small(), small().start))
    sentences = distribution(small())
    assert len(derivations) == len(sentences) == 2_296  # unambiguous
    assert sum(sentences.values()) == pytest.approx(1, abs=1e-12)
    assert small().entropy() == pytest.approx(-sum(p * math.log2(p) for p in sentences.values()), rel=1e-12)
    mean = sum(probability * len(words) for words, probability in sentences.items())
    assert small().mean_length() == pytest.approx(mean, rel=1e-12)
    scorer = PrefixScorer(small())
    assert all(
        math.prod(scorer.conditionals(words)) == pytest.approx(probability, rel=1e-12)
        for words, probability in sentences.items()
    )


def test_sentences_are_drawn_as_often_as_their_probability_says() -> None:
    rng, draws = random.Random(3), 20_000
    counts = Counter(tuple(small().sample(rng).words()) for _ in range(draws))
    sentences = distribution(small())
    assert set(counts) <= set(sentences)
    expected = np.array([draws * probability for probability in sentences.values()])
    observed = np.array([counts[words] for words in sentences])
    likely = expected >= 5
    chi = ((observed - expected)[likely] ** 2 / expected[likely]).sum()
    degrees = int(likely.sum())
    assert abs(chi - degrees) < 5 * math.sqrt(2 * degrees)


def test_every_sentence_of_the_whole_grammar_has_one_derivation() -> None:
    rng, grammar = random.Random(5), agreement_grammar()
    scorer = PrefixScorer(grammar)
    for _ in range(2_000):
        derivation = grammar.sample(rng)
        words = list(derivation.words())
        assert math.prod(scorer.conditionals(words)) == pytest.approx(grammar.probability(derivation), rel=1e-9)


def test_next_words_and_the_end_sum_to_one_after_any_prefix() -> None:
    rng, grammar = random.Random(6), agreement_grammar()
    scorer, words = PrefixScorer(grammar), agreement_grammar().vocabulary
    for _ in range(3):
        sentence = list(grammar.sample(rng).words())
        for length in range(0, len(sentence) + 1, 3):
            prefix = sentence[:length]
            following = sum(scorer.conditionals([*prefix, word])[length] for word in words)
            assert following + scorer.conditionals(prefix)[-1] == pytest.approx(1, abs=1e-12)


def test_the_stated_entropy_is_that_of_sentences_drawn() -> None:
    assert agreement_grammar().entropy() == pytest.approx(ENTROPY, rel=1e-12)
    bits = [-log2_probability(sentence.text) for sentence in default_corpus()["test"]]
    error = np.std(bits) / math.sqrt(len(bits))
    assert abs(np.mean(bits) - ENTROPY) < 4 * error
    lengths = [len(sentence.text.split()) for sentence in default_corpus()["train"]]
    mean = agreement_grammar().mean_length()
    assert abs(np.mean(lengths) - mean) < 4 * np.std(lengths) / math.sqrt(len(lengths))


def test_surprisals_are_those_of_words_and_end() -> None:
    sentence = "the keys to the cabinet sleep ."
    assert surprisals(sentence)[2:] == [math.inf] * 6  # no such preposition
    text = "the keys near the cabinet fall ."
    found = surprisals(text)
    assert len(found) == 8
    assert found[-2:] == [0.0, 0.0]  # the full stop and the end are certain
    assert -sum(found) / math.log(2) == pytest.approx(log2_probability(text))
    assert log2_probability("the keys near the cabinet falls .") == -math.inf  # the attractor does not agree


@pytest.mark.parametrize(
    "text",
    [
        "the old king thinks that the dogs which every cat near the houses follows howl .",
        "if Mary is often happy then the boys ( the house burns ) both smile and admire themselves .",
        'the men shout " these women answer " the ship sinks " " .',
    ],
)
def test_sentences_that_the_rules_describe_are_possible(text: str) -> None:
    assert math.isfinite(log2_probability(text))


@pytest.mark.parametrize(
    "text",
    [
        "the old king think that the dogs howl .",  # number of the verb
        "the dogs which every cat near the houses follow howl .",  # number of the inner verb
        "the cabinet smiles .",  # things do not smile
        "the queen admires himself .",  # gender
        "the dog who sleeps howls .",  # relative pronoun
        "the boys ( the house burns smile .",  # a bracket left open
        "the house burns",  # no full stop
    ],
)
def test_sentences_that_the_rules_exclude_are_impossible(text: str) -> None:
    assert log2_probability(text) == -math.inf


# ------------------------------------------------------------------------------------------------------- agreement


def test_every_verb_agrees_with_its_subject_and_attractors_do_not() -> None:
    rng, seen = random.Random(7), Counter[int]()
    nouns = {
        symbol.number: {word for (word,) in choice.sides}  # type: ignore[attr-defined]
        for number in ("singular", "plural")
        for symbol, choice in agreement_grammar().choices.items()
        if symbol.kind == "noun" and symbol.number == number  # type: ignore[attr-defined]
    }
    assert len(nouns) == 2
    for _ in range(500):
        derivation = agreement_grammar().sample(rng)
        words = list(derivation.words())
        pairs = agreements(derivation)
        assert [pair.verb for pair in pairs] == [place for place, word in enumerate(words) if word in verb_forms()]
        for pair in pairs:
            ends = words[pair.verb].endswith("s")
            assert ends == (pair.number == "singular")
            assert words[pair.subject][0].isupper() or words[pair.subject] not in ("the", ".")
            assert pair.distance > 0
        seen[farthest(derivation).attractors] += 1
    assert seen[0] > 100
    assert seen[1] > 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the dogs near the house sleep .", [(1, 5, 1)]),
        ("the dogs which every cat follows sleep .", [(4, 5, 0), (1, 6, 1)]),
        ("Mary both smiles and thanks the men .", [(0, 2, 0), (0, 4, 0)]),
        ("the king thinks that the cats howl .", [(1, 2, 0), (5, 6, 0)]),
    ],
)
def test_agreements_of_sentences(text: str, expected: list[tuple[int, int, int]]) -> None:
    """Sentences by hand; their derivations are found among those drawn."""
    derivation = derivation_of(text)
    assert [(pair.subject, pair.verb, pair.attractors) for pair in agreements(derivation)] == expected


def derivation_of(text: str):  # type: ignore[no-untyped-def]
    """The derivation of a sentence, by choosing at every symbol the rules that can still give it."""
    from seqharness_tasks.generated.agreement_grammar.pcfg import Node

    grammar, words = agreement_grammar(), tuple(text.split())

    def expand(symbol: Symbol, place: int) -> Iterator[tuple[Node | str, int]]:
        if symbol not in grammar.choices:
            if place < len(words) and words[place] == symbol:
                yield str(symbol), place + 1
            return
        for rule, side in enumerate(grammar.choices[symbol].sides):
            for children, end in sequence(side, place):
                yield Node(symbol, rule, tuple(children)), end

    def sequence(side: tuple[Symbol, ...], place: int) -> Iterator[tuple[list[Node | str], int]]:
        if not side:
            yield [], place
            return
        for first, middle in expand(side[0], place):
            for rest, end in sequence(side[1:], middle):
                yield [first, *rest], end

    (found,) = [node for node, end in expand(grammar.start, 0) if end == len(words)]
    return found


# ---------------------------------------------------------------------------------------------------------- corpus


def test_the_corpus_is_the_same_on_every_machine() -> None:
    text = "".join(f"{split} {s.text} {s.verb} {s.wrong}\n" for split, part in default_corpus().items() for s in part)
    assert hashlib.sha256(text.encode()).hexdigest() == CORPUS_SHA256


def test_sizes_words_and_lengths() -> None:
    assert DEFAULT_SIZES == {"train": 40_000, "validation": 1_000, "test": 2_000}
    counts = Counter(word for sentence in default_corpus()["train"] for word in sentence.text.split())
    assert set(counts) == set(agreement_grammar().vocabulary)
    assert 400 < len(counts) < 800
    assert min(counts.values()) >= 20  # what is tested was seen in training
    assert max(len(sentence.text.split()) for sentence in default_corpus()["train"]) > 35


def test_repeats_are_kept() -> None:
    texts = [sentence.text for sentence in default_corpus()["train"]]
    assert len(set(texts)) < len(texts)
    assert set(texts) & {sentence.text for sentence in default_corpus()["test"]}


def test_the_wrong_form_of_the_verb_cannot_stand_there() -> None:
    for sentence in default_corpus()["test"][:200]:
        words = sentence.text.split()
        wrong = [*words[: sentence.verb], sentence.wrong, *words[sentence.verb + 1 :]]
        assert surprisals(" ".join(wrong))[sentence.verb] == math.inf
        assert math.isfinite(surprisals(sentence.text)[sentence.verb])
