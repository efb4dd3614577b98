package standing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/trail"
)

// Usage is what records show that a principal did. Refused calls are not in it.
type Usage struct {
	// From and To are the span of the records: what was not seen in it was not done, as far as it is observable.
	From, To time.Time
	Calls    []Used // sorted by action, then resource
	// Times are those of calls, by action, in no order, and complete unless Cut.
	Times map[string][]int64 // seconds since 1970
	Cut   bool               // there were more calls than are kept: resources and times are not all there; actions are
	// Partial: not even all actions are there.
	Partial bool
	// Blind counts records of which no action is known.
	Blind int64
}

// Used is one action on one resource.
type Used struct {
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"` // empty: the records do not say
	Times    int64  `json:"times"`
}

// FromTrail is the usage of a principal's own policies, as package trail counts it. It has no resources, and no times of calls. Where
// counts were dropped, it is partial.
func FromTrail(u *trail.Usage, from, to time.Time) *Usage {
	out := &Usage{From: from, To: to, Cut: true, Partial: u.Actions.More > 0}
	for name, c := range u.Actions.Rows {
		out.Calls = append(out.Calls, Used{name, "", c.Events})
	}
	out.sort()
	return out
}

func (u *Usage) sort() {
	slices.SortFunc(u.Calls, func(a, b Used) int {
		return cmp.Or(strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource))
	})
}

// Bounds of a Recorder.
const (
	mostPairs   = 2_000     // action and resource, of one principal
	mostTimes   = 20_000    // of one principal
	mostAll     = 2_000_000 // times of all
	mostRecords = 4_000_000 // whose repetition is known
)

// Recorder makes usages from CloudTrail records, in any order. A repeated record counts once. It is not safe for concurrent use.
type Recorder struct {
	known map[string]string // accounts by unique id
	of    map[string]*recording
	seen  map[[16]byte]struct{}
	times int
	spans map[string]*span // by account
	// Repeats reports that too many records came to know which were repeated.
	Repeats bool
	// Gaps says that records are missing: then nothing is unused because they do not show it.
	Gaps bool
}

type span struct{ from, to time.Time }

type recording struct {
	Usage
	pairs map[Used]int64 // Times is 0 in keys
	kept  int
}

// NewRecorder records the principals of details.
func NewRecorder(d *authdetails.Details) *Recorder {
	r := &Recorder{known: map[string]string{}, of: map[string]*recording{}, seen: map[[16]byte]struct{}{}, spans: map[string]*span{}}
	for _, p := range d.Principals {
		r.known[p.ID], r.spans[p.Account] = p.Account, &span{}
	}
	return r
}

// Add counts a record. Every record widens the span of its account, also those of others.
func (r *Recorder) Add(record *trail.Record) {
	if record.Time.IsZero() {
		return
	}
	if s := r.spans[record.Account]; s != nil {
		if s.from.IsZero() || record.Time.Before(s.from) {
			s.from = record.Time
		}
		if record.Time.After(s.to) {
			s.to = record.Time
		}
	}
	id := record.Identity.Actor().PrincipalID
	if _, is := r.known[id]; !is || record.ByService() || record.Denied() || record.Unjudged() || r.repeated(record) {
		return
	}
	id = strings.Clone(id)
	u := r.of[id]
	if u == nil {
		u = &recording{Usage: Usage{Times: map[string][]int64{}}, pairs: map[Used]int64{}}
		r.of[id] = u
	}
	calls, ok := trail.Calls(record)
	if !ok {
		u.Blind++
	}
	for _, c := range calls {
		r.count(u, c, record.Time.Unix())
	}
}

func (r *Recorder) repeated(record *trail.Record) bool {
	if len(r.seen) >= mostRecords {
		r.Repeats = true
		return false
	}
	before := len(r.seen)
	r.seen[record.Key()] = struct{}{}
	return len(r.seen) == before
}

func (r *Recorder) count(u *recording, c trail.Call, at int64) {
	pair := Used{Action: c.Action, Resource: c.Resource}
	if _, is := u.pairs[pair]; !is {
		if len(u.pairs) >= mostPairs {
			pair.Resource, u.Cut = "", true // the action counts, on a resource that is not kept
		}
		pair = Used{Action: strings.Clone(pair.Action), Resource: strings.Clone(pair.Resource)}
	}
	u.pairs[pair]++
	if u.kept >= mostTimes || r.times >= mostAll {
		u.Cut = true
		return
	}
	u.kept, r.times = u.kept+1, r.times+1
	u.Times[pair.Action] = append(u.Times[pair.Action], at)
}

// Used returns the usage of each principal, by unique id. One without records did nothing that is recorded, if its account has records.
func (r *Recorder) Used() map[string]*Usage {
	all := map[string]*Usage{}
	for id, account := range r.known {
		over := r.spans[account]
		if over.from.IsZero() {
			continue
		}
		u := &Usage{}
		if of := r.of[id]; of != nil {
			u = &of.Usage
			u.Calls = nil
			for pair, n := range of.pairs {
				u.Calls = append(u.Calls, Used{pair.Action, pair.Resource, n})
			}
			u.sort()
		}
		u.From, u.To, u.Partial = over.from, over.to, r.Gaps
		all[id] = u
	}
	return all
}
