package api

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// OpenReview is a review that is due.
type OpenReview struct {
	Elevation
	Review  Review    `json:"review"`
	DueBy   time.Time `json:"due_by"`
	Overdue bool      `json:"overdue,omitempty"`
}

// ReviewPage is one page of a list. A short or empty page may have a next.
type ReviewPage struct {
	Reviews    []OpenReview `json:"reviews"`
	Unreadable []string     `json:"unreadable,omitempty"`  // as in [Page]
	NextCursor string       `json:"next_cursor,omitempty"` // empty: done
}

// ReviewFilter lists reviews that match all its members.
type ReviewFilter struct {
	Mine   string `json:"mine,omitempty"`   // [ToSign]: those that the caller may sign
	State  string `json:"state,omitempty"`  // [ReviewOverdue]; empty: all that are due
	Limit  int    `json:"limit,omitempty"`  // 1 to 200; 0: 50
	Cursor string `json:"cursor,omitempty"` // NextCursor of the previous page
}

const (
	ToSign        = "sign"    // ReviewFilter.Mine
	ReviewOverdue = "overdue" // ReviewFilter.State
)

func (f ReviewFilter) check(time.Time) (m fault.Mistakes) {
	if f.Mine != "" && f.Mine != ToSign {
		m.Add("mine", "want %s", ToSign)
	}
	if f.State != "" && f.State != ReviewOverdue {
		m.Add("state", "want %s", ReviewOverdue)
	}
	if f.Limit < 0 || f.Limit > access.MostListed {
		m.Add("limit", "want 1 to %d", access.MostListed)
	}
	return m
}

// ListReviews returns one page of reviews that are due and not signed, the oldest first.
func ListReviews(ctx context.Context, s *access.Service, c identity.Caller, f ReviewFilter) (ReviewPage, error) {
	asked := f
	asked.Limit, asked.Cursor = 0, ""
	bound := bind(c, asked)
	after, err := readCursor(f.Cursor, bound)
	if err != nil {
		return ReviewPage{}, err
	}
	found, err := access.Reviews{Service: s}.List(ctx, c, access.ReviewFilter{ToSign: f.Mine == ToSign, Overdue: f.State == ReviewOverdue, Limit: f.Limit, After: after})
	p := ReviewPage{Reviews: []OpenReview{}, Unreadable: found.Unreadable, NextCursor: cursorAfter(bound, found.Next)}
	for _, r := range found.Reviews {
		p.Reviews = append(p.Reviews, OpenReview{elevationOf(r.Life), reviewOf(r.Review), r.DueBy, r.Overdue(s.Now())})
	}
	return p, err
}

// ReviewShown is what a reviewer signs: what was asked and granted, what was done and what was never used, and what was found.
type ReviewShown struct {
	Elevation
	Policies  []json.RawMessage `json:"policies"` // granted; empty: nothing was granted
	Decisions []Decision        `json:"decisions"`
	Usage     Usage             `json:"usage"`
	// Complete: the log files until the end were counted. Else more may have been done.
	Complete     bool            `json:"complete"`
	Allowed      []AllowedAction `json:"allowed"`
	Findings     []Finding       `json:"findings"` // about the elevation, at most 50
	MoreFindings bool            `json:"more_findings,omitempty"`
	Review       Review          `json:"review"`
	Due          bool            `json:"due"`
	DueBy        time.Time       `json:"due_by,omitzero"` // zero: not over
}

// ShowReview returns what a reviewer signs.
func ShowReview(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (ReviewShown, error) {
	v, err := access.Reviews{Service: s}.Show(ctx, c, in.ID)
	if err != nil {
		return ReviewShown{}, err
	}
	out := ReviewShown{
		Elevation: elevationOf(v.Life), Policies: []json.RawMessage{}, Decisions: decisionsOf(v.Decisions), Allowed: []AllowedAction{}, Findings: []Finding{}, MoreFindings: v.More,
		Review: reviewOf(v.Review), Due: v.Due && v.Review.Signature == nil, DueBy: v.DueBy,
	}
	if out.Usage, err = usageOf(ctx, s, v.Terms); err != nil {
		return ReviewShown{}, err
	}
	e := v.Elevation
	out.Complete = !e.EndedAt.IsZero() && !out.Usage.Settled.Before(e.EndedAt) && !out.Usage.AtLeast
	if !e.GrantedAt.IsZero() {
		if out.Policies, err = policiesOf(v.Terms); err != nil {
			return ReviewShown{}, err
		}
		out.Allowed = allowed(v.Terms, out.Usage)
	}
	for _, was := range v.Findings {
		if was.Exists() { // else the index lags
			out.Findings = append(out.Findings, findingOf(was))
		}
	}
	slices.SortStableFunc(out.Findings, func(a, b Finding) int { return a.FirstAt.Compare(b.FirstAt) })
	return out, nil
}
