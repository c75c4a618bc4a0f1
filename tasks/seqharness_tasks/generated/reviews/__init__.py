"""Generated reviews whose label depends on order and structure: the offline default data of the task `classify`.

One sentence of a review gives the writer's verdict; the others tell facts, or what somebody else thinks. The verdict is
made by rules that a reader applies, and that counting words does not replace:

- negation and its scope: "I did not find the soup bland" praises, "the soup, not for the first time, was bland" does
  not, "nobody would call the soup anything but bland" does not either;
- contrast: what is conceded ("although ...", before "but", after "though") loses, whatever its words;
- intensity: of two opinions side by side ("and", ";") the stronger wins ("somewhat stale", "extremely fresh");
- who said it: somebody else's opinion counts only where the writer confirms it ("and she was right") or rejects it
  ("which is not true"), and then turned round.

Words of praise and of blame, negations and conjunctions occur under both labels about as often; what tells is which
belong together. tests/tasks/test_reviews.py reads every review of the corpus by these rules from its text alone, and
measures what a bag of words and pairs of words reaches.

What holds of `corpus`:

- Sizes are the caller's; `DEFAULT_SIZES` is 24,000, 1,000 and 2,000 reviews of 3 to 60 words (21 on average): the
  training part is seen not quite twice at the quick budget. Labels alternate, so that each has half of every part.
- A text that was drawn before is drawn again, so none is repeated, within a split or across splits.
- The same seed and sizes give the same bits on every machine and every Python from 3.11: only `random.Random.random`
  is called, and no set is iterated over. The splits are drawn one after the other from one generator, so the size of
  one changes those after it.
"""

from .corpus import DEFAULT_SEED, DEFAULT_SIZES, corpus
from .opinions import NEGATIONS
from .review import LABELS, LONGEST, PHENOMENA, SHORTEST, Review, sample

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_SIZES",
    "LABELS",
    "LONGEST",
    "NEGATIONS",
    "PHENOMENA",
    "SHORTEST",
    "Review",
    "corpus",
    "sample",
]
