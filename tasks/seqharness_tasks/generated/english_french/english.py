"""The English words of a tree."""

from __future__ import annotations

from . import tree
from .entries import Agreement, Name, Noun, Preposition, Profession
from .numerals import english_number
from .tree import (
    Age,
    Clause,
    Compound,
    Coordination,
    Existential,
    Gap,
    Nominal,
    NounPhrase,
    Predicate,
    Prepositional,
    Pronoun,
    Quality,
    Question,
    Relative,
    Sentence,
    Subordination,
    VerbPhrase,
)

_SUBJECTS = ("I", "you", "he", "we", "you", "they")
_OBJECTS = ("me", "you", "him", "us", "you", "them")
_POSSESSIVES = ("my", "your", "his", "our", "your", "their")
_BE_PRESENT = ("am", "are", "is", "are", "are", "are")
_SILENT_H = ("honest", "hour")
_CONSONANT_U = ("uni", "eu")


def render(sentence: Sentence) -> str:
    """The English sentence, with its capital and its full stop or question mark."""
    text = " ".join(_sentence(sentence)).replace(" ,", ",").replace(" 's", "'s").replace(" '", "'")
    text = text.replace(" can not ", " cannot ")
    return text[0].upper() + text[1:] + ("?" if isinstance(sentence, Question) else ".")


def _sentence(sentence: Sentence) -> list[str]:
    match sentence:
        case Clause():
            return _clause(sentence)
        case Existential():
            return _existential(sentence)
        case Compound(left, conjunction, right):
            return [*_sentence(left), ",", conjunction, *_sentence(right)]
        case Subordination(main, conjunction, subordinate, first):
            if first:
                return [conjunction, *_clause(subordinate), ",", *_sentence(main)]
            return [*_sentence(main), conjunction, *_clause(subordinate)]
        case Question():
            return _question(sentence)


def _clause(clause: Clause) -> list[str]:
    words = [clause.opening.english, ","] if clause.opening else []
    words += _nominal(clause.subject)
    return words + _phrases(clause, agreement(clause.subject))


def _phrases(clause: Clause, subject: Agreement) -> list[str]:
    words: list[str] = []
    for number, phrase in enumerate(clause.phrases):
        auxiliary, rest = _verb_words(phrase, subject, inverted=False)
        words += ["and"] * (number > 0) + auxiliary + rest + _complements(phrase)
    return words


def _question(question: Question) -> list[str]:
    clause = question.clause
    phrase = clause.phrases[0]
    if question.word == "who":
        return ["who", *_phrases(clause, Agreement())]
    front: list[str] = [question.word] if question.word else []
    if question.word == "which" and isinstance(phrase.object, NounPhrase):
        front = _nominal(phrase.object)
    auxiliary, rest = _verb_words(phrase, agreement(clause.subject), inverted=True)
    moved = question.word in ("what", "which")
    return front + auxiliary + _nominal(clause.subject) + rest + _complements(phrase, object_moved=moved)


def _existential(sentence: Existential) -> list[str]:
    plural = sentence.nominal.number == "plural"
    forms = {"present": ["is", "are"], "past": ["was", "were"], "future": ["will be", "will be"]}
    words = ["there", forms[sentence.tense][plural]]
    nominal = _noun_phrase(sentence.nominal, bare=sentence.negative)
    return words + ["no"] * sentence.negative + nominal + _prepositional(sentence.place)


def agreement(nominal: Nominal) -> Agreement:
    """English number and person: nouns that only French counts as plural (chess) are singular."""
    if isinstance(nominal, NounPhrase):
        return Agreement(nominal.noun.gender, nominal.number)
    return tree.agreement(nominal)


def _verb_words(phrase: VerbPhrase, subject: Agreement, inverted: bool) -> tuple[list[str], list[str]]:
    """The auxiliary (empty without one) and the verb with negation and adverb, as they stand around a subject."""
    verb, control = phrase.verb, phrase.control
    lead = control or verb
    auxiliary = _auxiliary(phrase, subject, inverted)
    words = ([phrase.negation] if phrase.negation else []) + ([phrase.often.english] if phrase.often else [])
    if control and control.modal:
        words.append(verb.english)
    elif phrase.progressive:
        words.append(verb.ing)
    elif not auxiliary:
        words.append(lead.past if phrase.tense == "past" else lead.third if _is_third(subject) else lead.english)
    elif lead.english != "be" or phrase.tense == "future":
        words.append(lead.english)
    if control and not control.modal:
        words += [control.english_link, verb.english]
    return auxiliary, words + ([verb.english_after] if verb.english_after else [])


def _is_third(subject: Agreement) -> bool:
    return subject.person == 3 and subject.number == "singular"


def _auxiliary(phrase: VerbPhrase, subject: Agreement, inverted: bool) -> list[str]:
    control = phrase.control
    third = _is_third(subject)
    if control and control.modal:
        word = control.past if phrase.tense == "past" else control.english
        return [word]
    if phrase.tense == "future":
        return ["will"]
    if phrase.progressive or (phrase.verb.english == "be" and not control):
        if phrase.tense == "present":
            return [_BE_PRESENT[subject.index]]
        return ["was" if third or subject == Agreement(subject.gender, "singular", 1) else "were"]
    if inverted or phrase.negation == "not":
        return ["did" if phrase.tense == "past" else "does" if third else "do"]
    return []


