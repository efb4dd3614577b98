package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/task"
)

// endServing ends elevations that serve only this task (only requester's, if given). Grant stores its mark, then checks
// the task; here the order is reversed, so the later one sees the other.
func (s Ender) endServing(ctx context.Context, t task.Task, by, requester string) error {
	rows, err := s.Store.Partition(ctx, record.AccessTable, task.ServesKey(t.String(), "").Partition, "serves#")
	if err != nil {
		return fault.Wrap(err, "reading what serves %s", t)
	}
	var keys []record.Key
	for _, r := range rows {
		keys = append(keys, ElevationKey(strings.TrimPrefix(r.Key.Sort, "serves#")))
	}
	var failed []error
	for some := range slices.Chunk(keys, record.ReadAtOnce) {
		under, err := s.underWay(ctx, some)
		failed = append(failed, err)
		for _, id := range under {
			failed = append(failed, s.taskOver(ctx, id, t, by, requester))
		}
	}
	return worthAgain(failed)
}

// underWay filters out ended elevations: a task's marks outlive them by a month, and loading thousands would delay the
// end. Unreadable ones count as open.
func (s Ender) underWay(ctx context.Context, keys []record.Key) (ids []string, err error) {
	rows, err := s.Store.Read(ctx, keys...)
	if err != nil {
		return nil, fault.Wrap(err, "reading what serves a task")
	}
	for _, k := range keys {
		row, there := rows[k]
		if e, err := DecodeElevation(row); there && (err != nil || !e.State.Terminal()) {
			ids = append(ids, IDOf(k))
		}
	}
	return ids, nil
}

// worthAgain is Transient if any error may succeed on retry: one bad record must not stop the others.
func worthAgain(failed []error) error {
	for _, err := range failed {
		if k := fault.KindOf(err); k == fault.Transient || k == fault.Conflict {
			return &fault.Error{Kind: fault.Transient, Text: fault.FirstLine(errors.Join(failed...)), Err: errors.Join(failed...)}
		}
	}
	return errors.Join(failed...)
}

func (s Ender) taskOver(ctx context.Context, id string, t task.Task, by, requester string) error {
	l, err := s.Load(ctx, id)
	if err != nil || requester != "" && l.Elevation.Requester != requester {
		return err
	}
	return s.endIf(ctx, l, by, func(l Life) (Amendment, error) { return s.withoutTask(ctx, l, t, by) })
}

// withoutTask orders the end, or starts the settle time, after the last task.
func (s Ender) withoutTask(ctx context.Context, l Life, t task.Task, by string) (Amendment, error) {
	e := l.Elevation
	if !slices.Contains(e.Tasks, t.String()) || e.State.Terminal() || e.State == Revoking || e.State == Stuck {
		return Amendment{None: true}, nil
	}
	if err := e.whole(); err != nil {
		return Amendment{}, err
	}
	left := slices.DeleteFunc(slices.Clone(e.Tasks), func(n string) bool { return n == t.String() })
	known, err := s.Tasks().AnyKnown(ctx, left)
	if err != nil {
		return Amendment{}, err
	}
	if known {
		e, extra := l.drops(e, t.String(), nil)
		return Amendment{Next: e, extra: extra}, nil
	}
	switch {
	case e.State != Granting && e.State != Active:
		return Amendment{None: true}, nil // Grant checks the task again
	case l.Terms.Settle > 0 && e.State == Active:
		if !e.SettlesAt.IsZero() {
			return Amendment{None: true}, nil
		}
		e.SettlesAt = s.Instant().Add(time.Duration(l.Terms.Settle) * time.Second)
		return Amendment{Next: e, entry: evidence.Entry{At: s.Instant(), Kind: "elevation.settling", Actor: by,
			Detail: map[string]any{"task": t.String(), "until": e.SettlesAt}}}, nil
	}
	return ending(l, Completed, t.String()+" ended", by, s.Instant())
}

// Settled ends an elevation whose tasks stayed over for the settle time.
func (s Ender) Settled(ctx context.Context, l Life) error {
	return s.endIf(ctx, l, "sweep", func(l Life) (Amendment, error) {
		if l.Elevation.State != Active || l.Elevation.SettlesAt.IsZero() || s.Now().Before(l.Elevation.SettlesAt) {
			return Amendment{None: true}, nil
		}
		if err := l.Elevation.whole(); err != nil {
			return Amendment{}, err
		}
		known, err := s.Tasks().AnyKnown(ctx, l.Elevation.Tasks)
		if err != nil {
			return Amendment{}, err
		}
		if known { // a task came back
			next := l.Elevation
			next.SettlesAt = time.Time{}
			return Amendment{Next: next}, nil
		}
		return ending(l, Completed, strings.Join(l.Elevation.Tasks, ", ")+" ended and did not start again", "sweep", s.Instant())
	})
}
