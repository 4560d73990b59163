"""Code for generated notes: plausible, of any length, in several languages, never twice the same."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.words import Words

Lines = list[str]


def _python(words: Words, chance: random.Random) -> Lines:
    name, other, item = words.identifier(), words.identifier(), words.identifier()
    k = chance.randint(2, 9999)
    return [
        f"def {name}({item}: list[int], limit: int = {k}) -> dict[str, float]:",
        f'    """{words.sentence()}"""',
        f"    result = {{'{other}': {k / 7:.3f}}}",
        f"    for at, value in enumerate({item}[: limit // {k % 9 + 2}]):",
        f"        if value % {k % 13 + 2} == 0 and not result.get(f'{{value:04x}}'):",
        f"            result[f'{other}-{{at}}'] = {other}(value, at) * {k}  # {words.name()}",
        "    return result",
        "",
    ]


def _cpp(words: Words, chance: random.Random) -> Lines:
    name, other = words.identifier(), words.identifier()
    k = chance.randint(2, 9999)
    return [
        f"template <typename T, std::size_t N = {k}>",
        f"auto {name}(const std::vector<T>& in, std::array<T, N>& out) -> std::size_t {{",
        f'  static_assert(N > {k % 17}, "{words.name()}");',
        f"  std::size_t {other} = 0;  // {words.sentence()}",
        f"  for (auto it = in.begin(); it != in.end() && {other} < N; ++it) {{",
        f"    if (*it & 0x{k:x}u) out[{other}++] = static_cast<T>(*it >> {k % 31});",
        "  }",
        f"  return {other};",
        "}",
        "",
    ]


def _rust(words: Words, chance: random.Random) -> Lines:
    name, other = words.identifier(), words.identifier()
    k = chance.randint(2, 9999)
    return [
        f"pub fn {name}<'a>(input: &'a [u64], {other}: usize) -> Option<&'a u64> {{",
        f"    // {words.sentence()}",
        f"    let threshold = {k}_u64.wrapping_mul({other} as u64);",
        "    input.iter().filter(|value| **value > threshold).max_by_key(|value| match value {",
        f"        0..={k} => 1,",
        f"        _ => **value / {k % 23 + 1},",
        "    })",
        "}",
        "",
    ]


def _go(words: Words, chance: random.Random) -> Lines:
    name, other = words.identifier(), words.identifier()
    k = chance.randint(2, 9999)
    return [
        f"func {name}(ctx context.Context, {other} <-chan int) (int, error) {{",
        f"\ttotal := {k}",
        "\tfor {",
        "\t\tselect {",
        "\t\tcase <-ctx.Done():",
        f'\t\t\treturn total, fmt.Errorf("{words.name()}: %w", ctx.Err())',
        f"\t\tcase value, ok := <-{other}:",
        f"\t\t\tif !ok || value > {k * 3} {{",
        "\t\t\t\treturn total, nil",
        "\t\t\t}",
        f"\t\t\ttotal += value % {k % 97 + 2}",
        "\t\t}",
        "\t}",
        "}",
        "",
    ]


def _sql(words: Words, chance: random.Random) -> Lines:
    table, column = words.identifier(), words.identifier()
    k = chance.randint(2, 9999)
    return [
        f"-- {words.sentence()}",
        f"SELECT t.id, COUNT(*) AS {column}, AVG(t.size) FILTER (WHERE t.size > {k})",
        f"FROM {table} AS t LEFT JOIN {column}_log AS l ON l.id = t.id AND l.kind = '{words.name()}'",
        f"WHERE t.created >= DATE '20{k % 90 + 10}-01-0{k % 9 + 1}' AND t.state IN (1, 2, {k})",
        f"GROUP BY t.id HAVING COUNT(*) > {k % 50} ORDER BY {column} DESC LIMIT {k};",
        "",
    ]


def _bash(words: Words, chance: random.Random) -> Lines:
    name, k = words.identifier(), chance.randint(2, 9999)
    return [
        f"# {words.sentence()}",
        f'for file in /srv/{name}/*.log; do [ -s "$file" ] || continue',
        f"  awk -v limit={k} '$3 > limit {{ sum += $3 }} END {{ print FILENAME, sum }}' \"$file\" |",
        f'    sort -k2 -n | tail -n {k % 50} > "/tmp/{name}-$(basename "$file").txt"',
        "done",
        "",
    ]


def _json(words: Words, chance: random.Random) -> Lines:
    k = chance.randint(2, 9999)
    return [
        "{",
        f'  "{words.identifier()}": {{"limit": {k}, "ratio": {k / 997:.4f}, "on": true}},',
        f'  "{words.identifier()}": ["{words.name()}", "{words.name()}", null, {k * 31}]',
        "}",
    ]


def _diagram(words: Words, chance: random.Random) -> Lines:
    width = chance.randint(14, 30)
    lines = [f"┌{'─' * width}┐"]
    for _ in range(chance.randint(2, 5)):
        text = words.identifier()[: width - 2]
        lines += [f"│ {text.ljust(width - 1)}│", f"├{'─' * width}┤"]
    return [*lines[:-1], f"└{'─' * width}┘"]


LANGUAGES: dict[str, Callable[[Words, random.Random], Lines]] = {
    "python": _python, "cpp": _cpp, "rust": _rust, "go": _go, "sql": _sql, "bash": _bash, "json": _json, "": _diagram,
}  # fmt: skip
WHOLE = ("json", "")
"""Languages of which a block holds one piece: two objects in a row are no JSON."""


def code(words: Words, chance: random.Random, lines: int) -> Lines:
    """Return a fenced block of about *lines* lines, at least one piece of code."""
    language = chance.choice(list(LANGUAGES))
    body: Lines = []
    while not body or (len(body) < lines and language not in WHOLE):
        body += LANGUAGES[language](words, chance)
    while body[-1] == "":
        body.pop()
    return [f"```{language}", *body, "```"]