def _complements(phrase: VerbPhrase, object_moved: bool = False) -> list[str]:
    words: list[str] = []
    preposition = [phrase.verb.english_preposition] if phrase.verb.english_preposition else []
    target = [] if phrase.object is None or object_moved else _nominal(phrase.object, "object")
    if phrase.object is not None:
        target = preposition + target
    recipient = [] if phrase.recipient is None else _nominal(phrase.recipient, "object")
    if recipient and phrase.verb.recipient == "shift" and _shifts(phrase, object_moved):
        words += recipient + target
    else:
        words += target + (["to", *recipient] if recipient else [])
    if phrase.predicate is not None:
        words += _predicate(phrase.predicate)
    if phrase.manner:
        words.append(phrase.manner.english)
    for prepositional in (phrase.place, phrase.extra):
        if prepositional:
            words += _prepositional(prepositional)
    if phrase.content:
        words += ["that", *_sentence(phrase.content)]
    if phrase.time:
        words.append(phrase.time.english)
    return words


def _shifts(phrase: VerbPhrase, object_moved: bool) -> bool:
    """Whether the recipient precedes the object: gives him the book, but gives it to him."""
    movable = object_moved or isinstance(phrase.object, Pronoun | Gap)
    return isinstance(phrase.recipient, Pronoun) and not movable


def _predicate(predicate: Predicate) -> list[str]:
    match predicate:
        case Quality(adjective, degree, comparison, standard):
            if comparison and standard:
                graded = [adjective.comparative, "than"] if comparison == "more" else ["as", adjective.english, "as"]
                return graded + _nominal(standard, "object")
            return ([degree.english] if degree else []) + [adjective.english]
        case Age(years):
            return [english_number(years), "years old"]
        case Profession(english=english):
            return [article(english), english]
        case NounPhrase():
            return _noun_phrase(predicate)
        case Prepositional():
            return _prepositional(predicate)


def _nominal(nominal: Nominal, case: str = "subject") -> list[str]:
    match nominal:
        case NounPhrase():
            return _noun_phrase(nominal)
        case Name(english=english):
            return [english]
        case Pronoun(features, thing):
            if features.person == 3 and features.number == "singular" and (thing or features.gender == "f"):
                return ["it" if thing else "she" if case == "subject" else "her"]
            return [(_SUBJECTS if case == "subject" else _OBJECTS)[features.index]]
        case Coordination(members):
            words = _nominal(members[0], case)
            for member in members[1:-1]:
                words += [",", *_nominal(member, case)]
            return [*words, "and", *_nominal(members[-1], case)]
        case Gap():
            return []


def _noun_phrase(phrase: NounPhrase, bare: bool = False) -> list[str]:
    plural = phrase.number == "plural"
    words = [english_number(phrase.count)] if phrase.count else []
    words += [adjective.english for adjective in sorted(phrase.adjectives, key=lambda entry: entry.rank)]
    words.append(phrase.noun.english_plural if plural else phrase.noun.english)
    if phrase.contents:
        words += ["of", phrase.contents.english if phrase.contents.mass else phrase.contents.english_plural]
    if not bare:
        words = _determiner(phrase, words[0]) + words
    if phrase.complement:
        words += _prepositional(phrase.complement)
    if phrase.relative:
        words += _relative(phrase.relative)
    return words


def _determiner(phrase: NounPhrase, following: str) -> list[str]:
    match phrase.determiner:
        case "indefinite":
            plain = phrase.count or phrase.noun.mass or phrase.number == "plural"
            return [] if plain else [article(following)]
        case "generic":
            return []
        case "this":
            return ["these" if phrase.number == "plural" else "this"]
        case "all":
            return ["all the"]
        case "what":
            return ["which"]
        case "possessive":
            return [_possessive(phrase.possessor or Agreement())]
        case "genitive" if phrase.owner:
            owner = _nominal(phrase.owner)
            return [*owner, "'" if owner[-1].endswith("s") and agreement(phrase.owner).number == "plural" else "'s"]
        case _:
            return [phrase.determiner]


def _possessive(owner: Agreement) -> str:
    feminine = owner.person == 3 and owner.number == "singular" and owner.gender == "f"
    return "her" if feminine else _POSSESSIVES[owner.index]


def article(following: str) -> str:
    """`a` or `an`, by the sound of the next word."""
    word = following.lower()
    vowel = word.startswith(_SILENT_H) or (word[0] in "aeiou" and not word.startswith(_CONSONANT_U))
    return "an" if vowel else "a"


def _prepositional(phrase: Prepositional) -> list[str]:
    return [*_preposition(phrase.preposition, phrase.nominal), *_nominal(phrase.nominal, "object")]


def _preposition(preposition: Preposition, nominal: Nominal) -> list[str]:
    noun: Noun | None = nominal.noun if isinstance(nominal, NounPhrase) else None
    if preposition.role == "location" and noun:
        return [noun.location[0]]
    return [preposition.english]


def _relative(relative: Relative) -> list[str]:
    clause = relative.clause
    if relative.where:
        return ["where", *_clause(clause)]
    if isinstance(clause.subject, Gap):
        return ["who" if relative.person else "that", *_clause(clause)]
    return ["whom" if relative.person else "that", *_clause(clause)]
