"""The answers of every probe against an independent reading of its rows."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from seqharness.contracts import Example
from seqharness.data.sources import DataSource
from seqharness.specs import check_options
from seqharness_tasks import probes
from seqharness_tasks.probes.agreement import NOUNS, VERBS
from seqharness_tasks.probes.dyck import paths
from seqharness_tasks.probes.listops import NESTED, Lengths, ListOps, ListOpsOptions
from seqharness_tasks.probes.modular_arithmetic import value
from seqharness_tasks.probes.probe import Probe

NOWHERE = DataSource(None, Path("/nonexistent"), offline=True)


def drawn(name: str, units: int = 3, **options: object) -> Iterator[tuple[Probe, Example]]:
    """Examples of every split and length."""
    cards: list[object] = []
    probes.register_tasks(cards.append)
    card = next(card for card in cards if card.name == name)  # type: ignore[attr-defined]
    build = card.load()  # type: ignore[attr-defined]
    first = build(check_options(card.options(), options, name))  # type: ignore[attr-defined]
    size = first.unit_size * units
    sizes = {"train": math.ceil(size * sum(max(first.options.lengths) / n for n in first.options.lengths))}
    task = build(check_options(card.options(), {**sizes, "per_length": size, **options}, name))  # type: ignore[attr-defined]
    for examples in task.load(NOWHERE).splits.values():
        for example in examples:
            yield task, example


def words(example: Example) -> tuple[list[str], list[str]]:
    return example.input.split(), str(example.target).split()


# ------------------------------------------------------------------------------------------------- sequence to sequence


def test_copy_reverse_and_sort() -> None:
    for _, example in drawn("copy"):
        assert example.target == example.input
    for _, example in drawn("reverse"):
        source, target = words(example)
        assert target == source[::-1]
    for _, example in drawn("sort", vocabulary=30):
        source, target = words(example)
        assert Counter(target) == Counter(source)
        assert all(int(before) <= int(after) for before, after in pairwise(target))


def test_the_vocabulary_is_an_option_and_is_used_up() -> None:
    seen = {symbol for _, example in drawn("copy", units=20, vocabulary=5) for symbol in example.input.split()}
    assert seen == {"0", "1", "2", "3", "4"}


# -------------------------------------------------------------------------------------------------------------- tagging


def test_copy_memory_is_laid_out_as_in_the_papers() -> None:
    lengths = set()
    for _, example in drawn("copy-memory", units=10, T=30, beyond=60):
        row, tags = words(example)
        blanks = row.count("_") + 1
        lengths.add(blanks)
        assert len(row) == len(tags) == blanks + 20
        assert row[10:] == ["_"] * (blanks - 1) + ["?"] * 11
        assert tags == ["_"] * (blanks + 10) + row[:10]
        assert set(row[:10]) <= set("01234567")
        assert example.scored is None
    assert lengths == {30, 37, 45, 52, 60}


def test_selective_copy_asks_for_the_symbols_in_their_order() -> None:
    places = Counter()  # type: ignore[var-annotated]
    for _, example in drawn("selective-copy", units=40, T=10, beyond=20):
        row, tags = words(example)
        said, context = [row[place] for place in example.scored or ()], row[: -len(example.scored or ())]
        assert said == ["?"] * 10
        assert [tags[place] for place in example.scored or ()] == [one for one in context if one != "_"]
        assert context.count("_") in (10, 12, 15, 17, 20)
        assert set(tags[: len(context)]) == {"_"}
        places.update(place for place, one in enumerate(context) if one != "_" and len(context) == 20)
    assert set(places) == set(range(20))


# ----------------------------------------------------------------------------------------------------------- regression


def test_adding_marks_one_number_of_each_half() -> None:
    for _, example in drawn("adding", units=50, T=11, beyond=20):
        row = example.input.split()
        marked = [place for place, word in enumerate(row) if word.endswith("*")]
        assert len(marked) == 2
        assert marked[0] < len(row) // 2 <= marked[1]
        assert example.target == pytest.approx(sum(float(row[place][:-1]) for place in marked), abs=1e-12)
        assert all(0 <= float(word.rstrip("*")) < 1 for word in row)


# ---------------------------------------------------------------------------------------------------------- next symbol


def scored(example: Example) -> list[str]:
    text = [*example.input.split(), "<eos>"]
    return [text[place] for place in example.scored or ()]


def test_recall_asks_for_every_pair_once_more() -> None:
    for _, example in drawn("recall", units=10):
        row, target = words(example)
        half = len(row) // 2
        known = dict(zip(row[0:half:2], row[1:half:2], strict=True))
        assert len(known) == half // 2
        assert sorted(row[half::2]) == sorted(known)
        assert [known[key] for key in row[half::2]] == row[half + 1 :: 2] == target == scored(example)
        assert example.scored == tuple(range(half + 1, len(row), 2))
        assert all(key[0] == "k" and one[0] == "v" for key, one in known.items())


def test_induction_goes_on_as_before() -> None:
    starts = set()
    for _, example in drawn("induction", units=40, longest=9, beyond=12, vocabulary=20):
        row, target = words(example)
        length = len(set(row))
        size = (length + 1) // 2
        context, stretch = row[:length], row[length:]
        assert len(set(context)) == length
        assert len(stretch) == size
        after = dict(pairwise(context))
        assert all(after[one] == following for one, following in pairwise(stretch))
        assert target == stretch[1:] == scored(example)
        starts.add((length, context.index(stretch[0])))
    assert {start for length, start in starts if length == 9} == set(range(5))


@pytest.mark.parametrize("letters", [2, 3])
def test_counting_ends_after_as_many(letters: int) -> None:
    for _, example in drawn("counting", letters=letters, longest=6, beyond=9):
        row, target = words(example)
        count = len(row) // letters
        assert "".join(row) == "".join(letter * count for letter in "abc"[:letters])
        assert target == [*row[count + 1 :], "<eos>"] == scored(example)


def closed(row: list[str]) -> list[str] | None:
    """What is still open, by a stack; None where brackets do not match."""
    pairs, open_now = dict(zip("([{<", ")]}>", strict=True)), []
    for symbol in row:
        if symbol in pairs:
            open_now.append(pairs[symbol])
        elif not open_now or open_now.pop() != symbol:
            return None
    return open_now[::-1]


def test_dyck_closes_what_is_open() -> None:
    deepest = 0
    for task, example in drawn("dyck", units=4, longest=20, beyond=40):
        row, target = words(example)
        bar = row.index("|")
        rest = closed(row[:bar])
        assert rest is not None
        assert row[bar + 1 :] == rest
        assert target == [*rest, "<eos>"] == scored(example)
        heights = [len(closed(row[:end]) or ()) for end in range(bar + 1)]
        assert max(heights) <= 8
        deepest = max(deepest, *heights)
        if example.slices:
            assert example.slices["depth"] == len(rest)
            first = max(end for end in range(bar) if heights[end] == 0)
            assert example.slices["distance"] == len(row) - 1 - first
        assert task.answers(example, example.target) == target
    assert deepest == 8


def test_bounded_paths_are_counted_right() -> None:
    for length, end, highest in product((1, 2, 5, 8), (0, 1, 2, 3), (3, 4)):
        for start in range(highest + 1):
            steps = product((-1, 1), repeat=length)
            walks = ([start + sum(walk[:n]) for n in range(length + 1)] for walk in steps)
            right = sum(walk[-1] == end and min(walk) >= 0 and max(walk) <= highest for walk in walks)
            assert paths(length, end, highest)[length][start] == right


def test_dyck_rows_are_uniform_given_their_depth() -> None:
    rows = Counter(
        example.input.replace(" ", "")
        for _, example in drawn("dyck", units=3_000, kinds=1, shortest=5, longest=5, beyond=0, depth=3)
        if example.input.count(")") == 3  # depth 1: five ways to end at height 1, never over 3
    )
    total = sum(rows.values())
    assert len(rows) == 5
    for count in rows.values():
        assert count / total == pytest.approx(0.2, abs=4 * math.sqrt(0.16 / total))


# ------------------------------------------------------------------------------------------------------- classification


def test_parity_and_even_pairs() -> None:
    for _, example in drawn("parity"):
        assert example.target == ("odd" if example.input.count("1") % 2 else "even")
    for _, example in drawn("even-pairs"):
        changes = sum(before != after for before, after in pairwise(example.input.split()))
        assert example.target == ("odd" if changes % 2 else "even")


def test_modular_arithmetic_against_pythons_own() -> None:
    for _, example in drawn("modular-arithmetic"):
        assert eval(example.input) % 5 == int(example.target)
    assert value([4, 3, 2], [1, 2]) == (4 - 3 * 2) % 5


def listops(symbols: Iterator[str]) -> int | None:
    """The value of the next node; None at a closing bracket."""
    symbol = next(symbols)
    if symbol == "]":
        return None
    if symbol.isdigit():
        return int(symbol)
    arguments = list(iter(lambda: listops(symbols), None))
    assert 2 <= len(arguments) <= 10
    functions = {
        "[MIN": min,
        "[MAX": max,
        "[MED": lambda given: int(statistics.median(given)),
        "[SM": lambda given: sum(given) % 10,
    }
    return int(functions[symbol](arguments))  # type: ignore[arg-type, operator]


def test_listops_against_a_parser() -> None:
    for _, example in drawn("listops", units=2):
        symbols = iter(example.input.split())
        assert listops(symbols) == int(example.target)
        assert next(symbols, None) is None


def test_shapes_of_listops_follow_the_arenas_grammar() -> None:
    """Frequencies of shapes of one length against drawing from the grammar and keeping those of that length."""
    rng = np.random.Generator(np.random.PCG64(3))

    def grow(depth: int) -> str:
        if depth == 4 or rng.random() > NESTED:
            return "d"
        return "[" + "".join(grow(depth + 1) for _ in range(int(rng.integers(2, 6)))) + "]"

    length, kept = 9, Counter()  # type: ignore[var-annotated]
    while kept.total() < 1_500:
        shape = "[" + "".join(grow(2) for _ in range(int(rng.integers(2, 6)))) + "]"
        if len(shape) == length:
            kept[shape] += 1
    task = ListOps(check_options(ListOpsOptions, {"depth": 3, "arguments": 5}, "listops"))

    def text(shape: object) -> str:
        return "d" if isinstance(shape, int) else "[" + "".join(map(text, shape)) + "]"  # type: ignore[call-overload]

    mine = Counter(text(task.shape(rng, length)[0]) for _ in range(1_500))
    for shape in {*kept, *mine}:
        share = (kept[shape] + mine[shape]) / 3_000
        deviation = math.sqrt(2 * share * (1 - share) / 1_500)
        assert abs(kept[shape] - mine[shape]) / 1_500 < 5 * deviation, shape
    one = Lengths.of(3, 5, 9).one[1]
    assert one[1] == 0.75
    assert one[4] == pytest.approx(0.25 / 4 * 0.75**2)


SINGULAR = {singular for singular, _ in NOUNS}
PLURAL = {plural for _, plural in NOUNS}


def test_verbs_agree_with_their_subjects() -> None:
    verbs = {form: number for forms in VERBS for number, form in enumerate(forms)}
    depths, fronted = Counter(), 0  # type: ignore[var-annotated]
    for _, example in drawn("agreement", units=60):
        row = example.input.split()
        if "," in row:
            fronted += 1
            before, row = row[: row.index(",")], row[row.index(",") + 1 :]
            assert 1 <= sum(word in SINGULAR | PLURAL for word in before) <= 2
        subjects: list[int | None] = [None]  # places of the subjects of open clauses; None before the noun
        for place, word in enumerate(row):
            if word == "that":
                subjects.append(None)
            elif word in SINGULAR | PLURAL and subjects[-1] is None:
                subjects[-1] = place
            elif word in verbs:
                subject = subjects.pop()
                assert subject is not None
                assert row[subject] in (PLURAL if verbs[word] else SINGULAR)
        asked = subjects[-1]
        assert asked is not None
        assert example.target == ("singular" if row[asked] in SINGULAR else "plural")
        depths[len(subjects) - 1] += 1
        if example.slices:
            other = PLURAL if example.target == "singular" else SINGULAR
            between = [word for word in row[asked + 1 :] if word in SINGULAR | PLURAL]
            assert example.slices["nouns"] == len(between)
            assert example.slices["attractors"] == sum(noun in other for noun in between)
            assert example.slices["distance"] == len(row) - 1 - asked
            assert example.slices["open"] == len(subjects) - 1
    assert set(depths) == {0, 1, 2}
    assert fronted > 0


def acting(clause: list[str]) -> str:
    """The noun that acts, from the words of a clause."""
    if clause[0] == "the":
        return clause[1]
    assert clause[:3] == ["it", "is", "the"]
    return clause[6] if clause[5] == "the" else clause[3]


def test_order_asks_who_acts() -> None:
    for _, example in drawn("order", units=40):
        row = example.input.split()
        assert row[-2] == "?"
        clauses = [part.split() for part in " ".join(row[:-2]).split(" and ")]
        asked = next(clause for clause in clauses if row[-1] in clause)
        assert example.target == ("agent" if acting(asked) == row[-1] else "patient")
        if example.slices:
            assert example.slices["clauses"] == len(clauses)
