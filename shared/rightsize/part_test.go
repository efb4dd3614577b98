package rightsize_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
	"curfew/shared/rightsize"
)

// TestNewPolicyIsPartOfTheOld asks package reach, which compares texts and no single calls.
func TestNewPolicyIsPartOfTheOld(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(7, 7)), nil}
	for _, service := range iamdata.Services() {
		if len(iamdata.Actions(service)) > 0 {
			g.services = append(g.services, service)
		}
	}
	parts := 0
	for i := range 120 {
		kind := kinds[i%4]
		if i%40 == 0 {
			kind = "NotAction"
		} else if i%40 == 1 {
			kind = "every action"
		}
		made := g.policy(kind)
		old, _ := iampolicy.Parse(made.Bytes())
		var uses []rightsize.Use
		for range 30 {
			s := old.Statements[g.IntN(len(old.Statements))]
			if len(s.Actions) == 0 || s.Effect == iampolicy.Deny {
				continue
			}
			for _, p := range s.Actions {
				if !strings.ContainsAny(p, "*?") {
					c := g.call(p)
					if allowed(old, c) {
						uses = append(uses, rightsize.Use{Action: c.Action, Resource: c.Resource, Calls: 1})
					}
				}
			}
		}
		r, err := rightsize.Narrow(rightsize.Input{Policies: []rightsize.Policy{{Name: "p", Text: made.Bytes()}}, Uses: uses, Resources: i%2 == 0})
		if err != nil {
			t.Fatal(err)
		}
		if r.Policies[0].Policy == "" {
			continue
		}
		smaller, _ := iampolicy.Parse([]byte(r.Policies[0].Policy))
		now, was := reach.Of(reach.Layers{Identity: []*iampolicy.Document{smaller}}), reach.Of(reach.Layers{Identity: []*iampolicy.Document{old}})
		parts++
		if !now.PartOf(was) {
			t.Errorf("not a part: %s\n of %s", smaller.Bytes(), old.Bytes())
		}
	}
	if parts < 40 {
		t.Errorf("%d policies were compared, too few", parts)
	}
}
