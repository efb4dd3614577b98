package difference_test

import (
	"fmt"
	"testing"

	"curfew/shared/difference"
	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// twenty are the policies of a principal that has much.
func twenty(t testing.TB) (today difference.Today) {
	services := iamdata.Services()
	for i := range 20 {
		var statements []string
		for k := range 6 {
			of := services[(i*29+k*7)%len(services)]
			statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Action":["%s:Get*","%s:List*","%s:Describe*","s3:GetObject"],"Resource":["arn:aws:%s:*:111122223333:team-%d/*","*"]}`, of, of, of, of, k))
		}
		today.Policies.Identity = append(today.Policies.Identity, iampolicy.Named{Name: fmt.Sprint("policy-", i), Document: parse(t, statements...)})
	}
	today.Policies.Boundary = parse(t, `{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Deny","Action":["iam:Create*","iam:Put*"],"Resource":"*"}`)
	return today
}

// BenchmarkAdmin is AdministratorAccess over a role with 20 policies, when the actions are decoded.
func BenchmarkAdmin(b *testing.B) {
	today, admin := twenty(b), parse(b, `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	b.ReportAllocs()
	for b.Loop() {
		if d := difference.Of(today, difference.Grant{Policies: []*iampolicy.Document{admin}}); d.Risk != 10 {
			b.Fatal(d.Lines())
		}
	}
}

// BenchmarkRefused is the same where each policy has a Deny, and the boundary refuses nearly all.
func BenchmarkRefused(b *testing.B) {
	today, admin := twenty(b), parse(b, allow(`"*"`, "*"))
	for i := range today.Policies.Identity {
		today.Policies.Identity[i].Document = parse(b, allow(`"ec2:Describe*"`, "*"), deny(`"s3:Delete*"`, fmt.Sprint("arn:aws:s3:::logs-", i)))
	}
	today.Policies.Boundary = parse(b, allow(`"ec2:*"`, "*"))
	b.ReportAllocs()
	for b.Loop() {
		if d := difference.Of(today, difference.Grant{Policies: []*iampolicy.Document{admin}}); d.Refused < 20_000 {
			b.Fatal(d.Lines())
		}
	}
}
