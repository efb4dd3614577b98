// Package access is the domain of Curfew: elevations, who may do what with them, and how access ends. SECURITY.md has
// its invariants. A verb of [Service] reads, calls a pure transition, stores, then acts.
//
//	terms, elevation, entitlement, request, order   values
//	times, reasons, mark, pins, proof, canary       rules on values
//	ports, rows, service                            other systems, keys, storing
//	policy, suspending, refusal                     who may; evidence of refusals
//	asked, input, pending, waiting, ending          stored requests, task tokens
//	submit, fit, submission, try, decide, withdraw  before access
//	stillright, grant, hold, trigger                access begins
//	end, endall, endtask                            access is to end
//	revoke, receipt, stuck, contain                 access ends, or cannot
//	review, notify, show                            what people sign, receive, see
//
// The comments of ports.go and record.Store are the contract that accesstest checks.
package access
