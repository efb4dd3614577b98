package escalation

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"curfew/shared/iampolicy"
)

func (w *stepper) become(n *node) []edge {
	if n.expanded {
		return n.edges
	}
	n.expanded = true
	best := map[*subject]edge{}
	add := func(to *subject, k kind, row int, v verdict) {
		if v.answer == iampolicy.No || to == n.subject {
			return
		}
		e := edge{to: to, kind: k, row: int16(row), open: v.open}
		if old, ok := best[to]; !ok || e.before(old) {
			best[to] = e
		}
	}
	w.assumes(n, add)
	w.credentials(n, add)
	w.runs(n, add)
	for _, e := range best {
		n.edges = append(n.edges, e)
	}
	slices.SortFunc(n.edges, func(a, b edge) int { return cmp.Compare(a.to.number, b.to.number) })
	return n.edges
}

// before prefers what is certain, and then the order of kinds and of the table.
func (e edge) before(other edge) bool {
	if (e.open == "") != (other.open == "") {
		return e.open == ""
	}
	return cmp.Or(cmp.Compare(e.kind, other.kind), cmp.Compare(e.row, other.row)) < 0
}

type adder func(to *subject, k kind, row int, v verdict)

func (w *stepper) assumes(n *node, add adder) {
	keys := []string{n.ARN, n.ID, n.Account + "/" + n.Name, "*"}
	if n.can.has(w.numbers[assumeRole]) {
		keys = append(keys, n.Account)
	}
	for _, key := range keys {
		if key == "" {
			continue
		}
		for _, q := range w.roles[key] {
			add(q, byAssume, 0, w.assume(n, q))
		}
	}
	if !n.can.has(w.numbers[updateTrust]) {
		return
	}
	for _, q := range w.account(n.Account).roles {
		if !q.fixed() {
			add(q, byTrust, 0, w.allows(n, updateTrust, onSubject(q)))
		}
	}
}

// assumesAbroad finds roles of other accounts: an administrator has those of its own.
func (w *stepper) assumesAbroad(n *node) (all []edge) {
	for _, key := range []string{n.ARN, n.ID, n.Account + "/" + n.Name, "*", n.Account} {
		for _, q := range w.roles[key] {
			if q.Account == n.Account {
				continue
			}
			if v := w.assume(n, q); v.answer != iampolicy.No {
				all = append(all, edge{to: q, kind: byAssume, open: v.open})
			}
		}
	}
	return all
}

// credentials are those of users. How many keys a user has, and whether it has a password, is not in the input.
func (w *stepper) credentials(n *node, add adder) {
	key, login, change := n.can.has(w.numbers[createKey]), n.can.has(w.numbers[createLogin]), n.can.has(w.numbers[updateLogin])
	if !key && !login && !change {
		return
	}
	for _, q := range w.account(n.Account).users {
		on := onSubject(q)
		if v := w.allows(n, createKey, on); v.answer != iampolicy.No {
			if w.allows(n, deleteKey, on).answer != iampolicy.Yes {
				v.open = join(v.open, "if the user has fewer than two access keys")
			}
			add(q, byKey, 0, v)
		}
		create, update := w.allows(n, createLogin, on), w.allows(n, updateLogin, on)
		switch {
		case create.answer != iampolicy.No && update.answer != iampolicy.No:
			add(q, byLoginChange, 0, create.or(update))
		case create.answer != iampolicy.No:
			create.open = join(create.open, "if the user has no password")
			add(q, byLogin, 0, create)
		case update.answer != iampolicy.No:
			update.open = join(update.open, "if the user has a password")
			add(q, byLoginChange, 0, update)
		}
	}
}

var rowRequirements = sync.OnceValue(func() (all [][]requirement) {
	for _, r := range rows() {
		all = append(all, requirements(r.needs))
	}
	return all
})

// runs finds roles that code of the caller's choice has.
func (w *stepper) runs(n *node, add adder) {
	byService := map[string][]int{}
	verdicts := map[int]verdict{}
	for i, r := range rows() {
		if slices.ContainsFunc(r.actions(), func(a string) bool { return !n.can.has(w.numbers[a]) }) {
			continue
		}
		v := w.possible(n, rowRequirements()[i])
		if v.answer == iampolicy.No {
			continue
		}
		verdicts[i] = v
		for _, service := range r.trusts {
			byService[service] = append(byService[service], i)
		}
	}
	if len(byService) == 0 {
		return
	}
	for _, q := range w.account(n.Account).roles {
		passes := map[string]verdict{}
		for service, trust := range w.serves(q) {
			for _, i := range byService[service] {
				k, v := w.run(n, q, &rows()[i], passes)
				add(q, k, i, verdicts[i].and(trust).and(v))
			}
		}
	}
}

// run is whether a row gives the role.
func (w *stepper) run(n *node, q *subject, r *row, passes map[string]verdict) (kind, verdict) {
	none := r.profile && len(q.InstanceProfiles) == 0
	if !r.pass {
		if none {
			return byRow, verdict{}
		}
		if strings.HasSuffix(r.needs[0].action, "SAMLProvider") {
			return byRow, w.signsIn(n, q, r)
		}
		return byRow, verdict{iampolicy.Yes, "if there is " + article(r.what) + " with this role"}
	}
	var v verdict
	for _, service := range r.passed {
		if _, done := passes[service]; !done {
			to := onSubject(q)
			to.more = iampolicy.Context{"iam:PassedToService": {service}}
			passes[service] = w.allows(n, passRole, to)
		}
		v = v.or(passes[service])
	}
	if v.answer != iampolicy.No && strings.Contains(r.what, " it ") {
		v.open = join(v.open, "if there is "+r.what)
	}
	if !none {
		return byRow, v
	}
	for _, action := range []string{createProfile, addToProfile} {
		v = v.and(w.possible(n, requirements([]need{{action: action}})))
	}
	return byProfileAndRow, v
}

// signsIn is whether a node may change a provider that the role trusts, or make it again with the same name.
func (w *stepper) signsIn(n *node, q *subject, r *row) (v verdict) {
	for _, s := range q.trust {
		for _, p := range s.Principals {
			if p.Type == "Federated" && strings.Contains(p.Value, ":saml-provider/") {
				all := verdict{answer: iampolicy.Yes}
				for _, need := range r.needs {
					all = all.and(w.allows(n, need.action, on{arn: p.Value, keys: iampolicy.Context{"aws:ResourceAccount": {q.Account}}}))
				}
				v = v.or(all)
			}
		}
	}
	return v
}

func article(what string) string {
	if strings.ContainsRune("AEIOU", rune(what[0])) || strings.ContainsRune("aeiou", rune(what[0])) {
		return "an " + what
	}
	return "a " + what
}
