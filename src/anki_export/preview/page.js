// The preview's page. Its cards come from the server, or, in an exported file, from the page
// itself. What notes contain reaches the page as text; a card's HTML only ever goes into frames
// in which no script can run.
"use strict";

const $ = (id) => document.getElementById(id);

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// ------------------------------------------------------------------ where the cards come from

/** The cards of the server that the page came from. */
const live = {
  cache: new Map(),
  async index() {
    const index = await fetchJson("cards.json");
    this.cache.clear();
    return index;
  },
  async sides(id) {
    if (!this.cache.has(id)) this.cache.set(id, fetchJson(`card/${encodeURIComponent(id)}`));
    return this.cache.get(id);
  },
  async allSides() {
    return fetchJson("sides.json");
  },
  withMedia: (html) => html,
  start(changed) {
    let version = 0;
    const events = new EventSource("events");
    events.onmessage = (event) => {
      const state = JSON.parse(event.data);
      say(state.message || (state.version ? "" : "Reading the notes …"));
      if (state.version !== version) changed();
      version = state.version;
    };
    events.onerror = () => say("The preview has ended; the cards are those of its last moment.");
  },
};

/** The cards in this file. */
const packed = {
  data: null,
  async index() {
    return this.data.index;
  },
  async sides(id) {
    return this.data.sides[id];
  },
  async allSides() {
    return this.data.sides;
  },
  withMedia: (html) =>
    html.replace(/\bmedia\/([\w.-]+)/g, (all, name) => {
      const file = document.querySelector(`[data-media="${CSS.escape(name)}"]`);
      return file ? file.textContent : all;
    }),
  async start(changed) {
    if (!window.DecompressionStream) return say("This file needs a browser of 2023 or later.");
    const bytes = Uint8Array.from(atob($("data").textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    this.data = await new Response(stream).json();
    $("data").textContent = "";
    return changed();
  },
};

const source = $("data") ? packed : live;

async function fetchJson(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function say(message) {
  $("message").textContent = message;
  $("message").hidden = !message;
}

// ------------------------------------------------------------------ state

let index = { cards: [], problems: [], css: "", title: "Cards", folder: "", editor: "" };
let found = []; // the cards that pass the filters
let rows = []; // what the list shows: headings and cards
let rowOf = new Map(); // card → its row
let current = null; // the shown card

const CHOICES = {
  device: { phone: "Phone", desktop: "Desktop", both: "Both" },
  theme: { light: "Light", night: "Night", both: "Both" },
  side: { both: "Front & back", one: "One side" },
};
const narrow = matchMedia("(max-width: 760px)");
const chosen = {
  device: "phone",
  theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "light",
  side: narrow.matches ? "one" : "both",
};
let turned = false; // whether the back is up, where one side is shown

function setUpChoices() {
  for (const [name, values] of Object.entries(CHOICES))
    for (const [value, label] of Object.entries(values)) {
      const button = make("button", "", label);
      button.type = "button";
      button.dataset.value = value;
      button.onclick = () => choose(name, value);
      $(name).append(button);
    }
  for (const name of Object.keys(CHOICES)) choose(name, chosen[name]);
}

function choose(name, value) {
  chosen[name] = value;
  for (const button of $(name).children)
    button.setAttribute("aria-pressed", button.dataset.value === value);
  if (current) showCard();
}

// ------------------------------------------------------------------ search and filters

const fold = (text) => text.normalize("NFKC").toLowerCase();

const FILTERS = {
  deck: ["All decks", (card, value) => `${card.deck}::`.startsWith(`${value}::`)],
  kind: ["All kinds", (card, value) => card.kind === value],
  difficulty: ["Any difficulty", (card, value) => card.difficulty === value],
  what: [
    "All cards",
    (card, value) => (value === "problems" ? card.problems.length > 0 : whatOf(card) === value),
  ],
};

/** What a build does to a card, in the words of the filter. */
function whatOf(card) {
  return ["reworded", "revived"].includes(card.what) ? "changed" : card.what;
}

function setUpFilters() {
  const decks = new Set();
  for (const card of index.cards) {
    const parts = card.deck.split("::");
    parts.forEach((_, at) => decks.add(parts.slice(0, at + 1).join("::")));
  }
  const values = (of) => [...new Set(index.cards.map(of))].filter(Boolean).sort();
  fillSelect("deck", [...decks], (deck) =>
    " ".repeat(2 * (deck.split("::").length - 1)) + deck.split("::").pop());
  fillSelect("kind", values((card) => card.kind), (kind) =>
    ({ question: "Questions", comparison: "Comparison rows" })[kind]);
  fillSelect("difficulty", values((card) => card.difficulty));
  const changes = values(whatOf);
  if (index.cards.some((card) => card.problems.length)) changes.push("problems");
  fillSelect("what", changes, (what) =>
    what === "problems" ? "With problems" : what[0].toUpperCase() + what.slice(1));
}

function fillSelect(name, values, label = (value) => value) {
  const select = $(name);
  const before = select.value;
  select.replaceChildren(new Option(FILTERS[name][0], ""));
  for (const value of values) {
    const count = index.cards.filter((card) => FILTERS[name][1](card, value)).length;
    select.append(new Option(`${label(value)} (${count})`, value));
  }
  select.value = values.includes(before) ? before : "";
  select.hidden = values.length < 2 && !select.value;
}

function filter() {
  const started = performance.now();
  const words = fold($("search").value).split(/\s+/).filter(Boolean);
  const tests = Object.entries(FILTERS).filter(([name]) => $(name).value);
  found = index.cards.filter(
    (card) =>
      words.every((word) => card.text.includes(word)) &&
      tests.every(([name, [, test]]) => test(card, $(name).value)),
  );
  rows = [];
  rowOf = new Map();
  let last = null;
  for (const card of found) {
    if (!last || last.deck !== card.deck || last.path !== card.path)
      rows.push({ deck: card.deck, path: card.path });
    rowOf.set(card.id, rows.length);
    rows.push({ card });
    last = card;
  }
  $("sheet").style.height = `${rows.length * ROW}px`;
  const all = index.cards.length.toLocaleString();
  $("count").textContent =
    found.length === index.cards.length
      ? `${all} cards`
      : `${found.length.toLocaleString()} of ${all} cards`;
  drawList();
  $("list").dataset.milliseconds = performance.now() - started;
}

// ------------------------------------------------------------------ the list: only what is seen

const ROW = 34; // pixels, as in the style sheet
let drawing = 0;

function drawList() {
  const list = $("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 10);
  const end = Math.min(rows.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 10);
  const drawn = [];
  for (let at = first; at < end; at++) {
    const row = drawRow(rows[at]);
    row.style.top = `${at * ROW}px`;
    drawn.push(row);
  }
  $("sheet").replaceChildren(...drawn);
}

/** Draw before the next picture: once, however many keys were pressed since the last one. */
function drawSoon() {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(drawList);
}

function drawRow({ card, deck, path }) {
  if (!card) {
    const row = make("div", "row heading");
    const start = make("span", "path"); // cut at its start: the file's name is the end
    start.append(make("bdi", "", path));
    row.append(start, make("span", "deck", deck));
    row.title = `${path}\n${deck}`;
    return row;
  }
  const row = make("div", "row");
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", card === current);
  row.append(make("span", `dot ${whatOf(card)}`), make("span", "ask", card.ask));
  if (card.problems.length) row.append(make("span", "warning", "!"));
  row.title = card.what;
  row.onclick = () => {
    select(card);
    $("app").dataset.screen = "card";
  };
  return row;
}

function reveal(card) {
  const list = $("list");
  const top = (rowOf.get(card.id) ?? 0) * ROW;
  if (top < list.scrollTop + ROW) list.scrollTop = top - ROW;
  else if (top > list.scrollTop + list.clientHeight - 2 * ROW)
    list.scrollTop = top - list.clientHeight + 2 * ROW;
}

// ------------------------------------------------------------------ one card

let naming = 0; // the timer that puts the card into the page's address

function select(card, keep = false) {
  current = card ?? null;
  if (!keep) turned = false;
  if (card) {
    reveal(card);
    // Browsers refuse it after many in a row, as when a key is held down.
    clearTimeout(naming);
    naming = setTimeout(() => history.replaceState(null, "", `#${encodeURIComponent(card.id)}`), 200);
  }
  drawSoon();
  drawAbout();
  return showCard(keep);
}

/** Go to the card *by* places further on, from the current one's place even if it is not listed. */
function step(by) {
  if (!found.length) return;
  const at = found.indexOf(current);
  const next = at < 0 ? 0 : Math.min(found.length - 1, Math.max(0, at + by));
  if (found[next] !== current) select(found[next]);
}

function turn() {
  if (chosen.side === "one" && !turned) {
    turned = true;
    showCard();
  } else step(1);
}

function drawAbout() {
  $("about").hidden = !current;
  if (!current) return;
  $("place").replaceChildren(...drawPlace(current.path, current.line));
  const facts = [current.deck, current.difficulty, ...current.tags.map((tag) => `#${tag}`)];
  $("facts").replaceChildren(
    make("span", `badge ${whatOf(current)}`, current.what),
    ...facts.filter(Boolean).map((fact) => make("span", "fact", fact)),
  );
  const lines = current.problems.map((number) => {
    const problem = index.problems[number];
    return make("li", problem.severity, problem.message + (problem.hint ? ` (${problem.hint})` : ""));
  });
  if (current.old) lines.unshift(make("li", "before", `before: ${current.old}`));
  $("warnings").replaceChildren(...lines);
}

/** A place in the notes: its path, and ways to get there. */
function drawPlace(path, line, inside = true) {
  const shown = line === null ? path : `${path}:${line}`;
  const full = index.folder ? `${index.folder}/${shown}` : shown;
  const parts = [make("code", "", shown)];
  if (!inside) return parts;
  if (index.folder && index.editor) {
    const link = make("a", "button", "Open");
    const file = encodeURI(`${index.folder}/${path}`).replace(/[?#&]/g, encodeURIComponent);
    link.href = index.editor
      .replace("{path}", file.startsWith("/") ? file : `/${file}`)
      .replace("{line}", line ?? 1);
    link.title = "Open in the editor (e)";
    parts.push(link);
  }
  if (index.folder && navigator.clipboard) {
    const copy = make("button", "", "Copy path");
    copy.type = "button";
    copy.title = full;
    copy.onclick = async () => {
      await navigator.clipboard.writeText(full);
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy path"), 1500);
    };
    parts.push(copy);
  }
  return parts;
}

// ------------------------------------------------------------------ frames

const DEVICES = { phone: { width: 390, height: 780 }, desktop: { width: 1024, height: 640 } };

// What Anki's page itself brings to a card, before the templates' own style sheet.
const BASE = `
  html { font-family: sans-serif; }
  html.night-mode { color: #fcfcfc; color-scheme: dark; }
  body.nightMode { background: #2c2c2c; }
  body { margin: 20px; overflow-wrap: break-word; }
  img { max-width: 100%; max-height: 760px; }
  hr { height: 1px; margin: 1em 0; border: none; background-color: #737373; }
  li { text-align: start; }
  pre { text-align: left; }
  math { font-size: 1.05em; }
  menclose { display: inline-block; padding: 0.2em; border: 1px solid; }
  mjx-container[display="true"] { display: block; text-align: center; }
  .math-error, .math-core-unknown-cmd { color: #c00; }
  .nightMode .math-error, .nightMode .math-core-unknown-cmd { color: #f88; }
`;

function bodyClass(night) {
  return `card card1${night ? " nightMode night_mode" : ""}`;
}

/** A card's page: no script, nothing from elsewhere; its links open in windows of their own. */
function frameDocument(device, night) {
  const root = [night && "night-mode", device === "phone" && "mobile"].filter(Boolean).join(" ");
  return `<!doctype html><html class="${root}" dir="ltr"><head><meta charset="utf-8">
    <style>${BASE}</style><style>${source.withMedia(index.css)}</style></head>
    <body class="${bodyClass(night)}"><div id="qa" dir="auto"></div></body></html>`;
}

class Frame {
  constructor(device, theme) {
    this.size = DEVICES[device];
    this.element = make("figure", `frame ${device} ${theme}`);
    this.caption = make("figcaption");
    this.screen = make("div", "screen");
    this.inner = make("iframe");
    this.inner.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    this.inner.title = `${device}, ${theme}`;
    this.loaded = new Promise((done) => (this.inner.onload = done)).then(() => this.follow());
    this.inner.srcdoc = frameDocument(device, theme === "night");
    this.screen.append(this.inner);
    this.element.append(this.caption, this.screen);
  }

  /** Take keys from the frame, and its height. (WebKit passes no events on from such a frame.) */
  follow() {
    const page = this.inner.contentDocument;
    page.addEventListener("keydown", onKey);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(page.documentElement);
  }

  fit() {
    const page = this.inner.contentDocument?.documentElement;
    if (!page) return;
    const { width, height } = this.size;
    const room = $("frames").clientWidth - 2 * parseFloat(getComputedStyle($("frames")).paddingLeft);
    // A phone's page is as narrow as the phone that shows it; a desktop's is made smaller.
    const phone = width < 500;
    const wide = phone ? Math.min(width, room) : width;
    const scale = Math.min(1, room / wide);
    this.inner.style.width = `${wide}px`;
    const content = Math.max(height, Math.ceil(page.getBoundingClientRect().height));
    this.inner.style.height = `${content}px`;
    this.inner.style.transform = `scale(${scale})`;
    this.screen.style.width = `${wide * scale}px`;
    this.screen.style.height = `${content * scale}px`;
  }

  async show(html, caption, keep) {
    this.caption.textContent = caption;
    await this.loaded;
    const qa = this.inner.contentDocument.getElementById("qa");
    const open = keep ? [...qa.querySelectorAll("details")].map((one) => one.open) : [];
    qa.innerHTML = source.withMedia(html);
    for (const [at, one] of qa.querySelectorAll("details").entries()) one.open ||= open[at] ?? false;
    for (const link of qa.querySelectorAll("a[href]:not([href^='#'])")) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
    this.fit();
  }
}

let frames = new Map();

/** The frames that the choices ask for, in order; those that are there already stay. */
function arrange() {
  const of = (name) =>
    chosen[name] === "both" ? Object.keys(CHOICES[name]).slice(0, 2) : [chosen[name]];
  const sides = chosen.side === "both" ? ["front", "back"] : ["side"];
  const wanted = new Map();
  for (const device of of("device"))
    for (const theme of of("theme"))
      for (const side of sides) {
        const name = `${device} · ${theme} · ${side}`;
        wanted.set(name, { device, theme, side, frame: frames.get(name)?.frame });
      }
  if (frames.size !== wanted.size || [...wanted.keys()].some((name) => !frames.has(name))) {
    for (const [name, { frame }] of frames) if (!wanted.has(name)) frame.element.remove();
    for (const one of wanted.values()) one.frame ??= new Frame(one.device, one.theme);
    // A frame that is moved in the page loads again, so those that stay are not touched.
    let before = null;
    for (const { frame } of [...wanted.values()].reverse()) {
      if (!frame.element.isConnected) $("frames").insertBefore(frame.element, before);
      before = frame.element;
    }
    frames = wanted;
  }
}

function clearFrames() {
  frames = new Map();
  $("frames").replaceChildren();
}

async function showCard(keep = false) {
  const card = current;
  if (!card) {
    clearFrames();
    return;
  }
  if (!keep) $("frames").scrollTop = 0;
  $("turn").hidden = chosen.side !== "one";
  $("turn").textContent = turned ? "Next card" : "Show answer";
  await null; // of many cards in a row only the last one is asked for
  if (card !== current) return;
  const shown = await source.sides(card.id);
  if (card !== current || !shown) return;
  arrange();
  const waiting = [];
  for (const { device, theme, side, frame } of frames.values()) {
    const name = side === "side" ? (turned ? "back" : "front") : side;
    const caption = `${CHOICES.device[device]} · ${CHOICES.theme[theme]} · ${name}`;
    waiting.push(frame.show(shown[name], caption, keep));
  }
  await Promise.all(waiting);
  const at = found.indexOf(card);
  for (const near of [found[at + 1], found[at - 1]]) if (near) source.sides(near.id);
}

new ResizeObserver(() => {
  for (const { frame } of frames.values()) frame.fit();
}).observe($("frames"));

// ------------------------------------------------------------------ keys, dialogs

const KEYS = {
  j: ["next card", () => step(1)],
  k: ["previous card", () => step(-1)],
  " ": ["turn the card, then the next one", turn],
  "/": ["search", () => $("search").select()],
  n: ["light, night", () => choose("theme", chosen.theme === "night" ? "light" : "night")],
  p: ["phone, desktop", () => choose("device", chosen.device === "phone" ? "desktop" : "phone")],
  b: ["both sides, one side", () => choose("side", chosen.side === "both" ? "one" : "both")],
  e: ["open the source line in the editor", () => document.querySelector("#place a")?.click()],
  "?": ["this list", showKeys],
};
const ALIASES = { ArrowDown: "j", ArrowUp: "k", ArrowRight: "j", ArrowLeft: "k" };

function onKey(event) {
  if (event.key.toLowerCase() === "p" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    printCards();
    return;
  }
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  if (target.id === "search" && (event.key === "Escape" || event.key === "Enter")) {
    if (event.key === "Escape") target.value = "";
    filter();
    target.blur();
    if (event.key === "Enter" && !found.includes(current)) step(1);
    return;
  }
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
  // A button that has the focus, or a <summary> of the card, takes the space itself.
  if (event.key === " " && /^(BUTTON|SUMMARY|A)$/.test(target.tagName)) return;
  const key = KEYS[ALIASES[event.key] ?? event.key];
  if (!key) return;
  event.preventDefault();
  key[1]();
}

function showKeys() {
  const list = make("dl");
  for (const [key, [meaning]] of Object.entries(KEYS))
    list.append(make("dt", "", key === " " ? "space" : key), make("dd", "", meaning));
  openDialog("Keys", list);
}

function showProblems() {
  const list = make("ul", "problems");
  for (const problem of index.problems) {
    const item = make("li", problem.severity);
    const place = make("div", "where");
    place.append(...drawPlace(problem.path, problem.line, problem.inside));
    const card = index.cards.find((one) => one.id === problem.card);
    if (card) {
      const button = make("button", "", "Show card");
      button.onclick = () => {
        $("dialog").close();
        select(card);
        $("app").dataset.screen = "card";
      };
      place.append(button);
    }
    item.append(place, make("div", "", problem.message));
    if (problem.hint) item.append(make("div", "hint", problem.hint));
    list.append(item);
  }
  openDialog("Problems in the notes", list);
}

function openDialog(title, content) {
  $("dialog").lastElementChild.replaceChildren(make("h2", "", title), content);
  $("dialog").showModal();
}

// ------------------------------------------------------------------ printing

/** Put the listed cards on paper: their backs, which show the question as well. */
function fillPaper(sides) {
  const style = new CSSStyleSheet();
  style.replaceSync(
    `${BASE} ${source.withMedia(index.css)} .card { padding: 0; background: none; }
     .card details > summary { list-style: none; }`,
  );
  const cards = found.filter((card) => sides[card.id]).map((card) => {
    const box = make("article");
    const host = make("div");
    const shadow = host.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [style];
    const page = make("div", bodyClass(false));
    page.innerHTML = source.withMedia(sides[card.id].back);
    for (const one of page.querySelectorAll("details:not(.whole-table)")) one.open = true;
    shadow.append(page);
    box.append(make("p", "", `${card.deck} · ${card.path}`), host);
    return box;
  });
  $("paper").replaceChildren(...cards);
}

async function printCards() {
  fillPaper(await source.allSides());
  print();
}

addEventListener("beforeprint", () => {
  if (!$("paper").childElementCount && packed.data) fillPaper(packed.data.sides);
});
addEventListener("afterprint", () => $("paper").replaceChildren());

// ------------------------------------------------------------------ start, and every new build

async function refresh() {
  const before = current;
  const place = found.indexOf(current);
  const css = index.css;
  index = await source.index();
  if (css !== index.css) clearFrames();
  document.title = $("title").textContent = index.title;
  const count = index.problems.length;
  $("problems").hidden = !count;
  $("problems").textContent = count === 1 ? "1 problem" : `${count.toLocaleString()} problems`;
  setUpFilters();
  filter();
  const named = decodeURIComponent(location.hash.slice(1));
  const same = index.cards.find((card) => card.id === (before?.id ?? named));
  const fallback = narrow.matches && !before ? null : found[Math.min(Math.max(place, 0), found.length - 1)];
  await select(same ?? fallback, same !== undefined && before !== null);
  document.documentElement.dataset.ready = Number(document.documentElement.dataset.ready ?? 0) + 1;
}

setUpChoices();
$("search").oninput = filter;
for (const name of Object.keys(FILTERS)) $(name).onchange = filter;
$("list").onscroll = drawSoon;
new ResizeObserver(drawList).observe($("list"));
$("previous").onclick = () => step(-1);
$("next").onclick = () => step(1);
$("back").onclick = () => ($("app").dataset.screen = "list");
$("turn").onclick = turn;
$("print").onclick = printCards;
$("help").onclick = showKeys;
$("problems").onclick = showProblems;
document.addEventListener("keydown", onKey);
source.start(refresh);
