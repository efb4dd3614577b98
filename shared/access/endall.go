package access

import (
	"context"
	"slices"
	"strings"
)

// Reach is one page of what [Service.EndAll] met.
type Reach struct {
	Waiting int       `json:"waiting"` // not granted yet, when it was met
	Open    int       `json:"open"`    // with access
	Ending  int       `json:"ending"`  // being taken away already
	Ordered int       `json:"ordered"` // withdrawn, or their end ordered, now
	Failed  []Failure `json:"failed"`  // could not be: the next round meets them again
	Next    string    `json:"next"`    // pass on to go on; empty: that was all
}

// Failure is one elevation that could not be ended yet, and why.
type Failure struct {
	Elevation string `json:"elevation"`
	Why       string `json:"why"`
}

// endPage is how many elevations of its scope one page meets: few enough to be ended well within the time that a door waits
// for. It looks through as many others as one read of the index gives.
const endPage = 10

// underWay are the states of whatever may still be ended, in the order of a life: what moves on while they are gone
// through is met later, not missed.
func underWay() []State { return []State{Requested, Approved, Granting, Active, Revoking, Stuck} }

// EndAll ends everything of a scope, page by page; with count it only counts. One that cannot be ended keeps no other from
// it. A caller goes on with Next until it is empty, and once more from the beginning as long as anything failed or was
// found: the index may lag a moment, and new requests are only kept away by [Service.Suspend]. Only an operator may.
func (s *Service) EndAll(ctx context.Context, c Caller, sc Scope, count bool, after string) (r Reach, err error) {
	defer func() {
		s.logged(ctx, "end-all", "", c.ID, &err, "scope", sc.String(), "count", count, "ordered", r.Ordered, "failed", len(r.Failed))
	}()
	r.Failed = []Failure{}
	if err := sc.check(); err != nil {
		return r, err
	}
	if !c.In(s.Settings.Operators) {
		return r, s.refused(ctx, c, "end-all", "", deny("curfew.operator", "only operators end all of something"))
	}
	at, from, err := readCursor(after)
	if err != nil {
		return r, err
	}
	page, err := s.Store.List(ctx, Query{Index: ByState, Partition: string(underWay()[at]), After: from, Limit: 100})
	if err != nil {
		return r, wrap(err, "listing what is %s", underWay()[at])
	}
	rows, err := s.Store.Read(ctx, page.Keys...)
	if err != nil {
		return r, wrap(err, "reading what is %s", underWay()[at])
	}
	met := 0
	for _, k := range page.Keys {
		if met == endPage {
			return r, nil
		}
		r.Next = cursorAfter(at, idOf(k))
		row, there := rows[k]
		if e, err := read[Elevation](row); !there || err == nil && !sc.holds(e) { // one that cannot be read is met, and fails
			continue
		}
		met++
		if err := s.endOne(ctx, c, sc, count, idOf(k), &r); err != nil {
			r.Failed = append(r.Failed, Failure{idOf(k), err.Error()})
		}
	}
	r.Next = cursorAfter(at, page.Next)
	return r, nil
}

// endOne ends, or counts, one elevation if it is of the scope.
func (s *Service) endOne(ctx context.Context, c Caller, sc Scope, count bool, id string, r *Reach) error {
	l, err := s.load(ctx, id)
	if err != nil || !sc.holds(l.elevation) || l.elevation.State.Terminal() {
		return err
	}
	met := &r.Open
	switch l.elevation.State {
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
		if l, err = s.amendFrom(ctx, l, func(l life) (amendment, error) { return withdrawn(l, c.ID, s.now()) }); err == nil {
			s.tryAnswer(ctx, l)
		}
	}
	if met == &r.Open || KindOf(err) == Conflict { // or it was granted in this moment
		_, err = s.endNow(ctx, l, Revoked, "all of "+sc.String()+" was ended", c.ID)
	}
	if err == nil {
		r.Ordered++
	}
	return err
}

// A cursor is the state that is being gone through, and where in it.
func cursorAfter(at int, next string) string {
	switch states := underWay(); {
	case next != "":
		return string(states[at]) + " " + next
	case at+1 < len(states):
		return string(states[at+1]) + " "
	}
	return ""
}

func readCursor(after string) (at int, from string, err error) {
	if after == "" {
		return 0, "", nil
	}
	state, from, ok := strings.Cut(after, " ")
	at = slices.Index(underWay(), State(state))
	if !ok || at < 0 || from != "" && !ValidID(from) {
		return 0, "", Errorf(Invalid, "after: want what the page before gave as next")
	}
	return at, from, nil
}
