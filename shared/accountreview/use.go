package accountreview

import (
	"context"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/standing"
)

// mostFailed: a review goes on without last-accessed data after so many tries that failed. What is privileged counts more than what
// is unused.
const mostFailed = 2

func (a *account) accessed(ctx context.Context, part []reviewed, next *progress) (map[string]*standing.Accessed, error) {
	var arns []string
	for _, e := range part {
		if e.Privileged() {
			arns = append(arns, e.Principal)
		}
	}
	if len(arns) == 0 {
		return nil, nil
	}
	var all map[string]*standing.Accessed
	if next.Failed < mostFailed {
		var err error
		all, err = a.Reader.Accessed(ctx, a.Account, arns)
		switch {
		case err == nil:
		case fault.KindOf(err) == fault.Denied:
			a.Log.ErrorContext(ctx, "last-accessed data may not be read: deploy the member stack", "account", a.Account, "error", err)
		default:
			failed := a.row.Value
			failed.Failed++
			if kept := a.keep(ctx, &a.row, failed); kept != nil {
				return nil, kept
			}
			return nil, fault.Wrap(err, "reading last-accessed data in account %s", a.Account)
		}
	}
	next.Counts.UseUnknown += len(arns) - len(all)
	return all, nil
}

// used reads what Curfew recorded of the use of principals' own policies. Calls whose right is not known are not in it, so it never proves
// that an action is unused.
func (a *account) used(ctx context.Context, part []reviewed) (map[string]*standing.Usage, error) {
	all := map[string]*standing.Usage{}
	for _, e := range part {
		if !e.Privileged() {
			continue
		}
		u, err := a.Use(ctx, a.Account, e.ID)
		if record.Unreadable(err) {
			a.Log.ErrorContext(ctx, "the recorded use of a principal cannot be read", "principal", fault.Printable(e.Principal), "error", err)
			continue
		}
		if err != nil {
			return nil, fault.Wrap(err, "reading the recorded use of %s", e.Principal)
		}
		if u == nil || u.Events == 0 {
			continue
		}
		used := standing.FromTrail(u, time.Unix(u.First, 0).UTC(), time.Unix(u.Last, 0).UTC())
		used.Partial = true
		all[e.ID] = used
	}
	return all, nil
}

// look returns the entries of a part, with what is known of the use of privileged ones.
func (a *account) look(ctx context.Context, part []reviewed, next *progress) ([]*standing.Entry, error) {
	o := a.options
	var err error
	if o.Accessed, err = a.accessed(ctx, part, next); err != nil {
		return nil, err
	}
	if o.Used, err = a.used(ctx, part); err != nil {
		return nil, err
	}
	all := make([]*standing.Entry, len(part))
	for i, e := range part {
		all[i] = e.Entry
		if e.Privileged() {
			all[i] = e.Looked(e.of, o)
		}
	}
	return all, nil
}
