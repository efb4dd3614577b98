package api

import (
	"cmp"
	"context"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// PowerQuery asks which elevations allowed a call at an instant.
type PowerQuery struct {
	Action    string    `json:"action"`              // as s3:GetObject
	Resource  string    `json:"resource"`            // ARN, or * for an action without resource
	At        time.Time `json:"at"`                  // not in the future
	Principal string    `json:"principal,omitempty"` // ARN
	Account   string    `json:"account,omitempty"`   // of the principals; empty: of the resource
	Limit     int       `json:"limit,omitempty"`     // 1 to 200; 0: 50
	Cursor    string    `json:"cursor,omitempty"`    // NextCursor of the previous page
}

// Power is an elevation that allowed the call to its session, or may have.
type Power struct {
	Elevation   string    `json:"elevation"`
	Entitlement string    `json:"entitlement"`
	Principal   string    `json:"principal"` // ARN
	PrincipalID string    `json:"principal_id"`
	Requester   Caller    `json:"requester"`
	Session     *Session  `json:"session"`
	Task        Task      `json:"task"`
	Approvers   []Caller  `json:"approvers"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"` // its proven end; before that by the fence, the deadline
	EndedAt     time.Time `json:"ended_at,omitzero"`
	Answer      string    `json:"answer"` // yes or unknown
	Why         []string  `json:"why"`    // of unknown
	// Standing is yes, no or unknown: what the principal's own policies answer. Only operators and owners are told.
	Standing    string `json:"standing"`
	StandingWhy string `json:"standing_why,omitempty"`
}

// PowerPage is one page. A short or empty page may have a NextCursor. It leaves out principals without an elevation.
type PowerPage struct {
	Powers     []Power  `json:"powers"`
	Unreadable []string `json:"unreadable,omitempty"`  // ids of elevations that may be of it, to operators: their records are damaged
	NextCursor string   `json:"next_cursor,omitempty"` // empty: done, as in [Page]
}

var oneAction = fault.Pattern(`^[A-Za-z0-9-]+:[A-Za-z0-9]+$`)

func (q PowerQuery) check(now time.Time) (m fault.Mistakes) {
	if !oneAction().MatchString(q.Action) {
		m.Add("action", "want one action as s3:GetObject, without wildcards")
	}
	if q.Resource != "*" && (strings.Count(q.Resource, ":") < 5 || !strings.HasPrefix(q.Resource, "arn:") || strings.ContainsAny(strings.TrimSuffix(q.Resource, ":*"), "*?")) {
		m.Add("resource", "want one ARN, with :* for a log group and no other wildcard, or * for an action without resource")
	}
	if q.At.After(now) {
		m.Add("at", "want an instant that has passed")
	}
	if q.Principal != "" && q.Account != "" {
		m.Add("account", "give a principal or an account")
	}
	if q.Principal+q.Account == "" && access.AccountIn(q.Resource) == "" {
		m.Add("account", "give a principal or an account: the resource does not name one")
	}
	if q.Limit < 0 || q.Limit > access.MostListed {
		m.Add("limit", "want 1 to %d", access.MostListed)
	}
	return m
}

// WhoCould returns one page of elevations, newest first.
func WhoCould(ctx context.Context, s *access.Service, c identity.Caller, q PowerQuery) (PowerPage, error) {
	asked := q
	asked.Limit, asked.Cursor = 0, ""
	bound := bind(c, asked)
	in := access.PowerQuery{Action: q.Action, Resource: q.Resource, At: q.At, Principal: q.Principal, Account: q.Account, Limit: q.Limit}
	if q.Principal == "" {
		in.Account = cmp.Or(q.Account, access.AccountIn(q.Resource))
	}
	var err error
	if in.After, err = readCursor(q.Cursor, bound); err != nil {
		return PowerPage{}, err
	}
	found, err := access.Powers{Service: s}.List(ctx, c, in)
	p := PowerPage{Powers: []Power{}, Unreadable: found.Unreadable, NextCursor: cursorAfter(bound, found.Next)}
	for _, one := range found.Powers {
		p.Powers = append(p.Powers, powerOf(one))
	}
	return p, err
}

func powerOf(p access.Power) Power {
	t, answers := p.Terms, []string{"no", "unknown", "yes"} // by [iampolicy.Answer]
	v := Power{
		Elevation: t.ID, Entitlement: t.Entitlement, Principal: t.Principal.ARN, PrincipalID: t.Principal.ID, Requester: callerOf(t.Requester),
		Session: sessionOf(t), Task: t.Task, Approvers: []Caller{}, From: p.From, Until: p.Until, EndedAt: p.Life.Elevation.EndedAt,
		Answer: answers[p.Answer], Why: list(p.Why), Standing: answers[p.Standing], StandingWhy: p.StandingWhy,
	}
	for _, by := range p.Approvers {
		v.Approvers = append(v.Approvers, callerOf(by))
	}
	return v
}
