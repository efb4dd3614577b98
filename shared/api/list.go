package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Filter lists elevations that match all its members; without members, the caller's own.
type Filter struct {
	State       string `json:"state,omitempty"`     // any of them, with commas between
	Principal   string `json:"principal,omitempty"` // ARN
	Requester   string `json:"requester,omitempty"` // id, or [Mine]
	Entitlement string `json:"entitlement,omitempty"`
	Task        string `json:"task,omitempty"`    // kind/id
	Account     string `json:"account,omitempty"` // of the principal

	// After includes the instant, Before does not. A range of ends matches only ended elevations.
	RequestedAfter  time.Time `json:"requested_after,omitzero"`
	RequestedBefore time.Time `json:"requested_before,omitzero"`
	EndedAfter      time.Time `json:"ended_after,omitzero"`
	EndedBefore     time.Time `json:"ended_before,omitzero"`

	Mine   string `json:"mine,omitempty"`   // [ToDecide]: those that the caller may decide on now
	Limit  int    `json:"limit,omitempty"`  // 1 to 200; 0: 50
	Cursor string `json:"cursor,omitempty"` // NextCursor of the previous page
}

const (
	Mine     = "me"     // Filter.Requester: the caller
	ToDecide = "decide" // Filter.Mine
)

// ListElevations returns one page of what the caller may see, newest first.
func ListElevations(ctx context.Context, s *access.Service, c identity.Caller, f Filter) (Page, error) {
	asked := f
	asked.Limit, asked.Cursor = 0, ""
	bound := bind(c, asked)
	after, err := readCursor(f.Cursor, bound)
	if err != nil {
		return Page{}, err
	}
	in := f.filter(c)
	in.After = after
	found, err := s.List(ctx, c, in)
	if err != nil {
		return Page{}, err
	}
	p := Page{Elevations: []Elevation{}, Unreadable: found.Unreadable, NextCursor: cursorAfter(bound, found.Next)}
	for _, l := range found.Lives {
		p.Elevations = append(p.Elevations, elevationOf(l))
	}
	return p, nil
}

func (f Filter) filter(c identity.Caller) access.Filter {
	in := access.Filter{
		Principal: f.Principal, Requester: f.Requester, Entitlement: f.Entitlement, Task: f.Task, Account: f.Account,
		RequestedAfter: f.RequestedAfter, RequestedBefore: f.RequestedBefore, EndedAfter: f.EndedAfter, EndedBefore: f.EndedBefore,
		ToDecide: f.Mine == ToDecide, Limit: f.Limit,
	}
	if f.Requester == Mine {
		in.Requester = c.ID
	}
	for _, s := range f.states() {
		in.States = append(in.States, access.State(s))
	}
	return in
}

func (f Filter) states() []string {
	if f.State == "" {
		return nil
	}
	return strings.Split(f.State, ",")
}

func (f Filter) check(time.Time) (m fault.Mistakes) {
	if slices.ContainsFunc(f.states(), func(s string) bool { return !slices.Contains(access.States(), access.State(s)) }) {
		m.Add("state", "want one or several of %s, with commas between", access.States())
	}
	if f.Mine != "" && f.Mine != ToDecide {
		m.Add("mine", "want %s", ToDecide)
	}
	if f.Limit < 0 || f.Limit > access.MostListed {
		m.Add("limit", "want 1 to %d", access.MostListed)
	}
	return m
}
