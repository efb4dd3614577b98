// Package reach is the set of calls that policies allow: actions, patterns of resources, conditions. It is computed from the text of
// policies, without a call at hand, on the actions of package iamdata.
//
// Where conditions or patterns leave it open whether a call is in the set, the set has it and says that it is open: a Set may have more
// than IAM allows, never less.
//
// Not included: resource and session policies. SCPs and RCPs do not bind service-linked roles, nor the management account: leave them
// out there. With RCPs, a set is about resources of their accounts, without AWS managed keys.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
package reach

import "curfew/shared/iampolicy"

// Layers are the policies that decide a principal's calls. Without identity policies no call is allowed. A nil boundary, or a level
// without documents, is not known and refuses nothing. Nil documents do not count.
type Layers struct {
	Identity []*iampolicy.Document
	Boundary *iampolicy.Document
	// SCPs and RCPs are the policies of each level, from the root of the organization to the account: a call needs an Allow on each level.
	// FullAWSAccess and RCPFullAWSAccess belong to them.
	SCPs, RCPs [][]*iampolicy.Document
	// Steps bounds the work on all sets that are made with it; nil: no bound.
	Steps *Steps
}

// Cell is a part of a set, of one action. Its texts are of version 2012-10-17, whatever the version of the policies.
type Cell struct {
	Action     string                // "s3:GetObject"
	Resources  []string              // patterns; any of them
	Except     []string              // patterns of resources that are certainly not in it
	Conditions []iampolicy.Condition // all of them
	// Open says why less may be allowed than this; empty: the cell is exact.
	Open string
}
