"""French conjugation: present, imparfait, future, conditional, subjunctive and past participle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

_IRREGULAR = {  # ending of the infinitive: present tense | past participle | stem of the future
    "être": "suis es est sommes êtes sont|été|ser",
    "avoir": "ai as a avons avez ont|eu|aur",
    "aller": "vais vas va allons allez vont|allé|ir",
    "faire": "fais fais fait faisons faites font|fait|fer",
    "voir": "vois vois voit voyons voyez voient|vu|verr",
    "savoir": "sais sais sait savons savez savent|su|saur",
    "pouvoir": "peux peux peut pouvons pouvez peuvent|pu|pourr",
    "vouloir": "veux veux veut voulons voulez veulent|voulu|voudr",
    "devoir": "dois dois doit devons devez doivent|dû|devr",
    "recevoir": "reçois reçois reçoit recevons recevez reçoivent|reçu|recevr",
    "pleuvoir": "pleus pleus pleut pleuvons pleuvez pleuvent|plu|pleuvr",
    "connaître": "connais connais connaît connaissons connaissez connaissent|connu|connaîtr",
    "prendre": "prends prends prend prenons prenez prennent|pris|prendr",
    "mettre": "mets mets met mettons mettez mettent|mis|mettr",
    "enir": "iens iens ient enons enez iennent|enu|iendr",
    "partir": "pars pars part partons partez partent|parti|partir",
    "sortir": "sors sors sort sortons sortez sortent|sorti|sortir",
    "dormir": "dors dors dort dormons dormez dorment|dormi|dormir",
    "lire": "lis lis lit lisons lisez lisent|lu|lir",
    "écrire": "écris écris écrit écrivons écrivez écrivent|écrit|écrir",
    "dire": "dis dis dit disons dites disent|dit|dir",
    "rire": "ris ris rit rions riez rient|ri|rir",
    "boire": "bois bois boit buvons buvez boivent|bu|boir",
    "croire": "crois crois croit croyons croyez croient|cru|croir",
    "ouvrir": "ouvre ouvres ouvre ouvrons ouvrez ouvrent|ouvert|ouvrir",
    "offrir": "offre offres offre offrons offrez offrent|offert|offrir",
    "courir": "cours cours court courons courez courent|couru|courr",
    "mourir": "meurs meurs meurt mourons mourez meurent|mort|mourr",
    "suivre": "suis suis suit suivons suivez suivent|suivi|suivr",
    "uire": "uis uis uit uisons uisez uisent|uit|uir",
    "eindre": "eins eins eint eignons eignez eignent|eint|eindr",
}
_SUBJUNCTIVE = {
    "être": "sois sois soit soyons soyez soient",
    "avoir": "aie aies ait ayons ayez aient",
    "aller": "aille ailles aille allions alliez aillent",
    "faire": "fasse fasses fasse fassions fassiez fassent",
    "pouvoir": "puisse puisses puisse puissions puissiez puissent",
    "savoir": "sache saches sache sachions sachiez sachent",
    "vouloir": "veuille veuilles veuille voulions vouliez veuillent",
}
_IMPERFECT_ENDINGS = ("ais", "ais", "ait", "ions", "iez", "aient")
_FUTURE_ENDINGS = ("ai", "as", "a", "ons", "ez", "ont")
_DOUBLING = ("appeler", "jeter")
_CONSONANTS = "bcdfghjklmnpqrstvwxz"


@dataclass(frozen=True, slots=True)
class Conjugation:
    """The forms of one verb; each tense in the order je, tu, il, nous, vous, ils."""

    present: tuple[str, ...]
    imperfect: tuple[str, ...]
    future: tuple[str, ...]
    conditional: tuple[str, ...]
    subjunctive: tuple[str, ...]
    participle: str


@cache
def conjugate(infinitive: str) -> Conjugation:
    """All the forms of a verb, given its infinitive (without `se`)."""
    present, participle, future_stem = _principal_parts(infinitive)
    imperfect = _imperfect(infinitive, present[3])
    return Conjugation(
        present=present,
        imperfect=imperfect,
        future=tuple(future_stem + ending for ending in _FUTURE_ENDINGS),
        conditional=tuple(future_stem + ending for ending in _IMPERFECT_ENDINGS),
        subjunctive=_subjunctive(infinitive, present[5], imperfect),
        participle=participle,
    )


def _principal_parts(infinitive: str) -> tuple[tuple[str, ...], str, str]:
    matching = [ending for ending in _IRREGULAR if infinitive.endswith(ending)]
    if matching:
        ending = max(matching, key=len)
        prefix = infinitive.removesuffix(ending)
        present, participle, future = _IRREGULAR[ending].split("|")
        return tuple(prefix + form for form in present.split()), prefix + participle, prefix + future
    stem = infinitive[:-2]
    if infinitive.endswith("er"):
        return _first_group(infinitive)
    if infinitive.endswith("ir"):
        present_forms = tuple(stem + ending for ending in ("is", "is", "it", "issons", "issez", "issent"))
        return present_forms, stem + "i", infinitive
    third = stem if stem.endswith("d") else stem + "t"
    return (stem + "s", stem + "s", third, stem + "ons", stem + "ez", stem + "ent"), stem + "u", infinitive[:-1]


def _first_group(infinitive: str) -> tuple[tuple[str, ...], str, str]:
    """Verbs in -er with their changes of spelling: mangeons, commençons, achète, appelle, préfère, essaie."""
    stem = infinitive[:-2]
    plural = stem + "e" if stem.endswith("g") else stem[:-1] + "ç" if stem.endswith("c") else stem
    strong = _strong_stem(infinitive)
    future = infinitive if _last_vowel(stem) == "é" else strong + "er"
    if infinitive.endswith("envoyer"):
        future = infinitive.removesuffix("oyer") + "err"
    present = (strong + "e", strong + "es", strong + "e", plural + "ons", stem + "ez", strong + "ent")
    return present, stem + "é", future


def _strong_stem(infinitive: str) -> str:
    stem = infinitive[:-2]
    if stem[-1] == "y":
        return stem[:-1] + "i"
    if infinitive.endswith(_DOUBLING):
        return stem + stem[-1]
    if stem[-1] in _CONSONANTS and stem[-2] in "eé":
        return stem[:-2] + "è" + stem[-1]
    return stem


def _last_vowel(stem: str) -> str:
    return stem[-2] if stem[-1] in _CONSONANTS else stem[-1]


def _imperfect(infinitive: str, first_plural: str) -> tuple[str, ...]:
    stem = "ét" if infinitive == "être" else first_plural.removesuffix("ons")
    soft = stem[:-1] if stem.endswith("ge") else stem[:-1] + "c" if stem.endswith("ç") else stem
    return tuple((soft if ending[0] == "i" else stem) + ending for ending in _IMPERFECT_ENDINGS)


def _subjunctive(infinitive: str, third_plural: str, imperfect: tuple[str, ...]) -> tuple[str, ...]:
    if infinitive in _SUBJUNCTIVE:
        return tuple(_SUBJUNCTIVE[infinitive].split())
    stem = third_plural.removesuffix("ent")
    return (stem + "e", stem + "es", stem + "e", imperfect[3], imperfect[4], stem + "ent")
