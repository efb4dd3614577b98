package inprocess

import (
	"maps"
	"slices"

	"curfew/shared/access"
	"curfew/shared/baseline"
)

// value is what a principal has without what the installation attached.
func (p *principal) value(name, account string) baseline.Value {
	v := ownValue(p.id, name, p.inline, p.attached)
	v.ARN, v.Account, v.Boundary, v.Trust = p.arn, account, p.boundary, p.trust
	for _, g := range p.groups {
		v.Groups = append(v.Groups, baseline.GroupARN(account, g))
	}
	return v
}

func ownValue(id, name string, inline map[string]document, attached []string) baseline.Value {
	v := baseline.Value{ID: id, Inline: map[string]string{}}
	for n, d := range inline {
		if !access.IsAttached(n, name) {
			v.Inline[n] = d.text
		}
	}
	for _, arn := range attached {
		if !access.IsAttached(arn, name) {
			v.Attached = append(v.Attached, arn)
		}
	}
	return v
}

// policiesAndGroups are those of an account, with AWS managed policies.
func (w *controlPlane) policiesAndGroups(name, id string) (all []*baseline.Entry) {
	for _, a := range []*account{w.accounts[id], w.accounts["aws"]} {
		if a == nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(a.policies)) {
			if m := a.policies[key]; !access.IsAttached(m.arn, name) {
				all = append(all, m.own.of(name, func() baseline.Value {
					return baseline.Value{ID: m.arn, Version: "v1", Document: m.document.text}
				}))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(a.groups)) {
			g := a.groups[key]
			all = append(all, g.own.of(name, func() baseline.Value {
				return ownValue(baseline.GroupARN(id, g.name), name, g.inline, g.attached)
			}))
		}
	}
	return all
}
