package directory

import (
	"context"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Call reads the caller's row together with suspensions, at no extra request, and writes it once a day. Read [Call.Key]
// and pass the rows to [Call.SetRows].
type Call struct {
	caller identity.Caller
	read   bool
	was    Entry
	row    record.Row // version 0: none
}

func NewCall(c identity.Caller) *Call { return &Call{caller: c} }

func (n *Call) Key() record.Key { return Key(n.caller.ID) }

func (n *Call) SetRows(rows record.Rows) {
	was, _ := record.FindRow[Entry](rows, n.Key()) // unreadable: replace it
	n.read, n.was, n.row = true, was.Value, was.Row
}

// Was is the caller's row as it was read; empty: none.
func (n *Call) Was() Entry {
	if n == nil {
		return Entry{}
	}
	return n.was
}

type Directory struct {
	record.Base
	Operators []string // "group:<name>" or a caller's id
}

// Record updates a changed row. It only logs errors. Refused callers get no new row unless they are operators: any user could fill
// the directory. Their old row gets their groups: who left a group is refused, and may hold an elevation. It ignores nil.
func (s Directory) Record(ctx context.Context, n *Call, refused error) {
	if n == nil {
		return
	}
	if err := s.record(ctx, n, refused != nil); err != nil && fault.KindOf(err) != fault.Conflict { // a parallel call wrote it
		s.Log.WarnContext(ctx, "caller not stored in the directory", "actor", n.caller.ID, "error", err)
	}
}

func (s Directory) record(ctx context.Context, n *Call, refused bool) error {
	if !n.read { // refused before suspensions were read
		rows, err := s.Store.Read(ctx, n.Key())
		if err != nil {
			return err
		}
		n.SetRows(rows)
	}
	now := newSeen(n.caller, s.Instant())
	operates := n.caller.In(s.Operators)
	now.Operator = operates || n.was.Operator
	row := record.Stored[Entry]{Row: n.row}
	if now.same(n.was) || refused && !operates && !row.Exists() {
		return nil
	}
	put, err := row.Put(now, s.Instant().Add(seenFor))
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, put)
}

// All skips unreadable rows.
func (s Directory) All(ctx context.Context) ([]Entry, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, seenPartition, "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the directory of callers")
	}
	var all []Entry
	for _, row := range rows {
		sn, err := record.Decode[Entry](row)
		if err != nil {
			s.Log.WarnContext(ctx, "row of the directory cannot be read", "caller", row.Key.Sort, "error", err)
			continue
		}
		all = append(all, sn)
	}
	return all, nil
}
