package rightsize

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
	"curfew/shared/strictjson"
)

// Result is what becomes of the policies. Lists of actions are sorted.
type Result struct {
	Policies []Change `json:"policies"`
	Doubts   []string `json:"doubts"`
	// Allowed counts the actions that the policies allow, of package iamdata or by name.
	Allowed int      `json:"allowed"`
	Used    []string `json:"used"`
	// Off were never used, and are no longer allowed.
	Off []string `json:"off"`
	// Spare were never used, and stay because of the policy's size or form.
	Spare []string `json:"spare"`
	// Unobservable stay because CloudTrail may not show their use.
	Unobservable []string `json:"unobservable"`
	// Unknown stay because package iamdata lacks them.
	Unknown []string `json:"unknown"`
	// Proven counts different recorded calls.
	Proven int `json:"proven"`
}

// Change is one policy before and after.
type Change struct {
	Name string `json:"name"`
	// Policy is the new text; empty: nothing of it was used.
	Policy string   `json:"policy"`
	Diff   string   `json:"diff"` // unified; empty: nothing changes
	Size   int      `json:"size"` // characters without white space, as IAM counts
	Was    int      `json:"was"`
	Notes  []string `json:"notes"` // sentences on what could not be narrowed, and why
}

// Narrow makes the policies smaller. The new ones allow a part of what the old ones do, and every recorded call: otherwise it returns a
// [*RefusedError] and no policy.
func Narrow(in Input) (*Result, error) {
	x := &run{Input: in}
	if n := len(in.Uses) + len(in.Maybe); n > maxUses {
		return nil, fmt.Errorf("%d different calls are more than %d", n, maxUses)
	}
	for _, u := range in.Uses {
		if !isAction(u.Action) {
			return nil, &RefusedError{u, "has no action of IAM"}
		}
		x.uses = append(x.uses, asked(u))
	}
	if err := x.read(); err != nil {
		return nil, err
	}
	x.uses = Join(x.uses)
	x.quiet = newSilent(x.uses, in.Logged)
	for _, a := range x.allows {
		x.narrow(a)
	}
	if len(in.Doubts) == 0 {
		for _, p := range x.templates {
			x.fit(p)
		}
	} else {
		for _, a := range x.allows {
			for _, e := range a.entries {
				e.asIs = true
			}
		}
	}
	for _, p := range x.templates {
		p.is = x.written(p)
	}
	if err := x.prove(); err != nil {
		return nil, err
	}
	return x.result()
}

func (x *run) read() error {
	if len(x.Policies) == 0 {
		return errors.New("there is no policy")
	}
	for _, in := range x.Policies {
		t, err := readTemplate(in.Text)
		if err != nil {
			return fmt.Errorf("policy %s: %w", in.Name, err)
		}
		p := &policy{template: t, name: in.Name, denies: deniesOf(t)}
		x.templates = append(x.templates, p)
		for i, s := range t.doc.Statements {
			if s.Effect != iampolicy.Allow {
				continue
			}
			a, err := newAllow(s, t.items[i])
			if err != nil {
				return fmt.Errorf("policy %s, statement %d: %w", in.Name, i+1, err)
			}
			p.allows, x.allows = append(p.allows, a), append(x.allows, a)
		}
	}
	if err := x.bound(); err != nil {
		return err
	}
	for _, u := range x.Maybe {
		u = asked(u)
		allowed := func(a *allow) bool { return a.before.allows(u) }
		denied := func(p *policy) bool { return p.denies.has(u) }
		if isAction(u.Action) && slices.ContainsFunc(x.allows, allowed) && !slices.ContainsFunc(x.templates, denied) {
			x.uses = append(x.uses, u)
		}
	}
	return nil
}

// bound refuses more patterns than IAM's quotas leave room for: each is compared with every use, and with AWS's actions.
func (x *run) bound() error {
	patterns, wide := 0, 0
	for _, a := range x.allows {
		for _, pattern := range slices.Concat(a.statement.Actions, a.statement.NotActions) {
			service, _, _ := strings.Cut(pattern, ":")
			if patterns++; isPattern(service) || len(a.statement.NotActions) > 0 {
				wide++
			}
		}
	}
	if patterns > maxPatterns || wide > maxWide {
		return fmt.Errorf("%d patterns of actions, %d of them over all services, are more than %d and %d", patterns, wide, maxPatterns, maxWide)
	}
	return nil
}

func newAllow(s iampolicy.Statement, tree *strictjson.Value) (*allow, error) {
	if !slices.Equal(texts(member(tree, "Action")), s.Actions) || !slices.Equal(texts(member(tree, "NotAction")), s.NotActions) {
		return nil, errors.New("its actions cannot be found")
	}
	before, err := rightOf(s)
	return &allow{narrowed: &narrowed{statement: s}, tree: tree, before: before}, err
}

