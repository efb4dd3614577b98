package trail

import (
	"cmp"
	"slices"
	"sort"
	"sync"
	"time"
)

// propagation is how long IAM may allow what a removed policy allowed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html says "eventually consistent" and no number; 3 minutes is the
// largest latency that the simulator assumes.
const propagation = 3 * time.Minute

// Rights is an index of grants and baselines by principal and time. Make one with [NewRights]; it is safe for
// concurrent use.
type Rights struct {
	principals map[string]*principalRights
	documents  *documentCache
	questions  sync.Pool // of *question
}

type principalRights struct {
	grants    []Grant
	latest    []time.Time // latest[i] is when the last of grants[:i+1] is over
	baselines []Baseline
}

// NewRights indexes grants and baselines, in any order. Of two grants of one elevation the one that ends first counts.
func NewRights(grants []Grant, baselines []Baseline) *Rights {
	x := &Rights{principals: map[string]*principalRights{}, documents: newDocumentCache()}
	of := func(id string) *principalRights {
		if x.principals[id] == nil {
			x.principals[id] = &principalRights{}
		}
		return x.principals[id]
	}
	for _, g := range grants {
		p := of(g.PrincipalID)
		p.grants = append(p.grants, g)
	}
	for _, b := range baselines {
		p := of(b.PrincipalID)
		p.baselines = append(p.baselines, b)
	}
	for _, p := range x.principals {
		p.sort()
	}
	return x
}

func (p *principalRights) sort() {
	slices.SortFunc(p.grants, func(a, b Grant) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Elevation, b.Elevation), a.gone().Compare(b.gone()))
	})
	p.grants = slices.CompactFunc(p.grants, func(a, b Grant) bool { return a.Elevation == b.Elevation })
	p.grants = slices.Clip(p.grants)
	p.latest = make([]time.Time, len(p.grants))
	var latest time.Time
	for i := range p.grants {
		if gone := p.grants[i].gone(); gone.After(latest) {
			latest = gone
		}
		p.latest[i] = latest
	}
	slices.SortStableFunc(p.baselines, func(a, b Baseline) int { return a.From.Compare(b.From) })
}

// Marked reports whether the calls of a principal are attributed.
func (x *Rights) Marked(principalID string) bool { return x.principals[principalID] != nil }

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Active is how many grants a principal has at an instant, of all sessions.
func (x *Rights) Active(principalID string, t time.Time) (n int) {
	p := x.principals[principalID]
	for i := p.before(t) - 1; i >= 0 && !t.After(p.latest[i]); i-- {
		if !t.After(p.grants[i].gone()) {
			n++
		}
	}
	return n
}

func (p *principalRights) before(t time.Time) int {
	if p == nil {
		return 0
	}
	return sort.Search(len(p.grants), func(i int) bool { return p.grants[i].From.After(t) })
}

// ownAt gives what the principal has by itself at an instant; nil: it is not known. Confirmed: no later survey changes the answer.
func (x *Rights) ownAt(principalID string, t time.Time) (own *Baseline, confirmed bool) {
	p := x.principals[principalID]
	if p == nil {
		return nil, false
	}
	i := sort.Search(len(p.baselines), func(i int) bool { return p.baselines[i].From.After(t) })
	confirmed = i < len(p.baselines)
	if i > 0 {
		own = &p.baselines[i-1]
		replaced := confirmed && !own.Until.IsZero() && t.After(own.Until) // after the last survey that saw it: IAM may have had either
		confirmed = confirmed || own.Until.After(t)
		if own.Unknown || replaced {
			own = nil
		}
	}
	return own, confirmed
}

func (x *Rights) at(grants []*Grant, principalID, userID string, t time.Time) []*Grant {
	p := x.principals[principalID]
	if p == nil {
		return grants
	}
	for i := p.before(t) - 1; i >= 0 && !t.After(p.latest[i].Add(propagation)); i-- {
		g := &p.grants[i]
		if (g.UserID == "" || g.UserID == userID) && !t.After(g.gone().Add(propagation)) {
			grants = append(grants, g)
		}
	}
	slices.Reverse(grants)
	// Order: still there before gone, bound to the session before not bound, then by beginning.
	slices.SortStableFunc(grants, func(a, b *Grant) int {
		return cmp.Or(order(t.After(a.gone()), t.After(b.gone())), order(a.UserID == "", b.UserID == ""))
	})
	return grants
}
