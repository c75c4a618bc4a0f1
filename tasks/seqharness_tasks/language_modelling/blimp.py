"""BLiMP (Warstadt et al. 2020, doi:10.1162/tacl_a_00321): 16 sets of 1,000 minimal pairs on agreement in English.

One revision of https://github.com/alexwarstadt/blimp, CC-BY 4.0, checked by sha256. A pair is an acceptable sentence
and one that differs from it in agreement alone: of an anaphor, of a determiner with its noun, or of a verb with its
subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from seqharness.data.files import read_lines
from seqharness.data.json_lines import json_object, text_member
from seqharness.data.sources import RemoteFile

_BASE = "https://raw.githubusercontent.com/alexwarstadt/blimp/3e56b06fcabca9b30822fc66435fca6b1aa40bb1"

_SUMS: Mapping[str, tuple[int, str]] = {
    "anaphor_gender_agreement": (
        436_749,
        "fd7d6e47196fa1310a251d3aa88ae9a62bb64d3cec35fc02617229d5799767e1",
    ),
    "anaphor_number_agreement": (
        450_861,
        "05c16b8bfe4feb5b3552dc2c53d1742ce0c91d9a1c896684335bdddd4373cc9b",
    ),
    "determiner_noun_agreement_1": (
        468_642,
        "f48065fd760d0fd1a895012860d38bdf3c2ac115cd221e521684cc430c0f1855",
    ),
    "determiner_noun_agreement_2": (
        488_856,
        "8ae7eff7c7bd384ff5ef3113984834f4d78b34559203aa9d5cb14ea8394291a9",
    ),
    "determiner_noun_agreement_irregular_1": (
        474_932,
        "4f350e88db9e29e53ae96f1f0b5991c7809fd4fd403190907330b721e1e6e264",
    ),
    "determiner_noun_agreement_irregular_2": (
        490_854,
        "d688af0ccd0614d24a936e0929276784f37554f3ad3e247c3bade8dcaa9099df",
    ),
    "determiner_noun_agreement_with_adj_2": (
        526_806,
        "8d2828d7dfbfc3f7191024514060fedb033ea2e232304f63448c33051a85d2b3",
    ),
    "determiner_noun_agreement_with_adj_irregular_1": (
        499_664,
        "1f4c6e42a48f4220afec629679641479feac3883cd7fa346d9e9e129cd7e8f55",
    ),
    "determiner_noun_agreement_with_adj_irregular_2": (
        528_528,
        "aa3f297a7ce0c03b5fc00458834f89e54eb855973be098497f766a390b4bc669",
    ),
    "determiner_noun_agreement_with_adjective_1": (
        504_676,
        "2c3de4e7b7aea499fb7cf1b23b9c3b63662289880f991b9ffabe5ceb94cf7430",
    ),
    "distractor_agreement_relational_noun": (
        525_650,
        "37c1553f4c6594b162256edce0f6b40bad1898b311c8aaa69605b526b6494a34",
    ),
    "distractor_agreement_relative_clause": (
        564_770,
        "854728b6db8f23f12583f7332b654835351eaedb50783e6f2a3bf6c101b8c422",
    ),
    "irregular_plural_subject_verb_agreement_1": (
        460_705,
        "0066174143671bffa54232d89254d14221afab666273edfefdfb625fbb75e226",
    ),
    "irregular_plural_subject_verb_agreement_2": (
        453_376,
        "9b22db814e7b7251f4abafe8beb9616f2f46eaa58f7cdb701cbc737cc8f1a124",
    ),
    "regular_plural_subject_verb_agreement_1": (
        451_850,
        "1a18d94062c8e792c0a200a3b00dff0e051a92bb084c05e9b5e5c73bee32a620",
    ),
    "regular_plural_subject_verb_agreement_2": (
        456_477,
        "e5b4668811e63b00ac4c9569cb9553281a39c21df43256905ad78e59ae24942c",
    ),
}

FILES: Mapping[str, RemoteFile] = {
    name: RemoteFile(path=f"blimp/data/{name}.jsonl", url=f"{_BASE}/data/{name}.jsonl", sha256=sha256, bytes=size)
    for name, (size, sha256) in _SUMS.items()
}
"""The file of each set."""


class Pair(NamedTuple):
    """Two sentences of which the first is acceptable."""

    good: str
    bad: str


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a file. UserError, naming file and line, where one is missing."""
    pairs = []
    for number, line in enumerate(read_lines(path), start=1):
        where = f"{path}:{number}"
        value = json_object(line, where, '{"sentence_good": "...", "sentence_bad": "..."}')
        pairs.append(Pair(text_member(value, "sentence_good", where), text_member(value, "sentence_bad", where)))
    return pairs
