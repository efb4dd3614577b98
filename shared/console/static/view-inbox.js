// Inbox: the messages that a topic would send. Only a rehearsal has it.

import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {badge, link, section} from "./parts.js";

async function show(page) {
  await page.poll(() => page.get("/local/inbox"), ({messages}) => page.render(
    section("Messages to you and your groups", messages.length === 0 ? el("p", {class: "empty"}, "There is no message yet. Ask for something, or let somebody ask.") :
      el("ul", {class: "list"}, messages.map(item)))), 3);
}

const TO = {decide: ["decide", "Read and decide"], review: ["review", "Read and sign the review"]};

function item(m) {
  const [view, label] = Object.hasOwn(TO, m.message.kind) ? TO[m.message.kind] : ["elevation", "See the elevation"];
  return el("li", {class: "card"},
    el("p", {class: "head"}, badge(m.message.kind), " ", when(m.received_at)),
    el("p", {}, value(m.line)),
    m.message.elevation && el("p", {}, el("a", {href: link(view, m.message.elevation)}, label, " ", m.message.elevation)));
}

export default {name: "inbox", title: "Inbox", nav: "Inbox", for: (me, config) => config.inbox === true, show};
