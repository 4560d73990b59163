"""A package of cards that are hard to lay out, written by hand in the shapes of the renderer.

Each card names what it is hard for. Words are long, tables wide, formulas too: whatever the
renderer gives later, the templates and the style sheet hold these.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

from anki_export.cards.rows import answer_html, prompt_html
from anki_export.markdown.code import code_block
from anki_export.markdown.converter import Written
from anki_export.model import FIELDS, AnkiNote, Guid, Kind, MediaFile, Millis, Seconds
from anki_export.package.apkg import build_package
from anki_export.package.notetypes import make_notetypes
from anki_export.package.templates import load_templates
from anki_export.problems import Problems

BUILD_TIME = Seconds(1_750_000_000)
SOURCE_URL = "https://example.org/notes/"
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
SYMBOL = "at::native::vectorized_elementwise_kernel_with_a_very_long_template_name&lt;float4,8&gt;"


def table(rows: list[list[str]], marked: int | None = None) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in rows[0])
    body = ""
    for number, row in enumerate(rows[1:]):
        this = ' class="this-row"' if number == marked else ""
        body += f"<tr{this}>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n"
    return (
        f'<div class="table"><table>\n<thead>\n<tr>{head}</tr>\n</thead>\n'
        f"<tbody>\n{body}</tbody>\n</table></div>"
    )


def crumbs(*parts: str) -> str:
    return "".join(f'<span class="crumb">{part}</span>' for part in parts)


PYTHON = '''import torch
from torch import nn


class Attention(nn.Module):
    """缩放点积注意力, one head; returns the mixed values and how they were weighted."""

    def forward(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        scores = query @ key.transpose(-2, -1) / math.sqrt(self.width)  # 形状 [batch, length, length]
        if self.causal:
            if self.mask is None or self.mask.size(-1) < scores.size(-1):
                for layer in self.layers:
                    layer.register_buffer("mask", torch.triu(torch.ones(4096, 4096, dtype=torch.bool), 1))
            scores = scores.masked_fill(self.mask, float("-inf"))
        return self.dropout(scores.softmax(dim=-1)) @ value'''
CUDA = """template <typename T, int kBlock>
__global__ void reduce_rows(const T* __restrict__ in, T* __restrict__ out, int columns) {
  __shared__ T partial[kBlock / 32];  // one slot a warp
  T sum = 0;
  for (int i = threadIdx.x; i < columns; i += kBlock) sum += in[blockIdx.x * columns + i];
  #pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1) sum += __shfl_xor_sync(0xffffffff, sum, offset);
}"""
INDENTS = "\n".join(
    f"{' ' * indent}self.registered_hooks_by_qualified_name_{indent} = collect(hooks, here)"
    for indent in range(0, 30, 2)
)
DIFF = """--- a/solver.py
+++ b/solver.py
@@ -1,3 +1,3 @@
-learning_rate = 0.1  # too large for a batch of eight
+learning_rate = 0.01
 momentum = 0.9"""
SHELL = "$ curl --silent --header 'Accept: application/json' https://example.org/a/very/long/path/to/resource?with=query | jq '.items[].name'"
BOXES = """┌────────────┐      ┌────────────┐
│ 主机内存   │─────▶│ 设备内存   │
│ host       │ PCIe │ device     │
└─────┬──────┘      └─────┬──────┘
      │                   │
      ▼                   ▼
  页锁定内存          全局内存 → 共享内存 → 寄存器"""
WIDE_TABLE = [
    ["Scheme", "Bits", "Granularity", "Calibration data", "Speed-up", "精度损失", "Remarks"],
    [
        "RTN",
        "8",
        "per tensor",
        "none",
        "1.4×",
        "&lt; 0.1",
        "the baseline that everything is measured by",
    ],
    [
        "GPTQ",
        "4",
        "group of 128",
        "128 sequences",
        "2.1×",
        "0.3 – 0.6",
        "<code>damp_percent=0.01</code>",
    ],
    [
        "AWQ",
        "4",
        "group of 128",
        "32 sequences",
        "2.3×",
        "0.2 – 0.5",
        "按激活值的大小缩放权重，再量化",
    ],
]
LISTS = (
    """<p>An executor has three parts:</p>
<ul>
<li><strong>调度器 (scheduler)</strong>: picks what runs next
<ul>
<li>waiting, running and swapped queues
<ul>
<li>抢占 (preemption) either recomputes or swaps
<ol start="3">
<li>third, because the list began there</li>
<li>fourth, with <code>max_num_batched_tokens</code></li>
</ol>
</li>
</ul>
</li>
</ul>
</li>
<li><p>A loose item, with a paragraph.</p>
<p>And a second one, then code:</p>
"""
    + code_block("block_size = 16", "python")
    + """
