// Accounts: those that Curfew governs.

import {path} from "./api.js";
import {when} from "./clock.js";
import {el, value} from "./dom.js";
import {badge, caller, code, confirm, field, link, section, table} from "./parts.js";

async function show(page) {
  const {accounts} = await page.get(path("accounts"));
  page.render(
    section("Accounts", accounts.length === 0 ? el("p", {class: "empty"}, "The registry is empty. Add an account when its member stack is deployed.") :
      table("Accounts in the registry", ["Account", "State", "Since", "By", "Reason", "Act"], accounts.map((a) => [
        code(a.id), badge(a.state), when(a.at), caller({id: a.by, name: a.by_name, kind: "person"}), value(a.reason), a.state === "member" && remove(page, a),
      ]))),
    add(page),
  );
}

function remove(page, a) {
  return page.button(`Remove ${a.id}`, async () => {
    const yes = await confirm("Remove an account", [el("p", {}, "No grant begins in ", code(a.id), " from now on. What is open there ends by its own deadline; Curfew goes on watching until then.")], "Remove", {reason: "needed", danger: true});
    if (yes !== undefined) {
      const done = await page.api.post(path("accounts", "remove"), {account: a.id, reason: yes.reason});
      await show(page);
      page.say(`Account ${a.id} leaves.`);
      if ((done.open ?? []).length > 0) {
        await confirm("Elevations that are still open there", [el("ul", {}, done.open.map((id) => el("li", {}, el("a", {href: link("elevation", id)}, id))))], "Close");
      }
    }
  });
}

function add(page) {
  const account = el("input", {type: "text", inputmode: "numeric", maxlength: "12", autocomplete: "off"});
  const reason = el("input", {type: "text", maxlength: "500", autocomplete: "off"});
  return section("Add an account", field("account", "Account id", account, "12 digits"), field("account-reason", "Reason", reason), page.button("Add", async () => {
    await page.api.post(path("accounts"), {account: account.value.trim(), reason: reason.value.trim()});
    await show(page);
    page.say("The account is added.");
  }, {kind: "primary", id: "add"}));
}

export default {name: "accounts", title: "Accounts", nav: "Accounts", for: (me) => me.operator === true, show};
