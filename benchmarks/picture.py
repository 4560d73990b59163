"""Growth as a picture: lines over the number of cards, as an SVG of our own writing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 24, 48
COLOURS = ("#1f77b4", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#7f7f7f")

Line = Sequence[tuple[float, float]]
At = Callable[[float, float], tuple[float, float]]


def growth(lines: Mapping[str, Line], across: str, up: str) -> str:
    """Draw lines of points on linear scales from nought, so that linear growth is straight."""
    most_x = max(x for line in lines.values() for x, _ in line)
    step = _step(max(y for line in lines.values() for _, y in line))
    most_y = step * (1 + int(max(y for line in lines.values() for _, y in line) / step))

    def at(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + wide * x / most_x, HEIGHT - BOTTOM - high * y / most_y

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for number in range(round(most_y / step) + 1):
        (x, y), (end, _) = at(0, number * step), at(most_x, 0)
        parts.append(_rule(x, y, end, y))
        parts.append(_text(x - 8, y + 4, f"{number * step:g}", "end"))
    for x_value in sorted({x for line in lines.values() for x, _ in line}):
        x, y = at(x_value, 0)
        parts.append(_rule(x, y, x, y + 5))
        parts.append(_text(x, y + 20, f"{x_value:,.0f}", "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, "middle"))
    parts.append(_text(LEFT - 40, TOP - 8, up, "start"))
    parts += _lines(lines, at)
    return "\n".join([*parts, "</svg>", ""])


def _lines(lines: Mapping[str, Line], at: At) -> list[str]:
    parts = []
    labels: list[float] = []
    for number, (name, line) in enumerate(sorted(lines.items(), key=lambda one: -one[1][-1][1])):
        colour = COLOURS[number % len(COLOURS)]
        points = [at(x, y) for x, y in line]
        shape = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{shape}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        # Labels stand beside the last points, each below the one before.
        x, y = points[-1]
        y = max([y + 4, *(label + 15 for label in labels)])
        labels.append(y)
        parts.append(_text(x + 10, y, f"{name} {line[-1][1]:.1f} s", "start", colour))
    return parts


def _step(most: float) -> float:
    """Return a round distance between rules that makes four to ten of them."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(power * part for part in (0.1, 0.2, 0.25, 0.5, 1.0) if most / (power * part) <= 10)


def _rule(x: float, y: float, end_x: float, end_y: float) -> str:
    return f'<path d="M{x:.1f} {y:.1f} L{end_x:.1f} {end_y:.1f}" stroke="#ccc"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(text)}</text>"
