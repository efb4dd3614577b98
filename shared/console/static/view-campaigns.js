// Campaigns: standing privilege that its owners sign or remove.

import {path} from "./api.js";
import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {below, chosen, filters} from "./filter.js";
import {badge, caller, code, confirm, facts, link, pages, principal, section} from "./parts.js";

const CHOICES = [
  {name: "mine", label: "Whose", of: ["", "sign"], hint: "sign: those that you may answer"},
  {name: "state", label: "State", of: ["open", "overdue", "signed", "removed"], first: "open"},
  {name: "campaign", label: "Month", hint: "such as 2026-11"},
  {name: "account", label: "Account"},
];

async function list(page) {
  const form = [el("p", {}, "These principals have privilege without an elevation. Their owners say each month that it is needed, or that it was removed."), filters(page, "campaigns", CHOICES)];
  await below(page, form, async () => section("Standing privilege", await pages(page, async (cursor) => {
    const got = await page.get(path("campaigns"), {...chosen(page, CHOICES), cursor});
    return {items: got.items, next: got.next_cursor};
  }, item, "No principal with standing privilege matches. A review of each account, monthly, finds them.")));
}

function item(i) {
  return el("li", {class: "card"},
    el("p", {class: "head"}, badge(i.state), " ", el("a", {href: link("campaign", i.id)}, principal(i.principal))),
    el("p", {}, `Score ${i.score}: `, value(i.why)),
    el("p", {class: "small"}, i.overdue && [el("strong", {}, "Overdue"), ". "], "Answer by ", when(i.due_by)));
}

async function one(page, id) {
  const i = await page.get(path("campaigns", id));
  page.title("Standing privilege of a principal");
  page.render(
    el("p", {class: "head"}, badge(i.state), " ", principal(i.principal)),
    i.again && el("p", {class: "notice warn"}, "It was said to be removed before, and is here again."),
    facts(
      ["Why it is here", value(i.why)], ["Score", `${i.score} (more is worse)`], ["Classes of privileged actions", i.classes.map((c, n) => [n > 0 && ", ", value(c)])],
      ["Used by", i.kind], ["Unique id", code(i.principal_id)], ["Account", code(i.account)], ["Campaign", i.campaign], ["Owners", i.owners.map((o, n) => [n > 0 && ", ", code(o)])],
      ["Found", when(i.opened_at)], ["Answer by", [when(i.due_by), i.overdue && ": overdue"]], ["Gone", i.gone_at && when(i.gone_at)],
      ["Answer", i.answer && answer(i.answer)], ["Answer before", i.last && answer(i.last)], ["Digest of what is answered", code(i.digest)],
    ),
    i.state === "open" && section("Your answer", acts(page, i)),
  );
}

function answer(a) {
  return [a.says, " by ", caller({id: a.by, name: a.name, kind: "person"}), " ", when(a.at), ` in ${a.campaign}: `, value(a.reason)];
}

function acts(page, i) {
  const say = (says, heading, text, label) => async () => {
    const yes = await confirm(heading, [el("p", {}, principal(i.principal)), el("p", {}, text)], label, {reason: "needed"});
    if (yes !== undefined) {
      await page.api.post(path("campaigns", i.id, "answer"), {answer: says, digest: i.digest, reason: yes.reason});
      page.say("Your answer is stored.");
      await one(page, i.id);
    }
  };
  return [
    page.button("It was removed", say("removed", "Say that it was removed", "If the next review finds it, it is here again.", "It was removed"), {kind: "primary", id: "removed"}),
    page.button("Sign: it is needed", say("signed", "Sign standing privilege", "You answer for it until the next campaign. Say why it cannot be an elevation.", "Sign"), {id: "signed"}),
  ];
}

export default {name: "campaigns", title: "Standing privilege", nav: "Standing", show: list};
/** One campaign, by its id. */
export const campaign = {name: "campaign", title: "Standing privilege", show: one};
