// What a person would see of a card, and what would disturb them. Runs in the reviewer's page
// (anki_page.py): the cards are shown by the reviewer's own functions, one after the other.
"use strict";

const MIN_FONT = 12;
const MIN_CONTRAST = 4.5;

/** Show one side as the reviewer does, typeset, with fonts and images loaded. */
async function showSide(card, side, bodyClass) {
  if (side === "question") _showQuestion(card.question, card.answer, bodyClass);
  else _showAnswer(card.answer, bodyClass);
  await new Promise((done) => _queueAction(done));
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
}

/** Show every card and return what is wrong, one line each. */
async function checkCards(cards, sides, bodyClass) {
  const found = [];
  for (const card of cards) {
    for (const side of sides) {
      await showSide(card, side, bodyClass);
      for (const problem of checkShown(side)) found.push(`${card.name} (${side}): ${problem}`);
    }
  }
  return found;
}

/** Return what is wrong with the card on the page, folded parts opened. */
function checkShown(side) {
  const problems = new Set();
  const qa = document.getElementById("qa");
  if (side === "answer") checkAnswer(qa, problems);
  checkDetails(qa, problems);
  checkMath(qa, problems);
  for (const image of qa.querySelectorAll("img"))
    if (!image.naturalWidth) problems.add(`image not loaded: ${image.getAttribute("src")}`);
  for (const entry of performance.getEntriesByType("resource"))
    if (new URL(entry.name).host !== location.host) problems.add(`fetched ${entry.name}`);
  checkText(qa, problems);
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth)
    problems.add(`the page is ${page.scrollWidth} px wide in ${page.clientWidth} px`);
  return problems;
}

function checkAnswer(qa, problems) {
  const rule = qa.querySelector("#answer");
  const answer = qa.querySelector(".answer");
  if (!rule || !rule.getBoundingClientRect().height) problems.add("no visible <hr id=answer>");
  if (!answer || answer.getBoundingClientRect().height < MIN_FONT) problems.add("no visible answer");
  else if (rule && rule.getBoundingClientRect().bottom > answer.getBoundingClientRect().top)
    problems.add("the answer stands above the rule");
}

function checkDetails(qa, problems) {
  for (const details of qa.querySelectorAll("details")) {
    // What an answer's fold holds stands beside it, in one box.
    const box = details.closest(".more") ?? details;
    const closed = box.getBoundingClientRect().height;
    details.querySelector("summary").click();
    if (!details.open) problems.add("<details> does not open");
    else if (box.getBoundingClientRect().height < closed + MIN_FONT)
      problems.add("<details> opens on nothing");
  }
}

function checkMath(qa, problems) {
  for (const error of qa.querySelectorAll("mjx-merror, [data-mjx-error]"))
    problems.add(`math: ${error.getAttribute("data-mjx-error") || error.textContent}`);
  // MathJax shows a macro that it does not know in red.
  for (const unknown of qa.querySelectorAll("mjx-container [style*='color: red']"))
    problems.add(`unknown macro ${unknown.textContent}`);
}

function checkText(qa, problems) {
  const width = document.scrollingElement.clientWidth;
  const walker = document.createTreeWalker(qa, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node; (node = walker.nextNode()); ) {
    const text = node.data.trim();
    const parent = node.parentElement;
    if (!text || parent.closest("style, mjx-container, .back .asked")) continue;
    const label = JSON.stringify(text.length > 40 ? text.slice(0, 40) + "…" : text);
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width && box.height);
    const style = getComputedStyle(parent);
    if (!boxes.length || style.visibility !== "visible") problems.add(`invisible: ${label}`);
    if (!parent.closest("sub, sup") && parseFloat(style.fontSize) < MIN_FONT)
      problems.add(`${style.fontSize}: ${label}`);
    const ratio = contrastOf(parent);
    if (ratio < MIN_CONTRAST) problems.add(`contrast ${ratio.toFixed(2)}: ${label}`);
    if (!parent.closest("pre, code") && /\\[([]/.test(text)) problems.add(`not typeset: ${label}`);
    const outside = (box) => box.left < -0.5 || box.right > width + 0.5;
    if (boxes.some(outside) && !scrollBox(parent))
      for (const box of wordBoxes(node).filter(outside))
        problems.add(`cut off at ${Math.round(box.left)}–${Math.round(box.right)} px: ${label}`);
  }
}

/** The boxes of a text without its white space, which may hang over the edge of a line. */
function wordBoxes(node) {
  const range = document.createRange();
  const boxes = [];
  for (const word of node.data.matchAll(/\S+/g)) {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    boxes.push(...[...range.getClientRects()].filter((box) => box.width));
  }
  return boxes;
}

function scrollBox(element) {
  for (; element && element.id !== "qa"; element = element.parentElement)
    if (/auto|scroll/.test(getComputedStyle(element).overflowX)) return element;
  return null;
}

// WCAG 2.1, "contrast ratio" and "relative luminance"
function contrastOf(element) {
  const layers = [];
  let opacity = 1;
  for (let at = element; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    // #qa is made visible by the reviewer after typesetting, with a transition on some platforms.
    if (at.id !== "qa") opacity *= parseFloat(style.opacity);
    layers.push(rgba(style.backgroundColor));
    if (layers[layers.length - 1][3] === 1) break;
  }
  let back = [255, 255, 255, 1];
  for (const layer of layers.reverse()) back = over(layer, back);
  const [r, g, b, alpha] = rgba(getComputedStyle(element).color);
  const [light, dark] = [luminance(over([r, g, b, alpha * opacity], back)), luminance(back)].sort(
    (one, other) => other - one,
  );
  return (light + 0.05) / (dark + 0.05);
}

function rgba(text) {
  const numbers = text.match(/[\d.]+/g).map(Number);
  if (!text.startsWith("rgb") || numbers.length < 3) throw new Error(`unread colour ${text}`);
  return [...numbers.slice(0, 3), numbers.length > 3 ? numbers[3] : 1];
}

function over([r, g, b, alpha], back) {
  return [r, g, b].map((value, index) => value * alpha + back[index] * (1 - alpha)).concat(1);
}

function luminance(color) {
  const [r, g, b] = color.slice(0, 3).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
