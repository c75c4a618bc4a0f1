"""How texts become rows: tokens and the characters they stand for, windows, repeats, and examples."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqharness.contracts import Example
from seqharness.data.tokenizers import Level
from seqharness.interfaces import UNK
from seqharness_tasks.language_modelling import tokens
from seqharness_tasks.language_modelling.codec import TextCodec
from seqharness_tasks.language_modelling.examples import recoverable, texts_of, training_examples
from seqharness_tasks.language_modelling.examples import test_examples as examples_to_test
from seqharness_tasks.language_modelling.loading import Text, articles, cut_before
from seqharness_tasks.language_modelling.windows import end_to_end, repeated, sliding

LEVELS: tuple[Level, ...] = ("word", "bpe", "character", "byte")
TEXT = "Été : naïve 猫 says “no” .\n\n 12 cats , 3 dogs\r and\tone 🐈\nlast line"
TYPES: dict[Level, int | None] = {"word": None, "bpe": 300, "character": None, "byte": None}

texts = st.text(st.sampled_from("ab é猫🐈.\n\t"), min_size=1, max_size=60)


def tokenizer_of(level: Level, text: str = TEXT):  # type: ignore[no-untyped-def]
    return tokens.learn(level, [text] * 3, TYPES[level], 1)


# --------------------------------------------------------------------------------------------------------------- tokens


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_the_characters_of_tokens_are_the_text(level: Level, text: str) -> None:
    (found,) = tokens.align(tokenizer_of(level), [text])
    assert len(found.ids) == len(found.ends)
    assert (np.diff(found.ends) >= 0).all()
    if text.strip():
        pieces = [text[begin:end] for begin, end in zip([0, *found.ends[:-1]], found.ends, strict=True)]
        assert "".join(pieces) == text[: found.ends[-1]]
        assert not text[found.ends[-1] :].strip()  # white space alone
    assert tokens.encode(tokenizer_of(level), [text])[0].tolist() == found.ids.tolist()


@pytest.mark.parametrize("level", LEVELS)
def test_each_token_has_its_own_characters(level: Level) -> None:
    tokenizer = tokenizer_of(level)
    (found,) = tokens.align(tokenizer, [TEXT])
    assert found.ends[-1] == len(TEXT)
    pieces = [TEXT[begin:end] for begin, end in zip([0, *found.ends[:-1]], found.ends, strict=True)]
    for piece, index in zip(pieces, found.ids.tolist(), strict=True):
        alone = tokenizer.decode([[index]])[0]
        if "\ufffd" not in alone:  # else it is a part of a character
            assert piece.strip() == alone.strip()
    assert "".join(pieces) == TEXT


@pytest.mark.parametrize("level", ["bpe", "character", "byte"])
def test_texts_come_back_exactly(level: Level) -> None:
    tokenizer = tokenizer_of(level)
    for line in tokens.lines_of(TEXT):
        assert tokenizer.decode([tokens.encode(tokenizer, [line])[0].tolist()]) == [line]


def test_words_come_back_with_their_lines_and_line_ends_are_tokens() -> None:
    tokenizer = tokenizer_of("word")
    (ids,) = tokens.encode(tokenizer, ["a b\n\n c  d\n"])
    assert len(ids) == 7
    assert ids[2] == ids[3] == ids[6]
    assert tokenizer.decode([tokens.encode(tokenizer, [TEXT])[0].tolist()])[0].split() == TEXT.split()
    known = tokens.learn("word", ["a b\n c d\n"], None, 1)
    assert known.decode([tokens.encode(known, ["c  d\n\n a\nb"])[0].tolist()]) == ["c d\n\na\nb"]


def test_words_that_are_rare_in_training_are_unknown() -> None:
    tokenizer = tokens.learn("word", ["a a b\n", "a c c\n"], None, 2)
    assert (tokens.encode(tokenizer, ["a b c d"])[0] == UNK).tolist() == [False, True, False, True]


@pytest.mark.parametrize("level", LEVELS)
def test_a_tokenizer_is_saved_and_loaded(level: Level, tmp_path: Path) -> None:
    tokenizer = tokenizer_of(level)
    tokenizer.save(tmp_path / "t.json")
    loaded = tokens.load(tmp_path / "t.json")
    assert type(loaded) is type(tokenizer)
    assert tokens.encode(loaded, [TEXT])[0].tolist() == tokens.encode(tokenizer, [TEXT])[0].tolist()


# -------------------------------------------------------------------------------------------------------------- windows


@given(st.integers(0, 300), st.integers(2, 40), st.data())
def test_every_token_is_scored_once_behind_enough_context(total: int, window: int, data: st.DataObject) -> None:
    stride = data.draw(st.integers(1, window))
    rows = list(sliding(total, window, stride))
    scored = [place for row in rows for place in range(row.first, row.stop)]
    assert scored == list(range(total))
    assert [row.last for row in rows] == [False] * (len(rows) - 1) + [True]
    for row in rows:
        assert row.stop - row.start <= window
        assert 0 <= row.start <= row.first
        assert row.first == 0 or row.first - row.start >= window - stride
        assert row.scored == tuple(range(row.first - row.start, row.stop - row.start + row.last))
    assert sum(len(row.scored) for row in rows) == total + 1  # and the end


@given(st.integers(0, 300), st.integers(2, 40))
def test_training_rows_lie_end_to_end(total: int, window: int) -> None:
    rows = list(end_to_end(total, window))
    assert [place for row in rows for place in range(row.start, row.stop)] == list(range(total))
    assert all(row.first == row.start and row.stop - row.start <= window for row in rows)
    assert rows[-1].last
    assert (len(rows) == 1) == rows[0].whole


def test_repeated_bigrams_by_hand() -> None:
    row = np.array([7, 8, 9, 7, 8, 8, 8, 9])
    assert repeated(row, tuple(range(9))) == [4, 6, 7]  # 7 8, 8 8, 8 9; neither the first token nor the end
    assert repeated(row, (5, 6, 7, 8)) == [1, 2]  # counted from the first scored token; the context was seen
    assert repeated(row[4:], tuple(range(5))) == [2]


@given(st.lists(st.integers(6, 9), max_size=30))
def test_repeated_bigrams_equal_a_plain_search(row: list[int]) -> None:
    expected = [i for i in range(1, len(row)) if any(row[j - 1 : j + 1] == row[i - 1 : i + 1] for j in range(1, i))]
    assert repeated(np.array(row, dtype=int), tuple(range(len(row) + 1))) == expected


# ------------------------------------------------------------------------------------------------------------- examples


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(text=texts, window=st.integers(2, 9), data=st.data())
def test_pieces_add_up_to_the_text(level: Level, text: str, window: int, data: st.DataObject) -> None:
    stride = data.draw(st.integers(1, window))
    tokenizer = tokenizer_of(level)
    cut = partial(sliding, window=window, stride=stride)
    examples, unknown = examples_to_test(tokenizer, [Text(text)], cut)
    assert "".join(example.target["text"] for example in examples) == text
    assert sum(example.target["words"] for example in examples) == len(text.split())
    sizes = [example.target["bytes"] for example in examples]
    if unknown:
        assert sizes == [None] * len(examples)
    elif level != "word":
        assert sum(sizes) == len(text.encode())
    for example in examples:
        assert text.count(example.target["context"] + example.target["text"]) >= 1
    assert list(texts_of(training_examples(tokenizer, [Text(text)], partial(end_to_end, window=window)))) == [text]


@pytest.mark.parametrize("level", LEVELS)
def test_rows_of_ids_and_of_flags(level: Level) -> None:
    tokenizer = tokenizer_of(level)
    (ids,) = tokens.encode(tokenizer, [TEXT])
    examples, _ = examples_to_test(tokenizer, [Text(TEXT), Text("a b")], partial(sliding, window=8, stride=3))
    rows = TextCodec(tokenizer, cut=True).encode(examples)
    collected: list[int] = []
    for row, flags in zip(rows["tokens"], rows["scored"], strict=True):
        assert len(flags) == len(row) + 1
        collected += [int(token) for token, flag in zip([*row, -1], flags, strict=True) if flag]
    short = tokens.encode(tokenizer, ["a b"])[0].tolist()
    assert collected == [*ids.tolist(), -1, *short, -1]  # every token once, and the two ends
    assert rows["tokens"].lengths.max() <= 8


def test_whole_texts_need_no_flags_and_keep_their_text() -> None:
    tokenizer = tokenizer_of("word")
    examples = training_examples(tokenizer, [Text("a b"), Text("c")], partial(end_to_end, window=8))
    assert examples == [Example("a b", None), Example("c", None)]
    codec = TextCodec(tokenizer, cut=False)
    assert set(codec.encode(examples)) == {"tokens"}


def test_the_codec_comes_back_from_disk(tmp_path: Path) -> None:
    codec = TextCodec(tokenizer_of("bpe"), cut=True)
    codec.save(tmp_path)
    loaded = TextCodec.load(tmp_path)
    assert loaded.cut
    example = Example(TEXT, None)
    assert loaded.encode([example])["tokens"].values.tolist() == codec.encode([example])["tokens"].values.tolist()
    assert loaded.interface({"tokens": 8, "scored": 9}).max_length == 9
    assert loaded.describe() == codec.describe()


@pytest.mark.parametrize(
    ("lines", "exact"),
    [
        (["a b\n c"], False),  # a margin before one line only
        ([" a b \n \n c "], True),  # as in WikiText
        (["a b\n\nc"], True),
        (["a  b"], False),
        (["a\tb"], False),
        (["a b", "c d "], False),
    ],
)
def test_words_say_their_text_only_if_white_space_follows_one_rule(lines: list[str], exact: bool) -> None:
    assert recoverable(tokenizer_of("word"), lines) == exact
    assert recoverable(tokenizer_of("byte"), lines)


# ------------------------------------------------------------------------------------------------------------ documents


def test_articles_of_wikitext() -> None:
    lines = [
        "",
        "= One =",
        "",
        "text = of = one",
        "= no heading =",
        "",
        "= = Part = =",
        "",
        "words",
        "",
        "= Two =",
        "",
        "end",
    ]
    content = "".join(f" {line} \n" if line else " \n" for line in lines)
    found = articles(content)
    assert [name for _, name in found] == ["1: One", "2: Two"]
    assert found[0][0] == 0
    assert content[found[1][0] :].startswith(" = Two = \n")
    examples, _ = examples_to_test(
        tokens.learn("word", [content], None, 1),
        [Text(content, documents=found)],
        partial(sliding, window=4, stride=2),
    )
    groups = Counter(example.group for example in examples)
    assert set(groups) == {"1: One", "2: Two"}
    first = next(example for example in examples if example.group == "2: Two")
    assert "Two" in first.target["text"] or "=" in first.target["text"]


def test_cuts_are_at_ends_of_paragraphs_or_lines() -> None:
    text = "a\nb\n\nc\nd\n"
    assert text[: cut_before(text, 6)] == "a\nb\n\n"
    assert text[: cut_before(text, 8)] == "a\nb\n\nc\n"
    assert cut_before("one line", 4) == 0
