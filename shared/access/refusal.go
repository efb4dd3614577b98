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

// refusalsPerHour limits stored refusals per caller. Of more a sample is stored, at most 21 an hour; the rest is counted.
const refusalsPerHour = 60

// callerDay is the head of a caller's chain of one day.
type callerDay struct {
	Head    evidence.Head `json:"head"`
	Hour    int           `json:"hour"`
	InHour  int           `json:"in_hour"`
	Next    int           `json:"next,omitempty"`     // of the hour, that is stored
	Counted int64         `json:"counted"`            // not stored
	Since   int64         `json:"unstored,omitempty"` // not stored since the last that was
}

type refusal struct {
	Verb      string     `json:"verb"`
	Elevation string     `json:"elevation,omitempty"`
	Subject   string     `json:"subject,omitempty"`
	Kind      fault.Kind `json:"kind"`
	Why       string     `json:"why"`
	By        []string   `json:"by,omitempty"`
	Unstored  int64      `json:"unstored,omitempty"` // refusals of the day before it that are only counted
}

type refusals struct{ *Service }

// refused records a refusal in the caller's chain and returns err, even if storing fails.
func (s refusals) refused(ctx context.Context, c identity.Caller, verb, id string, err error) error {
	return s.refusedAbout(ctx, c, refusal{Verb: verb, Elevation: fault.Printable(id)}, err)
}

func (s refusals) refusedAbout(ctx context.Context, c identity.Caller, r refusal, err error) error {
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound, fault.Conflict:
	default:
		return err
	}
	r.Kind, r.Why, r.By = fault.KindOf(err), err.Error(), fault.Reasons(err)
	if _, failed := s.recordRefusal(ctx, c, r, nil); failed != nil {
		s.Log.ErrorContext(ctx, "refusal without evidence", "verb", r.Verb, "actor", c.ID, "error", failed)
	}
	return err
}

// recordRefusal stores the refusal and extra in one transaction. Over the limit it only counts, drops extra, and stored
// is false.
func (s refusals) recordRefusal(ctx context.Context, c identity.Caller, r refusal, extra []record.Change) (stored bool, err error) {
	now := s.Instant()
	err = record.UpdateRow(ctx, s.Store, "the chain of "+c.ID, callerKey(c.ID, now), func(was record.Stored[callerDay]) ([]record.Change, error) {
		day := was.Value
		var changes []record.Change
		if stored = day.counts(now, s.NewID); stored {
			r.Unstored, day.Since = day.Since, 0
			proof, err := record.Append(evidence.CallerChain(c.ID, now), &day.Head, r.entry(c, now))
			if err != nil {
				return nil, err
			}
			changes = append(slices.Clone(extra), proof)
		}
		head, err := was.Put(day, time.Time{})
		// A version above all old ones: a process that slept through a restore must not overwrite newer rows.
		head.Row.Version = max(head.Row.Version, s.Now().UnixMilli())
		return append(changes, head), err
	})
	if !errors.Is(err, record.ErrRaced) {
		return stored && err == nil, err
	}
	if !stored {
		return false, nil
	}
	return s.besideChain(ctx, c, r, extra)
}

// besideChain stores a refusal in a separate chain after too many conflicts: a flood must not hide it.
func (s refusals) besideChain(ctx context.Context, c identity.Caller, r refusal, extra []record.Change) (stored bool, err error) {
	now := s.Instant()
	chain, head := evidence.CallerChain(c.ID, now)+"#"+s.NewID(), evidence.Head{}
	proof, err := record.Append(chain, &head, r.entry(c, now))
	if err != nil {
		return false, err
	}
	kept, err := record.KeepHead(chain, head)
	kept.Row.Index = map[record.Index]record.Place{record.ByRequester: {Partition: evidence.CallerChain(c.ID, now), Sort: chain}}
	if err == nil {
		err = fault.Wrap(s.Store.Write(ctx, append([]record.Change{proof, kept}, extra...)...), "storing a refusal of %s", c.ID)
	}
	return err == nil, err
}

func (r refusal) entry(c identity.Caller, now time.Time) evidence.Entry {
	return evidence.Entry{At: now, Kind: "call.refused", Actor: c.ID, Detail: r}
}

// counts reports whether to store one. The gaps of the sample are random: a caller must not know what will be stored.
func (d *callerDay) counts(now time.Time, newID func() string) bool {
	if h := now.Hour(); h != d.Hour {
		d.Hour, d.InHour, d.Next = h, 0, 0
	}
	d.InHour++
	if d.InHour == refusalsPerHour+1 {
		d.Next = d.InHour + oneOf(newID(), refusalsPerHour)
	}
	if d.InHour < d.Next {
		d.Counted++
		d.Since++
		return false
	}
	if d.InHour > refusalsPerHour {
		d.Next = d.InHour + d.InHour/2 + oneOf(newID(), d.InHour)
	}
	return true
}
