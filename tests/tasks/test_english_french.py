"""Translations written by hand, rule by rule, against what the grammar's trees give."""

from __future__ import annotations

from typing import Any

import pytest

from seqharness_tasks.generated.english_french import english, french
from seqharness_tasks.generated.english_french.adjectives import adjective
from seqharness_tasks.generated.english_french.adverbs import (
    DEGREE,
    DRESSED,
    FREQUENCY,
    MANNER,
    PREPOSITIONS,
    TIME,
)
from seqharness_tasks.generated.english_french.entries import Agreement, Preposition
from seqharness_tasks.generated.english_french.nouns import PROFESSIONS, name, noun
from seqharness_tasks.generated.english_french.tree import (
    IT_WEATHER,
    Age,
    Clause,
    Compound,
    Coordination,
    Existential,
    Gap,
    NounPhrase,
    Prepositional,
    Pronoun,
    Quality,
    Question,
    Relative,
    Sentence,
    Subordination,
    VerbPhrase,
    agreement,
)
from seqharness_tasks.generated.english_french.verbs import BE, BECOME, MISS, SEEM, TRANSITIVE, control, verb

ME, US, YOU = Agreement("m", "singular", 1), Agreement("m", "plural", 1), Agreement("m", "plural", 2)
HE, SHE, THEY = Agreement(), Agreement("f"), Agreement("m", "plural")
SPEAKER, WE, HIM, HER = Pronoun(ME), Pronoun(US), Pronoun(HE), Pronoun(SHE)
IT_M, IT_F = Pronoun(HE, thing=True), Pronoun(SHE, thing=True)
THEM_M, THEM_F = Pronoun(THEY, thing=True), Pronoun(Agreement("f", "plural"), thing=True)
MARIE, PAUL, ALICE = name("Marie"), name("Paul"), name("Alice")


def the(word: str, *adjectives: str, kind: str = "", **features: Any) -> NounPhrase:
    entry = noun(word, kind)
    found = tuple(adjective(text, entry.english if entry.english in _BY_WORD else entry.kind) for text in adjectives)
    return NounPhrase(entry, adjectives=found, **features)


_BY_WORD = ("boy", "girl", "child", "woman", "kitchen")


def some(word: str, *adjectives: str, **features: Any) -> NounPhrase:
    return the(word, *adjectives, determiner="indefinite", **features)


def own(owner: Agreement, word: str, *adjectives: str, **features: Any) -> NounPhrase:
    return the(word, *adjectives, determiner="possessive", possessor=owner, **features)


def does(word: str, french_verb: str = "", **features: Any) -> VerbPhrase:
    return VerbPhrase(verb(word, french_verb), **features)


def be(word: str, kind: str, **features: Any) -> VerbPhrase:
    return VerbPhrase(BE, predicate=Quality(adjective(word, kind)), **features)


def clause(subject: Any, *phrases: VerbPhrase, **features: Any) -> Clause:
    return Clause(subject, phrases, **features)


def at(place: Any, preposition: str = "in") -> Prepositional:
    return Prepositional(PREPOSITIONS[preposition], place)


def that(head: NounPhrase, subject: Any, phrase: VerbPhrase, **features: Any) -> NounPhrase:
    """`head` with a relative clause; a missing subject or object is a gap."""
    gap = Gap(agreement(head))
    inside = Clause(gap, (phrase,)) if subject is None else Clause(subject, (replace_object(phrase, gap),))
    person = head.noun.kind in ("person", "relative")
    return NounPhrase(head.noun, head.determiner, head.number, relative=Relative(inside, person, **features))


def replace_object(phrase: VerbPhrase, gap: Gap) -> VerbPhrase:
    return VerbPhrase(phrase.verb, phrase.tense, phrase.negation, object=gap)


PLAY_INSTRUMENT = next(entry for entry in TRANSITIVE if entry.english == "play" and "instrument" in entry.objects)
PLAY_GAME = next(entry for entry in TRANSITIVE if entry.english == "play" and "game" in entry.objects)
GIRLS = the("girl", number="plural")
SHORE = Preposition("of", "de")

