package directory

import (
	"context"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Call is one call of a caller who changes something, with their row of the directory as it was read on the way: what the call
// reads of suspensions it reads together with the row of [Call.Key], and gives to [Call.Took]. So to note a caller costs no request,
// and a write once a day.
type Call struct {
	caller identity.Caller
	read   bool
	was    Seen
	row    record.Row // version 0: there was none
}

// NewCall is a call of which nothing was read yet.
func NewCall(c identity.Caller) *Call { return &Call{caller: c} }

// Key is where the caller's row lies.
func (n *Call) Key() record.Key { return Key(n.caller.ID) }

// Took keeps the caller's row as it was read among rows. No row among them means that there is none.
func (n *Call) Took(rows record.Rows) {
	was, _ := record.Among[Seen](rows, n.Key()) // one that cannot be read is written anew
	n.read, n.was, n.row = true, was.Value, was.Row
}

// Directory reads and writes the rows of callers.
type Directory struct {
	record.Base
	Operators []string // "group:<name>" or a caller's id
}

// Note writes the caller's row anew if it does not say what this call says. The call succeeds or fails without it. A caller
// who was refused leaves no row, unless they are an operator: else whoever can sign in could fill the directory.
//
// A call whose row was not read is not noted. A nil call is none.
func (s Directory) Note(ctx context.Context, n *Call, refused error) {
	if n == nil || !n.read {
		return
	}
	now := newSeen(n.caller, s.Instant())
	operates := n.caller.In(s.Operators)
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

// All are all callers that were seen. One that cannot be read keeps no other from being found.
func (s Directory) All(ctx context.Context) ([]Seen, error) {
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
