package catalog

import (
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // a decision must not depend on the zones of the host

	cedar "github.com/cedar-policy/cedar-go"

	"curfew/shared/access"
	"curfew/shared/detection"
	"curfew/shared/identity"
	"curfew/shared/trigger"
)

// Catalog is a checked catalog. It is immutable and safe for concurrent use.
type Catalog struct {
	zone         *time.Location
	entitlements map[string]access.Entitlement
	triggers     map[string]trigger.Trigger
	detections   map[string]detection.Detection
	routes       map[string][]route // of detections, as decoded; nil: they are derived
	iac          []string           // ARNs, sorted
	onForeign    string
	machines     []Machine
	claims       Claims
	operators    []string
	cedarSchema  string
	policies     []policy // shipped and own, sorted by id

	canonical []byte
	hash      string

	set       *cedar.PolicySet
	asksRisk  bool                    // a policy may read context.risk
	resources map[string]cedar.Entity // entitlements as Cedar entities

	// For authors and tests only: not part of decisions or of the canonical form.
	people       []Person
	budgets      []access.Budget // the defaults: entitlements have them already
	expectations []expectation
}

// Machine is a role or user that calls as itself, with its groups.
type Machine struct {
	Name      string   `json:"name"`
	Principal string   `json:"principal"` // ARN; * and ? match within one part of it
	Groups    []string `json:"groups"`
}

// Claims are the claims in a person's token that Curfew reads besides issuer and subject: each a name, or the names on the path
// to it, separated by spaces.
type Claims struct {
	// Session is the claim with the person's name in sessions: session name or source identity.
	Session string `json:"session"`
	// Groups is the claim with the list of the person's groups.
	Groups string `json:"groups"`
}

// Person is a person in identities.yaml, for rehearsals and tests. For people who log in, only the token counts.
type Person struct {
	Name    string // used in tests.yaml
	Issuer  string
	Subject string
	Session string // name in sessions
	Groups  []string
	MFA     bool
}

// Caller returns the caller that a login of this person would produce.
func (p Person) Caller() identity.Caller {
	return identity.Caller{
		ID: identity.PersonID(p.Issuer, p.Subject), Kind: identity.Person,
		Name: p.Session, Groups: slices.Clone(p.Groups), MFA: p.MFA,
	}
}

// Entitlement returns an entitlement by name.
func (c *Catalog) Entitlement(name string) (access.Entitlement, bool) {
	e, ok := c.entitlements[name]
	return e, ok
}

// Entitlements returns all entitlements, sorted by name.
func (c *Catalog) Entitlements() []access.Entitlement {
	all := make([]access.Entitlement, 0, len(c.entitlements))
	for _, name := range slices.Sorted(maps.Keys(c.entitlements)) {
		all = append(all, c.entitlements[name])
	}
	return all
}

// Triggers returns all triggers, sorted by name.
func (c *Catalog) Triggers() []trigger.Trigger {
	all := make([]trigger.Trigger, 0, len(c.triggers))
	for _, name := range slices.Sorted(maps.Keys(c.triggers)) {
		all = append(all, c.triggers[name])
	}
	return all
}

// Detections returns all detections, sorted by name.
func (c *Catalog) Detections() []detection.Detection {
	all := make([]detection.Detection, 0, len(c.detections))
	for _, name := range slices.Sorted(maps.Keys(c.detections)) {
		all = append(all, c.detections[name])
	}
	return all
}

// IaC returns the ARNs of the roles and users that may change marked principals, sorted.
func (c *Catalog) IaC() []string { return slices.Clone(c.iac) }

// QuarantinesForeign reports whether a Deny of limited time follows a change of a marked principal by others. If not, it is only reported.
func (c *Catalog) QuarantinesForeign() bool { return c.onForeign == onForeignQuarantine }

// Operators returns the groups, as "group:<name>", whose members may end any elevation.
func (c *Catalog) Operators() []string { return slices.Clone(c.operators) }

// Claims returns the claims to read from a person's token.
func (c *Catalog) Claims() Claims { return c.claims }

// Machines returns the machines, sorted by name.
func (c *Catalog) Machines() []Machine { return slices.Clone(c.machines) }

// People returns the people of identities.yaml, sorted by name. A decoded catalog has no people.
func (c *Catalog) People() []Person { return slices.Clone(c.people) }

// Zone returns the time zone of weekdays and hours in policies.
func (c *Catalog) Zone() *time.Location { return c.zone }

// Groups returns the groups of the machines that match the ARN, sorted, without duplicates.
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

// JSON returns the canonical form. Do not modify it.
func (c *Catalog) JSON() []byte { return c.canonical }

// Hash returns the SHA-256 of the canonical form in hexadecimal: the catalog's name.
func (c *Catalog) Hash() string { return c.hash }

// policy is a Cedar policy as Cedar's printer writes it, so layout and comments do not count.
type policy struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}
