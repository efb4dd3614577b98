package iampolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// fencedStatements returns n statements with conditions; the last one allows.
func fencedStatements(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"Effect":"Allow","Action":["svc%d:Get*","svc%d:List*"],"Resource":"arn:aws:svc%d:eu-*-1:111122223333:thing/${aws:PrincipalTag/team}/*",`+
			`"Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}`, i, i, i))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("statements=%d", n), func(b *testing.B) {
			d, err := iampolicy.Compile(parse(b, fencedStatements(n)), fences()["filled"])
			if err != nil {
				b.Fatal(err)
			}
			p := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "p", Document: d}}}
			c := iampolicy.Call{
				Action:   fmt.Sprintf("svc%d:GetThing", n-1),
				Resource: fmt.Sprintf("arn:aws:svc%d:eu-west-1:111122223333:thing/red/1", n-1),
				Context: iampolicy.Context{"aws:CurrentTime": {"2026-11-23T12:30:00Z"}, "aws:userid": {roleID + ":ana"},
					"aws:RequestedRegion": {"eu-central-1"}, "aws:SourceIp": {"203.0.113.7"}, "aws:PrincipalTag/team": {"red"}},
			}
			b.ReportAllocs()
			for b.Loop() {
				if iampolicy.Evaluate(p, c).Outcome != iampolicy.Allowed {
					b.Fatal("not allowed")
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("statements=%d", n), func(b *testing.B) {
			d := parse(b, fencedStatements(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := iampolicy.Compile(d, unfilledFence()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("statements=%d", n), func(b *testing.B) {
			text := []byte(fencedStatements(n))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := iampolicy.Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
