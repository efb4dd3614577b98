package release

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

// seen is what reconcile saw.
type seen struct {
	record.ChainHead
	Newest  string    `json:"newest"`
	At      time.Time `json:"at"` // of Newest
	InForce string    `json:"in_force"`
	Since   time.Time `json:"since"` // of InForce
	// Deployments are that of Newest, and those before it whose deployers are looked up. The last is the newest.
	Deployments []deployment `json:"deployments"`
}

// deployment is one that reconcile saw.
type deployment struct {
	Catalog string     `json:"catalog"`
	At      time.Time  `json:"at"`
	Next    time.Time  `json:"next"` // look-up
	Done    bool       `json:"done,omitempty"`
	By      []Deployer `json:"by,omitempty"` // done and empty: not known
}

// Deployments knows who deployed.
type Deployments interface {
	// Deployers returns the calls that deployed a catalog in a period, the newest first; empty: not known.
	Deployers(ctx context.Context, from, to time.Time) ([]Deployer, error)
}

// Deployer is the caller of one call that deployed.
type Deployer struct {
	Principal      string    `json:"principal"`         // ARN
	Session        string    `json:"session,omitempty"` // or the user's name
	SourceIdentity string    `json:"source_identity,omitempty"`
	Event          string    `json:"event"` // its name
	EventID        string    `json:"event_id"`
	At             time.Time `json:"at"`
}

// used is what Grant used.
type used struct {
	InForce string   `json:"in_force"`
	Before  []former `json:"before"` // the last mostBefore
}

// former was in force until an instant.
type former struct {
	Catalog string    `json:"catalog"`
	Until   time.Time `json:"until"`
}

const mostBefore = 20

// signature accepts one catalog.
type signature struct {
	Catalog  string        `json:"catalog"`
	By       string        `json:"by"` // caller id
	Name     string        `json:"name"`
	InForce  string        `json:"in_force"` // then: what the signer compared with
	Note     string        `json:"note"`
	At       time.Time     `json:"at"`
	Evidence evidence.Head `json:"evidence"`
}

func seenKey() record.Key { return record.HeadKey(evidence.CatalogChain()) }
func usedKey() record.Key { return record.AccessKey("granted#catalog", "catalog") }
func signatureKey(hash string) record.Key {
	return record.AccessKey(evidence.CatalogSignatureChain(hash), "signature")
}

// rows are what was stored.
type rows struct {
	seen record.Stored[seen]
	used record.Stored[used]
}
