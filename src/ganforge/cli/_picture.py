"""A picture in the terminal, two pixels a character cell."""

from __future__ import annotations

from PIL import Image
from rich.console import Console
from rich.style import Style
from rich.text import Text

MAX_COLUMNS = 96


def show_picture(picture: Image.Image, console: Console) -> None:
    """Print the picture with half-block characters, where the output is a terminal with colours."""
    if not console.is_terminal or console.color_system not in ("truecolor", "256"):
        return
    columns = min(console.width, MAX_COLUMNS, picture.width)
    rows = max(2, round(picture.height * columns / picture.width) // 2 * 2)
    small = picture.convert("RGB").resize((columns, rows), Image.Resampling.BOX)
    for y in range(0, rows, 2):
        line = Text()
        for x in range(columns):
            upper, lower = (_hex(small.getpixel((x, y + dy))) for dy in (0, 1))
            line.append("▀", Style(color=upper, bgcolor=lower))
        console.print(line)


def _hex(pixel: object) -> str:
    red, green, blue = pixel if isinstance(pixel, tuple) else (0, 0, 0)
    return f"#{red:02x}{green:02x}{blue:02x}"
