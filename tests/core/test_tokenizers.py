"""Tokenizers of every level: reproducible, blind to reserved names in a text, lossless or counting what is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqharness.data.rows import Rows
from seqharness.data.tokenizers import (
    LEVELS,
    BytePairTokenizer,
    ByteTokenizer,
    CharacterTokenizer,
    Level,
    WordTokenizer,
    learn_tokenizer,
    load_tokenizer,
    unknown,
)
from seqharness.errors import UserError
from seqharness.interfaces import RESERVED, UNK

TEXTS = ["the old man reads the letter", "l'homme âgé lit la lettre", "aujourd'hui, il n'y a pas 12 lettres !"] * 20
LEARNED = BytePairTokenizer.learn(TEXTS, 400)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
@settings(max_examples=200, deadline=None)
def test_every_text_comes_back(texts: list[str]) -> None:
    rows = LEARNED.encode(texts)
    assert LEARNED.decode([row.tolist() for row in (rows[index] for index in range(len(rows)))]) == texts
    assert not len(rows.values) or rows.values.min() >= len(RESERVED)
    assert not len(rows.values) or rows.values.max() < LEARNED.types


@pytest.mark.parametrize("text", [" ".join(RESERVED), "<pad>", " two  spaces ", "\n\t", "e\u0301 é", "日本語 😀", ""])
def test_texts_that_invite_a_mistake(text: str) -> None:
    rows = LEARNED.encode([text])
    assert LEARNED.decode([rows[0].tolist()]) == [text]
    assert (rows.values >= len(RESERVED)).all()


def test_reserved_names_in_the_training_text_are_text() -> None:
    learned = BytePairTokenizer.learn(["<pad> <unk> a"] * 50, 400)
    assert (learned.encode(["<pad>"]).values >= len(RESERVED)).all()


def test_reserved_ids_in_an_output_are_left_out_and_broken_bytes_are_no_error() -> None:
    ids = LEARNED.encode(["the letter"])[0].tolist()
    assert LEARNED.decode([[1, *ids, 2, 0, 0]]) == ["the letter"]
    accent = LEARNED.encode(["日"])[0].tolist()
    assert "\ufffd" in LEARNED.decode([accent[:-1]])[0]
    assert LEARNED.decode([[]]) == [""]
    assert LEARNED.decode([]) == []


def test_a_word_is_the_same_at_the_beginning_and_within() -> None:
    first, second = LEARNED.encode(["letter", "the letter"])[0], LEARNED.encode(["the letter"])[0]
    assert second.tolist()[-len(first) :] == first.tolist()


def test_no_more_types_than_the_texts_support() -> None:
    learned = BytePairTokenizer.learn(TEXTS, 50_000)
    assert 249 < learned.types < 600
    assert BytePairTokenizer.learn(TEXTS, 300).types == 300
    with pytest.raises(UserError, match="256"):
        BytePairTokenizer.learn(TEXTS, 100)


def test_saved_and_loaded(tmp_path: Path) -> None:
    LEARNED.save(tmp_path / "t.json")
    loaded = BytePairTokenizer.load(tmp_path / "t.json")
    assert loaded.encode([*TEXTS, "<pad>"]).values.tolist() == LEARNED.encode([*TEXTS, "<pad>"]).values.tolist()
    (tmp_path / "bad.json").write_text('{"added_tokens": []}')
    for name in ("bad.json", "none.json"):
        with pytest.raises(UserError, match="holds no tokenizer"):
            BytePairTokenizer.load(tmp_path / name)


def test_the_same_bits_whatever_the_threads(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from seqharness.data.tokenizers import BytePairTokenizer\n"
        "texts = [f'w{i * i % 997} x{i % 89}y{i % 53} été' for i in range(4000)]\n"
        "BytePairTokenizer.learn(texts, 1500).save(Path(sys.argv[1]))\n"
    )
    for name, threads in (("a", "1"), ("b", "2"), ("c", "4")):
        environment = {**os.environ, "RAYON_NUM_THREADS": threads, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", script, str(tmp_path / name)], check=True, env=environment)
    assert len({(tmp_path / name).read_bytes() for name in "abc"}) == 1


# ---------------------------------------------------------------------------------------- words, characters and bytes


ANY_TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5)


def _listed(rows: Rows) -> list[list[int]]:
    return [rows[index].tolist() for index in range(len(rows))]


@given(ANY_TEXTS)
@settings(deadline=None)
def test_every_text_comes_back_from_bytes_and_from_characters_that_were_learned(texts: list[str]) -> None:
    for tokenizer in (ByteTokenizer.learn(texts), CharacterTokenizer.learn(texts)):
        rows = tokenizer.encode(texts)
        assert tokenizer.decode(_listed(rows)) == texts
        assert unknown(rows) == 0
        assert all(len(RESERVED) <= index < tokenizer.types for index in rows.values)


@given(ANY_TEXTS)
@settings(deadline=None)
def test_words_between_spaces_come_back_with_single_spaces(texts: list[str]) -> None:
    tokenizer = WordTokenizer.learn(texts)
    rows = tokenizer.encode(texts)
    assert tokenizer.decode(_listed(rows)) == [" ".join(text.split()) for text in texts]
    assert unknown(rows) == 0
    assert tokenizer.types == len(RESERVED) + len({word for text in texts for word in text.split()})


def test_a_byte_has_the_id_that_says_it() -> None:
    rows = ByteTokenizer().encode(["aé", ""])
    assert _listed(rows) == [[6 + 0x61, 6 + 0xC3, 6 + 0xA9], []]
    assert rows.values.dtype == np.int32
    assert ByteTokenizer().types == 262
    assert ByteTokenizer().decode([[1, 6 + 0x61, 6 + 0xC3, 2]]) == ["a\ufffd"]
    assert ByteTokenizer.learn(["a"], 300).types == 262


def test_what_is_not_in_the_vocabulary_is_unknown_and_counted() -> None:
    tokenizer = WordTokenizer.learn(["b a b c", "a b d"], least=2)
    assert tokenizer.symbols == ("b", "a")
    rows = tokenizer.encode(["a x b", "x x"])
    assert _listed(rows) == [[7, UNK, 6], [UNK, UNK]]
    assert unknown(rows) == 3
    assert tokenizer.decode(_listed(rows)) == ["a <unk> b", "<unk> <unk>"]
    assert tokenizer.decode([[0, 1, 7, 2, 4, 5, 99]]) == ["a"]


def test_reserved_names_in_a_text_are_words_of_it() -> None:
    tokenizer = WordTokenizer.learn(["the <unk> and <pad>"])
    rows = tokenizer.encode(["<unk> <pad>"])
    assert (rows.values >= len(RESERVED)).all()
    assert tokenizer.decode(_listed(rows)) == ["<unk> <pad>"]


def test_the_most_frequent_symbols_have_room_and_equals_go_by_code_point() -> None:
    tokenizer = CharacterTokenizer.learn(["cba", "cab", "c"], 8)
    assert tokenizer.symbols == ("c", "a")
    assert tokenizer.types == 8
    with pytest.raises(UserError, match="6 has no room: 6 ids are reserved"):
        WordTokenizer.learn(["a"], 6)


def test_what_a_word_is() -> None:
    text = "It isn't “so-so”, l’homme says: 12 %!"
    assert WordTokenizer.learn([text]).cut(text) == text.split()
    assert WordTokenizer.learn([text], by="punctuation").cut(text) == (
        ["It", "isn't", "“", "so", "-", "so", "”", ",", "l’homme", "says", ":", "12", "%", "!"]
    )


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_saved_and_loaded(level: Level, tmp_path: Path) -> None:
    tokenizer = learn_tokenizer(level, TEXTS, 300)
    tokenizer.save(tmp_path / "t.json")
    loaded = load_tokenizer(tmp_path / "t.json")
    assert type(loaded) is type(tokenizer) is LEVELS[level]
    assert (loaded.types, loaded.describe()) == (tokenizer.types, tokenizer.describe())
    assert _listed(loaded.encode([*TEXTS, "new 日"])) == _listed(tokenizer.encode([*TEXTS, "new 日"]))
    for other in LEVELS:
        if other != level:
            with pytest.raises(UserError, match="holds no tokenizer"):
                LEVELS[other].load(tmp_path / "t.json")


def test_how_words_are_cut_is_saved(tmp_path: Path) -> None:
    WordTokenizer.learn(["a,b"], by="punctuation").save(tmp_path / "t.json")
    assert unknown(load_tokenizer(tmp_path / "t.json").encode(["b,a"])) == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"level": "word", "symbols": ["a"], "by": "x"}', '{"level": 1}'])
def test_a_file_that_holds_no_tokenizer(content: str, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(content)
    for load in (load_tokenizer, WordTokenizer.load, CharacterTokenizer.load, ByteTokenizer.load):
        with pytest.raises(UserError, match=r"t\.json holds no tokenizer"):
            load(tmp_path / "t.json")


def test_levels_describe_themselves() -> None:
    described = [learn_tokenizer(level, TEXTS, 300).describe() for level in LEVELS]
    characters = len(set("".join(TEXTS))) + len(RESERVED)
    assert described == [
        "words, 24 types",
        "byte-level BPE, 300 types",
        f"characters, {characters} types",
        "bytes, 262 types",
    ]
