package escalation

import (
	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

// Graph is who can become whom. It is not for concurrent use.
type Graph struct {
	world  *raiser
	number map[*authdetails.Principal]int
}

// Find makes the graph.
func Find(d *authdetails.Details, o Options) *Graph {
	w := &raiser{&stepper{newWorld(d, o)}, map[[2]*node]*raised{}}
	g := &Graph{w, make(map[*authdetails.Principal]int, len(d.Principals))}
	for i, s := range w.subjects {
		g.number[s.Principal] = i
		w.base = append(w.base, w.node(s, s.Policies, ""))
	}
	w.raisers = w.raising()
	for i, n := range w.base {
		if w.admin(n).answer == iampolicy.No {
			w.become(n)
		}
		if o.Progress != nil {
			o.Progress(i+1, len(w.base))
		}
	}
	return g
}

// Paths are those of Search.
func (g *Graph) Paths(from *authdetails.Principal) []Path {
	all, _ := g.Search(from)
	return all
}

// Search finds paths from a principal, one to each other that it can become and one more to all power: to administrators first, then the
// shortest. Paths longer than the first to an administrator of the account are left out. An administrator has paths to other accounts
// alone. A principal of other Details has none. It is not complete if the bound on its work ended it.
func (g *Graph) Search(from *authdetails.Principal) (paths []Path, complete bool) {
	i, ok := g.number[from]
	if !ok {
		return nil, true
	}
	s := g.world.search(g.world.base[i])
	return s.paths(), s.complete
}

// Admin reports whether a principal may do everything already, and what is open about that.
func (g *Graph) Admin(p *authdetails.Principal) (is bool, open string) {
	i, ok := g.number[p]
	if !ok {
		return false, ""
	}
	v := g.world.admin(g.world.base[i])
	return v.answer != iampolicy.No && p.Unknown == "", v.open
}
