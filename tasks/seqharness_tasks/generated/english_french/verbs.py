"""Verbs by the complements that they take, and the verbs that take an infinitive."""

from __future__ import annotations

from typing import Any

from .entries import Control, Verb

_GROUPS = {
    "people": "person relative",
    "alive": "person relative animal",
    "things": "object machine furniture clothing text vehicle instrument",
    "places": "place city country",
    "eaten": "food staple",
    "portable": "object clothing text",
    "none": "",
}


def _kinds(text: str) -> frozenset[str]:
    return frozenset(" ".join(_GROUPS.get(word, word) for word in text.split()).split())


def _verb(english: str, french: str, subjects: str = "people", objects: str = "", **features: Any) -> Verb:
    """`english` is `base[ past[ third[ ing]]]`; regular forms are left out."""
    forms = english.split()
    base = forms[0]
    sibilant = base.endswith(("s", "x", "ch", "sh"))
    changing = base.endswith("y") and base[-2] not in "aeou"
    stem = base[:-1] if base.endswith("e") else base
    past = stem + "ed" if not changing else base[:-1] + "ied"
    third = base[:-1] + "ies" if changing else base + ("es" if sibilant else "s")
    regular = [base, past, third, stem + "ing"]
    base, past, third, ing = forms + regular[len(forms) :]
    return Verb(base, third, past, ing, french, _kinds(subjects), _kinds(objects), **features)


BE = _verb("be was is being", "être", "all", stative=True)
BECOME = _verb("become became", "devenir", "people", etre=True)
SEEM = _verb("seem", "sembler", "all", stative=True)

