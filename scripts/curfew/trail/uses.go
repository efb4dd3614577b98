package trail

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/scripts/curfew/onboard"
	"curfew/shared/iampolicy"
	"curfew/shared/rightsize"
	"curfew/shared/trail"
)

// Uses are the calls of some elevations, or of one principal's own policies, with the resource of each.
type Uses struct {
	// Elevations are those wanted, by id; without them the calls of Principal are.
	Elevations map[string]Elevation
	Principal  string // id

	sums     map[string]map[rightsize.Use]int64 // by elevation
	maybe    map[rightsize.Use]int64
	events   map[string]bool // without a known action
	nameless int64           // without a principal or time
}

// Found are calls, and the report of the run that found them.
type Found struct {
	By    map[string][]rightsize.Use // by elevation; "": of the principal's own policies
	Maybe []rightsize.Use            // by which right is not known
	// Doubts say why there may have been more.
	Doubts []string
	Report Report
}

// add counts a record.
func (u *Uses) add(r *trail.Record, v trail.Verdict) {
	if v.Denied {
		return
	}
	if u.sums == nil {
		u.sums, u.maybe, u.events = map[string]map[rightsize.Use]int64{}, map[rightsize.Use]int64{}, map[string]bool{}
	}
	id := r.Identity.Actor().PrincipalID
	_, wanted := u.Elevations[v.Elevation]
	switch {
	case v.Right == trail.ByElevation && wanted, v.Right == trail.Standing && id == u.Principal:
		if u.sums[v.Elevation] == nil {
			u.sums[v.Elevation] = map[rightsize.Use]int64{}
		}
		count(u.sums[v.Elevation], v.Calls)
	case v.Right != trail.Unresolved:
	case v.Why == trail.WhyIdentity || v.Why == trail.WhyTime:
		u.nameless++
	case id != u.Principal && !u.during(r, id), v.Why == trail.WhyUnexplained:
	case v.Why == trail.WhyAction:
		if len(u.events) < maxPlaces {
			u.events[strings.Clone(r.Source+" "+r.Name)] = true
		}
	default:
		count(u.maybe, v.Calls)
	}
}

// during reports whether an elevation of the principal may be behind a record.
func (u *Uses) during(r *trail.Record, principalID string) bool {
	for _, e := range u.Elevations {
		if e.PrincipalID == principalID && !r.Time.Before(e.GrantedAt) && !r.Time.After(e.Over().Add(aftermath)) {
			return true
		}
	}
	return false
}

func count(into map[rightsize.Use]int64, calls []trail.Call) {
	for _, c := range calls {
		into[rightsize.Use{Action: strings.Clone(c.Action), Resource: strings.Clone(c.Resource)}]++
	}
}

func list(from map[rightsize.Use]int64) (all []rightsize.Use) {
	for use, calls := range from {
		use.Calls = calls
		all = append(all, use)
	}
	return rightsize.Join(all)
}

// Used reads the records of a run, and gives the calls.
func Used(in Input, u *Uses) (Found, error) {
	in.Each = u.add
	r, err := Attribute(in)
	if err != nil {
		return Found{}, err
	}
	f := Found{By: map[string][]rightsize.Use{}, Maybe: list(u.maybe), Report: r}
	for id, sum := range u.sums {
		f.By[id] = list(sum)
	}
	for _, t := range r.Unread {
		if !t.Harmless {
			f.Doubts = append(f.Doubts, fmt.Sprintf("%d %s of the files could not be read (%s)", t.Times, map[bool]string{true: "text", false: "texts"}[t.Times == 1], t.Reason))
		}
	}
	if n := r.Totals.TooOld; n > 0 {
		f.Doubts = append(f.Doubts, fmt.Sprintf("records that came too late to be counted: %d", n))
	}
	if u.nameless > 0 {
		f.Doubts = append(f.Doubts, fmt.Sprintf("records that do not say who called, or when: %d", u.nameless))
	}
	if len(u.events) > 0 {
		f.Doubts = append(f.Doubts, "of some events no action of IAM is known: "+strings.Join(slices.Sorted(maps.Keys(u.events)), ", "))
	}
	return f, nil
}

// ReadPrincipal adds one principal, marked or not. It returns its id and its own policies.
func (b *Baselines) ReadPrincipal(content []byte, installation, arn string) (id string, own []iampolicy.Named, err error) {
	subjects, err := onboard.Subjects(content, onboard.Settings{Name: installation}, func(s onboard.Subject) bool { return s.ARN == arn })
	switch {
	case err != nil:
		return "", nil, err
	case len(subjects) == 0:
		return "", nil, fmt.Errorf("%s is not in the file", arn)
	case len(subjects[0].Unread) > 0:
		return "", nil, fmt.Errorf("the own policies of %s are not all known: %s", arn, strings.Join(subjects[0].Unread, "; "))
	}
	baseline := b.of(subjects[0], installation)
	if baseline.Unknown {
		return "", nil, fmt.Errorf("the own policies of %s are not all known", arn)
	}
	b.all = append(b.all, baseline)
	return subjects[0].ID, baseline.Policies.Identity, nil
}
