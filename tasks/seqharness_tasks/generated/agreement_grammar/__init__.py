"""A probabilistic grammar of English-like sentences with agreement over a distance: the offline default data of `lm`
and `mlm`.

`rules` has the grammar, `words` its words, `pcfg` draws sentences and knows their entropy, `prefix` computes the exact
probability of each next word, and `agreement` reads distances and attractors off a derivation.

What holds of it:

- The grammar is unambiguous: a sentence has one derivation, so the probability of a sentence is the product of the
  probabilities of the rules that made it, and the entropy of sentences is that of derivations, in closed form.
- Derivations end, and no sentence was cut off or left out: the probabilities of all sentences sum to one.
- `corpus` draws sentences independently and keeps repeats, so that the mean of -log2 p over a split is an unbiased
  estimate of the entropy, and no model is better than the grammar itself but by chance.
- The same seed and sizes give the same bits on every machine and every Python from 3.11: only `random.Random.random` is
  called, and probabilities are made by additions, multiplications and divisions alone.
"""

from .corpus import DEFAULT_SEED, DEFAULT_SIZES, Sentence, corpus, log2_probability, surprisals
from .rules import DEEPEST, VERSION, agreement_grammar

__all__ = [
    "DEEPEST",
    "DEFAULT_SEED",
    "DEFAULT_SIZES",
    "VERSION",
    "Sentence",
    "agreement_grammar",
    "corpus",
    "log2_probability",
    "surprisals",
]
