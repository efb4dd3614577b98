package identity

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
)

type CallerKind string

const (
	Person  CallerKind = "person"
	Machine CallerKind = "machine"
)

// Caller comes only from the authorizer, never from a body or header.
type Caller struct {
	// ID is a [PersonID], a [MachineID] or a [TriggerID].
	ID   string     `json:"id"`
	Kind CallerKind `json:"kind"`
	// Name is a person's session name, as the catalog maps it. A machine's session name proves nothing.
	Name string `json:"name"`
	// ARN is only for machines.
	ARN string `json:"arn,omitempty"`
	// Groups come from the verified token or, for machines, the catalog.
	Groups []string `json:"groups,omitempty"`
	// MFA is only for people.
	MFA bool `json:"mfa,omitempty"`
	// MFAAt is when they signed in with MFA; zero: not known.
	MFAAt time.Time `json:"mfa_at,omitzero"`
}

// PersonID uses (iss, sub): providers do not reuse that pair, unlike an e-mail address.
func PersonID(issuer, subject string) string { return PersonPrefix + issuer + "|" + subject }

const PersonPrefix = "person:"

// Subject returns a person's sub, or "".
func Subject(id string) string {
	if !strings.HasPrefix(id, PersonPrefix) {
		return ""
	}
	return id[strings.LastIndexByte(id, '|')+1:]
}

// MachineID omits the session name, which the machine chooses.
func MachineID(uniqueID string) string { return "machine:" + uniqueID }

var exactID = fault.Pattern(`^(person:[^|]+\|.+|machine:A(ROA|IDA)[A-Z0-9]+|trigger:[a-z0-9-]+)$`)

func IsID(text string) bool { return exactID().MatchString(text) }

// UniqueID returns a machine's AROA… or AIDA… id, or "".
func (c Caller) UniqueID() string {
	id, ok := strings.CutPrefix(c.ID, "machine:")
	if !ok {
		return ""
	}
	return id
}

// In reports whether refs have "group:<name>" or the id.
func (c Caller) In(refs []string) bool {
	return slices.ContainsFunc(refs, func(ref string) bool {
		if group, ok := strings.CutPrefix(ref, "group:"); ok {
			return slices.Contains(c.Groups, group)
		}
		return ref == c.ID
	})
}

// Reduced returns c with only the groups that refs name: membership of others is personal data that nothing needs.
func (c Caller) Reduced(refs ...[]string) Caller {
	named := slices.Concat(refs...)
	c.Groups = slices.DeleteFunc(slices.Clone(c.Groups), func(g string) bool { return !slices.Contains(named, "group:"+g) })
	return c
}

// SameName ignores case: both may be one person.
func SameName(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// TriggerID cannot sign in: other callers have other prefixes.
func TriggerID(name string) string { return "trigger:" + name }
