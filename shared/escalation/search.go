package escalation

import (
	"cmp"
	"math"
	"slices"

	"curfew/shared/iampolicy"
)

// reached is a node that the caller of a search can be.
type reached struct {
	*node
	after []*reached // all of them come before
	steps []Step
	open  string
	order int
	depth int // steps of the longest way that comes before, and its own
}

// search goes from one principal, shortest paths first. The caller keeps the power of all whom it became, so one of them may change the
// policies of another. An administrator of the account can become all of it, so longer paths than the first to one are not followed.
type search struct {
	*raiser
	from     *reached
	found    []*reached
	seen     map[*node]bool
	budget   int
	complete bool
	enough   int // the depth of the first administrator of the account
}

// maxWork bounds one search, in edges and pairs; raiseWork is the cost of a pair that is new.
const (
	maxWork   = 300_000
	raiseWork = 30
)

func (w *raiser) search(from *node) *search {
	s := &search{raiser: w, seen: map[*node]bool{}, budget: maxWork, complete: true, enough: math.MaxInt}
	s.from = s.add(from, nil, nil, "")
	for i := 0; i < len(s.found) && s.budget > 0; i++ {
		if s.found[i].depth >= s.enough {
			continue
		}
		s.expand(s.found[i])
		s.raises(i)
	}
	s.complete = s.budget > 0
	return s
}

func (s *search) add(n *node, after []*reached, steps []Step, open string) *reached {
	if s.seen[n] {
		return nil
	}
	s.seen[n] = true
	r := &reached{node: n, after: after, steps: steps, open: open, order: len(s.found), depth: len(steps)}
	for _, before := range after {
		r.depth = max(r.depth, before.depth+len(steps))
	}
	if after != nil && n.Account == s.from.Account && s.admin(n).answer != iampolicy.No {
		s.enough = min(s.enough, r.depth)
	}
	s.found = append(s.found, r)
	return r
}

// expand adds whom a node can become. An administrator can become all of its account: only those of other accounts follow.
func (s *search) expand(r *reached) {
	var edges []edge
	if s.admin(r.node).answer == iampolicy.No || s.admin(r.node).answer == iampolicy.Maybe && r.Unknown != "" && r == s.from {
		edges = s.become(r.node)
	} else {
		edges = s.assumesAbroad(r.node)
	}
	for _, e := range edges {
		s.budget--
		s.add(s.base[e.to.number], []*reached{r}, []Step{e.step(r.node)}, e.open)
	}
}

// raises adds what the node at i can raise, and those that raise it.
func (s *search) raises(i int) {
	is := s.found[i].can.meets(s.raisers)
	for j := 0; j <= i && s.budget > 0; j++ {
		if s.found[j].can.meets(s.raisers) {
			s.try(s.found[j], s.found[i])
		}
		if j != i && is {
			s.try(s.found[i], s.found[j])
		}
	}
}

func (s *search) try(by, what *reached) {
	if by.Account != what.Account || s.admin(by.node).answer != iampolicy.No {
		return
	}
	s.budget--
	if _, known := s.known[[2]*node{by.node, what.node}]; !known {
		s.budget -= raiseWork
	}
	r := s.raise(by.node, what.node)
	if r == nil {
		return
	}
	var steps []Step
	open := ""
	for _, c := range r.changes {
		steps, open = append(steps, c.step), join(open, c.open)
	}
	after := []*reached{by}
	if by != what {
		after = append(after, what)
	}
	s.add(r.to, after, steps, open)
}

// paths are those found: for each principal the first one, and the first one to all power.
func (s *search) paths() (all []Path) {
	type ends struct{ first, admin bool }
	have := map[*subject]ends{}
	for _, r := range slices.SortedStableFunc(slices.Values(s.found), func(a, b *reached) int { return cmp.Compare(a.depth, b.depth) }) {
		admin := s.admin(r.node)
		isAdmin := admin.answer != iampolicy.No
		if r == s.from {
			if r.Unknown != "" && isAdmin {
				all = append(all, unknown(r, admin))
			}
			continue
		}
		if h := have[r.subject]; h.admin || h.first && !isAdmin {
			continue
		}
		have[r.subject] = ends{true, isAdmin}
		p := Path{From: s.from.Principal, To: r.Principal, Admin: isAdmin}
		for _, each := range r.chain() {
			p.Steps, p.Open = append(p.Steps, each.steps...), join(p.Open, each.open)
		}
		if isAdmin {
			p.Open = join(p.Open, admin.open)
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b Path) int {
		if a.Admin != b.Admin {
			if a.Admin {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(len(a.Steps), len(b.Steps)), cmp.Compare(a.To.ARN, b.To.ARN))
	})
	return all
}

// unknown is the path of a principal whose policies are not all known.
func unknown(r *reached, admin verdict) Path {
	return Path{From: r.Principal, To: r.Principal, Admin: true, Open: admin.open,
		Steps: []Step{{Technique: "unknown", On: r.ARN, Text: short(r.subject) + " has policies that are not known, and may be an administrator."}}}
}

// chain is all that comes before and the node itself, each once, in the order in which it was found.
func (r *reached) chain() []*reached {
	in := map[*reached]bool{}
	var visit func(*reached)
	visit = func(one *reached) {
		if in[one] {
			return
		}
		in[one] = true
		for _, before := range one.after {
			visit(before)
		}
	}
	visit(r)
	var all []*reached
	for one := range in {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *reached) int { return cmp.Compare(a.order, b.order) })
	return all
}