func (x *run) narrow(a *allow) {
	var used []string
	for _, u := range x.uses {
		if a.before.allows(u) {
			a.had, used = append(a.had, u), append(used, u.Action)
		}
	}
	a.narrowed = narrowActions(a.statement, slices.Compact(used), x.quiet)
	written := texts(member(a.tree, "Resource"))
	if !x.Resources || len(x.Doubts) > 0 || len(written) == 0 || len(written) != len(a.statement.Resources) || !a.recorded() {
		return
	}
	var known []string
	for _, u := range a.had {
		known = append(known, u.Resource)
	}
	if all := narrowResources(written, slices.Compact(slices.Sorted(slices.Values(known)))); !slices.Equal(all, written) {
		a.resources = all
	}
}

// recorded reports whether each action that stays was recorded, with its resources.
func (a *allow) recorded() bool {
	if len(a.had) == 0 || slices.ContainsFunc(a.had, func(u Use) bool { return u.Resource == "" }) {
		return false
	}
	for _, e := range a.entries {
		for _, action := range e.kept {
			if !slices.ContainsFunc(a.had, func(u Use) bool { return strings.EqualFold(u.Action, action) }) {
				return false
			}
		}
		if e.asIs && len(e.known) == 0 {
			return false
		}
	}
	return true
}

func (x *run) fit(p *policy) {
	limit := max(managedSize, iampolicy.Size(compact(p.root)))
	var all []*narrowed
	for _, a := range p.allows {
		all = append(all, a.narrowed)
	}
	lossy, fits := fit(all, func() int { return iampolicy.Size(compact(x.written(p))) }, limit)
	switch {
	case !fits:
		p.notes = append(p.notes, fmt.Sprintf("The kept actions do not fit into %d characters: the policy stays as it is.", limit))
	case lossy:
		p.notes = append(p.notes, fmt.Sprintf("The kept actions do not fit into %d characters by name: some stand as wildcards of a service, which allow others too.", limit))
	}
	for _, a := range p.allows {
		if a.stays() {
			p.notes = append(p.notes, "A NotAction stays: its kept actions do not fit by name.")
		}
	}
}

func (x *run) written(p *policy) *strictjson.Value {
	if len(x.Doubts) > 0 {
		return p.root
	}
	var statements []*strictjson.Value
	for _, s := range p.items {
		at := slices.IndexFunc(p.allows, func(a *allow) bool { return a.tree == s })
		switch {
		case at < 0:
			statements = append(statements, s)
		case !p.allows[at].gone():
			statements = append(statements, p.allows[at].write())
		}
	}
	return p.with(statements)
}

func (a *allow) write() *strictjson.Value {
	s := *a.tree
	s.Members = slices.Clone(a.tree.Members)
	if a.inverse && !a.stays() {
		set(&s, "NotAction", "Action", a.actions())
	} else if !a.inverse {
		set(&s, "Action", "Action", a.actions())
	}
	if a.resources != nil {
		set(&s, "Resource", "Resource", a.resources)
	}
	return &s
}

func (x *run) result() (*Result, error) {
	r := &Result{Policies: []Change{}, Doubts: append([]string{}, x.Doubts...), Used: []string{}, Off: []string{}, Spare: []string{}, Unobservable: []string{}, Unknown: []string{}, Proven: len(x.uses)}
	before, now, unknown := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, a := range x.allows {
		a.count(before, now, unknown)
	}
	used := map[string]bool{}
	for _, u := range x.uses {
		used[strings.ToLower(u.Action)] = true
	}
	for _, low := range slices.Sorted(maps.Keys(before)) {
		name := before[low]
		switch {
		case used[low]:
			r.Used = append(r.Used, name)
		case x.quiet.is(name):
			r.Unobservable = append(r.Unobservable, name)
		case len(x.Doubts) > 0:
		case now[low]:
			r.Spare = append(r.Spare, name)
		default:
			r.Off = append(r.Off, name)
		}
	}
	for low := range now {
		if before[low] == "" {
			return nil, fmt.Errorf("the new policy allows %s, which the old one does not: this is a fault of Curfew; keep the old policy", low)
		}
	}
	r.Allowed, r.Unknown = len(before), append(r.Unknown, slices.Sorted(maps.Keys(unknown))...)
	for _, p := range x.templates {
		is := p.is
		c := Change{Name: p.name, Policy: pretty(is), Diff: unified(pretty(p.root), pretty(is)), Was: iampolicy.Size(compact(p.root)), Size: iampolicy.Size(compact(is)), Notes: append([]string{}, p.notes...)}
		r.Policies = append(r.Policies, c)
	}
	return r, nil
}

func (a *allow) count(before map[string]string, now, unknown map[string]bool) {
	gone := a.gone()
	for _, e := range a.entries {
		for _, action := range slices.Concat(e.known, e.kept) {
			if low := strings.ToLower(action); before[low] == "" {
				before[low] = action
			}
		}
		if len(e.known) == 0 && (isPattern(e.pattern) || len(e.kept) == 0) {
			unknown[e.pattern] = true
		}
		if gone {
			continue
		}
		for _, text := range e.texts() {
			e.countNow(text, now)
		}
	}
}

func (e *entry) countNow(text string, now map[string]bool) {
	switch {
	case e.asIs:
		for _, action := range e.known {
			now[strings.ToLower(action)] = true
		}
	case isPattern(text):
		for _, action := range expand(text) {
			now[strings.ToLower(action)] = true
		}
	default:
		now[strings.ToLower(text)] = true
	}
}
