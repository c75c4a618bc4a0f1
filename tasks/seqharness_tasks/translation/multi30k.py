"""Multi30k, task 1 (Elliott et al. 2016, doi:10.18653/v1/W16-3210): image captions in English, German and French.

29,000 / 1,014 / 1,000 lines, raw text, one revision of https://github.com/multi30k/dataset; test is test_2016_flickr.
The upstream has no licence file; its readme ties the images to the Flickr terms of use.
"""

from __future__ import annotations

from collections.abc import Mapping

from seqharness.data.sources import RemoteFile

PAIRS = ("en-de", "de-en", "en-fr", "fr-en", "de-fr", "fr-de")

REVISION = "a3d2e0d26b56f3846f66a952536ffed4e401d05a"

SOURCE = f"Multi30k task 1, raw, revision {REVISION[:7]} of github.com/multi30k/dataset"

PARTS: Mapping[str, str] = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
"""The upstream's name of each part."""

_FOLDER = "data/task1/raw"

_SUMS: Mapping[str, tuple[int, str]] = {
    "train.en.gz": (568929, "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"),
    "train.de.gz": (637044, "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"),
    "train.fr.gz": (604242, "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c"),
    "val.en.gz": (21650, "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"),
    "val.de.gz": (24681, "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"),
    "val.fr.gz": (23001, "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9"),
    "test_2016_flickr.en.gz": (21077, "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"),
    "test_2016_flickr.de.gz": (22890, "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"),
    "test_2016_flickr.fr.gz": (22310, "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90"),
}

FILES: Mapping[str, RemoteFile] = {
    name: RemoteFile(
        path=f"multi30k/{_FOLDER}/{name}",
        url=f"https://raw.githubusercontent.com/multi30k/dataset/{REVISION}/{_FOLDER}/{name}",
        sha256=sha256,
        bytes=size,
    )
    for name, (size, sha256) in _SUMS.items()
}
"""Every file, by the upstream's name."""


def files(source: str, target: str) -> dict[str, tuple[RemoteFile, RemoteFile]]:
    """The files of a language pair by part: (source, target)."""
    return {part: (FILES[f"{name}.{source}.gz"], FILES[f"{name}.{target}.gz"]) for part, name in PARTS.items()}
