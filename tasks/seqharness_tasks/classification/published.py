"""The published data sets behind `classify`: files, addresses, sums, and how each is read.

None of the repositories states a licence for the texts, but for AG News (research and other non-commercial activity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from seqharness.data.sources import RemoteFile
from seqharness.data.tables import LabelledText, read_cells

Reader = Callable[[Path], Iterator[LabelledText]]


@dataclass(frozen=True)
class Published:
    """A data set. files: by part, with how each is read. labels: in the order of their ids. notes: for the report."""

    source: str
    labels: tuple[str, ...]
    files: Mapping[str, tuple[RemoteFile, Reader]]
    notes: tuple[str, ...] = ()


def _columns(
    text: tuple[int, ...], label: int, names: Mapping[str, str] | None = None, *, header: bool = False, csv: str = ""
) -> Reader:
    """A reader of tables: places of the columns, what labels are called, and the delimiter where cells are quoted."""

    def read(path: Path) -> Iterator[LabelledText]:
        rows = read_cells(path, csv or "\t", quoted=bool(csv))
        for number, (line, cells) in enumerate(rows):
            if number or not header:
                name = cells[label].strip()
                yield LabelledText(" ".join(cells[place] for place in text), names[name] if names else name, line)

    return read


def _file(path: str, base: str, size: int, sha256: str) -> RemoteFile:
    """A file of a repository whose address ends as its path under the data set's name does."""
    return RemoteFile(path=path, url=f"https://raw.githubusercontent.com/{base}", sha256=sha256, bytes=size)


# --------------------------------------------------------------------------------------------------------------- SST-2

SENTIMENT = ("negative", "positive")
_SENTIMENT = {"0": "negative", "1": "positive"}

_GLUE = "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"

SST2 = Published(
    source="SST-2 as in GLUE (Socher et al. 2013; Wang et al. 2018): 67,349 phrases, test on the 872 of its dev.tsv",
    labels=SENTIMENT,
    files={
        "train": (
            RemoteFile(
                path="sst2/SST-2/train.tsv",
                url=_GLUE,
                archive_bytes=7439277,
                member="SST-2/train.tsv",
                sha256="48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1",
                bytes=3806081,
            ),
            _columns((0,), 1, _SENTIMENT, header=True),
        ),
        "test": (
            RemoteFile(
                path="sst2/SST-2/dev.tsv",
                url=_GLUE,
                archive_bytes=7439277,
                member="SST-2/dev.tsv",
                sha256="54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0",
                bytes=94931,
            ),
            _columns((0,), 1, _SENTIMENT, header=True),
        ),
    },
    notes=(
        "test is GLUE's dev.tsv: the labels of its test.tsv are not public",
        "training phrases are parts of sentences, so validation phrases overlap with them; test is of other sentences",
    ),
)

_CLAIRETT = "clairett/pytorch-sentiment-classification/457ffd83de90a9d6d472d8ffc31bbffe40a8b236/data/SST2"

SST2_SENTENCES = Published(
    source="SST-2 by sentence (Socher et al. 2013), revision 457ffd8 of "
    "github.com/clairett/pytorch-sentiment-classification",
    labels=SENTIMENT,
    files={
        part: (
            _file(f"sst2/sentence_level/{name}.tsv", f"{_CLAIRETT}/{name}.tsv", size, sha256),
            _columns((0,), 1, _SENTIMENT),
        )
        for part, name, size, sha256 in (
            ("train", "train", 720259, "ec192f833a64da08f475488a77b0d0b47db47acd0f458bd18433fc793b569920"),
            ("validation", "dev", 92057, "eddea6b39e601dd4e7a672b53cc40fdf6019fa80522f351206c24340ca5d9359"),
            ("test", "test", 188749, "831169c7e2e429d6026e1bdbb542f33b636e3e596caad9602ebc953c205928b7"),
        )
    },
)

# ------------------------------------------------------------------------------------------------------------- AG News

TOPICS = ("World", "Sports", "Business", "Sci/Tech")
_TOPICS = {str(number): name for number, name in enumerate(TOPICS, start=1)}

_ALPS = "forest-snow/alps/3c7ef2c98249fc975a897b27f275695f97d5b7a9/data/agnews"
_ZHANG = "mhjabreel/CharCnn_Keras/555590db4219b1243abb1918effd6a7425a2d75f/data/ag_news_csv"

AG_NEWS = Published(
    source="AG News (Zhang et al. 2015), descriptions: 10,001 rows of the training set by revision 3c7ef2c of "
    "github.com/forest-snow/alps, and the whole test set",
    labels=TOPICS,
    files={
        part: (_file(f"ag_news/alps_agnews/{name}", f"{_ALPS}/{name}", size, sha256), _columns((0,), 1, csv="\t"))
        for part, name, size, sha256 in (
            ("train", "dev.tsv", 2030410, "7a0811e0006080bf4de17752c5466450ff3db778be71bc5bcf3c4e99b5f0803d"),
            ("test", "test.tsv", 1530104, "e4217edd939f618f24a42b0988c56ec3cddf656d8dc279b9afa443dd1ab6a1c1"),
        )
    },
)

AG_NEWS_FULL = Published(
    source="AG News (Zhang et al. 2015), titles and descriptions, revision 555590d of "
    "github.com/mhjabreel/CharCnn_Keras",
    labels=TOPICS,
    files={
        part: (
            _file(f"ag_news/ag_news_csv/{part}.csv", f"{_ZHANG}/{part}.csv", size, sha256),
            _columns((1, 2), 0, _TOPICS, csv=","),
        )
        for part, size, sha256 in (
            ("train", 29470338, "76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e"),
            ("test", 1857427, "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699"),
        )
    },
)

# ------------------------------------------------------------------------------------------------------------------ R8

_TEXT_GCN = "yao8839836/text_gcn/962223652e9bb164ac2d83cd09fc7b8845ce860b/data/R8"

R8 = Published(
    source="R8, eight topics of Reuters-21578, lower-cased, revision 9622236 of github.com/yao8839836/text_gcn",
    labels=("acq", "crude", "earn", "grain", "interest", "money-fx", "ship", "trade"),
    files={
        part: (_file(f"r8/{part}.txt", f"{_TEXT_GCN}/{part}.txt", size, sha256), _columns((1,), 0))
        for part, size, sha256 in (
            ("train", 3354423, "3ed60c905aaa95b96c3fc4afb6d14ad2e20106c59c5b9dda950dcb3075eecfbe"),
            ("test", 1195260, "2ba368c42e6808bc3dc68b8f7879eb07a2810ed137f0b304e2213b689677e561"),
        )
    },
)

PUBLISHED: Mapping[str, Published] = {
    "sst2": SST2,
    "sst2-sentences": SST2_SENTENCES,
    "ag_news": AG_NEWS,
    "ag_news-full": AG_NEWS_FULL,
    "r8": R8,
}
"""By the name that `data=` takes."""
