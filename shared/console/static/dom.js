// Elements are made from text alone. No text becomes markup, and what a reader cannot see is shown.

// Most characters of one text; what is longer ends in its length.
const MOST = 4000;

// Characters that hide, or change how the text around them reads: controls, format characters (bidi, zero width), separators of
// lines, private and lone surrogates, fillers that look like nothing, variation selectors.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
// More marks than writing needs would cover the lines above and below.
const STACKED = /(\p{M}{4})\p{M}+/gu;
// Spaces that do not collapse could move text to where another value is expected.
const SPREAD = /([\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]{3})[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000 ]+/g;

/**
 * Returns text with hidden characters as ⟨U+202E⟩, cut to most characters.
 * @param {unknown} text anything; undefined and null are empty
 * @param {{most?: number, lines?: boolean}} [how] lines: line feeds stay
 * @returns {string}
 */
export function visible(text, how = {}) {
  const all = String(text ?? "");
  const most = how.most ?? MOST;
  let shown = all.slice(0, most);
  if (/[\ud800-\udbff]$/.test(shown)) {
    shown = shown.slice(0, -1); // half of a character
  }
  shown = shown.replace(STACKED, "$1⟨marks⟩").replace(SPREAD, "$1⟨spaces⟩").replace(HIDDEN, (c, at, text) => {
    if ((how.lines && c === "\n") || inPicture(c, text.slice(Math.max(0, at - 3), at), text.slice(at + 1, at + 3))) {
      return c;
    }
    return `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
  return all.length > most ? `${shown}… (${all.length} characters)` : shown;
}

// A selector after a picture, or a joiner between two, hides nothing.
function inPicture(c, before, after) {
  return (c === "\ufe0f" && /\p{Extended_Pictographic}$/u.test(before)) ||
    (c === "\u200d" && /\p{Extended_Pictographic}\ufe0f?$/u.test(before) && /^\p{Extended_Pictographic}/u.test(after));
}

// Attributes that el may set. No attribute here can run a script, style inline, or load from elsewhere.
const ATTRIBUTES = new Set([
  "id", "class", "type", "name", "value", "for", "role", "tabindex", "title", "lang", "dir", "hidden", "open", "disabled", "checked", "selected", "required",
  "readonly", "multiple", "placeholder", "autocomplete", "spellcheck", "maxlength", "minlength", "min", "max", "step", "pattern", "rows", "cols", "inputmode",
  "datetime", "scope", "colspan", "rowspan", "list", "label", "low", "high", "optimum",
  "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "d", "points", "transform", "preserveAspectRatio", "text-anchor",
  "focusable", "stroke-width", "dominant-baseline",
]);
const TAGS = new Set([
  "a", "abbr", "article", "aside", "b", "bdi", "br", "button", "caption", "code", "datalist", "dd", "details", "dialog", "div", "dl", "dt", "em", "fieldset", "figcaption",
  "figure", "footer", "form", "h1", "h2", "h3", "h4", "header", "hr", "input", "label", "legend", "li", "meter", "nav", "ol", "optgroup", "option", "output", "p", "pre",
  "progress", "section", "select", "small", "span", "strong", "summary", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "time", "tr", "ul",
]);
const SHAPES = new Set(["svg", "g", "path", "rect", "circle", "line", "polyline", "polygon", "text", "tspan", "title", "desc"]);

function set(e, name, value) {
  if (value === undefined || value === null || value === false) {
    return;
  }
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) {
      e.addEventListener(event, listener);
    }
    return;
  }
  if (name === "href") {
    if (!/^#[/a-z]/.test(value)) { // only inside this page
      throw new Error(`a link must stay in this page: ${value}`);
    }
    e.setAttribute("href", value);
    return;
  }
  if (!ATTRIBUTES.has(name) && !/^(aria|data)-[a-z-]+$/.test(name)) {
    throw new Error(`attribute ${name} is not allowed`);
  }
  e.setAttribute(name, value === true ? "" : String(value));
}

function fill(e, attributes, children, how) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    set(e, name, value);
  }
  for (const child of children.flat(5)) {
    if (child instanceof Node) {
      e.append(child);
    } else if (child !== undefined && child !== null && typeof child !== "boolean") {
      e.append(document.createTextNode(visible(child, how)));
    }
  }
  return e;
}

/**
 * Makes an element. Children are nodes, or anything else as text; undefined, null, true and false are left out.
 * @param {string} tag
 * @param {Object<string, unknown>} [attributes] on: listeners by event; href: inside the page
 * @param {...unknown} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes, ...children) {
  if (!TAGS.has(tag)) {
    throw new Error(`element ${tag} is not allowed`);
  }
  return fill(document.createElement(tag), attributes, children, {lines: tag === "pre", most: tag === "pre" ? 100000 : MOST});
}

/**
 * Makes an element of a drawing, like el.
 * @param {string} tag svg, path, rect …
 * @param {Object<string, unknown>} [attributes]
 * @param {...unknown} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes, ...children) {
  if (!SHAPES.has(tag)) {
    throw new Error(`element ${tag} is not allowed`);
  }
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children, {});
}

/**
 * Shows a value from outside: its direction does not change the text around it.
 * @param {unknown} text
 * @param {number} [most] characters
 * @returns {HTMLElement}
 */
export function value(text, most = MOST) {
  return el("bdi", {}, visible(text, {most}));
}

/**
 * Replaces what an element has.
 * @param {Element} e
 * @param {...unknown} children as of el
 */
export function replace(e, ...children) {
  e.replaceChildren();
  fill(e, {}, children, {});
}
