package reach_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

type object = map[string]any

// twentyPolicies are those of a role: statements with actions of four services each, by name and by wildcard, on all resources, on
// some, and under conditions; each policy has a Deny.
func twentyPolicies(tb testing.TB) (all []*iampolicy.Document) {
	services := iamdata.Services()
	for p := range 20 {
		var statements []object
		for s := range 8 {
			var actions []string
			for k := range 4 {
				service := services[(p*97+s*31+k*13)%len(services)]
				actions = append(actions, service+":Get*", service+":List*", service+":Describe*")
				for i, a := range iamdata.Actions(service) {
					if i%7 == k && i < 21 {
						actions = append(actions, service+":"+a.Name)
					}
				}
			}
			n := object{"Effect": "Allow", "Action": actions, "Resource": "*"}
			switch s {
			case 1, 2:
				n["Resource"] = []string{fmt.Sprintf("arn:aws:s3:::bucket-%d/*", p), fmt.Sprintf("arn:aws:sqs:*:111122223333:queue-%d-*", p), fmt.Sprintf("arn:aws:dynamodb:eu-west-1:111122223333:table/t%d", p)}
			case 3, 4:
				n["Condition"] = object{"StringEquals": object{"aws:RequestedRegion": []string{"eu-west-1", "eu-central-1"}}}
			case 5:
				n["Effect"], n["Condition"] = "Deny", object{"BoolIfExists": object{"aws:MultiFactorAuthPresent": "false"}}
			}
			statements = append(statements, n)
		}
		b, err := json.Marshal(object{"Version": iampolicy.Version, "Statement": statements})
		if err != nil {
			tb.Fatal(err)
		}
		if len(b) > 6144 {
			tb.Fatalf("a policy of %d characters", len(b))
		}
		d, err := iampolicy.Parse(b)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

// BenchmarkDifference is AdministratorAccess over a role with 20 policies: what of the former the latter has not, cell by cell.
func BenchmarkDifference(b *testing.B) {
	role := twentyPolicies(b)
	grant := []*iampolicy.Document{document(b, admin)}
	b.ReportAllocs()
	cells, open := 0, 0
	for b.Loop() {
		cells, open = 0, 0
		for c := range reach.Difference(reach.Of(reach.Layers{Identity: grant}), reach.Of(reach.Layers{Identity: role})).Cells() {
			cells++
			if c.Open != "" {
				open++
			}
		}
	}
	once := float64(b.Elapsed()) / float64(b.N)
	calls := evaluateThousand(b, role)
	at := time.Now()
	for range 5 {
		calls()
	}
	b.ReportMetric(once*5/float64(time.Since(at)), "of-1000-calls")
	b.ReportMetric(float64(cells), "cells")
	b.ReportMetric(float64(open), "open")
}

// BenchmarkEvaluate1000 is the same role, asked about 1,000 calls: to compare.
func BenchmarkEvaluate1000(b *testing.B) {
	calls := evaluateThousand(b, twentyPolicies(b))
	for b.Loop() {
		calls()
	}
}

func evaluateThousand(tb testing.TB, role []*iampolicy.Document) func() {
	tb.Helper()
	var p iampolicy.Policies
	for _, d := range role {
		p.Identity = append(p.Identity, iampolicy.Named{Document: d})
	}
	var calls []iampolicy.Call
	for _, s := range iamdata.Services() {
		for _, a := range iamdata.Actions(s)[:min(3, len(iamdata.Actions(s)))] {
			if len(calls) < 1000 {
				calls = append(calls, iampolicy.Call{Action: s + ":" + a.Name, Resource: "*", Context: iampolicy.Context{"aws:RequestedRegion": {"eu-west-1"}}})
			}
		}
	}
	return func() {
		for _, c := range calls {
			iampolicy.Evaluate(p, c)
		}
	}
}