</li>
<li class="task-list-item"><input type="checkbox" disabled checked> profile before changing anything</li>
<li class="task-list-item"><input type="checkbox" disabled> then change one thing</li>
</ul>
<blockquote><p>Premature optimisation is where <em>most</em> time goes.</p>
<ul><li>a list in a quote</li></ul></blockquote>
<h3>Keys and others</h3>
<p>Press <kbd>Ctrl</kbd> + <kbd>C</kbd>; H<sub>2</sub>O, x<sup>2</sup>; <del>gone</del>; <mark>kept</mark>;
<a href="https://example.org/">a link</a>. 中文里的 <code>inline_code()</code> 和<strong>粗体</strong>。</p>
<hr>
<dl><dt>Term</dt><dd>what it means</dd></dl>
<details><summary>A folded remark of the author</summary><p>With text inside.</p></details>"""
)
WIDE_MATH = (
    r"\[\mathcal{L}(\theta)=-\frac{1}{N}\sum_{i=1}^{N}\sum_{t=1}^{T}\log\frac{\exp\left(z_{i,t,y_{i,t}}"
    r"\right)}{\sum_{v=1}^{V}\exp\left(z_{i,t,v}\right)}+\lambda\lVert\theta\rVert_2^2+\beta\,"
    r"\mathrm{KL}\left(p_\theta(\cdot\mid x)\,\middle\|\,p_0(\cdot\mid x)\right)\]"
)
MATH = (
    r"<p>The gradient of \(f(x)=x^2\) is \(2x\); 复杂度为 \(O(n\log n)\)，不是 \(O(n^2)\)。</p>"
    rf"<p>{WIDE_MATH}</p>"
    r"<p>Inline, and wider than a phone: "
    r"\(a_1+a_2+a_3+a_4+a_5+a_6+a_7+a_8+a_9+a_{10}+a_{11}+a_{12}+a_{13}+a_{14}+a_{15}=\sum_i a_i\)"
    r" and on.</p><ul><li>in a list: \(\frac{\partial L}{\partial w_{ij}}\)</li>"
    r"<li>a matrix: \[\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}\]</li></ul>"
)
EXTRA = (
    '<div lang="en"><h3>Further</h3>\n<p>See also the causal mask.</p>\n<h4>In a kernel</h4>\n'
    + code_block(CUDA, "cuda")
    + f"\n<h3>Limits of <strong>{WORD}</strong></h3>\n<p>Memory.</p>\n"
    + "\n".join(f"<h3>Case {number} of a long list</h3>\n<p>…</p>" for number in range(9))
    + "</div>"
)
FOOTNOTES = (
    '<p>Warps run in lockstep<sup class="footnote-ref"><a href="#fn-1-a" id="fnref-1-a">1</a></sup>.</p>'
    '<section class="footnotes"><ol><li id="fn-1-a"><p>Until Volta, where each thread has its own '
    '<code>program counter</code>. <a href="#fnref-1-a">↩</a></p></li></ol></section>'
)


def png(width: int, height: int) -> bytes:
    """A picture with an empty background and a dark frame, as plots often are."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            edge = (
                min(x, y, width - 1 - x, height - 1 - y) < 4
                or abs(x * height - y * width) < width * 3
            )
            rows += b"\x20\x30\x50\xff" if edge else b"\x00\x00\x00\x00"

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(rows)))
        + chunk(b"IEND", b"")
    )


PICTURE = MediaFile("plot-0a1b2c3d.png", png(900, 300))
DRAWING = MediaFile(
    "drawing-4e5f6a7b.svg",
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 80" width="200" height="80">'
    b'<path d="M10 70 L100 10 L190 70 Z" fill="none" stroke="black" stroke-width="3"/></svg>',
)
IMAGES = (
    f'<p>A wide plot: <img src="{PICTURE.name}" alt="a plot"></p>'
    f'<p><img src="{DRAWING.name}" alt="a triangle" width="120"> is small.</p>'
    '<p>Not found: <span class="missing-media">timeline of a pipeline flush</span></p>'
)


def _comparison(rows: list[list[str]], row: int, **more: str) -> dict[str, str]:
    cells = rows[row + 1]
    pairs = [
        (Written(name, name), Written(cell, cell))
        for name, cell in zip(rows[0][1:], cells[1:], strict=True)
    ]
    return {
        "Prompt": prompt_html(rows[0][0], cells[0], pairs),
        "Answer": answer_html(pairs),
        "Table": table(rows, row),
        "Extra": "Whole table · 3 rows",
        "Difficulty": "hard",
        "Context": crumbs("Quantisation", "Post-training schemes"),
        **more,
    }


