package access

import (
	"context"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Seen is what the directory keeps of a caller who changed something, or of an operator who was refused: by it a name is resolved to an id, and an operator
// is known to be one. It decides nothing about the caller themselves, whose groups are always those of their own call.
type Seen struct {
	ID   string              `json:"id"`
	Kind identity.CallerKind `json:"kind"`
	// Name is a person's name in sessions, and the name of a machine's role or user. A machine's session name is left out:
	// the machine chose it, and could take a person's.
	Name   string   `json:"name"`
	ARN    string   `json:"arn,omitempty"`
	Groups []string `json:"groups,omitempty"` // as last signed in, sorted
	Day    string   `json:"day"`              // of UTC: when they were last seen
	// Operator: they were an operator when they were seen once, as long as the row lives. Groups may be just-in-time too, and
	// an operator without them at this hour is one still.
	Operator bool `json:"operator,omitempty"`
}

// The directory is one partition, so that a name can be looked for among all. Only the functions api and decide write it.
const seenPartition = "seen"

func seenKey(caller string) record.Key { return record.AccessKey(seenPartition, caller) }

// seenFor is how long the directory keeps a caller who is not seen again.
const seenFor = 400 * 24 * time.Hour

func seenNow(c identity.Caller, now time.Time) Seen {
	groups := slices.Clone(c.Groups)
	slices.Sort(groups)
	sn := Seen{ID: c.ID, Kind: c.Kind, Name: c.Name, ARN: c.ARN, Groups: slices.Compact(groups), Day: now.UTC().Format(time.DateOnly)}
	if c.Kind == identity.Machine {
		sn.Name = identity.PrincipalName(c.ARN)
	}
	return sn
}

func (sn Seen) same(other Seen) bool {
	return sn.ID == other.ID && sn.Kind == other.Kind && sn.Name == other.Name && sn.ARN == other.ARN && sn.Day == other.Day && sn.Operator == other.Operator && slices.Equal(sn.Groups, other.Groups)
}

// noted is the caller of one call, with their row of the directory as it was read on the way.
type noted struct {
	caller identity.Caller
	read   bool
	was    Seen
	row    record.Row // version 0: there was none
}

// noting is the service for one call of a caller who changes something. What it reads of suspensions it reads together with
// the caller's row of the directory: noting a caller costs no request, and a write once a day.
func (s *Service) noting(c identity.Caller) *Service {
	one := *s
	one.noted = &noted{caller: c}
	return &one
}

// took keeps the caller's row if it is among rows.
func (n *noted) took(rows record.Rows) {
	was, _ := record.Among[Seen](rows, seenKey(n.caller.ID)) // one that cannot be read is written anew
	n.read, n.was, n.row = true, was.Value, was.Row
}

// directory keeps who was seen.
type directory struct{ *Service }

// note writes the caller's row anew if it does not say what this call says. The call succeeds or fails without it. A caller
// who was refused leaves no row, unless they are an operator: else whoever can sign in could fill the directory.
func (s directory) note(ctx context.Context, refused error) {
	n := s.noted
	if n == nil || !n.read {
		return
	}
	now := seenNow(n.caller, s.Instant())
	operates := n.caller.In(s.Settings.Operators)
	if refused != nil && !operates {
		return
	}
	now.Operator = operates || n.was.Operator
	if now.same(n.was) {
		return
	}
	put, err := record.Stored[Seen]{Row: n.row}.Put(now, s.Instant().Add(seenFor))
	if err == nil {
		err = s.Store.Write(ctx, put)
	}
	if err != nil && fault.KindOf(err) != fault.Conflict { // another call of theirs was faster
		s.Log.WarnContext(ctx, "caller not noted in the directory", "actor", now.ID, "error", err)
	}
}

// directory are all callers that were seen. One that cannot be read keeps no other from being found.
func (s directory) directory(ctx context.Context) ([]Seen, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, seenPartition, "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the directory of callers")
	}
	var all []Seen
	for _, row := range rows {
		sn, err := record.Decode[Seen](row)
		if err != nil {
			s.Log.WarnContext(ctx, "row of the directory cannot be read", "caller", row.Key.Sort, "error", err)
			continue
		}
		all = append(all, sn)
	}
	return all, nil
}
