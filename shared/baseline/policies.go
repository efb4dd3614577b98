package baseline

import (
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// baselines begins one whenever a value changes.
func (h *history) baselines(principalID string) (all []trail.Baseline) {
	if len(h.versions[principalID]) == 0 {
		return nil
	}
	var begins []time.Time
	first := h.versions[principalID][0].since
	for _, versions := range h.versions {
		for _, v := range versions {
			if !v.since.Before(first) && !v.since.After(h.to) {
				begins = append(begins, v.since)
			}
		}
	}
	slices.SortFunc(begins, time.Time.Compare)
	for _, t := range slices.CompactFunc(begins, time.Time.Equal) {
		if !t.After(h.from) {
			all = nil // the next one begins before from too
		}
		all = append(all, h.baseline(principalID, t))
	}
	return all
}

type gathered struct {
	*history
	at    time.Time
	until time.Time // the shortest of the values
	has   iampolicy.Policies
	known bool
}

func (h *history) baseline(principalID string, t time.Time) trail.Baseline {
	g := &gathered{history: h, at: t, known: true}
	if p, ok := g.value(principalID); ok {
		g.add("", p)
		for _, id := range p.Groups {
			if group, ok := g.value(id); ok {
				g.add("group "+id[strings.LastIndexByte(id, '/')+1:]+": ", group)
			}
		}
		if p.Boundary != "" {
			g.has.Boundary = g.managed(p.Boundary)
		}
	}
	b := trail.Baseline{PrincipalID: principalID, From: t, Until: g.until, Policies: g.has, Unknown: !g.known}
	if b.Unknown {
		b.Policies = iampolicy.Policies{}
	}
	return b
}

func (g *gathered) value(id string) (version, bool) {
	v, known := g.history.at(id, g.at)
	g.known = g.known && known
	if known && (g.until.IsZero() || v.until.Before(g.until)) {
		g.until = v.until
	}
	return v, known
}

func (g *gathered) add(of string, v version) {
	for _, name := range slices.Sorted(maps.Keys(v.Inline)) {
		g.has.Identity = append(g.has.Identity, iampolicy.Named{Name: of + name, Document: g.parse(v.Inline[name])})
	}
	for _, arn := range v.Attached {
		g.has.Identity = append(g.has.Identity, iampolicy.Named{Name: of + arn, Document: g.managed(arn)})
	}
}

func (g *gathered) managed(arn string) *iampolicy.Document {
	if v, known := g.value(arn); known {
		return g.parse(v.Document)
	}
	return nil
}

// parse reads a document. IAM has one that iampolicy refuses: see there.
func (g *gathered) parse(text string) *iampolicy.Document {
	d, err := iampolicy.Parse([]byte(text))
	g.known = g.known && err == nil
	return d
}
