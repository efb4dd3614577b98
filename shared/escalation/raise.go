package escalation

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// raise finds what a node may change of the policies of another, or of its own, so that these allow more; nil: nothing.
func (w *raiser) raise(n, q *node) *raised {
	if n.Account != q.Account || !n.can.meets(w.raisers) || w.admin(q).answer == iampolicy.Yes {
		return nil
	}
	key := [2]*node{n, q}
	r, ok := w.known[key]
	if !ok {
		r = w.bestOf(n, q)
		w.known[key] = r
	}
	return r
}

// bestOf is the first plan for an administrator, or the first that allows more.
func (w *raiser) bestOf(n, q *node) *raised {
	var best *raised
	for _, p := range w.plans(n, q) {
		r := &raised{w.after(q, p.changes), p.changes}
		power := w.admin(r.to).answer
		if power == iampolicy.Yes {
			return r
		}
		better := best == nil || w.admin(best.to).answer == iampolicy.No
		if better && (power == iampolicy.Maybe || p.whole && w.exceeds(r.to, q)) {
			best = r
		}
	}
	return best
}

// plan is a set of changes.
type plan struct {
	changes []change
	whole   bool // it counts without being enough for an administrator, too
}

// plans are sets of changes, the smallest first.
func (w *raiser) plans(n, q *node) (all []plan) {
	full, unbound, dropped := w.full(n, q), w.unbound(n, q), w.dropped(n, q)
	add := func(parts ...[]change) {
		if changes := slices.Concat(parts...); len(changes) > 0 {
			all = append(all, plan{changes, true})
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
		attach, joins, versions := w.attachable(n, q), w.joinable(n, q), w.versions(n, q)
		for _, c := range slices.Concat(attach, joins, versions) {
			if c.strong {
				all = append(all, plan{[]change{c}, false})
			}
		}
		if len(unbound) > 0 {
			add(unbound)
		}
		add(w.retags(n, q))
		add(together(attach, "policies"), together(joins, "groups"), versions, unbound, dropped)
	}
	if n == q && q.gained == "" {
		add(w.anew(n))
	}
	return all
}

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
		q.more[key].retagged = q.retagged || slices.ContainsFunc(changes, func(c change) bool { return c.id == retag })
	}
	return q.more[key]
}

func (w *raiser) raising() (s set) {
	all := []string{createVersion, setVersion, addToGroup, leaveGroup, putGroup, attachGroup, deleteGroup, detachGroup, createRole, createUser, tagRole, tagUser, putSet, attachSet}
	for _, k := range []kindActions{ofRole, ofUser} {
		all = append(all, k.put, k.attach, k.remove, k.detach, k.bound, k.unbound)
	}
	for _, a := range all {
		s.add(w.numbers[a])
	}
	return s
}
