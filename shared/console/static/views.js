// The views, in the order of the navigation. A view has
//   name    the first part of its hash: #/name/argument?query
//   title   of the page, until it sets another
//   nav     its label in the navigation; absent: it is not in it
//   show    (page, ...arguments) draws it, see page.js; its failure is shown
//   for     (me, config) tells who has it in the navigation; absent: everyone. The API decides what they may

import home from "./view-home.js";
import ask from "./view-ask.js";
import decide from "./view-decide.js";
import delegations from "./view-delegations.js";
import elevation from "./view-elevation.js";
import elevations from "./view-elevations.js";
import findings, {finding} from "./view-findings.js";
import reviews, {review} from "./view-reviews.js";
import campaigns, {campaign} from "./view-campaigns.js";
import audit from "./view-audit.js";
import could from "./view-could.js";
import queries from "./view-queries.js";
import end from "./view-end.js";
import accounts from "./view-accounts.js";
import catalog from "./view-catalog.js";
import health from "./view-health.js";
import inbox from "./view-inbox.js";

export const views = [home, inbox, ask, decide, delegations, elevations, elevation, reviews, review, campaigns, campaign, findings, finding, audit, could, queries, health, end, accounts, catalog];
