package standing

import (
	"cmp"
	"slices"
	"strings"

	"curfew/shared/authdetails"
	"curfew/shared/escalation"
)

// mostPaths bounds the paths of one principal in a report: those to administrators first.
const mostPaths = 10

// finder gives the paths of a principal that tell most; false: the search was cut off, and there may be others.
type finder func(*authdetails.Principal) ([]Path, bool)

// paths looks up whom a principal can become. An error is of Tell.
func (o *Options) paths(d *authdetails.Details) (finder, error) {
	if o.Paths != nil {
		return func(p *authdetails.Principal) ([]Path, bool) {
			return most(o.Paths(p), func(p Path) Path { return p }), true
		}, nil
	}
	var told error
	g := escalation.Find(d, escalation.Options{Now: o.Now, SCPs: o.SCPs, Progress: func(done, of int) {
		if o.Tell != nil && told == nil {
			told = o.Tell("looking for escalation, principals", done, of)
		}
	}})
	if told != nil {
		return nil, told
	}
	return func(p *authdetails.Principal) ([]Path, bool) {
		found, complete := g.Search(p)
		found = slices.DeleteFunc(found, func(x escalation.Path) bool {
			return x.To == p && x.Steps[0].Technique == "unknown" // that its own policies are not known is a term of its own
		})
		return most(found, pathOf), complete
	}, nil
}

func pathOf(found escalation.Path) Path {
	path := Path{To: found.To.ARN, Admin: found.Admin, Open: found.Open}
	for _, s := range found.Steps {
		path.Steps = append(path.Steps, Step(s))
	}
	return path
}

// most keeps the paths that tell most: to administrators, certain, short.
func most[T any](all []T, path func(T) Path) []Path {
	var best []Path
	for _, one := range all {
		p := path(one)
		at, _ := slices.BinarySearchFunc(best, p, Path.compare)
		if at < mostPaths {
			best = slices.Insert(best, at, p)
			best = best[:min(len(best), mostPaths)]
		}
	}
	return best
}

func (p Path) compare(q Path) int {
	rank := func(p Path) (n int) {
		if !p.Admin {
			n += 2
		}
		if p.Open != "" {
			n++
		}
		return n
	}
	return cmp.Or(rank(p)-rank(q), len(p.Steps)-len(q.Steps), strings.Compare(p.To, q.To))
}
