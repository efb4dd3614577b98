package access

import (
	"context"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// Reach is one page of [Service.EndAll].
type Reach struct {
	Scope   suspension.Scope // by ids
	Name    string           // caller's name
	Waiting int
	Open    int // with access
	Ending  int
	Ordered int      // withdrawn, or ordered to end
	Failed  []string // ids that could not be ended; the log says why
	Next    string   // cursor; empty: done
}

// endPage is small enough for one API call.
const endPage = 10

// EndAll ends, or with count only counts, a scope page by page. Failures do not stop it. Call again with Next until it
// is empty, and from the start while anything failed or was found: the index may lag. [suspension.Suspensions.Suspend]
// stops new requests.
//
// Denied: the caller is no operator, or suspended. Invalid: nothing known matches ([fault.Nearest]).
func (s *Service) EndAll(ctx context.Context, c identity.Caller, sc suspension.Scope, count bool, after string) (r Reach, err error) {
	defer func() {
		s.Logged(ctx, "end-all", "", c.ID, &err, "scope", sc.String(), "count", count, "ordered", r.Ordered, "failed", len(r.Failed))
	}()
	if err := sc.Check(); err != nil {
		return r, err
	}
	t, err := Ender{s}.mayEndAll(ctx, c, sc, after)
	if err != nil {
		return r, refusals{s}.refused(ctx, c, "end-all", "", err)
	}
	at, from, err := readCursor(after)
	if err != nil {
		return r, err
	}
	sc, r.Scope, r.Name = t.Scope, t.Scope, t.Name
	page, err := s.Store.List(ctx, record.Query{Index: record.ByState, Partition: underWay()[at], After: from, Limit: LivesPerRead})
	if err != nil {
		return r, fault.Wrap(err, "listing what is %s", underWay()[at])
	}
	lives, unread, err := s.LoadAll(ctx, page.Keys)
	if err != nil {
		return r, err
	}
	met := 0
	for i, k := range page.Keys {
		if met == endPage {
			return r, nil
		}
		r.Next = cursorAfter(at, IDOf(k))
		if unread[i] == nil && (lives[i].Terms.ID == "" || !holds(sc, lives[i].Elevation)) {
			continue
		}
		met++
		if err := (Ender{s}).endOne(ctx, c, sc, count, IDOf(k), &r); err != nil {
			s.Log.ErrorContext(ctx, "not ended", "elevation", IDOf(k), "actor", c.ID, "error", err)
			r.Failed = append(r.Failed, IDOf(k))
		}
	}
	r.Next = cursorAfter(at, page.Next)
	return r, nil
}

// mayEndAll admits suspended operators only to their own elevations.
func (s Ender) mayEndAll(ctx context.Context, c identity.Caller, sc suspension.Scope, after string) (suspension.Target, error) {
	if !c.In(s.Settings.Operators) && !c.In(s.enders) {
		return suspension.Target{}, deny("curfew.operator", "only operators may use end-all")
	}
	t := suspension.Target{Scope: sc}
	if after == "" || !sc.Exact() {
		var err error
		if t, err = s.Suspensions().Resolve(ctx, sc); err != nil {
			return t, err
		}
	}
	if t.Scope.Requester == c.ID {
		return t, nil
	}
	s.Service = noting(s.Service, c)
	err := s.Suspensions().EndsOthers(ctx, c)
	noteCaller(ctx, s.Service, err)
	return t, err
}

func holds(sc suspension.Scope, e Elevation) bool {
	return sc.Holds(e.Principal.ARN, e.Requester, e.Entitlement)
}

func (s Ender) endOne(ctx context.Context, c identity.Caller, sc suspension.Scope, count bool, id string, r *Reach) error {
	l, err := s.Load(ctx, id)
	if err != nil || !holds(sc, l.Elevation) || l.Elevation.State.Terminal() {
		return err
	}
	met := &r.Open
	switch l.Elevation.State {
	case Requested, Approved:
		met = &r.Waiting
	case Revoking, Stuck:
		met = &r.Ending
	}
	*met++
	if count || met == &r.Ending {
		return nil
	}
	if met == &r.Waiting {
		if l, err = s.AmendFrom(ctx, l, func(l Life) (Amendment, error) { return withdrawn(l, c.ID, s.Instant()) }); err == nil {
			Waiting(s).tryAnswer(ctx, l)
		}
	}
	if met == &r.Open || fault.KindOf(err) == fault.Conflict { // or it was granted meanwhile
		_, err = s.EndNow(ctx, l, Revoked, "all of "+sc.String()+" was ended", c.ID)
	}
	if err == nil {
		r.Ordered++
	}
	return err
}

// A cursor is the partition's number and the index position.
func cursorAfter(at int, next string) string {
	switch states := underWay(); {
	case next != "":
		return states[at] + " " + next
	case at+1 < len(states):
		return states[at+1] + " "
	}
	return ""
}

func readCursor(after string) (at int, from string, err error) {
	if after == "" {
		return 0, "", nil
	}
	state, from, ok := strings.Cut(after, " ")
	at = slices.Index(underWay(), state)
	if !ok || at < 0 || from != "" && !ValidID(from) {
		return 0, "", fault.Errorf(fault.Invalid, "after: want the value of next from the previous page")
	}
	return at, from, nil
}
