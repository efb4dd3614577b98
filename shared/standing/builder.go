package standing

import (
	"fmt"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

// Plan makes one principal just-in-time: an entitlement has its privilege, and a smaller standing policy the rest.
type Plan struct {
	Principal string `json:"principal"`
	// Why says why there is no plan; the rest is then empty.
	Why string `json:"why,omitempty"`

	Name        string `json:"name,omitempty"`        // of the entitlement, and of the trigger
	Entitlement string `json:"entitlement,omitempty"` // entitlements/<name>.yaml
	Trigger     string `json:"trigger,omitempty"`     // triggers/<name>.yaml; empty: see NoTrigger
	NoTrigger   string `json:"no_trigger,omitempty"`  // why no trigger is proposed
	Evidence    string `json:"evidence,omitempty"`    // what supports the trigger
	// Identities are lines for identities.yaml.
	Identities string `json:"identities,omitempty"`

	TakeOff  []TakeOff `json:"take_off,omitempty"`
	Standing string    `json:"standing,omitempty"` // the policy that replaces what is taken off; empty: none is needed
	Size     int       `json:"size,omitempty"`     // of Standing, in characters as IAM counts
	// Dropped are unprivileged actions that wildcards allowed and nothing shows used: only the elevation still allows them.
	Dropped int `json:"dropped,omitempty"`

	Recorded Recorded `json:"recorded"`
	Notes    []string `json:"notes,omitempty"`
}

// TakeOff is a policy to take off.
type TakeOff struct {
	Policy     string `json:"policy"`
	How        string `json:"how"`
	Statements []int  `json:"statements"` // those with privilege, from 0
}

// Recorded is what the smaller standing policy makes of the recorded calls.
type Recorded struct {
	Calls   int64 `json:"calls"`
	Allowed int64 `json:"allowed"`
	// Refused need an elevation; Lost would be refused with it as well; Open depends on conditions or resources that records do not say.
	Refused int64  `json:"refused"`
	Lost    int64  `json:"lost"`
	Open    int64  `json:"open"`
	Which   []Used `json:"which,omitempty"` // refused or lost ones, at most 50
}

// builder builds one plan.
type builder struct {
	plan        *Plan
	p           *authdetails.Principal
	o           *Options
	s           splitter
	kind        Kind
	kept, moved []iampolicy.Statement
	rest        []iampolicy.Named // the policies that it has then
	job         *job
	entitlement *iampolicy.Document
}

func (b *builder) note(format string, a ...any) {
	b.plan.Notes = append(b.plan.Notes, fmt.Sprintf(format, a...))
}
