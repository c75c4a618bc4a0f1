"""A generated English-French parallel corpus: the offline default data of the task `translate`.

A synchronous grammar draws one abstract tree per sentence (`grammar`, `phrases`, `descriptions`, `nominals`), and two
renderers (`english`, `french`) put it into words. What only one language marks is left to its renderer: agreement in
gender, number and person, the place of adjectives and object pronouns, ne ... pas, partitive articles, elision,
contraction, participle agreement, and the choice between savoir and connaître. The tree is recursive (relative and
subordinate clauses, that-clauses, coordination, genitives), so sentences have from `SHORTEST` to `LONGEST`
(3 to 40) words on each side, counted by white space.

What holds of the pairs:

- The French is a function of the English: no free choice of synonyms. Where English leaves something open, the grammar
  fixes it (`you` is vous; `the teacher` is le professeur) or does not go there: `I`, `you` and `we` take no adjective
  or participle whose gender would show; `it` and `they` occur only after the one noun that they can stand for; a verb
  whose past looks like its present (they read) is not put in the past there.
- French spelling is that before 1990 (vingt et un), with ' as the apostrophe and no space before a question mark.
- `PHENOMENA` names what a sentence may hold, and each pair carries the sorted labels of what it does hold, noted by
  the rule that made it.

What holds of `corpus`:

- Sizes are the caller's; `DEFAULT_SIZES` is 20,000, 1,000 and 1,000 pairs, made in a few seconds.
- An English sentence that was drawn before is drawn again, so none is repeated, within a split or across splits.
  Short sentences are therefore a little rarer than the grammar makes them, and the more so the later the split.
- The same seed and sizes give the same bits on every machine and every Python from 3.11: only `random.Random.random`
  is called, and no set is iterated over. The splits are drawn one after the other from one generator, so the size of
  one changes those after it.
"""

from .corpus import DEFAULT_SEED, DEFAULT_SIZES, LONGEST, SHORTEST, SentencePair, corpus, sample
from .french_words import PHENOMENA

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_SIZES",
    "LONGEST",
    "PHENOMENA",
    "SHORTEST",
    "SentencePair",
    "corpus",
    "sample",
]