def _earlier_comparison(rows: list[list[str]], row: int) -> dict[str, str]:
    """A row as packages of version 0.1.0 have it; a later style sheet shows it as well."""
    pairs = list(zip(rows[0][1:], rows[row + 1][1:], strict=True))
    asked = "".join(
        f'<li><span class="column">{name}</span><span class="blank"></span></li>'
        for name, _ in pairs
    )
    turned = "".join(f"<dt>{name}</dt><dd>{cell}</dd>" for name, cell in pairs)
    return {
        "Prompt": f'<div class="row-name">{rows[row + 1][0]}</div><ul class="asked">{asked}</ul>',
        "Answer": f'<dl class="turned">{turned}</dl>',
        "Table": table(rows, row),
    }


def _cards() -> list[tuple[Kind, dict[str, str]]]:
    qa: list[dict[str, str]] = [
        {
            "Question": "为什么自注意力要除以 <code>sqrt(d_k)</code>？",
            "Answer": "<p>点积的方差随维度线性增长；不缩放时 softmax 会饱和，梯度几乎为零。</p>"
            + code_block(PYTHON, "python"),
            "Extra": EXTRA,
            "Context": crumbs("Transformer", "自注意力机制", "Scaling"),
            "Difficulty": "medium",
        },
        {"Question": "What is an executor made of?", "Answer": LISTS, "Difficulty": "easy"},
        {"Question": WORD, "Answer": f"<p>{WORD} {WORD}</p><p><code>{SYMBOL}</code></p>"},
        {
            "Question": "Which scheme needs calibration data?",
            "Answer": "<p>See the table:</p>"
            + table(WIDE_TABLE)
            + "<p>Small ones stay small:</p>"
            + table([["a", "b"], ["1", "✓"]]),
            "Context": crumbs(
                "A title that is long enough to need a second line on a phone", "Tables"
            ),
            "Difficulty": "very hard",
        },
        {
            "Question": "How does data reach a kernel?",
            "Answer": code_block(BOXES, "")
            + code_block(SHELL, "console")
            + code_block(DIFF, "diff"),
        },
        {"Question": "Which indentation is too deep?", "Answer": code_block(INDENTS, "python")},
        {"Question": r"What is \(\nabla f\)?", "Answer": MATH, "Difficulty": "hard"},
        {"Question": "<p>When do warps diverge?</p>", "Answer": FOOTNOTES},
        {"Question": "What does the plot show?", "Answer": IMAGES},
        {
            "Question": "Is this still in the notes?",
            "Answer": "<p>No.</p>",
            "Context": "",
            "Retired": "No longer in the notes. Delete such cards with the search <code>tag:retired</code>.",
            "Difficulty": "easy",
        },
    ]
    long_name = [["Name", f"{WORD[:40]} of the column", "Result"], [WORD, SYMBOL, r"\(O(n^2)\)"]]
    comparisons = [
        _comparison(WIDE_TABLE, 1),
        _comparison(WIDE_TABLE, 2, Extra="<p>After the table.</p>", Source="量化/Post-training.md"),
        _comparison(long_name, 0),
        _earlier_comparison(WIDE_TABLE, 0),
    ]
    return [(Kind.QA, fields) for fields in qa] + [(Kind.COMPARISON, one) for one in comparisons]


def hard_notes() -> list[AnkiNote]:
    """The cards as Anki notes."""
    notes = []
    for number, (kind, given) in enumerate(_cards()):
        fields = dict.fromkeys(FIELDS[kind], "")
        fields |= {"Source": "gpu/执行模型 (notes) of a long name.md", "Key": f"hard{number:04}"}
        fields |= {"Context": crumbs("Hard cases")} | given
        text = "".join(fields.values())
        note = AnkiNote(
            guid=Guid(hashlib.sha256(fields["Key"].encode()).hexdigest()[:10]),
            note_id=Millis(1_750_000_000_000 + number),
            card_id=Millis(1_750_000_100_000 + number),
            mod=BUILD_TIME,
            kind=kind,
            fields=fields,
            tags=(),
            deck="Study",
            due=number,
            media=tuple(file for file in (PICTURE, DRAWING) if file.name in text),
        )
        notes.append(note)
    return notes


def write_package(path: Path, templates: Path | None = None, *, code_wrap: bool = True) -> Path:
    """Write the package and return its path."""
    loaded = load_templates(
        templates, source_url=SOURCE_URL, problems=Problems(), code_wrap=code_wrap
    )
    notetypes = make_notetypes(loaded, "Study")
    notes = hard_notes()
    package = build_package(notes, notetypes, dict.fromkeys(notetypes, BUILD_TIME), loaded.media)
    path.write_bytes(package)
    return path
