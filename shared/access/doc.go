// Package access is the domain of Curfew: what an elevation is, who may do what to it, and how its access ends.
//
// # Words
//
// The words below are used in code, API, events and documents, and no synonym of them.
//
//   - principal: the IAM role or user that receives privilege; known by ARN and by unique id (AROA…, AIDA…).
//   - session: the credentials of a principal that bear one name (aws:userid = AROA…:name) or one source identity.
//     A name is not a secret.
//   - requester, approver, operator: the authenticated caller that asks, decides, may end anybody's elevation.
//   - holder: who uses it: a machine caller whose id is the principal's (and its session, if bound), or the requester.
//   - entitlement: a catalog entry: what may be granted, to which principals, for how long, approved by whom, bound how.
//   - catalog: the directory of entitlements, identities and policies; named by the SHA-256 of its canonical form.
//   - elevation: the one aggregate: a request and everything that becomes of it, until it is proven over.
//   - terms: what was asked and is decided on. Written once; their SHA-256 is the digest.
//   - grant: the IAM policy (inline, or up to three managed) of one elevation on one principal; its name has the id.
//   - fence: the conditions inside every statement of the grant: not before, not after, only this principal, only this
//     session.
//   - task: why: kind (change, backup, workflow, incident, rotation) and id. Known when its start was seen and its end
//     was not.
//   - deadline: the instant after which no access may remain. Computed once, stored with granting, never moved.
//   - overstay: seconds from the deadline, or the order to end, until IAM was read without the grant.
//   - evidence: append-only, hash-chained records of what happened.
//   - finding, review: something that should not be; something that a second person must sign.
//
// # How to read it
//
// One story a file: its types, its pure transition, its verb. A transition takes time as a value and touches nothing; a
// verb of [Service] reads, asks the transition, stores, and then acts. The order matters everywhere: the intent is stored
// before IAM is touched, and what ends access depends on nothing that was stored.
//
// No two files need each other: a file may be read when those that it uses were. From the bottom:
//
//   - terms.go, elevation.go, entitlement.go, request.go, order.go: what there is; canary.go: what a canary is; mark.go: the tag of
//     a principal; pins.go: whether the name of a session is pinned; times.go, reasons.go: what all of them use; proof.go: whether the
//     records lead to the state.
//   - ports.go: the world; rows.go: what lies where; service.go: how it is read and stored.
//   - refusal.go: what a refusal leaves; suspending.go: what package suspension sees of the rest, which keeps access from
//     beginning; policy.go: who may ask and decide, see and end.
//   - asked.go, input.go: that it was asked for; pending.go: what a request takes while it waits; waiting.go: the tasks of the workflow that
//     wait for approvers and for the end; ending.go: the order to end.
//
// And the verbs on them:
//
//   - submit.go: a caller asks; fit.go: whether it fits its entitlement and its principal; submission.go: that it is asked once, and
//     how many may wait. trigger.go: the verbs of events: one begins, a task joins the one that is open, what a trigger began ends.
//     The values of triggers are in shared/trigger; shared/trigger/eventbus calls the verbs.
//   - decide.go: people decide; withdraw.go: it ends before it began.
//   - stillright.go: everything is asked again; grant.go: access begins; hold.go: its holder lives.
//   - end.go: a caller ends one; endall.go: all of something; endtask.go: its tasks are over.
//   - revoke.go: THE END OF ACCESS, for every caller and every net, and receipt.go, what is left of it; stuck.go, contain.go: when
//     it does not succeed.
//   - review.go, notify.go: what people must look at and are told; show.go: what they may see.
//
// The ports in ports.go, and record.Store, are all that the domain knows of the world; their comments are the contract, and the contract
// suite in accesstest is its transcription.
package access
