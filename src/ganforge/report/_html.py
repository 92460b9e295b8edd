"""HTML as values: texts are escaped and tags are closed wherever they come from."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_VOID = frozenset({"br", "img", "input", "link", "meta"})
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Html:
    """A piece of a page, escaped already."""

    text: str


Content = Html | str | None
"""What stands in an element: HTML, a text that is escaped, or nothing."""


def tag(name: str, *children: Content, attributes: Mapping[str, str] = _NONE) -> Html:
    """An element.

    Args:
        name: "p", or with classes "p.large.quiet".
        children: what stands in it, in order.
        attributes: their values are escaped; "" = an attribute without a value.
    """
    element, *classes = name.split(".")
    written = {"class": " ".join(classes), **attributes} if classes else attributes
    inside = "".join(f' {key}="{html.escape(_text(value))}"' if value else f" {key}" for key, value in written.items())
    if element in _VOID:
        return Html(f"<{element}{inside}>")
    return Html(f"<{element}{inside}>{together(children).text}</{element}>")


def together(children: Iterable[Content]) -> Html:
    """Pieces one after the other."""
    return Html("".join(_escaped(child) for child in children))


def _escaped(child: Content) -> str:
    match child:
        case None:
            return ""
        case Html(text):
            return text
        case _:
            return html.escape(_text(child), quote=False)


def _text(value: str) -> str:
    """A file name may hold bytes that are no text; a page must not."""
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
