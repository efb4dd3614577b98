package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// refusalsPerHour bounds what one caller can make us store by being refused; more is only counted.
const refusalsPerHour = 60

// callerDay is the head of a caller's chain of one day.
type callerDay struct {
	Head    evidence.Head `json:"head"`
	Hour    int           `json:"hour"`
	Stored  int           `json:"stored"`  // records in this hour
	Counted int64         `json:"counted"` // refusals of this day that were not stored
}

// refusal is what a caller's chain says of a call that was understood and refused.
type refusal struct {
	Verb      string     `json:"verb"`
	Elevation string     `json:"elevation,omitempty"`
	Subject   string     `json:"subject,omitempty"` // what was asked for, if there is no elevation
	Kind      fault.Kind `json:"kind"`
	Why       string     `json:"why"`
	By        []string   `json:"by,omitempty"`
}

// refusals keeps the chains of callers who were refused.
type refusals struct{ *Service }

// refused leaves evidence of a refusal in the caller's chain and gives the refusal back. Evidence that cannot be stored
// turns nothing into success: the caller is refused all the same, and the log says so.
func (s refusals) refused(ctx context.Context, c identity.Caller, verb, id string, err error) error {
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound, fault.Conflict:
	default: // not understood, or a fault: a line in the log, which the verb writes
		return err
	}
	r := refusal{Verb: verb, Elevation: fault.Printable(id), Kind: fault.KindOf(err), Why: err.Error(), By: fault.Reasons(err)}
	if _, failed := s.recordRefusal(ctx, c, r, nil); failed != nil {
		s.Log.ErrorContext(ctx, "refusal without evidence", "verb", verb, "actor", c.ID, "error", failed)
	}
	return err
}

// recordRefusal appends to the caller's chain in one transaction with extra. Over the cap it only counts, and extra is
// left out: a flood stores nothing but its number. stored is false then, and on an error.
func (s refusals) recordRefusal(ctx context.Context, c identity.Caller, r refusal, extra []record.Change) (stored bool, err error) {
	now := s.Instant()
	err = record.UpdateRow(ctx, s.Store, "the chain of "+c.ID, callerKey(c.ID, now), func(was record.Stored[callerDay]) ([]record.Change, error) {
		day := was.Value
		var changes []record.Change
		if stored = day.counts(now); stored {
			proof, err := record.Append(evidence.CallerChain(c.ID, now), &day.Head, r.entry(c, now))
			if err != nil {
				return nil, err
			}
			changes = append(slices.Clone(extra), proof)
		}
		head, err := was.Put(day, time.Time{})
		// A version that never was: a process that stood still while the tables were restored must not take the row that was
		// written since for the one that it read.
		head.Row.Version = max(head.Row.Version, s.Now().UnixMilli())
		return append(changes, head), err
	})
	if !errors.Is(err, record.ErrRaced) {
		return stored && err == nil, err
	}
	if !stored { // only the number is behind by one
		return false, nil
	}
	return s.besideChain(ctx, c, r, extra)
}

// besideChain stores a refusal that could not get into its caller's chain, because they are refused many times at once, in a
// chain of its own, whose head is kept like theirs: making noise hides nothing.
func (s refusals) besideChain(ctx context.Context, c identity.Caller, r refusal, extra []record.Change) (stored bool, err error) {
	now := s.Instant()
	chain, head := evidence.CallerChain(c.ID, now)+"#"+s.NewID(), evidence.Head{}
	proof, err := record.Append(chain, &head, r.entry(c, now))
	if err != nil {
		return false, err
	}
	kept, err := record.KeepHead(chain, head)
	if err == nil {
		err = fault.Wrap(s.Store.Write(ctx, append([]record.Change{proof, kept}, extra...)...), "storing a refusal of %s", c.ID)
	}
	return err == nil, err
}

func (r refusal) entry(c identity.Caller, now time.Time) evidence.Entry {
	return evidence.Entry{At: now, Kind: "call.refused", Actor: c.ID, Detail: r}
}

// counts reports whether one more refusal may be stored in the hour of now, and counts it either way.
func (d *callerDay) counts(now time.Time) bool {
	if h := now.Hour(); h != d.Hour {
		d.Hour, d.Stored = h, 0
	}
	if d.Stored >= refusalsPerHour {
		d.Counted++
		return false
	}
	d.Stored++
	return true
}
