package difference_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"curfew/shared/difference"
	"curfew/shared/iampolicy"
)

func parse(t testing.TB, statements ...string) *iampolicy.Document {
	t.Helper()
	d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`))
	if err != nil {
		t.Fatal(err, statements)
	}
	return d
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func anyPattern(r *rand.Rand) string {
	return pick(r, "*", "arn:aws:s3:::logs", "arn:aws:s3:::logs*", "arn:aws:s3:::logs-a/*", "arn:aws:s3:::logs-?/x", "arn:aws:s3:::*", "arn:aws:s3:*:*:logs-a*",
		"arn:aws:s3:::*/x", "arn:*:s3:::logs-a", "arn:aws:s3:::${aws:username}*", "arn:aws:dynamodb:*:111122223333:table/logs*", "arn:aws:dynamodb:eu-*-1:*:table/logs", "arn:aws:dynamodb:*:*:table/logs")
}

func anyStatement(r *rand.Rand, effect string) string {
	action := pick(r, `"*"`, `"s3:*"`, `"s3:Get*"`, `["s3:GetObject","s3:PutObject"]`, `"s3:*Object"`, `"dynamodb:*"`, `"dynamodb:?etItem"`, `"s3:ListAllMyBuckets"`)
	s := fmt.Sprintf(`{"Effect":%q,%q:%s,%q:["%s","%s"]`, effect, pick(r, "Action", "Action", "Action", "NotAction"), action, pick(r, "Resource", "Resource", "Resource", "NotResource"), anyPattern(r), anyPattern(r))
	if r.IntN(4) == 0 {
		s += `,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"` + pick(r, "a", "b") + `"}}`
	}
	return s + "}"
}

func anyDocument(t *testing.T, r *rand.Rand, denies int) *iampolicy.Document {
	var all []string
	for range 1 + r.IntN(2) {
		all = append(all, anyStatement(r, "Allow"))
	}
	for range r.IntN(1 + denies) {
		all = append(all, anyStatement(r, "Deny"))
	}
	return parse(t, all...)
}

// A call that the grant makes possible is never missing. What the evaluator says of both is the measure.
func TestPropertyNothingNewIsMissing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	calls := [][2]string{
		{"s3:GetObject", "arn:aws:s3:::logs-a/x"}, {"s3:GetObject", "arn:aws:s3:::logs/y"}, {"s3:PutObject", "arn:aws:s3:::other/x"}, {"s3:ListBucket", "arn:aws:s3:::logs"},
		{"s3:ListBucket", "arn:aws:s3:::ana-data"}, {"s3:ListAllMyBuckets", "*"}, {"dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/logs"},
		{"dynamodb:DeleteItem", "arn:aws:dynamodb:us-east-1:111122223333:table/logs2"},
	}
	added, had := 0, 0
	rounds := 1500
	if testing.Short() {
		rounds = 150
	}
	for range rounds {
		today := difference.Today{Policies: iampolicy.Policies{Identity: []iampolicy.Named{{Name: "own", Document: anyDocument(t, r, 1)}}}}
		if r.IntN(2) == 0 {
			today.Policies.Boundary = anyDocument(t, r, 1)
		}
		grant := anyDocument(t, r, 1)
		after := today.Policies
		after.Identity = append(after.Identity[:1:1], iampolicy.Named{Document: grant})
		has := difference.Added(today, difference.Grant{Policies: []*iampolicy.Document{grant}})
		for _, c := range calls {
			call := iampolicy.Call{Action: c[0], Resource: c[1], Context: iampolicy.Context{"aws:username": {"ana"}, "aws:PrincipalTag/team": {pick(r, "a", "b")}}}
			before, now := iampolicy.Evaluate(today.Policies, call).Outcome, iampolicy.Evaluate(after, call).Outcome
			switch {
			case before != iampolicy.Allowed && now == iampolicy.Allowed:
				added++
				if !has(c[0], c[1]) {
					t.Fatalf("%v is new and missing: own %s; boundary %v; grant %s", c, today.Policies.Identity[0].Document.Bytes(), today.Policies.Boundary, grant.Bytes())
				}
			case before == iampolicy.Allowed && !has(c[0], c[1]):
				had++
			}
		}
	}
	t.Logf("%d calls were new; %d of before were known to be", added, had)
	if added < rounds/2 || had < rounds/2 {
		t.Errorf("%d new calls and %d old ones: the policies test nothing", added, had)
	}
}
