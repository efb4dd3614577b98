package escalation

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// raised is a node after changes.
type raised struct {
	to      *node
	changes []change
}

// raise finds what a node may change of the policies of another, or of its own, so that these allow more; nil: nothing.
func (w *raiser) raise(n, q *node) *raised {
	if n.Account != q.Account || n.can.and(w.raisers) == (set{}) || w.admin(q).answer == iampolicy.Yes {
		return nil
	}
	var best *raised
	for _, changes := range w.plans(n, q) {
		r := &raised{w.after(q, changes), changes}
		switch w.admin(r.to).answer {
		case iampolicy.Yes:
			return r
		case iampolicy.Maybe:
			if best == nil || w.admin(best.to).answer == iampolicy.No {
				best = r
			}
		default:
			if (best == nil || w.admin(best.to).answer == iampolicy.No) && w.exceeds(r.to, q) {
				best = r
			}
		}
	}
	if best == nil || !w.exceeds(best.to, q) {
		return nil
	}
	return best
}

// plans are sets of changes, the smallest first.
func (w *raiser) plans(n, q *node) (all [][]change) {
	full, unbound, dropped := w.full(n, q), w.unbound(n, q), w.dropped(n, q)
	add := func(parts ...[]change) {
		if changes := slices.Concat(parts...); len(changes) > 0 {
			all = append(all, changes)
		}
	}
	if len(full) > 0 {
		add(full)
		if len(unbound) > 0 {
			add(full, unbound)
		}
		if len(dropped) > 0 {
			add(full, unbound, dropped)
		}
	} else {
		some := slices.Concat(w.attachable(n, q), w.joinable(n, q), w.versions(n, q))
		for _, c := range some {
			add([]change{c})
		}
		add(unbound)
		add(dropped)
		if len(some)+len(unbound)+len(dropped) > 1 {
			add(some, unbound, dropped)
		}
	}
	if n == q && q.gained == "" {
		add(w.anew(n))
	}
	return all
}

// after is a node with changed policies.
func (w *raiser) after(q *node, changes []change) *node {
	p := iampolicy.Policies{Identity: slices.Clone(q.policies.Identity), Boundary: q.policies.Boundary}
	ids := []string{q.gained}
	for _, c := range changes {
		c.apply(&p)
		ids = append(ids, c.id)
	}
	key := strings.Join(ids, "\n")
	if q.more == nil {
		q.more = map[string]*node{}
	}
	if q.more[key] == nil {
		q.more[key] = w.node(q.subject, p, key)
	}
	return q.more[key]
}

// raising are the actions of this file.
func (w *raiser) raising() (s set) {
	all := []string{createVersion, setVersion, addToGroup, leaveGroup, putGroup, attachGroup, createRole, createUser}
	for _, k := range []kindActions{ofRole, ofUser} {
		all = append(all, k.put, k.attach, k.remove, k.detach, k.bound, k.unbound)
	}
	for _, a := range all {
		s.add(w.numbers[a])
	}
	return s
}
