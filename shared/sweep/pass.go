package sweep

import (
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

// Swept says what one pass of the sweep did.
type Swept struct {
	Looked   int      `json:"looked"`            // records
	Policies int      `json:"policies"`          // policies of ours in IAM
	Started  []string `json:"started,omitempty"` // requests whose start was repeated
	Ordered  []string `json:"ordered,omitempty"` // ends ordered of records
	Orphans  []string `json:"orphans,omitempty"` // removed without a record that explains them
	Findings int      `json:"findings"`
	Paged    bool     `json:"paged,omitempty"`  // there were more orphans than one pass may remove
	Canary   *Canary  `json:"canary,omitempty"` // one that ended since the pass before
	// CanaryDies: an execution of a canary is about to die on purpose, or has just died.
	CanaryDies bool `json:"canary_dies,omitempty"`

	Left int `json:"left,omitempty"` // what the pass had no time for

	began     time.Time
	late      []error        // what there was no time for, by part
	again     int            // ends long overdue that were ordered once more
	orphansIn map[string]int // by account: new ones
	againIn   map[string]int // by account: those that were raised before
}

// Canary is what one canary told.
type Canary struct {
	Net       access.Net `json:"net"`
	Elevation string     `json:"elevation"`
	BegunAt   time.Time  `json:"begun_at"`
	EndedBy   string     `json:"ended_by,omitempty"` // the net that it was, if it is over
	Late      int64      `json:"late_seconds"`       // from its deadline until it was gone
}

// A pass begins every minute, and each of its parts has a share of that minute: it ends at the latest so long after the pass
// began. A part with too much to do delays no other part, and one with little to do leaves its time to those after it. What
// is active comes first. What a part has no time for is a finding, and another pass begins at another place.
const (
	recordsBy = 10 * time.Second           // records that are active
	dueBy     = recordsBy + 14*time.Second // ends that are due
	grantsBy  = dueBy + 18*time.Second     // grants of what is active, in IAM
	waitingBy = grantsBy + 4*time.Second   // requests that were not granted yet
	surveyBy  = waitingBy + 10*time.Second // pages of IAM
	restBy    = 75 * time.Second           // ends that are due and had no time before
)

// pass makes one pass.
type pass struct{ *access.Service }

// within returns a function that reports whether a part that ends at the latest by after the beginning of the pass still
// has time.
func (s pass) within(sw *Swept, by time.Duration) func() bool {
	return func() bool { return s.Now().Before(sw.began.Add(by)) }
}

// place is where a pass begins in a list of n. It differs from pass to pass without a pattern: what one pass has no time
// for, every later pass may begin with, whatever n is and however much a pass handles.
func (s pass) place(sw *Swept, n int) int {
	if n == 0 {
		return 0
	}
	x := uint64(sw.began.Unix()/60) * 0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

// startingAt is a list that begins at its place.
func startingAt[T any](place int, all []T) []T { return slices.Concat(all[place:], all[:place]) }

// outOfTime notes what a part had no time for.
func (sw *Swept) outOfTime(left, all int, what string) {
	if left > 0 {
		sw.Left += left
		sw.late = append(sw.late, fault.Errorf(fault.Transient, "%d of %d %s were not looked at: this part of the pass had no time left", left, all, what))
	}
}

// inTurns takes one item of each account, and then the next of each.
func inTurns[T any](all []T, account func(T) string) []T {
	n := map[string]int{}
	turn := make([]int, len(all))
	at := make([]int, len(all))
	for i, one := range all {
		at[i], turn[i] = i, n[account(one)]
		n[account(one)]++
	}
	slices.SortStableFunc(at, func(a, b int) int { return turn[a] - turn[b] })
	out := make([]T, len(all))
	for i, from := range at {
		out[i] = all[from]
	}
	return out
}

// What the sweep may find.
var (
	Edited      = finding.Kind{Name: "edited", Again: finding.Daily}     // the grant in IAM is not what was granted
	Unfenced    = finding.Kind{Name: "unfenced", Again: finding.Daily}   // a policy of ours without its fence
	Unmarked    = finding.Kind{Name: "unmarked", Again: finding.Daily}   // a principal that lost its tag or boundary while it had access
	Missing     = finding.Kind{Name: "missing", Again: finding.Daily}    // an active elevation whose grant is gone
	Unreadable  = finding.Kind{Name: "unreadable", Again: finding.Daily} // a record that cannot be read
	Failed      = finding.Kind{Name: "sweep-failed", Again: finding.Daily}
	PolicyError = finding.Kind{Name: "policy-error", Again: finding.Daily} // policy could not be asked while the elevation was active
)
