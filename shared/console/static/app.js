// The start of the page: sign-in, then the view that the hash names.

import {API, path} from "./api.js";
import {startClocks} from "./clock.js";
import {el, replace, value} from "./dom.js";
import {Page} from "./page.js";
import {link, problemBox} from "./parts.js";
import {begin, finish, readConfig} from "./signin.js";
import {views} from "./views.js";

const place = (id) => document.getElementById(id);

let config, api, me;
let showing = new AbortController();
let draft; // gives the hash that fills what was typed into the view again

async function start() {
  startClocks();
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.reload(); // kept by the browser, with the tokens of who was signed in before
    }
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the hash names the view
    place("title").focus();
  });
  try {
    config = await readConfig();
    const session = await finish(config);
    if (session === undefined) {
      signedOut();
      return;
    }
    await enter(session);
  } catch (e) {
    signedOut(e);
  }
}

async function enter(session) {
  api = new API(() => session.token(), () => signedOut(new Error("Your sign-in is over, or the API does not accept it. Sign in again: you come back to this view.")));
  me = await api.get(path("me"));
  replace(place("who"), el("span", {}, "Signed in as ", value(me.name, 64), me.mfa && " with MFA"),
    el("button", {type: "button", id: "sign-out", on: {click: async () => {
      await session.end();
      location.replace("/");
    }}}, "Sign out of this page"));
  addEventListener("hashchange", () => show(true));
  await show(false);
}

// A question of the view before is not answered over another view.
function leave() {
  showing.abort();
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.close();
  }
}

// Tokens are in memory alone: nothing else has to be forgotten.
function signedOut(why) {
  leave();
  api = undefined;
  replace(place("nav"));
  replace(place("who"));
  replace(place("connection"));
  replace(place("title"), "Sign in");
  document.title = "Sign in – Curfew";
  const failure = el("div", {role: "alert"}, why && problemBox(why));
  const b = el("button", {type: "button", class: "primary", id: "sign-in", disabled: !config?.issuer, on: {click: async () => {
    b.disabled = true;
    try {
      await begin(config, {hash: draft?.()});
    } catch (e) {
      replace(failure, problemBox(e));
      b.disabled = false;
    }
  }}}, "Sign in");
  replace(place("content"), failure,
    el("p", {}, "Privileged access on AWS for one task, that ends by itself."),
    config && (config.issuer ? el("p", {}, "You sign in at ", value(config.issuer, 200), ".") : el("p", {}, "This installation has no sign-in for this page: set jwtIssuer and consoleClient.")), b);
}

function parse(hash) {
  const [at, query] = hash.replace(/^#\/?/, "").split("?", 2);
  let args = [];
  try {
    args = at.split("/").filter((part) => part !== "").map(decodeURIComponent);
  } catch {
    args = ["not-found"];
  }
  return {name: args[0] ?? "home", args: args.slice(1, 5), query: new URLSearchParams(query ?? "")};
}

async function show(moved) {
  draft = undefined;
  if (api === undefined) {
    return;
  }
  leave();
  showing = new AbortController();
  const {signal} = showing;
  const {name, args, query} = parse(location.hash);
  const view = views.find((v) => v.name === name);
  navigation(name);
  replace(place("connection"));
  const page = new Page({api, me, query, signal, stepUp: () => begin(config, {fresh: true, hash: draft?.()}), keep: (hash) => { draft = hash; }});
  page.title(view?.title ?? "There is no such view");
  page.render(el("p", {}, view === undefined ? "Choose a view above." : "Loading…"));
  if (moved) {
    place("title").focus(); // a reader of the screen hears where they are
    scrollTo(0, 0);
  }
  try {
    await view?.show(page, ...args);
  } catch (e) {
    if (!signal.aborted) {
      page.render(problemBox(e), page.button("Try again", () => show(true), {id: "again"}));
    }
  }
}

function navigation(current) {
  replace(place("nav"), el("ul", {}, views.filter((v) => v.nav && (v.for?.(me, config) ?? true)).map((v) => el("li", {},
    el("a", {href: link(v.name), "aria-current": v.name === current && "page"}, v.nav)))));
}

start();
