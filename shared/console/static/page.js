// What a view gets: its place in the page, and the API. It ends when another view is shown.

import {Problem} from "./api.js";
import {el, replace} from "./dom.js";
import {problemBox} from "./parts.js";

const MOST_WAIT = 60; // seconds between two tries

/** One showing of a view. */
export class Page {
  #redraws = 0;

  /**
   * @param {{api: import("./api.js").API, me: object, query: URLSearchParams, signal: AbortSignal, stepUp: () => Promise<void>, keep: (hash: () => string) => void}} o
   */
  constructor(o) {
    this.api = o.api;
    this.me = o.me; // the answer of GET /v1/me
    this.query = o.query; // of the hash
    this.signal = o.signal; // aborted when another view is shown
    this.stepUp = o.stepUp; // leaves for a new sign-in with MFA, and comes back to this view
    this.keep = o.keep; // takes what gives the hash to come back to from a sign-in: what was typed
    this.content = document.getElementById("content");
  }

  /**
   * Sets the title.
   * @param {string} text
   */
  title(text) {
    document.title = `${text} – Curfew`;
    replace(document.getElementById("title"), text);
  }

  /**
   * Replaces the content. The focus stays at the element with the same id, else it goes to the title.
   * @param {...unknown} children as of el
   */
  render(...children) {
    if (this.signal.aborted) {
      return;
    }
    const focused = this.content.contains(document.activeElement);
    const id = focused ? document.activeElement.id : "";
    const open = [...this.content.querySelectorAll("details[open][id]")].map((d) => d.id);
    replace(this.content, ...children);
    for (const d of open) {
      document.getElementById(d)?.setAttribute("open", "");
    }
    if (focused) {
      (document.getElementById(id) ?? document.getElementById("title")).focus();
    }
  }

  /**
   * Tells those who hear the page.
   * @param {string} text
   */
  say(text) {
    replace(document.getElementById("live"), text);
  }

  /**
   * Reads.
   * @param {string} at of api.path
   * @param {Object<string, unknown>} [query]
   */
  get(at, query) {
    return this.api.get(at, query, this.signal);
  }

  /**
   * Reads again and again while the page is seen, and draws what changed. It does not draw while the user types.
   * @param {() => Promise<any>} read
   * @param {(value: any) => void | Promise<void>} draw
   * @param {number | ((value: any) => number)} seconds between two reads
   */
  async poll(read, draw, seconds) {
    let shown, last;
    const again = async () => {
      const value = last = await read();
      const text = JSON.stringify(value);
      if (text !== shown && !this.signal.aborted && !this.#busy()) {
        shown = text;
        await draw(value);
        this.#redraws++;
      }
    };
    await again(); // the first failure is the view's
    this.#repeat(again, () => (typeof seconds === "function" ? seconds(last) : seconds));
  }

  #busy() {
    const e = document.activeElement;
    const types = e instanceof HTMLInputElement || e instanceof HTMLTextAreaElement || e instanceof HTMLSelectElement;
    return this.#redraws > 0 && ((types && this.content.contains(e)) || document.querySelector("dialog[open]") !== null);
  }

  async #repeat(again, seconds) {
    let wait = seconds();
    const line = document.getElementById("connection");
    while (!this.signal.aborted) {
      await this.#pause(wait);
      if (this.signal.aborted) {
        return;
      }
      try {
        await again();
        wait = seconds();
        replace(line);
      } catch (e) {
        if (this.signal.aborted) {
          return;
        }
        wait = Math.min(MOST_WAIT, Math.max(wait * 2, e instanceof Problem ? e.retryAfter : 0));
        replace(line, el("p", {class: "notice warn"}, `What you see may be old: ${e.message}. Trying again in ${wait} s.`));
      }
    }
  }

  // Waits so long, and until the page is seen.
  #pause(seconds) {
    return new Promise((done) => {
      const ready = () => {
        if (this.signal.aborted || document.visibilityState === "visible") {
          document.removeEventListener("visibilitychange", ready);
          this.signal.removeEventListener("abort", ready);
          done();
        }
      };
      this.signal.addEventListener("abort", ready);
      setTimeout(() => {
        document.addEventListener("visibilitychange", ready);
        ready();
      }, seconds * 1000);
    });
  }

  /**
   * Makes a button that acts. It is off while the act runs; a failure is shown after it.
   * @param {string} label
   * @param {() => Promise<void>} act
   * @param {{kind?: "primary" | "danger", id?: string, submits?: boolean}} [how] submits: Enter in its form presses it
   */
  button(label, act, how = {}) {
    const failure = el("div", {role: "alert"});
    let acting = false;
    const b = el("button", {type: how.submits ? "submit" : "button", class: how.kind, id: how.id, on: {click: async () => {
      if (acting) {
        return;
      }
      acting = true;
      b.setAttribute("aria-disabled", "true"); // disabled would lose the focus
      replace(failure);
      try {
        await act();
      } catch (e) {
        replace(failure, problemBox(e));
      } finally {
        acting = false;
        b.removeAttribute("aria-disabled");
      }
    }}}, label);
    return el("div", {class: "act"}, b, failure);
  }
}
