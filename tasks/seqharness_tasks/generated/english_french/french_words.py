"""French words side by side: elision, contraction, articles, possessives and clitic pronouns."""

from __future__ import annotations

from .entries import Agreement, Gender

PHENOMENA: dict[str, str] = {
    "adjective-after-noun": "a French adjective that follows its noun (la robe rouge)",
    "adjective-before-noun": "a French adjective that precedes its noun (la belle maison)",
    "ambiguous-word": "an English word whose French depends on its context (know: savoir or connaître)",
    "antecedent-pronoun": "it, they or them, whose gender is that of a noun earlier in the sentence",
    "compound-past": "a passé composé with avoir or être",
    "contraction": "à or de fused with the article (au, aux, du, des)",
    "coordination": "nouns, verb phrases or clauses joined by and, but or so",
    "idiom": "a construction with no word-by-word counterpart (be hungry: avoir faim; there is: il y a)",
    "infinitive": "an infinitive after another verb (veut le voir, essaie de partir)",
    "name": "the proper name of a person, a city or a country",
    "negation": "ne ... pas, ne ... jamais or ne ... plus",
    "number": "a number in words",
    "object-pronoun": "an object pronoun before the French verb (le, la, les, lui, leur, me, en)",
    "participle-agreement": "a past participle in the feminine or the plural (les fleurs qu'il a vues)",
    "partitive": "an indefinite or partitive article where English has none (de l'eau, des pommes, pas de pain)",
    "possessive": "a possessive, which agrees with what is possessed (son école), or the English genitive",
    "question": "a question with est-ce que or qui",
    "relative-clause": "a relative clause with qui, que, dont, à qui or où",
    "subordinate-clause": "a clause after that, because, when, if, although or while",
}

_ELIDED = frozenset(("le", "la", "je", "me", "te", "se", "ne", "de", "que"))
_VOWELS = "aeiouâàéèêëîïôöûùœæ"
_ASPIRATED_SINGULAR = ("héros", "hibou", "hérisson", "haricot", "homard", "hache", "harpe", "hockey", "huit")
_ASPIRATED = frozenset((*_ASPIRATED_SINGULAR, *(word + "s" for word in _ASPIRATED_SINGULAR), "hiboux"))
_POSSESSIVES = (("mon", "ma", "mes"), ("ton", "ta", "tes"), ("son", "sa", "ses"))
_PLURAL_POSSESSIVES = (("notre", "nos"), ("votre", "vos"), ("leur", "leurs"))
DISJUNCTIVE = ("moi", "toi", "lui", "nous", "vous", "eux")
SUBJECTS = ("je", "tu", "il", "nous", "vous", "ils")
_DIRECT = ("me", "te", "le", "nous", "vous", "les")
_INDIRECT = ("me", "te", "lui", "nous", "vous", "leur")
_REFLEXIVE = ("me", "te", "se", "nous", "vous", "se")
NEGATIONS = {"not": "pas", "never": "jamais", "no longer": "plus"}


def elides(word: str) -> bool:
    """Whether a word before this one loses its vowel: it starts with a vowel or a mute h."""
    lowered = word.lower()
    if lowered in ("onze", "y"):
        return lowered == "y"
    if lowered.startswith("h"):
        return lowered not in _ASPIRATED
    return lowered[0] in _VOWELS


def join(words: list[str]) -> str:
    """Words as running text: elided, with commas against the word before them."""
    pieces = " ".join(words).replace(" ,", ",").split(" ")
    text = ""
    for word, following in zip(pieces, [*pieces[1:], ""], strict=True):
        if following and _loses_vowel(word, following):
            text += word[:-1] + "'"
        else:
            text += word + " "
    return text.rstrip()


def _loses_vowel(word: str, following: str) -> bool:
    following = following.rstrip(",")
    if word == "si":
        return following in ("il", "ils")
    return word in _ELIDED and elides(following)


def contract(preposition: str, words: list[str]) -> tuple[list[str], bool]:
    """A preposition and the noun phrase after it; True when its last word fused with the article."""
    *before, last = preposition.split()
    fused = {"à le": "au", "à les": "aux", "de le": "du", "de les": "des"}.get(f"{last} {words[0]}")
    first_word = " ".join(words[1:]).split(" ")[0]
    if fused and not (words[0] == "le" and elides(first_word)):
        return [*before, fused, *words[1:]], True
    return [*before, last, *words], False


def definite(features: Agreement) -> str:
    """le, la or les, before elision."""
    return "les" if features.number == "plural" else "la" if features.gender == "f" else "le"


def partitive(features: Agreement, following: str) -> list[str]:
    """du, de la or de l'."""
    if elides(following) or features.gender == "f":
        return ["de", definite(features)]
    return ["du"]


def demonstrative(features: Agreement, following: str) -> str:
    """ce, cet, cette or ces."""
    if features.number == "plural":
        return "ces"
    return "cette" if features.gender == "f" else "cet" if elides(following) else "ce"


def possessive(owner: Agreement, features: Agreement, following: str) -> str:
    """mon, ma, mes and so on; the masculine form stands before any vowel (mon idée)."""
    plural = features.number == "plural"
    if owner.number == "plural":
        return _PLURAL_POSSESSIVES[owner.person - 1][plural]
    feminine = features.gender == "f" and not elides(following)
    return _POSSESSIVES[owner.person - 1][2 if plural else feminine]


def interrogative(features: Agreement) -> str:
    """quel, quelle, quels or quelles."""
    return "quel" + ("le" if features.gender == "f" else "") + ("s" if features.number == "plural" else "")


def direct_pronoun(features: Agreement) -> str:
    """me, te, le, la, nous, vous or les."""
    singular_feminine = features.person == 3 and features.number == "singular" and features.gender == "f"
    return "la" if singular_feminine else _DIRECT[features.index]


def indirect_pronoun(features: Agreement) -> str:
    """me, te, lui, nous, vous or leur."""
    return _INDIRECT[features.index]


def reflexive_pronoun(features: Agreement) -> str:
    """me, te, se, nous or vous."""
    return _REFLEXIVE[features.index]


def strong_pronoun(features: Agreement) -> str:
    """A pronoun after a preposition: moi, toi, lui, elle, nous, vous, eux, elles."""
    return third_feminine(features, "elle") or DISJUNCTIVE[features.index]


def subject_pronoun(features: Agreement) -> str:
    """je, tu, il, elle, nous, vous, ils, elles."""
    return third_feminine(features, "elle") or SUBJECTS[features.index]


def third_feminine(features: Agreement, singular: str) -> str:
    """`singular`, with -s in the plural, for a feminine third person, and otherwise nothing."""
    if features.person != 3 or features.gender != "f":
        return ""
    return singular + ("s" if features.number == "plural" else "")


def participle(base: str, features: Agreement) -> str:
    """A past participle in a gender and a number."""
    form = base + ("e" if features.gender == "f" else "")
    return form + ("s" if features.number == "plural" and not form.endswith("s") else "")


def indefinite(gender: Gender) -> str:
    """un or une."""
    return "une" if gender == "f" else "un"
