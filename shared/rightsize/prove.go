package rightsize

import (
	"errors"
	"fmt"
	"slices"

	"curfew/shared/iampolicy"
	"curfew/shared/strictjson"
)

// RefusedError is a recorded call that keeps a policy from being printed.
type RefusedError struct {
	Use Use
	Why string
}

// Error names the call.
func (e *RefusedError) Error() string {
	on := "an unknown resource"
	if e.Use.Resource != "" {
		on = e.Use.Resource
	}
	return fmt.Sprintf("the recorded call %s on %s %s", e.Use.Action, on, e.Why)
}

// prove reads the new texts again and asks the evaluator for every use: each Allow that had it must have it still, under its conditions.
func (x *run) prove() error {
	for _, p := range x.templates {
		if err := p.compare(); err != nil {
			return fmt.Errorf("policy %s: %w: this is a fault of Curfew; keep the old policy", p.name, err)
		}
	}
	for _, u := range x.uses {
		had := false
		for _, a := range x.allows {
			if !a.before.allows(u) {
				continue
			}
			had = true
			if a.now == nil || !a.now.allows(u) || u.Resource == "" && !a.same {
				return &RefusedError{u, "is not allowed by the new policy: this is a fault of Curfew; keep the old policy"}
			}
		}
		if !had {
			return &RefusedError{u, "is not allowed by the policy that was given: was the policy another one then, or is part of it missing?"}
		}
		for _, p := range x.templates {
			if p.denies.has(u) {
				return &RefusedError{u, "is denied by the policy that was given: was the policy another one then?"}
			}
		}
	}
	return nil
}

func (p *policy) compare() error {
	var now []*strictjson.Value
	var doc iampolicy.Document
	if p.is != nil {
		t, err := readTemplate([]byte(pretty(p.is)))
		if err != nil {
			return err
		}
		now, doc = t.items, *t.doc
	}
	at := 0
	for _, item := range p.items {
		i := slices.IndexFunc(p.allows, func(a *allow) bool { return a.tree == item })
		if i >= 0 && p.is != p.root && p.allows[i].gone() {
			continue
		}
		if at == len(now) || rest(now[at], i >= 0) != rest(item, i >= 0) {
			return errors.New("the new statements have other conditions")
		}
		if i >= 0 {
			r, err := rightOf(doc.Statements[at])
			if err != nil {
				return err
			}
			p.allows[i].now = &r
			p.allows[i].same = slices.Equal(texts(member(now[at], "Resource")), texts(member(item, "Resource")))
		}
		at++
	}
	if at != len(now) {
		return errors.New("the new text has more statements")
	}
	return nil
}

// rest is what may not change of a statement.
func rest(s *strictjson.Value, allow bool) string {
	other := *s
	other.Members = slices.DeleteFunc(slices.Clone(s.Members), func(m strictjson.Member) bool {
		return allow && (m.Name == "Action" || m.Name == "NotAction" || m.Name == "Resource")
	})
	return string(compact(&other))
}
