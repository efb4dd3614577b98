package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/review"
)

// breakGlassList has the break-glass elevations of a requester that may close later ones, in the order of the requests.
// The request of the next replaces it, on condition that it is unchanged.
type breakGlassList struct {
	Elevations []string `json:"elevations"`
}

func breakGlassKey(t Terms) record.Key {
	return record.AccessKey("pending#break-glass#"+humanOf(t.Requester), "list")
}

type breakGlass struct{ *Service }

// checkRequest returns the row, without what closes nothing any more. Denied: an earlier break-glass elevation of the requester
// closes this one. No operator can open it: a reviewer signs, or time passes.
//
// An elevation closes all break-glass from the order of its end until its review is signed, and its own entitlement from
// the request until the cool-down after its end is over. One that gave no access closes nothing once it is over: after a
// failed grant the requester can ask again.
func (s breakGlass) checkRequest(ctx context.Context, t Terms) (row record.Stored[breakGlassList], err error) {
	rows, err := s.Store.Read(ctx, breakGlassKey(t))
	if err != nil {
		return row, fault.Wrap(err, "reading the break-glass of %s", t.Requester.ID)
	}
	if row, err = record.FindRow[breakGlassList](rows, breakGlassKey(t)); err != nil {
		s.Log.ErrorContext(ctx, "list of break-glass is damaged, and begins anew", "requester", t.Requester.ID, "error", err)
		row.Value = breakGlassList{}
	}
	if row.Value.Elevations, err = s.closing(ctx, t, row.Value.Elevations); err == nil && len(row.Value.Elevations) >= maxBreakGlass {
		err = tooManyOpen("%d of your break-glass elevations are open or in their cool-down, and the limit is %d: end some and let a second person sign their reviews, "+
			"or let a colleague use break-glass", len(row.Value.Elevations), maxBreakGlass)
	}
	return row, err
}

const maxBreakGlass = LivesPerRead

// checkGrant checks before granting: elevations that were open at the request may be over now.
func (s breakGlass) checkGrant(ctx context.Context, t Terms) error {
	row, err := record.Get[breakGlassList](ctx, s.Store, breakGlassKey(t))
	if err != nil {
		return err
	}
	own := slices.Index(row.Value.Elevations, t.ID)
	if own < 0 {
		return deny("curfew.cool-down", "elevation %s is not among the break-glass of its requester: ask again", t.ID)
	}
	_, err = s.closing(ctx, t, row.Value.Elevations[:own])
	return err
}

// closing returns those of ids that may close a later elevation. Denied: one closes that of t.
func (s breakGlass) closing(ctx context.Context, t Terms, ids []string) (closing []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var keys []record.Key
	for _, id := range ids {
		keys = append(keys, ElevationKey(id))
	}
	reviews, err := review.Read(ctx, s.Store, ids...)
	if err != nil {
		return nil, err
	}
	lives, failed, err := s.LoadAll(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, l := range lives {
		if failed[i] != nil {
			return nil, failed[i]
		}
		if breakGlassKey(l.Terms) != breakGlassKey(t) {
			continue // of another person: who may write the list could close it with their review
		}
		if e := l.Elevation; (e.State.Terminal() || !e.EndDue.IsZero()) && !l.gaveAccess() {
			continue
		}
		closes, err := s.closes(ctx, t, l, reviews[i].Signature != nil)
		if err != nil {
			return nil, err
		}
		if closes {
			closing = append(closing, ids[i])
		}
	}
	return closing, nil
}

// closes reports whether l may close a later break-glass. Denied: it closes that of t.
func (s breakGlass) closes(ctx context.Context, t Terms, l Life, signed bool) (bool, error) {
	e := l.Elevation
	ent, err := s.Decider.Entitlement(ctx, "", l.Terms.Entitlement)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return false, fault.Wrap(err, "reading entitlement %s", l.Terms.Entitlement)
	}
	over, same := e.EndDue.Add(ent.CoolDown), l.Terms.Entitlement == t.Entitlement && ent.CoolDown > 0
	switch {
	case !e.EndDue.IsZero() && !signed:
		return true, l.unsigned()
	case same && e.EndDue.IsZero():
		return true, fault.About(e.ID, deny("curfew.cool-down", "your elevation %s of %s is %s, and its cool-down allows no second one: from its end you get no break-glass until its review is signed; "+
			"ask for another entitlement, or let a colleague use break-glass", e.ID, t.Entitlement, e.State))
	case same && s.Now().Before(over):
		return true, fault.About(e.ID, deny("curfew.cool-down", "your elevation %s of %s is over: the next may start at %s; "+
			"until then ask for another entitlement, or let a colleague use break-glass", e.ID, t.Entitlement, over.Format(time.RFC3339)))
	}
	return !signed || s.Now().Before(over), nil
}

// unsigned refuses break-glass to the requester of an elevation whose review is not signed.
func (l Life) unsigned() error {
	id := l.Terms.ID
	return fault.About(id, deny("curfew.review", "the review of your elevation %s is not signed: no break-glass until another person of %s signs it with curfew review %s; "+
		"until then ask for an entitlement with approvers, or let a colleague use break-glass", id, strings.Join(l.Terms.Reviewers, ", "), id))
}

// gaveAccess is false only if granting never began or failed. A holder may use a grant before it is active.
func (l Life) gaveAccess() bool {
	e := l.Elevation
	return !e.GrantedAt.IsZero() && (e.Cause != Failed || !e.ReadyAt.IsZero())
}
