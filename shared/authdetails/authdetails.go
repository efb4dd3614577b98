// Package authdetails is what IAM's GetAccountAuthorizationDetails says of accounts: users, groups, roles and policies.
//
// [Read] reads files. A program that asks IAM gives each [Answer] to a [Collector].
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
package authdetails

import (
	"time"

	"curfew/shared/iampolicy"
)

// Details are one account or several. Lists are sorted by ARN.
type Details struct {
	Principals []*Principal
	Groups     []*Group
	Policies   []*Policy // managed, also AWS's that are in use
	Problems   []string  // what could not be read, each with its ARN; what it concerns is Unknown
}

// Principal is a role or user.
type Principal struct {
	ARN, ID, Account string
	Name, Path       string
	User             bool
	Created          time.Time
	LastUsed         time.Time // of a role; zero: never, or not known
	Tags             map[string]string

	// Policies are all that it has: inline ones, attached ones, those of its groups, and the boundary.
	Policies iampolicy.Policies
	Attached []string            // ARNs of managed policies, those of groups not included
	Boundary string              // ARN; empty: none
	Trust    *iampolicy.Document // of a role; nil with TrustUnknown: it may trust any principal
	Groups   []string            // ARNs, of a user
	// InstanceProfiles are those of a role.
	InstanceProfiles []string
	// Unknown says why its policies are not all known; empty: they are. Policies has the others, and nil for an unknown boundary.
	Unknown      string
	TrustUnknown string // why Trust is not known
}

// Group is a group of users.
type Group struct {
	ARN, Account string
	Policies     []iampolicy.Named // inline and attached ones
	Attached     []string
	Unknown      string
}

// Policy is a managed policy.
type Policy struct {
	ARN      string
	Default  string // version id
	Versions map[string]*iampolicy.Document
	// Unknown says why a version is missing in Versions.
	Unknown string
}

// Document is the default version; nil: not known.
func (p *Policy) Document() *iampolicy.Document { return p.Versions[p.Default] }
