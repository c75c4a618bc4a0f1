"""Common nouns by selectional class, names, and professions.

One entry is `english[/plural]:french[/plural]:gender`, where regular plurals are left out.
"""

from __future__ import annotations

from .entries import Gender, Name, Noun, Profession

_COUNTABLE = {
    "person": "man/men:homme:m, woman/women:femme:f, boy:garçon:m, girl:fille:f, child/children:enfant:m, "
    "friend:ami:m, teacher:professeur:m, neighbour:voisin:m, doctor:médecin:m, student:étudiant:m, "
    "nurse:infirmière:f, actress:actrice:f, king:roi:m, queen:reine:f, baker:boulanger:m, farmer:agriculteur:m, "
    "singer:chanteuse:f, hero/heroes:héros/héros:m, princess:princesse:f, engineer:ingénieur:m, tourist:touriste:m, "
    "guest:invité:m, lawyer:avocate:f, waitress:serveuse:f, actor:acteur:m, writer:écrivain:m",
    "relative": "mother:mère:f, father:père:m, sister:sœur:f, brother:frère:m, daughter:fille:f, son:fils/fils:m, "
    "aunt:tante:f, uncle:oncle:m, grandmother:grand-mère/grands-mères:f, cousin:cousin:m, husband:mari:m, "
    "wife/wives:épouse:f, grandfather:grand-père/grands-pères:m",
    "animal": "dog:chien:m, cat:chat:m, bird:oiseau:m, horse:cheval:m, cow:vache:f, mouse/mice:souris/souris:f, "
    "rabbit:lapin:m, owl:hibou/hiboux:m, hen:poule:f, fox:renard:m, bear:ours/ours:m, lion:lion:m, "
    "bee:abeille:f, squirrel:écureuil:m, goat:chèvre:f, hedgehog:hérisson:m",
    "food": "apple:pomme:f, cake:gâteau:m, egg:œuf:m, orange:orange:f, tomato:tomate:f, pear:poire:f, "
    "potato:pomme de terre/pommes de terre:f, cherry:cerise:f, bean:haricot:m, carrot:carotte:f, "
    "strawberry:fraise:f, mushroom:champignon:m, lobster:homard:m",
    "object": "bag:sac:m, key:clé:f, box:boîte:f, knife/knives:couteau:m, umbrella:parapluie:m, plate:assiette:f, "
    "gift:cadeau:m, ring:bague:f, lamp:lampe:f, suitcase:valise:f, toy:jouet:m, mirror:miroir:m, basket:panier:m, "
    "candle:bougie:f, axe:hache:f, hammer:marteau:m, painting:tableau:m, blanket:couverture:f, tool:outil:m",
    "machine": "computer:ordinateur:m, clock:horloge:f, telephone:téléphone:m, radio:radio:f, "
    "printer:imprimante:f, machine:machine:f",
    "furniture": "table:table:f, chair:chaise:f, bed:lit:m, armchair:fauteuil:m, wardrobe:armoire:f, desk:bureau:m, "
    "shelf/shelves:étagère:f",
    "clothing": "hat:chapeau:m, dress:robe:f, shirt:chemise:f, coat:manteau:m, shoe:chaussure:f, skirt:jupe:f, "
    "scarf/scarves:écharpe:f, jacket:veste:f, glove:gant:m, uniform:uniforme:m",
    "text": "book:livre:m, letter:lettre:f, newspaper:journal:m, story:histoire:f, poem:poème:m, novel:roman:m, "
    "message:message:m, article:article:m, report:rapport:m",
    "vehicle": "car:voiture:f, train:train:m, boat:bateau:m, bicycle:vélo:m, plane:avion:m, bus:bus/bus:m, "
    "truck:camion:m, taxi:taxi:m",
    "opening": "door:porte:f, window:fenêtre:f, gate:portail/portails:m",
    "plant": "tree:arbre:m, flower:fleur:f, rose:rose:f, plant:plante:f",
    "abstract": "question:question:f, problem:problème:m, idea:idée:f, answer:réponse:f, secret:secret:m, "
    "rule:règle:f, lesson:leçon:f, plan:projet:m",
    "show": "film:film:m, song:chanson:f, play:pièce:f, concert:concert:m",
    "language": "language:langue:f",
    "container": "glass:verre:m, bottle:bouteille:f, cup:tasse:f",
    "portion": "kilo:kilo:m, slice:tranche:f, piece:morceau:m",
    "water": "river:fleuve:m, lake:lac:m",
    "period": "day:jour:m, week:semaine:f, hour:heure:f, month:mois/mois:m",
}
_MASS = {
    "staple": "bread:pain:m, cheese:fromage:m, meat:viande:f, soup:soupe:f, rice:riz:m, chocolate:chocolat:m, "
    "salad:salade:f, ham:jambon:m, butter:beurre:m, honey:miel:m, jam:confiture:f",
    "drink": "water:eau:f, coffee:café:m, tea:thé:m, milk:lait:m, wine:vin:m, beer:bière:f, lemonade:limonade:f, "
    "orange juice:jus d'orange:m",
    "money": "money:argent:m",
    "instrument": "",
    "game": "football:football:m, tennis:tennis:m, chess:échecs/échecs:m, hockey:hockey:m, cards:cartes/cartes:f, "
    "rugby:rugby:m, golf:golf:m",
}
_INSTRUMENTS = (
    "piano:piano:m, guitar:guitare:f, violin:violon:m, flute:flûte:f, harp:harpe:f, trumpet:trompette:f, "
    "accordion:accordéon:m"
)
_PLACES = {  # (English, French) preposition of location: places that one goes to
    ("in", "dans"): "garden:jardin:m, park:parc:m, house:maison:f, shop:magasin:m, museum:musée:m, hotel:hôtel:m, "
    "church:église:f, castle:château:m, library:bibliothèque:f",
    ("at", "à"): "school:école:f, market:marché:m, station:gare:f, hospital:hôpital:m, restaurant:restaurant:m, "
    "theatre:théâtre:m, university:université:f, airport:aéroport:m, factory:usine:f, bakery:boulangerie:f",
    ("on", "sur"): "beach:plage:f",
}
_SPOTS = {  # places that something happens in
    ("in", "dans"): "street:rue:f, village:village:m, town:ville:f, forest:forêt:f, kitchen:cuisine:f, "
    "bedroom:chambre:f, field:champ:m, office:bureau:m",
    ("on", "sur"): "island:île:f, bridge:pont:m",
}
_FEMALE = "Marie Anna Claire Alice Julie Emma Sophie Isabelle Camille Léa Élise Nadia Jeanne Inès Laura Ophélie"
_MALE = "Paul Pierre Antoine Thomas Louis Arthur Nicolas Olivier Marc Lucas Adam Karim Jacques Émile David Simon"
_CITIES = (
    "Paris, London:Londres, Rome, Lyon, Madrid, Brussels:Bruxelles, Berlin, Geneva:Genève, Amsterdam, Marseille, "
    "Lisbon:Lisbonne, Oslo, Vienna:Vienne, Bordeaux"
)
_COUNTRIES = (
    "France:France:f, Italy:Italie:f, Canada:Canada:m, Germany:Allemagne:f, Spain:Espagne:f, Japan:Japon:m, "
    "Belgium:Belgique:f, Portugal:Portugal:m, England:Angleterre:f, Brazil:Brésil:m"
)


