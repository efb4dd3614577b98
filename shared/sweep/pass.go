package sweep

import (
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

type PassResult struct {
	Looked   int      `json:"looked"`            // records
	Policies int      `json:"policies"`          // Curfew's, in IAM
	Started  []string `json:"started,omitempty"` // requests
	Ordered  []string `json:"ordered,omitempty"` // ends
	Orphans  []string `json:"orphans,omitempty"` // removals ordered
	Findings int      `json:"findings"`
	Paged    bool     `json:"paged,omitempty"`  // more orphans than orphansPerPass
	Canary   *Canary  `json:"canary,omitempty"` // ended since the last pass
	// CanaryDies: on purpose, soon or just now.
	CanaryDies bool `json:"canary_dies,omitempty"`

	Left int `json:"left,omitempty"` // items not reached

	began time.Time
	late  []error // one for each part
	again int     // repeated overdue ends
}

type Canary struct {
	Net       access.Net `json:"net"`
	Elevation string     `json:"elevation"`
	BegunAt   time.Time  `json:"begun_at"`
	EndedBy   string     `json:"ended_by,omitempty"` // net, when over
	Late      int64      `json:"late_seconds"`       // deadline to proven removal
}

// A pass begins every minute. Each part has a latest end, so that it delays no other; unused time goes to later parts.
// What is left is a finding; the next pass begins elsewhere.
const (
	recordsBy = 10 * time.Second           // active records
	dueBy     = recordsBy + 14*time.Second // due ends
	waitingBy = dueBy + 4*time.Second      // waiting requests: before IAM, which accounts can make slow
	grantsBy  = waitingBy + 18*time.Second // active grants in IAM
	surveyBy  = grantsBy + 10*time.Second  // pages of IAM
	restBy    = 75 * time.Second           // remaining due ends
)

// More failures or denials than both bounds have one cause: they are one finding. A person counts once: one who left
// must lose all their access.
const (
	atOnce        = 3
	atOncePercent = 10
)

type pass struct{ *access.Service }

// timeLeft returns a function that reports time left.
func (s pass) timeLeft(sw *PassResult, by time.Duration) func() bool {
	return func() bool { return s.Now().Before(sw.began.Add(by)) }
}

// randomStart returns a pseudorandom start in a list of n, so that no item is always last.
func (s pass) randomStart(sw *PassResult, n int) int {
	if n == 0 {
		return 0
	}
	x := uint64(sw.began.Unix()/60) * 0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

func startingAt[T any](place int, all []T) []T { return slices.Concat(all[place:], all[:place]) }

func (sw *PassResult) addOutOfTime(left, all int, what string) {
	if left > 0 {
		sw.Left += left
		sw.late = append(sw.late, fault.Errorf(fault.Transient, "%d of %d %s were not checked: this part of the pass had no time left", left, all, what))
	}
}

var (
	Edited      = kind("edited", finding.Critical, "the grant is not what was approved", "find out in CloudTrail who changed it; its elevation is ended")
	Unfenced    = kind("unfenced", finding.Critical, "the grant has no end in IAM", "find out in CloudTrail who changed it; its elevation is ended")
	Unmarked    = kind("unmarked", finding.High, "a principal with access lost the tag or boundary that limits it", "find out in CloudTrail who removed it; the elevation is ended")
	Missing     = kind("missing", finding.Medium, "the holder has less access than promised", "find out in CloudTrail who removed the grant; request again if it is needed")
	Unreadable  = kind("unreadable", finding.High, "Curfew does not know whether the access is allowed", "look at the record, and restore it from a backup")
	Failed      = kind("sweep-failed", finding.High, "the last net is late or has a hole", "if the account is new, deploy the member stack there; otherwise look at the log of function reconcile")
	PolicyError = kind("policy-error", finding.Medium, "active elevations cannot be held against the newest policy", "look at the catalog that was deployed last")
)

func kind(name string, severity finding.Severity, why, do string) finding.Kind {
	return finding.Kind{Name: name, PageInterval: finding.Daily, Severity: severity, Why: why, Do: do}
}
