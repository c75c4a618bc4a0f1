"""Adjectives: their four French forms, their place beside the noun, and what they may describe."""

from __future__ import annotations

from .entries import Adjective
from .nouns import french_plural

_THINGS = "object machine furniture clothing text vehicle opening"
_PLACES = "place spot"
_PEOPLE = "person relative"
_GROUPS = {
    "things": _THINGS,
    "people": _PEOPLE,
    "places": _PLACES,
    "all": f"{_THINGS} {_PLACES} {_PEOPLE} animal plant instrument",
}

_FEMININE = {
    "blanc": "blanche",
    "frais": "fraîche",
    "beau": "belle",
    "nouveau": "nouvelle",
    "vieux": "vieille",
    "gros": "grosse",
    "bon": "bonne",
    "gentil": "gentille",
    "long": "longue",
    "marron": "marron",
}
_PLURAL = {"marron": "marron"}
_BEFORE_VOWEL = {"beau": "bel", "nouveau": "nouvel", "vieux": "vieil"}

# English[/comparative] | French | may describe. The rank orders English adjectives: opinion, size, age, colour.
_BEFORE = """
big/bigger|grand|furniture vehicle places opening|2!
big/bigger|gros|animal food object|2!
tall/taller|grand|plant boy girl child woman tourist waitress neighbour guest|2-
tall/taller|grand|people plant|2=
small/smaller|petit|things places animal plant food instrument|2
little|petit|boy girl child cousin princess waitress|2-
short/shorter|petit|man woman tourist waitress neighbour guest baker|2-!
short/shorter|petit|people|2=!
beautiful|beau|all food show|1
pretty/prettier|joli|clothing object places plant show|1
old/older|vieux|all|3
young/younger|jeune|people animal|3
new/newer|nouveau|things places instrument abstract show|3-
good/better|bon|text food staple drink show abstract|1
bad/worse|mauvais|text show abstract staple drink|1
long/longer|long|text show|2
first|premier|text show abstract vehicle person|0-
last|dernier|text show abstract vehicle person|0-
third|troisième|text show abstract vehicle person|0-
"""
_AFTER = """
red/redder|rouge|object clothing vehicle opening|6~
blue/bluer|bleu|object clothing vehicle opening|6~
green/greener|vert|object clothing vehicle opening plant|6~
white/whiter|blanc|object clothing vehicle opening animal plant|6~
black/blacker|noir|object clothing vehicle animal instrument|6~
yellow/yellower|jaune|object clothing vehicle plant|6~
grey/greyer|gris|clothing vehicle animal|6~
brown/browner|marron|clothing furniture object|6~
heavy/heavier|lourd|object machine furniture|4
light/lighter|léger|object machine clothing|4!
light/lighter|clair|bedroom kitchen office house library|4!
short/shorter|court|text show|4!
expensive|cher|things food instrument|4
cold/colder|froid|drink staple place spot|4!
hot/hotter|chaud|drink staple|4!
fresh/fresher|frais|food|4
delicious|délicieux|food staple drink|4
clean/cleaner|propre|clothing vehicle object furniture places|4
dirty/dirtier|sale|clothing vehicle object animal|4
empty|vide|object places|4~
round|rond|object furniture|4~
modern|moderne|machine furniture places|4
elegant|élégant|clothing people|4
interesting|intéressant|text show abstract people language|4
difficult|difficile|text abstract language|4
easy/easier|facile|text abstract language|4
important|important|text abstract person|4
strange/stranger|étrange|text abstract show animal|4
funny/funnier|drôle|text show people|4
famous|célèbre|person places show text|4
dangerous|dangereux|animal machine vehicle spot|4
happy/happier|heureux|people|4
sad/sadder|triste|people text show|4
rich/richer|riche|people|4
poor/poorer|pauvre|people|4
intelligent|intelligent|people animal|4
kind/kinder|gentil|people|4
honest|honnête|people|4
curious|curieux|people animal|4
shy/shyer|timide|people animal|4
strong/stronger|fort|people animal|4
brave/braver|courageux|people animal|4
lazy/lazier|paresseux|people animal|4
tired|fatigué|people animal|4=
sick/sicker|malade|people animal plant|4=
ready|prêt|people|4=
quiet/quieter|tranquille|places|4
French|français|people text vehicle staple show|7~
English|anglais|people text vehicle show|7~
Italian|italien|people text clothing vehicle show|7~
German|allemand|people text machine vehicle|7~
"""


def feminine(masculine: str) -> str:
    """The feminine singular of a French adjective or participle."""
    if masculine in _FEMININE:
        return _FEMININE[masculine]
    if masculine.endswith("er"):
        return masculine[:-2] + "ère"
    if masculine.endswith("x"):
        return masculine[:-1] + "se"
    if masculine.endswith("en"):
        return masculine + "ne"
    return masculine if masculine.endswith("e") else masculine + "e"


def four_forms(masculine: str) -> tuple[str, str, str, str]:
    """Masculine and feminine singular, then masculine and feminine plural."""
    female = feminine(masculine)
    if masculine in _PLURAL:
        return masculine, female, _PLURAL[masculine], _PLURAL[masculine]
    return masculine, female, french_plural(masculine), french_plural(female)


def _adjective(line: str, before: bool) -> Adjective:
    english, french, described, marks = line.split("|")
    english, _, comparative = english.partition("/")
    kinds = " ".join(_GROUPS.get(word, word) for word in described.split())
    return Adjective(
        english=english,
        comparative=comparative or f"more {english}",
        french=four_forms(french),
        kinds=frozenset(kinds.split()),
        before=before,
        before_vowel=_BEFORE_VOWEL.get(french, ""),
        rank=int(marks[0]),
        uses="attribute" if "-" in marks else "predicate" if "=" in marks else "both",
        ambiguous="!" in marks,
        comparable=not set("~-") & set(marks) and french not in ("bon", "mauvais"),
    )


ADJECTIVES: tuple[Adjective, ...] = tuple(
    _adjective(line, before)
    for before, table in ((True, _BEFORE), (False, _AFTER))
    for line in table.strip().split("\n")
)


def adjective(english: str, kind: str) -> Adjective:
    """The adjective with this English form that may describe this kind. Raises KeyError when there is none."""
    for entry in ADJECTIVES:
        if entry.english == english and kind in entry.kinds:
            return entry
    raise KeyError(f"{english} of {kind}")
