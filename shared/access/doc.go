// Package access is the domain of Curfew: what an elevation is, who may do what with it, and how its access ends.
// shared/design.md explains the words and the invariants.
//
// Each file has one story: its types, a pure transition, and a verb of [Service] that reads, calls the transition,
// stores, then acts. Intent is stored before IAM is called. Ending access needs no record.
//
//	terms, elevation, entitlement, request, order   values
//	times, reasons, mark, pins, proof, canary       rules on values
//	ports, rows, service                            other systems; keys; reading and storing
//	policy, suspending, refusal                     who may; what stops access; evidence of refusals
//	asked, input, pending, waiting, ending          stored requests, task tokens, order to end
//	submit, fit, submission                         request
//	decide, withdraw                                decide
//	stillright, grant, hold                         begin access, heartbeat
//	end, endall, endtask, trigger                   reasons to end or begin
//	revoke, receipt, stuck, contain                 end of access, and its failures
//	review, notify, show                            what people sign, receive and see
//
// Files depend only on files above them. The comments of ports.go and record.Store are the contract that accesstest
// checks.
package access
