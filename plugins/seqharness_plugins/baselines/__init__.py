"""Baselines: trivial and classical models that stand in every table, so that a figure is never read alone."""

from __future__ import annotations

from collections.abc import Callable

from seqharness.contracts import Architecture, BaselineArchitecture, ModelSpec
from seqharness.hookspecs import hookimpl
from seqharness.interfaces import CausalLM, Classify, MaskedLM, SequenceToSequence, Tag


def _chance() -> BaselineArchitecture:
    from .chance import ARCHITECTURE

    return ARCHITECTURE


def _majority() -> BaselineArchitecture:
    from .majority import ARCHITECTURE

    return ARCHITECTURE


def _ngram() -> BaselineArchitecture:
    from .ngram import ARCHITECTURE

    return ARCHITECTURE


def _bow() -> BaselineArchitecture:
    from .bow import ARCHITECTURE

    return ARCHITECTURE


def _fasttext() -> Architecture:
    from .fasttext import ARCHITECTURE

    return ARCHITECTURE


def _word2vec() -> BaselineArchitecture:
    from .word2vec import ARCHITECTURE

    return ARCHITECTURE


def _ppmi_svd() -> BaselineArchitecture:
    from .ppmi_svd import ARCHITECTURE

    return ARCHITECTURE


def _copy() -> BaselineArchitecture:
    from .copy import ARCHITECTURE

    return ARCHITECTURE


def _ibm1() -> BaselineArchitecture:
    from .ibm1 import ARCHITECTURE

    return ARCHITECTURE


CARDS = (
    ModelSpec(
        name="chance",
        summary="guesses: every label, tag or token alike; of real numbers, the mean",
        interfaces=(Classify, Tag, CausalLM, MaskedLM),
        load=_chance,
        baseline=True,
    ),
    ModelSpec(
        name="majority",
        summary="the most frequent label, tag or token, with their frequencies; on text the unigram model",
        interfaces=(Classify, Tag, CausalLM, MaskedLM),
        load=_majority,
        baseline=True,
    ),
    ModelSpec(
        name="ngram",
        summary="n-gram language model with modified Kneser-Ney smoothing; a classifier by one model a label",
        interfaces=(CausalLM, Classify),
        load=_ngram,
        paper="Kneser & Ney 1995; Chen & Goodman 1999, https://doi.org/10.1006/csla.1999.0128",
        baseline=True,
    ),
    ModelSpec(
        name="bow",
        summary="bag of words and bigrams, weighted by TF-IDF, under logistic regression",
        interfaces=(Classify,),
        load=_bow,
        paper="Jones 1972; Wang & Manning 2012, https://aclanthology.org/P12-2018/",
        baseline=True,
    ),
    ModelSpec(
        name="fasttext",
        summary="mean of the embeddings of tokens and hashed n-grams; a network, sized and trained like the others",
        interfaces=(Classify,),
        load=_fasttext,
        paper="Joulin et al. 2017, https://aclanthology.org/E17-2068/",
    ),
    ModelSpec(
        name="word2vec",
        summary="word vectors by skip-gram or CBOW on the task's own text, averaged, under logistic regression",
        interfaces=(Classify,),
        load=_word2vec,
        paper="Mikolov et al. 2013, https://arxiv.org/abs/1301.3781 and https://arxiv.org/abs/1310.4546",
        baseline=True,
    ),
    ModelSpec(
        name="ppmi-svd",
        summary="word vectors by co-occurrence, PPMI and SVD on the task's own text, under logistic regression",
        interfaces=(Classify,),
        load=_ppmi_svd,
        paper="Levy & Goldberg 2014, https://papers.nips.cc/paper/5477",
        baseline=True,
    ),
    ModelSpec(
        name="copy",
        summary="says the source again, as it is",
        interfaces=(SequenceToSequence,),
        load=_copy,
        baseline=True,
    ),
    ModelSpec(
        name="ibm1",
        summary="word-by-word lookup: each source word's most probable translation under IBM Model 1",
        interfaces=(SequenceToSequence,),
        load=_ibm1,
        paper="Brown et al. 1993, https://aclanthology.org/J93-2003/",
        baseline=True,
    ),
)


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """The cards of this family."""
    for card in CARDS:
        register(card)
