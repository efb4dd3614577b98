// Package preflight looks at an account before the first deployment, with credentials that may read in it, and changes nothing there: what
// would make the deployment fail, or leave a part of it without effect.
//
// Home and member accounts have different checks. What only the organization's management account can read is said to be unchecked, with
// the command that checks it.
package preflight
