// Package trail attributes CloudTrail records: to the elevation whose grant allowed a call, to the principal's own
// policies, to a service, or it says why it cannot. It uses no AWS SDK.
//
// One event on its way: [Reader] finds the record in its file, envelope or line, and decodes it in one forward scan.
// [Calls] gives the IAM actions and resources of its event. [Rights] finds the grants and policies that its principal
// had then, and weighs them. [Ledger] counts it once for that right, and [Sessions] finds the person at the
// beginning of its chain of sessions.
//
//	scan, record, decode                   one record
//	counts, window, unit, walk, read       files, envelopes, what cannot be read
//	action*, resource*                     event to IAM actions and ARNs
//	event, grant, documents, rights        who called; what they were allowed
//	attribute                              the right behind a call
//	unobservable                           what CloudTrail does not show
//	session, openings, table, usage,          what is kept
//	unresolved, seen, held, ledger, save
package trail
