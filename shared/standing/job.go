package standing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/events"
	"curfew/shared/authdetails"
)

// Bounds of the evidence for a trigger.
const (
	leastRuns  = 3
	leastShare = 95 // percent of the privileged calls that are inside of runs
	mostShare  = 50 // percent of the span that runs may cover: a job that always runs explains every call
	late       = 60 // seconds after an end that a call still counts: records have whole seconds, and steps end late
)

// job is a job whose runs explain the privileged calls.
type job struct {
	of           group
	runs, within int // runs with calls; calls inside of runs
	calls        int
	early        int // calls in the first minute of a run: the grant may not be usable yet
	longest      int64
	unconfirmed  bool
}

// group is what a trigger could start on.
type group struct{ source, detailType, kind, role, resource string }

// run is from start to end, in seconds since 1970.
type run struct {
	from, to  int64
	confirmed bool
}

func (j *job) evidence() string {
	return fmt.Sprintf("%d of %d privileged calls were made while one of %d runs was running; %d in the first minute of a run, when the grant may not be usable yet",
		j.within, j.calls, j.runs, j.early)
}

// findJob finds the job that explains most, or says why there is none.
func findJob(p *authdetails.Principal, kind Kind, u *Usage, all []Run, privileged func(string) bool) (*job, string) {
	switch {
	case kind == Human:
		return nil, "people use it: they ask"
	case u == nil:
		return nil, "no CloudTrail records say when it acts"
	case len(all) == 0:
		return nil, "no events of jobs were given"
	case u.Cut:
		return nil, "the times of its calls are not all known"
	}
	var times []int64
	for action, at := range u.Times {
		if privileged(action) {
			times = append(times, at...)
		}
	}
	if len(times) == 0 {
		return nil, "the records show no privileged call of it"
	}
	slices.Sort(times)
	groups := runsByGroup(p, all)
	if len(groups) == 0 {
		return nil, noJob(p)
	}
	var best *job
	why := ""
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b group) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	for _, g := range keys {
		j, says := weigh(g, groups[g], times, run{from: u.From.Unix(), to: u.To.Unix()})
		switch {
		case says != "":
			why = orElse(why, says)
		case best == nil || j.within > best.within:
			best = j
		}
	}
	if best != nil {
		return best, ""
	}
	return nil, why
}

// fits are the sources whose events name the role, and byTime those whose events name none: calls and runs agree in time alone.
var (
	fits   = []string{"aws.backup", "aws.batch", "aws.ecs", "aws.states"}
	byTime = []string{"aws.ecs", "aws.states"}
)

// withoutEvents are services whose jobs have roles, and whose events no trigger reads.
var withoutEvents = map[string]string{"codebuild.amazonaws.com": "CodeBuild", "glue.amazonaws.com": "Glue", "sagemaker.amazonaws.com": "SageMaker", "elasticmapreduce.amazonaws.com": "EMR"}

// noJob says why no job in the events is the principal's.
func noJob(p *authdetails.Principal) string {
	if p.Trust != nil {
		for _, s := range p.Trust.Statements {
			for _, c := range s.Principals {
				if name := withoutEvents[c.Value]; c.Type == "Service" && name != "" {
					return "no trigger reads the events of " + name + ": start its jobs from a Step Functions workflow, whose events a trigger reads"
				}
			}
		}
	}
	return "no job in the events runs with it"
}

// runsByGroup pairs starts and ends of the principal's jobs.
func runsByGroup(p *authdetails.Principal, all []Run) map[group][]run {
	type started struct {
		group
		at        time.Time
		confirmed bool
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Run) int { return a.Signal.At.Compare(b.Signal.At) })
	open, found := map[string]started{}, map[group][]run{}
	for _, r := range sorted {
		s := r.Signal
		if r.Source != "aws.backup" && !strings.Contains(s.Resource, ":") { // a pattern without it would fit every job
			continue
		}
		if s.Account != p.Account || !slices.Contains(fits, r.Source) || s.Role != "" && s.Role != p.ARN {
			continue
		}
		key := r.Source + " " + s.Task.ID
		if s.State == events.Started {
			if _, again := open[key]; !again {
				g := group{r.Source, r.DetailType, s.Task.Kind, s.Role, s.Resource}
				if r.Source == "aws.backup" {
					g.resource = "" // a role's jobs copy many resources
				}
				open[key] = started{g, s.At, s.Confirmed}
			}
			continue
		}
		if of, is := open[key]; is && (of.role != "" || slices.Contains(byTime, r.Source)) {
			found[of.group] = append(found[of.group], run{of.at.Unix(), s.At.Unix(), of.confirmed})
		}
		delete(open, key)
	}
	return found
}

// weigh counts the calls that runs explain.
func weigh(g group, runs []run, times []int64, span run) (*job, string) {
	j := &job{of: g, calls: len(times)}
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	covered, until := int64(0), span.from
	inside := make([]bool, len(times))
	for _, r := range runs {
		first, _ := slices.BinarySearch(times, r.from)
		used := false
		for i := first; i < len(times) && times[i] <= r.to+late; i++ {
			if !inside[i] {
				inside[i], j.within = true, j.within+1
				if times[i] < r.from+60 {
					j.early++
				}
			}
			used = true
		}
		if used {
			j.runs++
		}
		j.longest, j.unconfirmed = max(j.longest, r.to-r.from), j.unconfirmed || !r.confirmed
		if to := min(r.to, span.to); to > until {
			covered += max(0, to-max(r.from, until))
			until = to
		}
	}
	name := fmt.Sprintf("%s %s", g.detailType, g.resource)
	switch {
	case j.runs < leastRuns:
		return nil, fmt.Sprintf("%s: privileged calls in %d runs, and %d are needed to tell", name, j.runs, leastRuns)
	case 100*j.within < leastShare*j.calls:
		return nil, fmt.Sprintf("%s: %d of %d privileged calls are inside of its runs, and %d %% are needed", name, j.within, j.calls, leastShare)
	case span.to <= span.from || 100*covered > mostShare*(span.to-span.from):
		return nil, fmt.Sprintf("%s: its runs cover more than %d %% of the time, so that every call would fit", name, mostShare)
	}
	return j, ""
}
