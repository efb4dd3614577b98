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
	"curfew/shared/detection"
	"curfew/shared/trigger"
)

// schemaVersion is the version of the canonical form. Decode refuses other versions.
const schemaVersion = 1

// form is the canonical form: everything that decides. It omits the people of identities.yaml, because their tokens
// decide who they are. A new person would otherwise change the catalog's hash, and names of people would be packed with
// every function. It also omits groups and principals, which are listed only for checks, and tests.yaml.
type form struct {
	Schema       int                  `json:"schema"`
	Zone         string               `json:"zone"`
	Claims       Claims               `json:"claims"`
	Operators    []string             `json:"operators"`
	Machines     []Machine            `json:"machines"`
	Entitlements []access.Entitlement `json:"entitlements"`
	Triggers     []trigger.Trigger    `json:"triggers,omitempty"` // absent, not empty: catalogs without triggers keep their hash
	Detections   []routedDetection    `json:"detections,omitempty"`
	IaC          []string             `json:"iac,omitempty"`
	OnForeign    string               `json:"on_foreign"`
	CedarSchema  string               `json:"cedar_schema"`
	Policies     []policy             `json:"policies"`
}

func (c *Catalog) form() form {
	f := form{
		Schema: schemaVersion, Zone: c.zone.String(), Claims: c.claims, Operators: c.operators,
		Machines: c.machines, Entitlements: c.Entitlements(), Triggers: c.Triggers(), IaC: c.iac, OnForeign: c.onForeign, CedarSchema: c.cedarSchema, Policies: c.policies,
	}
	for _, d := range c.Detections() {
		f.Detections = append(f.Detections, routedDetection{d, c.routesOf(d)})
	}
	if f.Machines == nil {
		f.Machines = []Machine{}
	}
	return f
}

// routesOf derives the routes of a detection, or returns those of a decoded catalog: functions start faster.
func (c *Catalog) routesOf(d detection.Detection) []route {
	if c.routes != nil {
		return c.routes[d.Name]
	}
	return routingOf(d).routes
}

// finish sets the canonical form, the hash and the policies of a checked catalog.
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

// Decode reads the canonical form. It refuses bytes that are not exactly canonical, so the hash of the result is the
// hash of b. The result has no people and no tests.
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
		cedarSchema: f.CedarSchema, policies: f.Policies, entitlements: map[string]access.Entitlement{}, triggers: map[string]trigger.Trigger{}, detections: map[string]detection.Detection{},
		iac: f.IaC, onForeign: f.OnForeign,
	}
	for _, e := range f.Entitlements {
		c.entitlements[e.Name] = e
	}
	for _, t := range f.Triggers {
		c.triggers[t.Name] = t
	}
	c.routes = map[string][]route{}
	for _, d := range f.Detections {
		c.detections[d.Name], c.routes[d.Name] = d.Detection, d.Routes
	}
	if err := c.finish(); err != nil {
		return nil, fmt.Errorf("reading a catalog: %w", err)
	}
	if !bytes.Equal(c.canonical, b) {
		return nil, errors.New("reading a catalog: it is not in the canonical form")
	}
	return c, nil
}
