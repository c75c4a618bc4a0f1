"""The words of the grammar. The first of each list are drawn more often than the last.

A form belongs to one part of speech and one number, and a noun to one class, so that a word says what it is; what is
said of one class may be said of another too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Number = Literal["singular", "plural"]
Class = Literal["man", "woman", "animal", "thing"]

NUMBERS: tuple[Number, ...] = ("singular", "plural")
CLASSES: tuple[Class, ...] = ("man", "woman", "animal", "thing")

DETERMINERS: Mapping[Number, str] = {
    "singular": "the this every each one another",
    "plural": "the these several many most two three",
}

NOUNS: Mapping[Class, str] = {
    "man": "man/men boy/boys king/kings father/fathers brother/brothers waiter/waiters uncle/uncles son/sons "
    "monk/monks prince/princes husband/husbands actor/actors nephew/nephews policeman/policemen wizard/wizards "
    "grandfather/grandfathers fisherman/fishermen duke/dukes postman/postmen fireman/firemen",
    "woman": "woman/women girl/girls queen/queens mother/mothers sister/sisters waitress/waitresses aunt/aunts "
    "daughter/daughters nun/nuns princess/princesses wife/wives actress/actresses niece/nieces "
    "policewoman/policewomen witch/witches grandmother/grandmothers heiress/heiresses duchess/duchesses "
    "bride/brides hostess/hostesses",
    "animal": "dog/dogs cat/cats horse/horses bird/birds cow/cows mouse/mice wolf/wolves fox/foxes goose/geese "
    "rabbit/rabbits bear/bears lion/lions pig/pigs goat/goats duck/ducks monkey/monkeys donkey/donkeys "
    "tiger/tigers frog/frogs owl/owls",
    "thing": "house/houses table/tables book/books car/cars box/boxes door/doors key/keys picture/pictures "
    "letter/letters knife/knives clock/clocks bottle/bottles ship/ships tower/towers lamp/lamps chair/chairs "
    "basket/baskets machine/machines bridge/bridges shelf/shelves cabinet/cabinets blanket/blankets coat/coats "
    "mirror/mirrors carpet/carpets wheel/wheels guitar/guitars hammer/hammers candle/candles ladder/ladders "
    "bucket/buckets pipe/pipes fence/fences wagon/wagons kettle/kettles trumpet/trumpets",
}
"""Singular and plural."""

NAMES: Mapping[Class, str] = {
    "man": "John Peter Paul David Thomas Robert Henry George Albert Martin Oscar Felix",
    "woman": "Mary Anna Susan Helen Laura Alice Emma Clara Nora Julia Rosa Ida",
    "animal": "",
    "thing": "",
}

ADJECTIVES = (
    "old big small little young red black white strange heavy green quiet famous beautiful dark blue tall clean "
    "yellow dirty lonely ugly tiny modern huge grey ancient plain elegant noisy"
)
"""Before a noun of any class."""

PREDICATES: Mapping[Class, str] = {
    "man": "happy tired hungry angry afraid rich polite curious proud honest jealous lazy",
    "woman": "happy tired hungry angry afraid rich polite curious proud honest jealous lazy",
    "animal": "hungry tired afraid tame wild curious lazy asleep",
    "thing": "broken expensive wooden rusty useful fragile cheap dusty wet hollow",
}
"""After is and are."""

ADVERBS = "often always never rarely quickly slowly soon suddenly again secretly gladly usually"

PREPOSITIONS = "near behind beside under above opposite with from beneath around"

INTRANSITIVE: Mapping[Class, str] = {
    "man": "sleeps/sleep laughs/laugh works/work sings/sing smiles/smile waits/wait dances/dance cries/cry "
    "travels/travel prays/pray arrives/arrive snores/snore",
    "woman": "sleeps/sleep laughs/laugh works/work sings/sing smiles/smile waits/wait dances/dance cries/cry "
    "travels/travel prays/pray arrives/arrive snores/snore",
    "animal": "sleeps/sleep runs/run jumps/jump barks/bark swims/swim growls/growl escapes/escape yawns/yawn "
    "howls/howl trembles/tremble",
    "thing": "falls/fall breaks/break disappears/disappear moves/move burns/burn shines/shine rattles/rattle "
    "explodes/explode sinks/sink leaks/leak",
}
"""Third person singular and plural."""

TRANSITIVE: Mapping[str, str] = {
    "perceive": "sees/see follows/follow likes/like hears/hear finds/find watches/watch remembers/remember "
    "ignores/ignore avoids/avoid recognizes/recognize chases/chase loves/love",
    "handle": "carries/carry buys/buy sells/sell repairs/repair paints/paint washes/wash opens/open "
    "borrows/borrow polishes/polish steals/steal",
    "meet": "thanks/thank visits/visit helps/help invites/invite hires/hire praises/praise insults/insult "
    "trusts/trust marries/marry deceives/deceive",
    "affect": "frightens/frighten pleases/please surprises/surprise hurts/hurt delays/delay disturbs/disturb "
    "wakes/wake annoys/annoy",
    "contain": "contains/contain covers/cover supports/support hides/hide blocks/block touches/touch",
}
"""By group; see `rules.GROUPS` for who does it to whom."""

REFLEXIVE = "admires/admire blames/blame defends/defend scratches/scratch hates/hate tires/tire"
"""Takes himself and the like, and nothing else."""

PRONOUNS: Mapping[tuple[Number, Class], str] = {
    ("singular", "man"): "himself",
    ("singular", "woman"): "herself",
    ("singular", "animal"): "itself",
    ("plural", "man"): "themselves",
    ("plural", "woman"): "themselves",
    ("plural", "animal"): "themselves",
}

CLAUSAL = "thinks/think knows/know believes/believe hopes/hope fears/fear claims/claim"
"""Takes that and a sentence."""

SPEAKING = "says/say whispers/whisper shouts/shout answers/answer"
"""Takes a sentence in quotation marks."""

COPULA: Mapping[Number, str] = {"singular": "is", "plural": "are"}

RELATIVE: Mapping[Class, str] = {"man": "who", "woman": "who", "animal": "which", "thing": "which"}


def forms(pairs: str, number: Number) -> list[str]:
    """Of words written as singular/plural those of a number, in order."""
    return [pair.split("/")[NUMBERS.index(number)] for pair in pairs.split()]
