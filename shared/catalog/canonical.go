package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/trigger"
)

// schemaVersion is the version of the canonical form. A catalog of another is not read.
const schemaVersion = 1

// form is the canonical form: everything that decides. The people of identities.yaml are not in it, because their tokens
// decide who they are: a newcomer would change the name of the catalog, and names of people would lie beside every
// function. The groups and principals that are listed there for checking, and tests.yaml, are not in it either.
type form struct {
	Schema       int                  `json:"schema"`
	Zone         string               `json:"zone"`
	Claims       Claims               `json:"claims"`
	Operators    []string             `json:"operators"`
	Machines     []Machine            `json:"machines"`
	Entitlements []access.Entitlement `json:"entitlements"`
	Triggers     []trigger.Trigger    `json:"triggers,omitempty"` // absent, not empty: catalogs without triggers keep their names
	CedarSchema  string               `json:"cedar_schema"`
	Policies     []policy             `json:"policies"`
}

func (c *Catalog) form() form {
	f := form{
		Schema: schemaVersion, Zone: c.zone.String(), Claims: c.claims, Operators: c.operators,
		Machines: c.machines, Entitlements: c.Entitlements(), Triggers: c.Triggers(), CedarSchema: c.cedarSchema, Policies: c.policies,
	}
	if f.Machines == nil {
		f.Machines = []Machine{}
	}
	return f
}

// finish makes a checked catalog ready to answer: its canonical form, its name, and the policies.
func (c *Catalog) finish() error {
	b, err := canonical(c.form())
	if err != nil {
		return fmt.Errorf("writing the canonical form: %w", err)
	}
	sum := sha256.Sum256(b)
	c.canonical, c.hash = b, hex.EncodeToString(sum[:])
	for name, e := range c.entitlements {
		e.Catalog = c.hash
		c.entitlements[name] = e
	}
	for name, t := range c.triggers {
		t.Catalog = c.hash
		c.triggers[name] = t
	}
	return c.prepare()
}

// Decode reads the canonical form back. Bytes that are not exactly canonical are refused, so that the hash of what was
// read is the hash of what was given. It has no people and no expected decisions.
func Decode(b []byte) (*Catalog, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var f form
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("reading a catalog: %w", err)
	}
	if f.Schema != schemaVersion {
		return nil, fmt.Errorf("reading a catalog: schema %d is not %d", f.Schema, schemaVersion)
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		return nil, fmt.Errorf("reading a catalog: %w", err)
	}
	c := &Catalog{
		zone: zone, claims: f.Claims, operators: f.Operators, machines: f.Machines,
		cedarSchema: f.CedarSchema, policies: f.Policies, entitlements: map[string]access.Entitlement{}, triggers: map[string]trigger.Trigger{},
	}
	for _, e := range f.Entitlements {
		c.entitlements[e.Name] = e
	}
	for _, t := range f.Triggers {
		c.triggers[t.Name] = t
	}
	if err := c.finish(); err != nil {
		return nil, fmt.Errorf("reading a catalog: %w", err)
	}
	if !bytes.Equal(c.canonical, b) {
		return nil, errors.New("reading a catalog: it is not in the canonical form")
	}
	return c, nil
}
