"""The published texts, one revision of each, checked by sha256.

WikiText-2 (Merity et al. 2017, https://arxiv.org/abs/1609.07843), the word-tokenised form in which rare words are
already replaced by "<unk>", as github.com/pytorch/examples carries it: 36,718 / 3,760 / 4,358 lines. With the end of a
line as a token, 2,088,628 / 217,646 / 245,569 tokens, the published counts.

Tiny Shakespeare (Karpathy 2015, github.com/karpathy/char-rnn): 40,000 lines, 1,115,394 characters in one file.
"""

from __future__ import annotations

from collections.abc import Mapping

from seqharness.data.sources import RemoteFile

_EXAMPLES = "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8"
_WIKITEXT = f"{_EXAMPLES}/word_language_model/data/wikitext-2"
_CHAR_RNN = "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e"

WIKITEXT: Mapping[str, RemoteFile] = {
    "train": RemoteFile(
        path="wikitext-2/train.txt",
        url=f"{_WIKITEXT}/train.txt",
        sha256="9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
        bytes=10_797_148,
    ),
    "validation": RemoteFile(
        path="wikitext-2/valid.txt",
        url=f"{_WIKITEXT}/valid.txt",
        sha256="f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
        bytes=1_121_681,
    ),
    "test": RemoteFile(
        path="wikitext-2/test.txt",
        url=f"{_WIKITEXT}/test.txt",
        sha256="d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
        bytes=1_256_449,
    ),
}

SHAKESPEARE: Mapping[str, RemoteFile] = {
    "train": RemoteFile(
        path="tinyshakespeare/input.txt",
        url=f"{_CHAR_RNN}/data/tinyshakespeare/input.txt",
        sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        bytes=1_115_394,
    ),
}
"""One file, which has no official split."""

TEXTS: Mapping[str, Mapping[str, RemoteFile]] = {"wikitext-2": WIKITEXT, "tinyshakespeare": SHAKESPEARE}

SOURCES: Mapping[str, str] = {
    "wikitext-2": "WikiText-2, words, as in github.com/pytorch/examples; rare words are <unk> in the published text",
    "tinyshakespeare": "Tiny Shakespeare, github.com/karpathy/char-rnn",
}
