package catalog

import (
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // a decision must not depend on which zones a machine has

	cedar "github.com/cedar-policy/cedar-go"

	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/trigger"
)

// Catalog is a catalog that was checked. It does not change; all its methods may be called at the same time.
type Catalog struct {
	zone         *time.Location
	entitlements map[string]access.Entitlement
	triggers     map[string]trigger.Trigger
	machines     []Machine
	claims       Claims
	operators    []string
	cedarSchema  string
	policies     []policy // the shipped ones and the catalog's own, in order of their ids

	canonical []byte
	hash      string

	set       *cedar.PolicySet
	resources map[string]cedar.Entity // entitlements as Cedar sees them

	// What follows is for those who write the catalog and for a rehearsal. It decides nothing and is not in the
	// canonical form.
	people       []Individual
	expectations []expectation
}

// Machine says which groups a role or user that calls as itself is in.
type Machine struct {
	Name      string   `json:"name"`
	Principal string   `json:"principal"` // ARN; * and ? match within one part of it
	Groups    []string `json:"groups"`
}

// Claims are the names of the claims of a person's token that matter beyond issuer and subject.
type Claims struct {
	// Session is the claim that bears the person's own name in sessions: session name or source identity.
	Session string `json:"session"`
	// Groups is the claim that bears the list of his groups.
	Groups string `json:"groups"`
}

// Individual is a person as identities.yaml lists him, for rehearsals and expected decisions. Where people sign in with
// a token, the token alone says who they are.
type Individual struct {
	Name    string // by which the catalog's tests call him
	Issuer  string
	Subject string
	Session string // his own name in sessions
	Groups  []string
	MFA     bool
}

// Caller is the person as the door for people would report him.
func (p Individual) Caller() identity.Caller {
	return identity.Caller{
		ID: identity.PersonID(p.Issuer, p.Subject), Kind: identity.Person,
		Name: p.Session, Groups: slices.Clone(p.Groups), MFA: p.MFA,
	}
}

// Entitlement gives an entitlement by its name.
func (c *Catalog) Entitlement(name string) (access.Entitlement, bool) {
	e, ok := c.entitlements[name]
	return e, ok
}

// Entitlements are all entitlements, in order of name.
func (c *Catalog) Entitlements() []access.Entitlement {
	all := make([]access.Entitlement, 0, len(c.entitlements))
	for _, name := range slices.Sorted(maps.Keys(c.entitlements)) {
		all = append(all, c.entitlements[name])
	}
	return all
}

// Triggers are all triggers, in order of name.
func (c *Catalog) Triggers() []trigger.Trigger {
	all := make([]trigger.Trigger, 0, len(c.triggers))
	for _, name := range slices.Sorted(maps.Keys(c.triggers)) {
		all = append(all, c.triggers[name])
	}
	return all
}

// Operators are the groups, as "group:<name>", whose members may end anybody's elevation.
func (c *Catalog) Operators() []string { return slices.Clone(c.operators) }

// Claims are the claims that a person's token is read by.
func (c *Catalog) Claims() Claims { return c.claims }

// Machines are the machines, in order of name.
func (c *Catalog) Machines() []Machine { return slices.Clone(c.machines) }

// People are the people of identities.yaml, in order of name. A catalog that was decoded has none.
func (c *Catalog) People() []Individual { return slices.Clone(c.people) }

// Zone is the time zone that weekdays and hours in policies are meant in.
func (c *Catalog) Zone() *time.Location { return c.zone }

// Groups are the groups of a machine by the ARN of its role or user, in order and each once; none if no machine matches.
func (c *Catalog) Groups(arn string) []string {
	var groups []string
	for _, m := range c.machines {
		if identity.MatchARN(m.Principal, arn) {
			groups = append(groups, m.Groups...)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// JSON is the canonical form: all that decides, and nothing else. Do not change it.
func (c *Catalog) JSON() []byte { return c.canonical }

// Hash is the SHA-256 of the canonical form, in hexadecimal: the catalog's name.
func (c *Catalog) Hash() string { return c.hash }

// policy is a Cedar policy in the one way that Cedar's printer writes it: neither layout nor comments count.
type policy struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}
