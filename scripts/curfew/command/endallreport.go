package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
)

// bulkEndResult is what end-all did.
type bulkEndResult struct {
	Scope    client.Scope `json:"scope"`          // by ids
	Name     string       `json:"name,omitempty"` // of the caller in the scope
	Ended    int          `json:"ended"`          // withdrawn, or their end ordered
	Removing int          `json:"removing"`       // being removed
	Left     []leftover   `json:"left"`           // null: it is not known
	// NotSuspended is why the suspension was refused.
	NotSuspended string `json:"not_suspended,omitempty"`
}

// leftover is an elevation that is not over. If it cannot be read, only its id is known.
type leftover struct {
	ID          string `json:"id"`
	State       string `json:"state,omitempty"`
	Principal   string `json:"principal,omitempty"`
	Entitlement string `json:"entitlement,omitempty"`
	Requester   string `json:"requester,omitempty"`
}

// report prints the totals and what is left. why is nil only if nothing should be left.
func (b *bulkEnd) report(ctx context.Context, why *failure) error {
	b.line.clear()
	ended, _ := b.countEnded()
	done := bulkEndResult{Scope: b.scope, Name: b.name, Ended: ended, Removing: b.removing, Left: []leftover{}}
	if b.refused != nil {
		done.NotSuspended = b.refused.text
	}
	if why == nil {
		if err := b.print(done, done.write); err != nil || b.refused == nil {
			return err
		}
		return &failure{b.refused.code, "new requests are not denied: " + b.scopeText() + " is not suspended: " + b.refused.text}
	}
	var unlisted error
	done.Left, unlisted = b.leftovers(ctx)
	if err := b.print(done, done.write); err != nil {
		return err
	}
	left := isAre(len(done.Left)) + " left"
	if unlisted != nil {
		left = "the list of what is left is not complete"
	}
	return &failure{why.code, fmt.Sprintf("%s: %s of %s; what was ordered goes on, and it may be run again", why.text, left, b.scopeText())}
}

func isAre(n int) string { return strconv.Itoa(n) + when(n == 1, " is") + when(n != 1, " are") }

func (d bulkEndResult) write(w io.Writer) error {
	standing := "nothing of it is left"
	switch {
	case d.Left == nil:
		standing = "what is left is not known"
	case len(d.Left) > 0:
		standing = "left are"
	case d.Removing > 0:
		standing = isAre(d.Removing) + " being removed"
	case d.Ended == 0:
		standing = "nothing of it is open"
	}
	fmt.Fprintf(w, "%s: %d ended, %s\n", printable(scopeName(d.Scope, d.Name)), d.Ended, standing)
	if len(d.Left) == 0 {
		return nil
	}
	rows := [][]string{{"ID", "STATE", "ENTITLEMENT", "PRINCIPAL", "REQUESTER"}}
	for _, l := range d.Left {
		rows = append(rows, []string{l.ID, or(l.State, "?"), or(l.Entitlement, "-"), or(l.Principal, "-"), or(l.Requester, "-")})
	}
	return table(w, rows)
}

// stopEarly is the failure of a run that stopped early. Its orders stand.
func (b *bulkEnd) stopEarly(ctx context.Context, err error) error {
	f := *b.explain(ctx, err)
	switch ctx.Err() {
	case context.Canceled:
		f = failure{Interrupted, "interrupted"}
	case context.DeadlineExceeded:
		f = failure{Unavailable, fmt.Sprintf("not done after %s", b.timeout)}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	return b.report(ctx, &f)
}

// lastLook bounds the last look for what is left.
const lastLook = 5 * time.Second

// leftovers returns what is not over: what the lists have, and what failed and is in no list. nil: it is not known.
func (b *bulkEnd) leftovers(ctx context.Context) ([]leftover, error) {
	states := []access.State{access.Requested, access.Approved, access.Granting, access.Active, access.Revoking, access.Stuck}
	if b.noWait {
		states = states[:4]
	}
	var left []leftover
	listed, err := b.listScope(ctx, states...)
	if err == nil {
		left = []leftover{}
	}
	for _, e := range listed {
		left = append(left, leftover{e.ID, e.State, e.Principal, e.Entitlement, e.Requester.Name})
	}
	for _, id := range b.failed {
		if !slices.ContainsFunc(left, func(l leftover) bool { return l.ID == id }) {
			left = append(left, leftover{ID: id})
		}
	}
	return left, err
}

// listScope returns the scope's elevations in some states. One that moves meanwhile is listed once.
func (b *bulkEnd) listScope(ctx context.Context, states ...access.State) ([]client.Elevation, error) {
	ctx, cancel := context.WithTimeout(ctx, listWithin)
	defer cancel()
	var all []client.Elevation
	for _, s := range states {
		for f := (client.Filter{State: string(s), Limit: 200}); ; {
			page, err := retry(ctx, b.app, nil, func(ctx context.Context, c *client.Client) (client.Page, error) { return c.List(ctx, f) })
			if err != nil {
				return all, err
			}
			for _, e := range page.Elevations {
				there := slices.ContainsFunc(all, func(x client.Elevation) bool { return x.ID == e.ID })
				if b.scope.Holds(e) && !there {
					all = append(all, e)
				}
			}
			if page.NextCursor == "" || page.NextCursor == f.Cursor {
				break
			}
			f.Cursor = page.NextCursor
		}
	}
	return all, nil
}

// listWithin bounds the lookup of names: end-all must not wait for them.
const listWithin = 15 * time.Second

// writeCount prints what would be ended, and on which principals.
func (b *bulkEnd) writeCount(ctx context.Context, met client.Reach) error {
	b.line.clear()
	fmt.Fprintf(b.Stderr, "%s: %d waiting, %d with access, %d being removed already\n", printable(b.scopeText()), met.Waiting, met.Open, met.Ending)
	listed, err := b.listScope(ctx, access.Requested, access.Approved, access.Granting, access.Active)
	if err != nil {
		fmt.Fprintf(b.Stderr, "the principals could not be listed: %s\n", printable(b.explain(ctx, err).text))
		return nil
	}
	type counts struct{ waiting, open int }
	on, order := map[string]counts{}, []string{}
	for _, e := range listed {
		n, there := on[e.Principal]
		if !there {
			order = append(order, e.Principal)
		}
		if e.State == string(access.Requested) || e.State == string(access.Approved) {
			n.waiting++
		} else {
			n.open++
		}
		on[e.Principal] = n
	}
	slices.Sort(order)
	rows := [][]string{}
	for _, p := range order {
		rows = append(rows, []string{"  " + p, strconv.Itoa(on[p].waiting) + " waiting", strconv.Itoa(on[p].open) + " with access"})
	}
	return table(b.Stderr, rows)
}
