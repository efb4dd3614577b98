// Filters of lists: a form whose values are in the hash, so that a filtered list has an address.

import {el} from "./dom.js";
import {field, link, problemBox} from "./parts.js";

/**
 * @typedef {object} Choice
 * @property {string} name of the query
 * @property {string} label
 * @property {string[]} [of] values to choose from; the empty one means all. Absent: any text
 * @property {string} [type] of the input: text, date
 * @property {string} [hint]
 * @property {string} [first] used while the hash does not name it
 */

/**
 * Returns the values of the hash.
 * @param {import("./page.js").Page} page
 * @param {Choice[]} choices
 * @returns {Object<string, string>}
 */
export function chosen(page, choices) {
  return Object.fromEntries(choices.map((c) => [c.name, page.query.get(c.name) ?? c.first ?? ""]));
}

/**
 * Makes the form. Its button shows the view anew.
 * @param {import("./page.js").Page} page
 * @param {string} view
 * @param {Choice[]} choices
 * @param {string} label of the button
 */
export function filters(page, view, choices, label = "Show") {
  const values = chosen(page, choices);
  const controls = choices.map((c) => control(c, values[c.name]));
  return el("form", {class: "filters", on: {submit: (event) => {
    event.preventDefault();
    const q = new URLSearchParams();
    choices.forEach((c, i) => {
      const text = controls[i].value.trim();
      if (text !== (c.first ?? "")) {
        q.set(c.name, text);
      }
    });
    const to = q.size > 0 ? `${link(view)}?${q}` : link(view);
    if (to === location.hash) {
      dispatchEvent(new HashChangeEvent("hashchange"));
    } else {
      location.hash = to;
    }
  }}}, choices.map((c, i) => field(`filter-${c.name}`, c.label, controls[i], c.hint)), el("button", {type: "submit", id: "filter-show"}, label));
}

/**
 * Draws what a filter finds below its form. A failure leaves the form: what it has can be corrected.
 * @param {import("./page.js").Page} page
 * @param {unknown[]} form as children of el
 * @param {() => Promise<unknown>} read makes what is drawn below
 */
export async function below(page, form, read) {
  try {
    page.render(form, await read());
  } catch (e) {
    page.render(form, problemBox(e)); // not if another view is shown
  }
}

function control(c, value) {
  if (c.of === undefined) {
    return el("input", {type: c.type ?? "text", value, autocomplete: "off", spellcheck: "false", maxlength: "600"});
  }
  return el("select", {}, c.of.map((v) => el("option", {value: v, selected: v === value}, v === "" ? "all" : v.replaceAll(",", " or "))));
}
