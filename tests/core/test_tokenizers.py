"""Byte-pair encoding: lossless, reproducible, and blind to reserved names in a text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqharness.data.tokenizers import BytePairTokenizer
from seqharness.errors import UserError
from seqharness.interfaces import RESERVED

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
