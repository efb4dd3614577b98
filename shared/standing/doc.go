// Package standing finds standing privilege: what roles and users may do today without an elevation. It scores it, and plans how each
// principal becomes just-in-time. It is pure: the same details and options give the same report.
//
// Privileged are the actions of package outliving, by class, every action on every resource, and deletion of stores. Conditions are
// assumed to hold: a report may have more than IAM allows, never less. Policies that are not known are reported as such, and scored.
//
// A score is 0 to 100, the sum of these terms, at most 100. The terms from "unused" on count a quarter, rounded up, for a principal
// without privilege, without a path to one and with policies that are all known.
//
//	term        points
//	admin       50: every action on every resource; 40 with conditions
//	path        30: it can become an administrator; 15 if a path is open; 8: it can become others, but no administrator
//	class       trust 12, credentials 8, code 8, log 6, deletion 5, sharing 5, sessions 4; half, rounded up, if never on every resource
//	unknown     30: its policies are not all known
//	unused      up to 10: the share of the privileged actions that are unused, of those of which use is known
//	keys        15: an active key is older than a year; 10: than 90 days; 5: an active key
//	mfa         10: a person with a password and without MFA
//	outside     30: anyone may assume it; 20: any subject of a provider; 12: a foreign account without external id; 6: another one, or some
//	            subjects
//	boundary    5: no accepted boundary
//
// A class counts only without admin, which has all of them. The score of an account, and of all, is half the highest score of its
// principals plus half the mean of the 20 highest, where absent ones count 0. Its points are the sum of all scores: they fall with each
// privilege that is taken off. Principals that only AWS changes (service-linked roles) are listed, and have no score.
package standing
