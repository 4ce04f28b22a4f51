/** Renders Discord markdown as DOM: code fences, quotes, headers, lists, subtext and paragraphs. */

import { el } from "./dom.js";
import { inline } from "./markdown_inline.js";

const FENCE = /```(?:([\w+#.-]+)\n)?\n*([^\n][\s\S]*?)\n*```/g;
const LIST_ITEM = /^( *)([-*]|\d{1,9}\.) +(.*)$/;
const HEADER = /^(#{1,3}) +(.+)$/;
const SUBTEXT = /^-# +(.+)$/;

/** A fragment with the rendered text; `names` is the store. */
export function markdown(text, names) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    fragment.append(...blocks(trimEdge(text.slice(end, match.index)), names), codeBlock(match[2], match[1]));
    end = match.index + match[0].length;
  }
  fragment.append(...blocks(end ? text.slice(end).replace(/^\n/, "") : text, names));
  return fragment;
}

const trimEdge = (text) => text.replace(/\n$/, "");

function codeBlock(code, language) {
  const copy = el("button", { type: "button", class: "copy-code" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return el("div", { class: "code-block" }, copy, el("pre", {}, el("code", { "data-language": language }, code)));
}

function blocks(text, names) {
  if (!text) return [];
  const lines = text.split("\n");
  const nodes = [];
  let words = [];
  const flush = () => {
    if (words.length) nodes.push(el("p", {}, inline(words.join("\n"), names)));
    words = [];
  };
  while (lines.length) {
    const block = takeBlock(lines, names);
    if (!block) {
      words.push(lines.shift());
      continue;
    }
    flush();
    nodes.push(block);
  }
  flush();
  return nodes;
}

/** Removes the lines of one special block from the front of `lines` and returns it, or null for ordinary words. */
function takeBlock(lines, names) {
  const line = lines[0];
  if (line.startsWith(">>> ")) return quote(lines.splice(0).join("\n").slice(4), names);
  if (/^> /.test(line))
    return quote(
      takeWhile(lines, (next) => /^> ?/.test(next))
        .map((next) => next.replace(/^> ?/, ""))
        .join("\n"),
      names,
    );
  if (LIST_ITEM.test(line)) return list(takeList(lines), names);
  const header = HEADER.exec(line);
  const subtext = header ? null : SUBTEXT.exec(line);
  if (!header && !subtext) return null;
  lines.shift();
  if (subtext) return el("p", { class: "subtext" }, inline(subtext[1], names));
  return el(
    "p",
    { class: `heading heading-${header[1].length}`, role: "heading", "aria-level": header[1].length + 2 },
    inline(header[2], names),
  );
}

function takeWhile(lines, holds) {
  const end = lines.findIndex((line) => !holds(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

const quote = (text, names) => el("blockquote", {}, blocks(text, names));

/** One list's items: it ends where the outermost marker changes its kind. */
function takeList(lines) {
  const first = listItem(lines[0]);
  const belongs = (line) => {
    if (!LIST_ITEM.test(line)) return false;
    const { indent, ordered } = listItem(line);
    return indent > first.indent || ordered === first.ordered;
  };
  return takeWhile(lines, belongs).map(listItem);
}

function listItem(line) {
  const [, indent, marker, text] = LIST_ITEM.exec(line);
  return { indent: indent.length, ordered: /\d/.test(marker), start: Number.parseInt(marker, 10), text };
}

function list(items, names) {
  const [first] = items;
  const node = first.ordered ? el("ol", { start: first.start }) : el("ul");
  let children = [];
  const close = () => children.length && (node.lastElementChild ?? node).append(list(children, names));
  for (const item of items) {
    if (item.indent > first.indent) {
      children.push(item);
      continue;
    }
    close();
    children = [];
    node.append(el("li", {}, inline(item.text, names)));
  }
  close();
  return node;
}
