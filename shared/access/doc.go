// Package access is the domain of Curfew: elevations, who may do what with them, and how access ends. SECURITY.md has
// its invariants. A verb of [Service] reads, calls a pure transition, stores, then acts.
//
//	terms, elevation, entitlement, request, order   values
//	times, reasons, mark, pins, proof, canary       rules on values
//	ports, rows, service                            other systems, keys, storing
//	policy, suspending, breakglass, refusal         who may; evidence of refusals
//	asked, input, pending, waiting, ending          stored requests, task tokens
//	submit, fit, submission, try, decide, withdraw  before access
//	stillright, grant, hold, trigger                access begins
//	end, endall, endtask                            access is to end
//	revoke, receipt, late, stuck, contain           access ends, or cannot
//	review, notify, show                            what people sign, receive, see
//	audit, could                                    what evidence and policies answer
//
// # Words
//
//	principal    the IAM role or user that receives privilege, known by ARN and unique id
//	session      credentials of a principal with one session name or source identity
//	entitlement  a catalog entry: what may be granted, to whom, how long, approved by whom
//	elevation    one request and all that follows, until its end is proven
//	terms        what was asked; their SHA-256 is the digest that approvers decide on
//	grant        the IAM policy of one elevation; fence: the conditions that end it
//	task         the reason: kind and id; known if its start was seen and its end was not
//	deadline     after it no access may remain; set once
//	overstay     seconds from the deadline, or the order to end, until IAM was read without the grant
//
// The comments of ports.go and record.Store are the contract that accesstest checks.
package access
