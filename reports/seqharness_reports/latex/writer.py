"""tables.tex: environments to be put into a document by `\\input`."""

from __future__ import annotations

from pathlib import Path

from seqharness.atomic import write_atomically
from seqharness.comparison import Comparison

from ..view import slug
from .escaping import DEFINITION, comment
from .render import render
from .tables import tables

_HEAD = r"""% Tables of a comparison: {name}
% Made by: {command}
% In the document: \usepackage{{booktabs}}, and \input{{tables}} where they are to stand. LaTeX of 2020 or later.
% Characters for which the fonts of LaTeX have no sign are set as their number. With fonts that have them, define
% before this file: \newcommand{{\harnesscharacter}}[1]{{\symbol{{"#1}}}}
"""


MOST_FLOATS = 20
"""Tables after which all are put onto pages: LaTeX holds back some fifty at most."""


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `tables.tex` into `folder`, in ASCII."""
    head = _HEAD.format(name=comment(comparison.name), command=comment(comparison.command)) + DEFINITION
    made = [part for titled in tables(comparison) for part in render(titled, slug(comparison.name))]
    for place in range(MOST_FLOATS, len(made), MOST_FLOATS):
        made[place] = f"\\clearpage\n{made[place]}"
    parts = [head, *made]
    return [write_atomically(folder / "tables.tex", ("\n\n".join(parts) + "\n").encode("ascii"))]
