// Package escalation finds who can become whom in accounts, and by which steps: the paths from a principal to the power of others.
//
// A step has a cause, not a name: a principal changes its own policies, makes credentials of a user, assumes a role or changes who may,
// gives a role to code of its choice, or changes code that has a role. services.txt lists the services that run such code. A step counts
// if IAM allows every action of it at the time asked: conditions, boundaries, service control policies and fences included. What the
// input does not say (other resources, values of some condition keys) leaves a step open, and the path says so.
package escalation

import (
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

// Options are what an answer of IAM does not have.
type Options struct {
	Now time.Time // for fences
	// SCPs and RCPs are the policies of each level by account, from the root of the organization to the account. An account that is not
	// there has none.
	SCPs, RCPs map[string][][]*iampolicy.Document
	// Organizations are the ids of the accounts' organizations; not there: not known.
	Organizations map[string]string
	Progress      func(done, of int) // of principals; may be nil
}

// Path is one way from a principal to another, or to more power of its own.
type Path struct {
	From, To *authdetails.Principal // To is From if it raises itself
	Steps    []Step
	Admin    bool   // it ends with every action on every resource
	Open     string // what the input does not say and must be so; empty: nothing
}

// Step is one step of a path.
type Step struct {
	Technique string   // "assume", "trust", "credentials", "pass", "code", "policy", "group", "boundary", "tag", "new", "unknown"
	Actions   []string // all of them are needed
	On        string   // the ARN that it is about
	Text      string   // one sentence
}
