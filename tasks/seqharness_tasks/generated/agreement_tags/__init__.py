"""Tagged sentences with agreement over a distance: the offline default data of the task `tag`.

Every phrase is tagged with its role (`AGENT`, `PATIENT`, `OTHER`) and every verb group with the number of its subject
(`SINGULAR`, `PLURAL`), as spans in IOB2. Both depend on a word that may be far away: the number of a verb on the first
noun of its subject, with prepositional phrases, relative clauses and their nouns between; the role of a subject on the
voice of its verb, which comes later. No verb form shows number, so that the words nearby do not tell. `grammar` has the
rules.

What holds of `corpus`:

- The tags are a function of the words: the grammar is unambiguous as far as they are concerned.
- A sentence that was drawn before is drawn again, so none is repeated, within a split or across splits.
- The same seed and sizes give the same bits on every machine and every Python from 3.11: only `random.Random.random`
  is called, and no set is iterated over. The splits are drawn one after the other from one generator, so the size of
  one changes those after it.
"""

from .corpus import DEFAULT_SEED, DEFAULT_SIZES, LONGEST, SHORTEST, TaggedSentence, corpus, sample
from .grammar import KINDS, TAGS

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_SIZES",
    "KINDS",
    "LONGEST",
    "SHORTEST",
    "TAGS",
    "TaggedSentence",
    "corpus",
    "sample",
]
