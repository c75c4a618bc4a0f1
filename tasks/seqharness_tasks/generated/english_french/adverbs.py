"""Adverbs, prepositions and conjunctions."""

from __future__ import annotations

from .entries import Adverb, Preposition

FREQUENCY: tuple[Adverb, ...] = tuple(
    Adverb(english, french)
    for english, french in (
        ("often", "souvent"),
        ("always", "toujours"),
        ("sometimes", "parfois"),
        ("rarely", "rarement"),
    )
)
MANNER: tuple[Adverb, ...] = tuple(
    Adverb(english, french)
    for english, french in (
        ("slowly", "lentement"),
        ("quickly", "rapidement"),
        ("carefully", "soigneusement"),
        ("calmly", "calmement"),
        ("quietly", "silencieusement"),
        ("happily", "joyeusement"),
    )
)
DEGREE: tuple[Adverb, ...] = (Adverb("very", "très"), Adverb("too", "trop"), Adverb("really", "vraiment"))
TIME: tuple[Adverb, ...] = (
    Adverb("yesterday", "hier", ("past",)),
    Adverb("tomorrow", "demain", ("future",)),
    Adverb("every day", "tous les jours", ("present",)),
    Adverb("last week", "la semaine dernière", ("past",)),
    Adverb("next week", "la semaine prochaine", ("future",)),
    Adverb("on Sundays", "le dimanche", ("present",)),
    Adverb("this morning", "ce matin", ("past",)),
    Adverb("this evening", "ce soir", ("future",)),
    Adverb("in the morning", "le matin", ("present",)),
    Adverb("last year", "l'année dernière", ("past",)),
    Adverb("next year", "l'année prochaine", ("future",)),
    Adverb("in the evening", "le soir", ("present",)),
    Adverb("two days ago", "il y a deux jours", ("past",)),
    Adverb("in three days", "dans trois jours", ("future",)),
)
AT = Preposition("in", "dans", "location")
TO = Preposition("to", "à", "goal")
FROM = Preposition("from", "de", "source")
WITH = Preposition("with", "avec")
FOR = Preposition("for", "pour")
WITHOUT = Preposition("without", "sans")
ON = Preposition("on", "sur")
UNDER = Preposition("under", "sous")
DURING = Preposition("for", "pendant")
DRESSED = Preposition("with", "à")
NEARBY: tuple[Preposition, ...] = (
    Preposition("near", "près de"),
    Preposition("behind", "derrière"),
    Preposition("in front of", "devant"),
    Preposition("next to", "à côté de"),
    Preposition("opposite", "en face de"),
)
PREPOSITIONS = {entry.english: entry for entry in (AT, TO, FROM, WITH, FOR, WITHOUT, ON, UNDER, *NEARBY)}

# English: (French words, mood of the clause)
SUBORDINATORS: dict[str, tuple[str, bool]] = {
    "because": ("parce que", False),
    "when": ("quand", False),
    "if": ("si", False),
    "although": ("bien que", True),
    "while": ("pendant que", False),
}
COORDINATORS = {"and": "et", "but": "mais", "so": "donc", "or": "ou"}