def english_plural(word: str) -> str:
    """The regular English plural."""
    if word.endswith(("s", "x", "ch", "sh", "to")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def french_plural(word: str) -> str:
    """The regular French plural of a noun or an adjective."""
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith(("eau", "eu")) and word != "bleu":
        return word + "x"
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + "s"


def _noun(entry: str, kind: str, location: tuple[str, str] = ("in", "dans"), mass: bool = False) -> Noun:
    english, french, gender = entry.split(":")
    english, _, plural = english.partition("/")
    french, _, pluriel = french.partition("/")
    return Noun(
        english=english,
        english_plural=plural or english_plural(english),
        french=french,
        french_plural=pluriel or french_plural(french),
        gender=_gender(gender),
        kind=kind,
        mass=mass,
        location=location,
        plural_in_french=mass and bool(pluriel),
        ambiguous=english == "bank",
    )


def _gender(text: str) -> Gender:
    return "f" if text == "f" else "m"


def _entries(table: str) -> list[str]:
    return [entry.strip() for entry in table.split(",") if entry.strip()]


def _all_nouns() -> tuple[Noun, ...]:
    nouns = [_noun(entry, kind) for kind, table in _COUNTABLE.items() for entry in _entries(table)]
    nouns += [_noun(entry, "instrument") for entry in _entries(_INSTRUMENTS)]
    nouns += [_noun(entry, kind, mass=True) for kind, table in _MASS.items() for entry in _entries(table)]
    nouns += [_noun(entry, "place", where) for where, table in _PLACES.items() for entry in _entries(table)]
    nouns += [_noun(entry, "spot", where) for where, table in _SPOTS.items() for entry in _entries(table)]
    nouns.append(_noun("bank:banque:f", "place"))
    nouns.append(_noun("bank:rive:f", "shore", ("on", "sur")))
    return tuple(nouns)


NOUNS: tuple[Noun, ...] = _all_nouns()
NOUNS_BY_KIND: dict[str, tuple[Noun, ...]] = {
    kind: tuple(noun for noun in NOUNS if noun.kind == kind) for kind in dict.fromkeys(noun.kind for noun in NOUNS)
}
PEOPLE: tuple[Name, ...] = tuple(
    Name(name, name, gender)
    for pair in zip(_FEMALE.split(), _MALE.split(), strict=True)
    for name, gender in zip(pair, (_gender("f"), _gender("m")), strict=True)
)
CITIES: tuple[Name, ...] = tuple(
    Name(english, french or english, "m", "city")
    for english, _, french in (entry.partition(":") for entry in _entries(_CITIES))
)
COUNTRIES: tuple[Name, ...] = tuple(
    Name(english, french, _gender(gender), "country")
    for english, french, gender in (entry.split(":") for entry in _entries(_COUNTRIES))
)
PROFESSIONS: tuple[Profession, ...] = tuple(
    Profession(english, english_plural(english), masculine, feminine)
    for english, masculine, feminine in (
        ("doctor", "médecin", "médecin"),
        ("teacher", "professeur", "professeure"),
        ("baker", "boulanger", "boulangère"),
        ("student", "étudiant", "étudiante"),
        ("singer", "chanteur", "chanteuse"),
        ("lawyer", "avocat", "avocate"),
        ("nurse", "infirmier", "infirmière"),
        ("farmer", "agriculteur", "agricultrice"),
        ("journalist", "journaliste", "journaliste"),
        ("engineer", "ingénieur", "ingénieure"),
    )
)


def noun(english: str, kind: str = "") -> Noun:
    """The noun with this English singular (of this kind, where two share it). Raises KeyError when there is none."""
    for entry in NOUNS:
        if entry.english == english and kind in ("", entry.kind):
            return entry
    raise KeyError(english)


def name(english: str) -> Name:
    """The proper name with this English spelling. Raises KeyError when there is none."""
    for entry in PEOPLE + CITIES + COUNTRIES:
        if entry.english == english:
            return entry
    raise KeyError(english)
