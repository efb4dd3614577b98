package httpapi

import (
	"context"
	"net/http"
	"time"

	"curfew/shared/identity"
	"curfew/shared/suspension"
)

// newScope is what is meant, as it is sent. What is absent and what is empty are told apart: a member that a program left
// empty by mistake must not widen what it meant.
type newScope struct {
	Principal   *string `json:"principal"`
	Requester   *string `json:"requester"`
	Entitlement *string `json:"entitlement"`
	Everything  *bool   `json:"everything"`
}

// scope leaves it to the domain that there is exactly one.
func (n newScope) scope() (sc suspension.Scope, err error) {
	for _, m := range []struct {
		name     string
		from, to *string
	}{
		{"principal", n.Principal, &sc.Principal},
		{"requester", n.Requester, &sc.Requester},
		{"entitlement", n.Entitlement, &sc.Entitlement},
	} {
		if m.from == nil {
			continue
		}
		if *m.from == "" {
			return sc, refuse(invalid, "%s: want one, and not empty", m.name)
		}
		*m.to = *m.from
	}
	if n.Everything != nil && !*n.Everything {
		return sc, refuse(invalid, "everything: want true, or leave it out")
	}
	sc.Everything = n.Everything != nil
	return sc, nil
}

// reach is one page of what was met, of the scope by ids.
type reach struct {
	suspension.Scope
	Name    string   `json:"name,omitempty"`
	Waiting int      `json:"waiting"`
	Open    int      `json:"open"`
	Ending  int      `json:"ending"`
	Ordered int      `json:"ordered"`
	Failed  []string `json:"failed"`
	Next    string   `json:"next_cursor,omitempty"`
}

// decodeScoped reads a body that embeds newScope, and returns it with its scope.
func decodeScoped[T interface {
	scope() (suspension.Scope, error)
}](r *http.Request) (body T, sc suspension.Scope, err error) {
	if body, err = decode[T](r); err == nil {
		sc, err = body.scope()
	}
	return body, sc, err
}

// endAll ends or counts one page. What kept an elevation from being ended is a fault, and told to the log; the caller is
// told which one it is.
func (d door) endAll(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	body, sc, err := decodeScoped[struct {
		newScope
		CountOnly bool    `json:"count_only"`
		Cursor    *string `json:"cursor"`
	}](r)
	if err != nil {
		return reply{}, err
	}
	bound, after := bindTo(c, "ends", sc.String()), ""
	if body.Cursor != nil {
		if after, err = openCursor(*body.Cursor, bound); err != nil {
			return reply{}, err
		}
	}
	met, err := d.svc.EndAll(ctx, c, sc, body.CountOnly, after)
	if err != nil {
		return reply{}, err
	}
	v := reach{Scope: met.Scope, Name: met.Name, Waiting: met.Waiting, Open: met.Open, Ending: met.Ending, Ordered: met.Ordered, Failed: []string{}}
	for _, f := range met.Failed {
		d.log.ErrorContext(ctx, "not ended", "elevation", f.Elevation, "actor", c.ID, "error", f.Why)
		v.Failed = append(v.Failed, f.Elevation)
	}
	if met.Next != "" {
		v.Next = cursor{Filter: bound, After: met.Next}.String()
	}
	return reply{body: v}, nil
}

type suspended struct {
	suspension.Scope
	Name        string    `json:"name,omitempty"`
	Holds       bool      `json:"holds"`
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by,omitempty"`
	ByName      string    `json:"by_name,omitempty"`
	At          time.Time `json:"at,omitzero"`
	LapsesAt    time.Time `json:"lapses_at,omitzero"`
	Because     string    `json:"lapses_because,omitempty"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	LiftedBy    string    `json:"lifted_by,omitempty"`
	LiftedAt    time.Time `json:"lifted_at,omitzero"`
}

type suspensionList struct {
	Suspensions []suspended `json:"suspensions"`
}

// viewSuspension shows a suspension; of a scope that never was suspended the domain gives one that was never made.
func (d door) viewSuspension(s suspension.Suspension) suspended {
	return suspended{s.Scope, s.Name, s.InEffect(d.svc.Now()), s.Reason, s.By, s.ByName, s.At, s.LapsesAt, s.Because, s.Second, s.SecondAt, s.LiftedBy, s.LiftedAt}
}

func (d door) suspend(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	body, sc, err := decodeScoped[struct {
		newScope
		Reason string `json:"reason"`
		Unseen bool   `json:"unseen"`
		Self   bool   `json:"self"`
	}](r)
	if err != nil {
		return reply{}, err
	}
	s, err := d.svc.Suspensions().Suspend(ctx, c, sc, body.Reason, suspension.Meant{Unseen: body.Unseen, Self: body.Self})
	return reply{body: d.viewSuspension(s)}, err
}

func (d door) lift(ctx context.Context, c identity.Caller, r *http.Request) (reply, error) {
	body, sc, err := decodeScoped[struct {
		newScope
		Reason string `json:"reason"`
	}](r)
	if err != nil {
		return reply{}, err
	}
	s, err := d.svc.Suspensions().Lift(ctx, c, sc, body.Reason)
	return reply{body: d.viewSuspension(s)}, err
}

func (d door) suspensions(ctx context.Context, c identity.Caller, _ *http.Request) (reply, error) {
	all, err := d.svc.Suspensions().List(ctx, c)
	if err != nil {
		return reply{}, err
	}
	l := suspensionList{Suspensions: []suspended{}}
	for _, s := range all {
		l.Suspensions = append(l.Suspensions, d.viewSuspension(s))
	}
	return reply{body: l}, nil
}
