"""Numbers in words and conjugations, written by hand."""

from __future__ import annotations

import pytest

from seqharness_tasks.generated.english_french.french_verbs import conjugate
from seqharness_tasks.generated.english_french.numerals import english_number, french_number


@pytest.mark.parametrize(
    ("value", "source", "masculine", "feminine"),
    [
        (2, "two", "deux", "deux"),
        (17, "seventeen", "dix-sept", "dix-sept"),
        (21, "twenty-one", "vingt et un", "vingt et une"),
        (22, "twenty-two", "vingt-deux", "vingt-deux"),
        (61, "sixty-one", "soixante et un", "soixante et une"),
        (70, "seventy", "soixante-dix", "soixante-dix"),
        (71, "seventy-one", "soixante et onze", "soixante et onze"),
        (79, "seventy-nine", "soixante-dix-neuf", "soixante-dix-neuf"),
        (80, "eighty", "quatre-vingts", "quatre-vingts"),
        (81, "eighty-one", "quatre-vingt-un", "quatre-vingt-une"),
        (90, "ninety", "quatre-vingt-dix", "quatre-vingt-dix"),
        (91, "ninety-one", "quatre-vingt-onze", "quatre-vingt-onze"),
        (99, "ninety-nine", "quatre-vingt-dix-neuf", "quatre-vingt-dix-neuf"),
        (100, "one hundred", "cent", "cent"),
        (101, "one hundred and one", "cent un", "cent une"),
        (180, "one hundred and eighty", "cent quatre-vingts", "cent quatre-vingts"),
        (200, "two hundred", "deux cents", "deux cents"),
        (201, "two hundred and one", "deux cent un", "deux cent une"),
        (871, "eight hundred and seventy-one", "huit cent soixante et onze", "huit cent soixante et onze"),
    ],
)
def test_number(value: int, source: str, masculine: str, feminine: str) -> None:
    assert (english_number(value), french_number(value), french_number(value, True)) == (source, masculine, feminine)


@pytest.mark.parametrize(
    ("infinitive", "tense", "forms"),
    [
        ("manger", "present", "mange manges mange mangeons mangez mangent"),
        ("manger", "imperfect", "mangeais mangeais mangeait mangions mangiez mangeaient"),
        ("commencer", "present", "commence commences commence commençons commencez commencent"),
        ("acheter", "future", "achèterai achèteras achètera achèterons achèterez achèteront"),
        ("préférer", "future", "préférerai préféreras préférera préférerons préférerez préféreront"),
        ("préférer", "present", "préfère préfères préfère préférons préférez préfèrent"),
        ("appeler", "present", "appelle appelles appelle appelons appelez appellent"),
        ("essayer", "present", "essaie essaies essaie essayons essayez essaient"),
        ("nettoyer", "future", "nettoierai nettoieras nettoiera nettoierons nettoierez nettoieront"),
        ("envoyer", "future", "enverrai enverras enverra enverrons enverrez enverront"),
        ("finir", "present", "finis finis finit finissons finissez finissent"),
        ("répondre", "present", "réponds réponds répond répondons répondez répondent"),
        ("comprendre", "present", "comprends comprends comprend comprenons comprenez comprennent"),
        ("revenir", "future", "reviendrai reviendras reviendra reviendrons reviendrez reviendront"),
        ("construire", "present", "construis construis construit construisons construisez construisent"),
        ("peindre", "present", "peins peins peint peignons peignez peignent"),
        ("écrire", "present", "écris écris écrit écrivons écrivez écrivent"),
        ("devoir", "conditional", "devrais devrais devrait devrions devriez devraient"),
        ("finir", "subjunctive", "finisse finisses finisse finissions finissiez finissent"),
        ("boire", "subjunctive", "boive boives boive buvions buviez boivent"),
        ("pouvoir", "subjunctive", "puisse puisses puisse puissions puissiez puissent"),
        ("nourrir", "present", "nourris nourris nourrit nourrissons nourrissez nourrissent"),
    ],
)
def test_conjugation(infinitive: str, tense: str, forms: str) -> None:
    assert " ".join(getattr(conjugate(infinitive), tense)) == forms