CASES: list[tuple[Sentence, str, str]] = [
    # Agreement and the place of adjectives.
    (
        clause(the("girl", "little"), does("see", object=the("door", "green"))),
        "The little girl sees the green door.",
        "La petite fille voit la porte verte.",
    ),
    (
        clause(WE, does("buy", tense="past", object=some("car", "old", "white"))),
        "We bought an old white car.",
        "Nous avons acheté une vieille voiture blanche.",
    ),
    (clause(HIM, does("have", object=some("bird", "beautiful"))), "He has a beautiful bird.", "Il a un bel oiseau."),
    (
        clause(the("friend", "old"), does("sleep", progressive=True)),
        "The old friend is sleeping.",
        "Le vieil ami dort.",
    ),
    (
        clause(HER, does("have", object=some("computer", "new"))),
        "She has a new computer.",
        "Elle a un nouvel ordinateur.",
    ),
    (clause(the("hero", "old"), does("arrive", tense="past")), "The old hero arrived.", "Le vieux héros est arrivé."),
    (
        clause(the("shoe", "brown", number="plural"), be("clean", "clothing")),
        "The brown shoes are clean.",
        "Les chaussures marron sont propres.",
    ),
    (
        clause(
            the("tree", determiner="this"), VerbPhrase(BE, predicate=Quality(adjective("tall", "plant"), DEGREE[0]))
        ),
        "This tree is very tall.",
        "Cet arbre est très grand.",
    ),
    (clause(the("owl", determiner="this"), does("sleep")), "This owl sleeps.", "Ce hibou dort."),
    (
        clause(the("nurse", determiner="all", number="plural"), be("kind", "person")),
        "All the nurses are kind.",
        "Toutes les infirmières sont gentilles.",
    ),
    (
        clause(the("dog", "big"), be("dangerous", "animal", tense="future")),
        "The big dog will be dangerous.",
        "Le gros chien sera dangereux.",
    ),
    # Elision, contraction, mute and aspirated h.
    (
        clause(the("man"), does("go", place=at(the("hospital"), "to"))),
        "The man goes to the hospital.",
        "L'homme va à l'hôpital.",
    ),
    (clause(SPEAKER, does("go", place=at(the("market"), "to"))), "I go to the market.", "Je vais au marché."),
    (clause(SPEAKER, does("like", object=the("honey"))), "I like the honey.", "J'aime le miel."),
    (
        clause(the("hero"), does("come", place=at(the("garden"), "from"))),
        "The hero comes back from the garden.",
        "Le héros revient du jardin.",
    ),
    (clause(HER, does("eat", object=the("bean", number="plural"))), "She eats the beans.", "Elle mange les haricots."),
    (
        clause(MARIE, does("talk", object=the("lesson", number="plural"))),
        "Marie talks about the lessons.",
        "Marie parle des leçons.",
    ),
    (
        clause(the("cat"), does("sleep", extra=at(the("school"), "near"))),
        "The cat sleeps near the school.",
        "Le chat dort près de l'école.",
    ),
    (
        clause(the("boy"), does("stay", tense="past", place=at(the("museum"), "opposite"))),
        "The boy stayed opposite the museum.",
        "Le garçon est resté en face du musée.",
    ),
    (
        clause(the("girl", complement=Prepositional(DRESSED, the("hat", "red"))), does("sing")),
        "The girl with the red hat sings.",
        "La fille au chapeau rouge chante.",
    ),
    # Cities and countries.
    (clause(PAUL, does("live", place=at(name("London")))), "Paul lives in London.", "Paul habite à Londres."),
    (clause(PAUL, does("live", place=at(name("Italy")))), "Paul lives in Italy.", "Paul habite en Italie."),
    (clause(PAUL, does("go", place=at(name("Canada"), "to"))), "Paul goes to Canada.", "Paul va au Canada."),
    (
        clause(PAUL, does("come", place=at(name("England"), "from"))),
        "Paul comes back from England.",
        "Paul revient d'Angleterre.",
    ),
    (clause(PAUL, does("leave", "quitter", object=name("Japan"))), "Paul leaves Japan.", "Paul quitte le Japon."),
    # Negation and articles.
    (clause(the("man"), does("drink", object=some("water"))), "The man drinks water.", "L'homme boit de l'eau."),
    (
        clause(the("man"), does("drink", negation="not", object=some("water"))),
        "The man does not drink water.",
        "L'homme ne boit pas d'eau.",
    ),
    (
        clause(the("man"), does("buy", negation="never", object=some("bread"))),
        "The man never buys bread.",
        "L'homme n'achète jamais de pain.",
    ),
    (
        clause(SPEAKER, does("have", negation="no longer", object=some("car"))),
        "I no longer have a car.",
        "Je n'ai plus de voiture.",
    ),
    (clause(HIM, does("eat", object=some("pear", number="plural"))), "He eats pears.", "Il mange des poires."),
    (
        clause(HIM, does("eat", object=some("pear", "small", number="plural"))),
        "He eats small pears.",
        "Il mange de petites poires.",
    ),
    (
        clause(HER, does("like", negation="not", object=the("coffee", determiner="generic"))),
        "She does not like coffee.",
        "Elle n'aime pas le café.",
    ),
    (clause(SPEAKER, does("need", object=some("money"))), "I need money.", "J'ai besoin d'argent."),
    (
        clause(SPEAKER, does("buy", object=the("apple", determiner="a lot of", number="plural"))),
        "I buy a lot of apples.",
        "J'achète beaucoup de pommes.",
    ),
    (
        clause(HER, does("drink", object=some("glass", contents=noun("water")))),
        "She drinks a glass of water.",
        "Elle boit un verre d'eau.",
    ),
    (
        clause(the("dog"), VerbPhrase(BE, negation="not", predicate=at(the("garden")))),
        "The dog is not in the garden.",
        "Le chien n'est pas dans le jardin.",
    ),
    (
        Existential(some("cat", number="plural", count=3), at(the("street"))),
        "There are three cats in the street.",
        "Il y a trois chats dans la rue.",
    ),
    (
        Existential(some("milk"), at(the("kitchen")), negative=True),
        "There is no milk in the kitchen.",
        "Il n'y a pas de lait dans la cuisine.",
    ),
    (
        Existential(some("water"), at(the("table"), "on"), "past"),
        "There was water on the table.",
        "Il y avait de l'eau sur la table.",
    ),
    # Pronouns before the verb.
    (
        clause(the("boy"), does("see", negation="not", object=HIM)),
        "The boy does not see him.",
        "Le garçon ne le voit pas.",
    ),
    (
        clause(the("boy"), does("see", tense="past", negation="not", object=HER)),
        "The boy did not see her.",
        "Le garçon ne l'a pas vue.",
    ),
    (clause(HER, does("give", object=the("key"), recipient=HIM)), "She gives him the key.", "Elle lui donne la clé."),
    (
        clause(HER, does("give", object=the("key"), recipient=the("child"))),
        "She gives the key to the child.",
        "Elle donne la clé à l'enfant.",
    ),
    (
        clause(HER, does("explain", object=the("rule"), recipient=Pronoun(US))),
        "She explains the rule to us.",
        "Elle nous explique la règle.",
    ),
    (clause(PAUL, does("phone", tense="past", object=HER)), "Paul phoned her.", "Paul lui a téléphoné."),
    (clause(HIM, does("wait", object=Pronoun(ME))), "He waits for me.", "Il m'attend."),
    (clause(HIM, does("see", control=control("want"), object=HER)), "He wants to see her.", "Il veut la voir."),
    (
        clause(HIM, does("help", control=control("try"), tense="past", object=HIM)),
        "He tried to help him.",
        "Il a essayé de l'aider.",
    ),
    (
        clause(HIM, does("follow", control=control("try"), object=HIM)),
        "He tries to follow him.",
        "Il essaie de le suivre.",
    ),
    (
        clause(HIM, does("see", control=control("should"), negation="not", object=HIM)),
        "He should not see him.",
        "Il ne devrait pas le voir.",
    ),
    (
        clause(
            MARIE,
            does("buy", tense="past", object=the("flower", number="plural")),
            does("give", tense="past", object=THEM_F, recipient=own(SHE, "mother")),
        ),
        "Marie bought the flowers and gave them to her mother.",
        "Marie a acheté les fleurs et les a données à sa mère.",
    ),
    (
        Compound(
            clause(PAUL, does("find", object=the("hat"))),
            "but",
            clause(SPEAKER, does("give", object=IT_M, recipient=HER)),
        ),
        "Paul finds the hat, but I give it to her.",
        "Paul trouve le chapeau, mais je le lui donne.",
    ),
    (
        Compound(
            clause(the("lamp"), be("round", "object")),
            "so",
            clause(HIM, does("show", tense="past", negation="not", object=IT_F, recipient=Pronoun(YOU))),
        ),
        "The lamp is round, so he did not show it to you.",
        "La lampe est ronde, donc il ne vous l'a pas montrée.",
    ),
    (
        Compound(
            clause(PAUL, does("sell", tense="past", object=own(HE, "car"))),
            "and",
            clause(WE, does("need", negation="not", object=IT_F)),
        ),
        "Paul sold his car, and we do not need it.",
        "Paul a vendu sa voiture, et nous n'en avons pas besoin.",
    ),
    # Participles, auxiliaries, reflexives.
    (clause(GIRLS, does("leave", "partir", tense="past")), "The girls left.", "Les filles sont parties."),
    (
        clause(the("waitress"), does("get", "se lever", tense="past", negation="not")),
        "The waitress did not get up.",
        "La serveuse ne s'est pas levée.",
    ),
    (clause(WE, does("rest", control=control("must"))), "We must rest.", "Nous devons nous reposer."),
    (clause(the("actress"), does("get", "s'habiller")), "The actress gets dressed.", "L'actrice s'habille."),
    (
        clause(Coordination((MARIE, ALICE)), does("come", tense="past", place=at(name("Rome"), "from"))),
        "Marie and Alice came back from Rome.",
        "Marie et Alice sont revenues de Rome.",
    ),
    (
        clause(Coordination((MARIE, PAUL)), does("fall", tense="past")),
        "Marie and Paul fell.",
        "Marie et Paul sont tombés.",
    ),
    # Relative clauses.
    (
        clause(that(the("apple", number="plural"), the("girl"), does("eat", tense="past")), be("good", "food")),
        "The apples that the girl ate are good.",
        "Les pommes que la fille a mangées sont bonnes.",
    ),
    (
        clause(that(the("woman"), None, does("phone", object=the("king"))), does("smile")),
        "The woman who phones the king smiles.",
        "La femme qui téléphone au roi sourit.",
    ),
    (
        clause(that(the("man"), HER, does("phone")), does("work", "travailler")),
        "The man whom she phones works.",
        "L'homme à qui elle téléphone travaille.",
    ),
    (
        clause(HIM, does("look", "chercher", object=that(the("book"), ALICE, does("need")))),
        "He looks for the book that Alice needs.",
        "Il cherche le livre dont Alice a besoin.",
    ),
    (
        clause(
            SPEAKER,
            does(
                "know",
                "connaître",
                object=NounPhrase(noun("house"), relative=Relative(clause(HER, does("live")), where=True)),
            ),
        ),
        "I know the house where she lives.",
        "Je connais la maison où elle habite.",
    ),
    (
        clause(that(the("boy", number="plural"), HIM, does("look", "regarder")), does("run")),
        "The boys whom he looks at run.",
        "Les garçons qu'il regarde courent.",
    ),
    # Subordinate clauses.
    (
        Subordination(clause(PAUL, does("sing")), "if", clause(HIM, does("work", "travailler")), first=True),
        "If he works, Paul sings.",
        "S'il travaille, Paul chante.",
    ),
    (
        Subordination(clause(PAUL, does("sing")), "if", clause(HER, does("work", "travailler")), first=True),
        "If she works, Paul sings.",
        "Si elle travaille, Paul chante.",
    ),
    (
        Subordination(
            clause(PAUL, does("stay", tense="future", place=at(name("Paris")))), "if", clause(IT_WEATHER, does("rain"))
        ),
        "Paul will stay in Paris if it rains.",
        "Paul restera à Paris s'il pleut.",
    ),
    (
        Subordination(clause(PAUL, does("smile")), "because", clause(ALICE, does("sing"))),
        "Paul smiles because Alice sings.",
        "Paul sourit parce qu'Alice chante.",
    ),
    (
        Subordination(clause(PAUL, does("work", "travailler")), "although", clause(HIM, be("sick", "person"))),
        "Paul works although he is sick.",
        "Paul travaille bien qu'il soit malade.",
    ),
    (
        Subordination(clause(PAUL, does("smile")), "although", clause(MARIE, does("leave", "partir", tense="past"))),
        "Paul smiles although Marie left.",
        "Paul sourit bien que Marie soit partie.",
    ),
    (
        Subordination(clause(PAUL, does("sing")), "although", clause(HIM, does("have", "avoir", object=the("key")))),
        "Paul sings although he has the key.",
        "Paul chante bien qu'il ait la clé.",
    ),
    (
        clause(PAUL, does("hope", content=clause(the("boat"), does("arrive", tense="future")))),
        "Paul hopes that the boat will arrive.",
        "Paul espère que le bateau arrivera.",
    ),
    # Words whose translation depends on their context.
    (
        clause(PAUL, does("know", "savoir", content=clause(HER, be("ready", "person")))),
        "Paul knows that she is ready.",
        "Paul sait qu'elle est prête.",
    ),
    (clause(PAUL, does("know", "connaître", object=the("queen"))), "Paul knows the queen.", "Paul connaît la reine."),
    (clause(PAUL, does("swim", control=control("know"))), "Paul knows how to swim.", "Paul sait nager."),
    (clause(PAUL, VerbPhrase(PLAY_INSTRUMENT, object=the("harp"))), "Paul plays the harp.", "Paul joue de la harpe."),
    (
        clause(PAUL, VerbPhrase(PLAY_INSTRUMENT, "past", object=the("violin"))),
        "Paul played the violin.",
        "Paul a joué du violon.",
    ),
    (
        clause(PAUL, VerbPhrase(PLAY_GAME, object=the("chess", determiner="generic"))),
        "Paul plays chess.",
        "Paul joue aux échecs.",
    ),
    (
        clause(PAUL, VerbPhrase(PLAY_GAME, object=the("hockey", determiner="generic"))),
        "Paul plays hockey.",
        "Paul joue au hockey.",
    ),
    (
        clause(
            the("man"),
            VerbPhrase(
                BE, predicate=at(NounPhrase(noun("bank", "shore"), complement=Prepositional(SHORE, the("river"))))
            ),
        ),
        "The man is on the bank of the river.",
        "L'homme est sur la rive du fleuve.",
    ),
    (
        clause(the("man"), does("go", place=at(the("bank", kind="place"), "to"))),
        "The man goes to the bank.",
        "L'homme va à la banque.",
    ),
    (
        clause(PAUL, does("leave", "laisser", object=own(HE, "bag"), place=at(the("chair"), "on"))),
        "Paul leaves his bag on the chair.",
        "Paul laisse son sac sur la chaise.",
    ),
    (
        clause(PAUL, does("take", "emmener", object=own(HE, "daughter"), place=at(the("school"), "to"))),
        "Paul takes his daughter to the school.",
        "Paul emmène sa fille à l'école.",
    ),
    (clause(PAUL, does("take", "prendre", object=the("train"))), "Paul takes the train.", "Paul prend le train."),
    (clause(PAUL, VerbPhrase(MISS, object=own(HE, "mother"))), "Paul misses his mother.", "Sa mère manque à Paul."),
    (clause(SPEAKER, VerbPhrase(MISS, object=ALICE)), "I miss Alice.", "Alice me manque."),
    (
        clause(PAUL, does("miss", "rater", tense="past", object=the("bus"))),
        "Paul missed the bus.",
        "Paul a raté le bus.",
    ),
    (
        clause(PAUL, does("visit", "rendre", tense="past", object=own(HE, "aunt"))),
        "Paul visited his aunt.",
        "Paul a rendu visite à sa tante.",
    ),
    (
        clause(PAUL, does("visit", "visiter", tense="past", object=the("castle"))),
        "Paul visited the castle.",
        "Paul a visité le château.",
    ),
    (
        clause(the("clock"), does("work", "fonctionner", negation="not")),
        "The clock does not work.",
        "L'horloge ne fonctionne pas.",
    ),
    (clause(the("soup"), be("cold", "staple")), "The soup is cold.", "La soupe est froide."),
    (clause(the("bag"), be("light", "object")), "The bag is light.", "Le sac est léger."),
    (clause(the("kitchen"), be("light", "kitchen")), "The kitchen is light.", "La cuisine est claire."),
    # Possessives and the genitive.
    (clause(HER, does("like", object=own(SHE, "school"))), "She likes her school.", "Elle aime son école."),
    (
        clause(SPEAKER, does("sell", object=own(ME, "wardrobe", "old"))),
        "I sell my old wardrobe.",
        "Je vends ma vieille armoire.",
    ),
    (clause(own(THEY, "dog", number="plural"), does("run")), "Their dogs run.", "Leurs chiens courent."),
    (
        clause(the("book", "old", determiner="genitive", owner=GIRLS), be("funny", "text")),
        "The girls' old book is funny.",
        "Le vieux livre des filles est drôle.",
    ),
    (
        clause(PAUL, does("close", object=the("door", "red", determiner="genitive", owner=ALICE))),
        "Paul closes Alice's red door.",
        "Paul ferme la porte rouge d'Alice.",
    ),
    # Numbers, ages, professions, comparisons, questions.
    (
        clause(PAUL, does("visit", "visiter", object=some("church", number="plural", count=21))),
        "Paul visits twenty-one churches.",
        "Paul visite vingt et une églises.",
    ),
    (
        clause(PAUL, does("buy", object=some("egg", number="plural", count=80))),
        "Paul buys eighty eggs.",
        "Paul achète quatre-vingts œufs.",
    ),
    (
        clause(ALICE, VerbPhrase(BE, predicate=Age(71))),
        "Alice is seventy-one years old.",
        "Alice a soixante et onze ans.",
    ),
    (clause(ALICE, VerbPhrase(BE, "past", predicate=Age(8))), "Alice was eight years old.", "Alice avait huit ans."),
    (clause(ALICE, VerbPhrase(BE, predicate=PROFESSIONS[2])), "Alice is a baker.", "Alice est boulangère."),
    (
        clause(ALICE, VerbPhrase(BECOME, "past", predicate=PROFESSIONS[9])),
        "Alice became an engineer.",
        "Alice est devenue ingénieure.",
    ),
    (
        clause(
            the("girl"),
            VerbPhrase(BE, predicate=Quality(adjective("rich", "person"), None, "more", own(SHE, "brother"))),
        ),
        "The girl is richer than her brother.",
        "La fille est plus riche que son frère.",
    ),
    (
        clause(the("cow"), VerbPhrase(BE, predicate=Quality(adjective("curious", "animal"), None, "as", the("goat")))),
        "The cow is as curious as the goat.",
        "La vache est aussi curieuse que la chèvre.",
    ),
    (
        clause(the("soup"), VerbPhrase(SEEM, "past", predicate=Quality(adjective("hot", "staple")))),
        "The soup seemed hot.",
        "La soupe semblait chaude.",
    ),
    (Question(clause(HER, does("see", object=the("dog")))), "Does she see the dog?", "Est-ce qu'elle voit le chien?"),
    (
        Question(clause(ALICE, does("eat", tense="past", object=Gap())), "what"),
        "What did Alice eat?",
        "Qu'est-ce qu'Alice a mangé?",
    ),
    (
        Question(clause(Gap(), does("live", place=at(name("Spain")))), "who"),
        "Who lives in Spain?",
        "Qui habite en Espagne?",
    ),
    (
        Question(clause(HIM, does("find", tense="past", object=the("ring", determiner="what"))), "which"),
        "Which ring did he find?",
        "Quelle bague est-ce qu'il a trouvée?",
    ),
    (
        Question(clause(the("tourist", number="plural"), does("stay", tense="future")), "where"),
        "Where will the tourists stay?",
        "Où est-ce que les touristes resteront?",
    ),
    (
        clause(HIM, does("see", control=control("can"), negation="not", object=HIM)),
        "He cannot see him.",
        "Il ne peut pas le voir.",
    ),
    (
        Subordination(clause(PAUL, does("sing")), "although", clause(HIM, be("sad", "person", tense="past"))),
        "Paul sings although he was sad.",
        "Paul chante bien qu'il ait été triste.",
    ),
    (
        Compound(
            clause(PAUL, does("buy", object=the("book", number="plural"))),
            "and",
            clause(HER, does("hide", tense="past", object=THEM_M)),
        ),
        "Paul buys the books, and she hid them.",
        "Paul achète les livres, et elle les a cachés.",
    ),
    # Adverbs.
    (
        clause(PAUL, does("eat", tense="past", often=FREQUENCY[0], object=some("meat"))),
        "Paul often ate meat.",
        "Paul a souvent mangé de la viande.",
    ),
    (
        clause(PAUL, does("close", manner=MANNER[0], object=the("door"))),
        "Paul closes the door slowly.",
        "Paul ferme lentement la porte.",
    ),
    (
        clause(SPEAKER, does("buy", tense="past", object=some("axe")), opening=TIME[0]),
        "Yesterday, I bought an axe.",
        "Hier, j'ai acheté une hache.",
    ),
    (clause(SPEAKER, does("carry", object=the("axe"))), "I carry the axe.", "Je porte la hache."),
]


@pytest.mark.parametrize(("tree", "source", "target"), CASES, ids=[source for _, source, _ in CASES])
def test_translation(tree: Sentence, source: str, target: str) -> None:
    assert english.render(tree) == source
    assert french.render(tree)[0] == target
