package release

import (
	"context"
	"time"

	"curfew/shared/catalog"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// Waits is a wider catalog that waits for a signature.
var Waits = finding.Kind{
	Name: "catalog-waits", PageInterval: finding.Daily, Severity: finding.High,
	Why: "A deployed catalog allows more than the one in force. Until a second person signs it, the one in force stays.",
	Do:  "Read the changes (curfew catalog pending). If they are right, an operator who did not deploy it signs, 20 minutes after it was seen: curfew catalog sign HASH. If not, deploy the old one.",
}

// changed is the detail of catalog.changed.
type changed struct {
	From    string   `json:"from,omitempty"` // empty: the first
	To      string   `json:"to"`
	InForce string   `json:"in_force"`
	Wider   bool     `json:"wider"`
	Changes []string `json:"changes"`
	More    int      `json:"more_changes,omitempty"` // left out
}

// Note is [access.Catalogs.Note]. The record catalog.deployed follows that of the change when CloudTrail has delivered.
func (r *Releases) Note(ctx context.Context) error {
	newest := r.set.Newest()
	err := record.Update(ctx, r.Store, "the catalog's history", r.read, func(was rows) ([]record.Change, error) {
		return r.note(ctx, was)
	})
	if err != nil {
		return err
	}
	if err := r.lookUp(ctx); err != nil {
		return err
	}
	state, err := r.State(ctx)
	if err != nil || !state.Waits {
		return err
	}
	return finding.Report(ctx, r.Base, Waits, finding.Occurrence{
		Subject: newest.Hash(), What: "catalog " + newest.Hash()[:12] + " is wider than the one in force, and waits for a signature", Detail: state.Changes,
	})
}

func (r *Releases) note(ctx context.Context, was rows) ([]record.Change, error) {
	now, err := r.choose(ctx, was)
	inForce := was.seen.Value.InForce
	switch {
	case err == nil:
		inForce = now.Hash()
	case fault.KindOf(err) != fault.Transient:
		return nil, err
	}
	newest, next := r.set.Newest(), was.seen.Value
	entry := evidence.Entry{At: r.Instant(), Actor: "reconcile"}
	switch {
	case next.Newest != newest.Hash():
		entry.Kind = "catalog.changed"
		entry.Detail = r.changedFrom(next.Newest, inForce)
		next.Newest, next.At = newest.Hash(), entry.At
		next.deployed(newest.Hash(), entry.At)
	case next.InForce != inForce:
		entry.Kind, entry.Detail = "catalog.accepted", map[string]string{"catalog": inForce, "was": next.InForce}
	default:
		return nil, nil
	}
	if next.InForce != inForce {
		next.InForce, next.Since = inForce, entry.At
	}
	proof, err := record.Append(evidence.CatalogChain(), &next.Head, entry)
	if err != nil {
		return nil, err
	}
	put, err := was.seen.Put(next, time.Time{})
	return []record.Change{put, proof}, err
}

func (r *Releases) changedFrom(from, inForce string) changed {
	c := changed{From: from, To: r.set.Newest().Hash(), InForce: inForce, Wider: true}
	old := r.set.Packed(from)
	switch {
	case from == "":
		c.Wider = false
	case old == nil:
		c.Changes = []string{"not known: the catalog before is not packed"}
	default:
		all := catalog.Diff(old, r.set.Newest())
		c.Wider = catalog.Wider(all)
		c.Changes, c.More = lines(all)
	}
	return c
}