TRANSITIVE: tuple[Verb, ...] = (
    _verb("see saw", "voir", "alive", "people animal things place plant", stative=False),
    _verb("eat ate", "manger", "alive", "eaten"),
    _verb("buy bought", "acheter", "people", "things eaten drink"),
    _verb("read read", "lire", "people", "text", manner=True),
    _verb("like", "aimer", "people", "animal eaten drink text show game language", stative=True, generic=True),
    _verb("drink drank", "boire", "people", "drink"),
    _verb("have had has", "avoir", "people", "relative animal things eaten drink abstract", stative=True),
    _verb("find found", "trouver", "alive", "portable animal food plant"),
    _verb("watch", "regarder", "alive", "animal show"),
    _verb("look", "regarder", "alive", "people things plant", english_preposition="at"),
    _verb("know knew", "connaître", "people", "people places song", stative=True, ambiguous=True),
    _verb("open", "ouvrir", "people", "opening box text", manner=True),
    _verb("close", "fermer", "people", "opening", manner=True),
    _verb("wait", "attendre", "people", "people vehicle", english_preposition="for", manner=True),
    _verb("look", "chercher", "alive", "people animal object clothing text food", english_preposition="for"),
    _verb("listen", "écouter", "people", "people song", english_preposition="to", manner=True),
    _verb("write wrote writes writing", "écrire", "people", "text", manner=True),
    _verb("sell sold", "vendre", "people", "things eaten drink animal"),
    _verb("lose lost", "perdre", "people", "object clothing text"),
    _verb("wash", "laver", "people", "clothing vehicle opening animal", manner=True),
    _verb("clean", "nettoyer", "people", "furniture vehicle opening spot", manner=True),
    _verb("wear wore", "porter", "people", "clothing"),
    _verb("carry", "porter", "people", "object text"),
    _verb("repair", "réparer", "people", "machine vehicle opening", manner=True),
    _verb("prepare", "préparer", "people", "staple cake lesson", manner=True),
    _verb("cut cut cuts cutting", "couper", "people", "staple food", manner=True),
    _verb("choose chose", "choisir", "people", "portable vehicle food show"),
    _verb("finish", "finir", "people", "text lesson"),
    _verb("love", "adorer", "people", "animal eaten show game language plant", stative=True, generic=True),
    _verb("prefer preferred", "préférer", "people", "eaten drink text show game animal", stative=True, generic=True),
    _verb("hate", "détester", "people", "staple drink game show", stative=True, generic=True),
    _verb("meet met", "rencontrer", "people", "people"),
    _verb("help", "aider", "people", "people", manner=True),
    _verb("invite", "inviter", "people", "people"),
    _verb("thank", "remercier", "people", "people"),
    _verb("follow", "suivre", "alive", "people animal vehicle", manner=True),
    _verb("call", "appeler", "people", "people"),
    _verb("hear heard", "entendre", "alive", "people animal show", stative=False),
    _verb("understand understood", "comprendre", "people", "abstract text language", stative=False),
    _verb("learn", "apprendre", "people", "language song lesson", manner=True),
    _verb("forget forgot forgets forgetting", "oublier", "people", "object text abstract clothing"),
    _verb("hide hid", "cacher", "people", "object text"),
    _verb("paint", "peindre", "people", "opening furniture plant", manner=True),
    _verb("drive drove", "conduire", "people", "car truck bus", manner=True),
    _verb("receive", "recevoir", "people", "letter message gift"),
    _verb("build built", "construire", "people", "boat house bridge castle machine"),
    _verb("visit", "visiter", "people", "places", ambiguous=True),
    _verb("visit", "rendre", "people", "people", french_after="visite", french_preposition="à", ambiguous=True),
    _verb("phone", "téléphoner", "people", "people", french_preposition="à"),
    _verb("answer", "répondre", "people", "people question letter", french_preposition="à", manner=True),
    _verb("obey", "obéir", "people", "people rule", french_preposition="à"),
    _verb(
        "need",
        "avoir",
        "alive",
        "relative object machine text money vehicle drink",
        stative=True,
        french_after="besoin",
        french_preposition="de",
        idiom=True,
    ),
    _verb(
        "be was is being",
        "avoir",
        "alive",
        "animal machine teacher king queen",
        stative=True,
        idiom=True,
        generic=True,
        english_after="afraid",
        english_preposition="of",
        french_after="peur",
        french_preposition="de",
    ),
    _verb(
        "talk", "parler", "people", "people abstract show text", english_preposition="about", french_preposition="de"
    ),
    _verb("play", "jouer", "people", "instrument", french_preposition="de", ambiguous=True),
    _verb("play", "jouer", "people", "game", french_preposition="à", generic=True, ambiguous=True),
    _verb("leave left leaves leaving", "quitter", "people", "places", ambiguous=True),
    _verb("take took", "prendre", "people", "train bus plane taxi object", ambiguous=True),
    _verb("miss", "rater", "people", "train bus plane", ambiguous=True),
    _verb("spend spent", "dépenser", "people", "money", ambiguous=True),
)
MISS = _verb(
    "miss",
    "manquer",
    "people",
    "people",
    french_preposition="à",
    inverted=True,
    stative=True,
    ambiguous=True,
    idiom=True,
)
GIVING: tuple[Verb, ...] = (
    _verb("give gave", "donner", "people", "portable eaten money", recipient="shift"),
    _verb("show showed", "montrer", "people", "portable vehicle animal", recipient="shift"),
    _verb("send sent", "envoyer", "people", "text gift money", recipient="shift"),
    _verb("lend lent", "prêter", "people", "object clothing book vehicle", recipient="shift"),
    _verb("offer", "offrir", "people", "object plant book cake", recipient="shift"),
    _verb("bring brought", "apporter", "people", "object drink staple text", recipient="shift"),
    _verb("explain", "expliquer", "people", "abstract", recipient="to", manner=True),
    _verb("tell told", "raconter", "people", "story", recipient="shift", manner=True),
)
PUTTING: tuple[Verb, ...] = (
    _verb("put put puts putting", "mettre", "people", "object text clothing food", place="location"),
    _verb("leave left leaves leaving", "laisser", "people", "object text clothing", place="location", ambiguous=True),
    _verb("take took", "emmener", "people", "relative child", place="goal", ambiguous=True),
)
INTRANSITIVE: tuple[Verb, ...] = (
    _verb("sleep slept", "dormir", "alive"),
    _verb("work", "travailler", "people", ambiguous=True, manner=True),
    _verb("leave left leaves leaving", "partir", "people vehicle", etre=True, ambiguous=True),
    _verb("arrive", "arriver", "people vehicle", etre=True),
    _verb("sing sang", "chanter", "people", manner=True),
    _verb("dance", "danser", "people", manner=True),
    _verb("laugh", "rire", "people"),
    _verb("cry", "pleurer", "people"),
    _verb("run ran runs running", "courir", "alive"),
    _verb("fall fell", "tomber", "alive object", etre=True),
    _verb("swim swam swims swimming", "nager", "people"),
    _verb("smile", "sourire", "people"),
    _verb("walk", "marcher", "alive", manner=True),
    _verb("play", "jouer", "child boy girl dog cat", ambiguous=True),
    _verb("work", "fonctionner", "machine", ambiguous=True),
    _verb("grow grew", "grandir", "child boy girl", ambiguous=True),
    _verb("grow grew", "pousser", "plant", ambiguous=True),
    _verb("die died dies dying", "mourir", "people animal plant", etre=True),
    _verb("get got gets getting", "se lever", english_after="up", etre=True, reflexive=True),
    _verb("rest", "se reposer", "alive", etre=True, reflexive=True),
    _verb("hurry", "se dépêcher", etre=True, reflexive=True),
    _verb("wake woke", "se réveiller", "alive", english_after="up", etre=True, reflexive=True),
    _verb("get got gets getting", "s'habiller", english_after="dressed", etre=True, reflexive=True),
)
HAVING: tuple[Verb, ...] = tuple(  # be hungry: avoir faim
    _verb(
        "be was is being",
        "avoir",
        subjects,
        english_after=english,
        french_after=french,
        stative=True,
        idiom=True,
        ambiguous=english in ("cold", "hot"),
    )
    for english, french, subjects in (
        ("hungry", "faim", "alive"),
        ("thirsty", "soif", "alive"),
        ("cold", "froid", "people"),
        ("hot", "chaud", "people"),
        ("right", "raison", "people"),
        ("wrong", "tort", "people"),
        ("sleepy", "sommeil", "people"),
    )
)
PLACED: tuple[Verb, ...] = (
    _verb("go went goes", "aller", "people", place="goal", etre=True),
    _verb("live", "habiter", "people", place="location", stative=True),
    _verb("stay", "rester", "alive", place="location", etre=True),
    _verb("come came", "revenir", "people", place="source", english_after="back", etre=True),
    _verb("arrive", "arriver", "people vehicle", place="location", etre=True),
    _verb("return", "retourner", "people", place="goal", etre=True),
)
STAY_FOR = _verb("spend spent", "passer", "people", "period", place="location", ambiguous=True)
WEATHER: tuple[Verb, ...] = (_verb("rain", "pleuvoir", "none"), _verb("snow", "neiger", "none"))
SAYING: tuple[Verb, ...] = (
    _verb("think thought", "penser", stative=True),
    _verb("say said", "dire"),
    _verb("know knew", "savoir", stative=True, ambiguous=True),
    _verb("believe", "croire", stative=True),
    _verb("hope", "espérer", stative=True),
)
CONTROL: tuple[Control, ...] = (
    Control("want", "wants", "wanted", "vouloir"),
    Control("can", "can", "could", "pouvoir", modal=True, english_link=""),
    Control("must", "must", "must", "devoir", modal=True, tenses=("present",), english_link=""),
    Control("should", "should", "should", "devoir", modal=True, conditional=True, tenses=("present",), english_link=""),
    Control("try", "tries", "tried", "essayer", "de", stative=False, tenses=("present", "past", "future")),
    Control("start", "starts", "started", "commencer", "à", stative=False, tenses=("present", "past", "future")),
    Control("decide", "decides", "decided", "décider", "de", stative=False, tenses=("past", "future")),
    Control("know", "knows", "knew", "savoir", tenses=("present",), english_link="how to", ambiguous=True),
    Control("have", "has", "had", "avoir", "de", english_link="time to", french_after="le temps"),
)


def _all_verbs() -> tuple[Verb, ...]:
    return TRANSITIVE + GIVING + PUTTING + INTRANSITIVE + PLACED + SAYING + HAVING + WEATHER + (STAY_FOR, MISS)


def verb(english: str, french: str = "") -> Verb:
    """The verb with this English base form (and this French infinitive). Raises KeyError when there is none."""
    for entry in (BE, BECOME, SEEM, *_all_verbs()):
        if entry.english == english and french in ("", entry.french):
            return entry
    raise KeyError(english)


def control(english: str) -> Control:
    """The infinitive-taking verb with this English base form. Raises KeyError when there is none."""
    for entry in CONTROL:
        if entry.english == english:
            return entry
    raise KeyError(english)
