package identity

import (
	"slices"
	"strings"

	"curfew/shared/fault"
)

// CallerKind says what authenticated: a person by a token, or a machine by its AWS credentials.
type CallerKind string

// The two kinds of caller.
const (
	Person  CallerKind = "person"
	Machine CallerKind = "machine"
)

// Caller is who calls, as the authorizer of the door wrote it; nothing of it comes from a body or a header.
type Caller struct {
	// ID identifies the caller for good: [PersonID] or [MachineID].
	ID   string     `json:"id"`
	Kind CallerKind `json:"kind"`
	// Name is a person's own name in sessions, by the catalog's mapping of a claim to session name or source identity; a
	// machine's session name, which is only text.
	Name string `json:"name"`
	// ARN is a machine's role or user; empty for a person.
	ARN string `json:"arn,omitempty"`
	// Groups are exact names: a person's by his verified token, a machine's by the catalog.
	Groups []string `json:"groups,omitempty"`
	// MFA is known for people only.
	MFA bool `json:"mfa,omitempty"`
}

// PersonID is a person's id. The pair (iss, sub) is what an identity provider promises never to give to anybody else; an
// e-mail address or a name is not.
func PersonID(issuer, subject string) string { return PersonPrefix + issuer + "|" + subject }

// PersonPrefix begins the ids of people.
const PersonPrefix = "person:"

// Subject is what a person's identity provider calls them; empty for any other id.
func Subject(id string) string {
	if !strings.HasPrefix(id, PersonPrefix) {
		return ""
	}
	return id[strings.LastIndexByte(id, '|')+1:]
}

// MachineID is a machine's id: the unique id of its role or user (AROA…, AIDA…), without the session's name, which the
// caller chose himself.
func MachineID(uniqueID string) string { return "machine:" + uniqueID }

// exactID is the form of a caller's id: see [PersonID], [MachineID] and [TriggerID].
var exactID = fault.Pattern(`^(person:[^|]+\|.+|machine:A(ROA|IDA)[A-Z0-9]+|trigger:[a-z0-9-]+)$`)

// IsID reports whether a text has the form of a caller's id.
func IsID(text string) bool { return exactID().MatchString(text) }

// UniqueID is the unique id of a machine's role or user; empty for a person.
func (c Caller) UniqueID() string {
	id, ok := strings.CutPrefix(c.ID, "machine:")
	if !ok {
		return ""
	}
	return id
}

// In reports whether the caller is one of those that refs name: "group:<name>", or a caller's id as it is.
func (c Caller) In(refs []string) bool {
	return slices.ContainsFunc(refs, func(ref string) bool {
		if group, ok := strings.CutPrefix(ref, "group:"); ok {
			return slices.Contains(c.Groups, group)
		}
		return ref == c.ID
	})
}

// SameName reports whether two names in sessions may be one human's: equal but for case, and not empty.
func SameName(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// TriggerID is the id of the caller that a trigger of the catalog is, and how an entitlement names it among its requesters. No one
// signs in as one: the ids of people and machines begin otherwise.
func TriggerID(name string) string { return "trigger:" + name }
