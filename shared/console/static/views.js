// The views, in the order of the navigation. A view has
//   name    the first part of its hash: #/name/argument?query
//   title   of the page, until it sets another
//   nav     its label in the navigation; absent: it is not in it
//   show    (page, ...arguments) draws it, see page.js; its failure is shown
//   for     (me) tells who has it in the navigation; absent: everyone. The API decides what they may

import home from "./view-home.js";

export const views = [home];
