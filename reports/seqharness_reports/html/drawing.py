"""A figure of matplotlib as an element of a page.

Inline SVG shares names and style with the whole page. Therefore only names that are referred to are kept, each with
the figure's own prefix; declarations in `style`, which the page's security policy forbids, become attributes, by which
the page's style sheet finds the colours that it changes in the dark.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from markupsafe import Markup

from seqharness.visible import visible

_REFERENCE = re.compile(r"(?P<before>#|url\(#)(?P<name>[^)]+)\)?")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
"""The text that paths draw, which may hold what XML does not allow."""

_LONG = re.compile(r"-?\d+\.\d{3,}")
_DEFAULTS = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
"""What matplotlib says in a style sheet of its own."""

_HREF = "{http://www.w3.org/1999/xlink}href"


def inline(svg: bytes, stem: str, alt: str) -> Markup:
    """The element `svg` for a page. stem: unique among the figures of the page. alt: what it shows, in words.

    A figure with an image in it, such as a map of cells, is of the class `plate`: the colours of the cells and of the
    numbers upon them belong together, so that it keeps its light ground in the dark.
    """
    root = ElementTree.fromstring(_COMMENT.sub(b"", svg))
    _strip(root)
    for element in root.iter():
        _attributes(element)
    _rename(root, f"{stem}-")
    view_box = root.get("viewBox", "")
    plate = {"class": "plate"} if next(root.iter("image"), None) is not None else {}
    root.attrib = {"viewBox": view_box, "role": "img", "aria-label": visible(alt), **plate, **_DEFAULTS}
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _strip(root: ElementTree.Element) -> None:
    """Drop namespaces, metadata, style sheets, blanks between elements, and groups with nothing in them."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.text = element.tail = None
    _prune(root)


def _prune(parent: ElementTree.Element) -> None:
    for child in list(parent):
        _prune(child)
        if child.tag in {"metadata", "style"} or (child.tag in {"g", "defs"} and not len(child)):
            parent.remove(child)


def _attributes(element: ElementTree.Element) -> None:
    """Declarations as attributes, and coordinates to a hundredth of a point."""
    declared = [part.split(":", 1) for part in element.attrib.pop("style", "").split(";") if ":" in part]
    element.attrib.update({name.strip(): value.strip() for name, value in declared})
    if _HREF in element.attrib:
        element.set("href", element.attrib.pop(_HREF))
    if "d" in element.attrib:
        path = " ".join(element.attrib["d"].split())
        element.set("d", _LONG.sub(lambda match: f"{round(float(match[0]), 2):g}", path))


def _rename(root: ElementTree.Element, prefix: str) -> None:
    """Put the prefix before names that are referred to, and drop the others."""
    referring = [
        (element, attribute, match)
        for element in root.iter()
        for attribute, value in element.attrib.items()
        if (attribute == "href" or value.startswith("url(")) and (match := _REFERENCE.fullmatch(value))
    ]
    referred = {match["name"] for _, _, match in referring}
    for element, attribute, match in referring:
        element.set(attribute, match[0].replace(match["before"], match["before"] + prefix, 1))
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name in referred:
            element.set("id", f"{prefix}{name}")
