package difference_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"curfew/shared/difference"
	"curfew/shared/iampolicy"
)

func listOf(n int, format string) string {
	var all []string
	for i := range n {
		all = append(all, `"`+strings.ReplaceAll(format, "%d", fmt.Sprint(i))+`"`)
	}
	return "[" + strings.Join(all, ",") + "]"
}

// hostile are principals whose policies are as long as IAM accepts, or longer, and patterns meet in many ways.
func hostile(t testing.TB) map[string]difference.Today {
	all := map[string]difference.Today{}
	add := func(name string, documents int, statements func(i int) []string) {
		var today difference.Today
		for i := range documents {
			today.Policies.Identity = append(today.Policies.Identity, iampolicy.Named{Name: fmt.Sprint("policy-", i), Document: parse(t, statements(i)...)})
		}
		all[name] = today
	}
	add("patterns of resources", 20, func(i int) []string {
		return []string{`{"Effect":"Allow","Action":"s3:*","Resource":` + listOf(150, fmt.Sprintf("arn:aws:s3:*:*:*%d*a*b*c*d*e*f*g", i)) + `}`,
			`{"Effect":"Deny","Action":"s3:*","Resource":` + listOf(150, fmt.Sprintf("arn:aws:s3:*:*:*g%d*f*e*d*c*b*a", i)) + `}`}
	})
	add("what statements leave out", 20, func(i int) (statements []string) {
		for k := range 150 {
			effect := []string{"Allow", "Deny"}[k%2]
			statements = append(statements, fmt.Sprintf(`{"Effect":%q,"NotAction":"s3:*%d*%d*a","NotResource":"arn:aws:s3:*:*:*%d*%d*a*b*c"}`, effect, i, k, i, k))
		}
		return statements
	})
	add("patterns of actions", 20, func(i int) (statements []string) {
		for k := range 100 {
			statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Action":"ec2:*%c*%c*","Resource":"arn:aws:ec2:*:*:*%d-%d*"}`, 'a'+k%26, 'a'+i, i, k),
				fmt.Sprintf(`{"Effect":"Deny","Action":"ec2:*%c*%c*e","Resource":"arn:aws:ec2:*:*:*%d*%d"}`, 'a'+i, 'a'+k%26, k, i))
		}
		return statements
	})
	add("conditions", 20, func(i int) (statements []string) {
		for k := range 20 {
			statements = append(statements, fmt.Sprintf(`{"Effect":%q,"Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/a":%s}}}`,
				[]string{"Allow", "Deny"}[k%2], listOf(40, fmt.Sprintf("*%d*%d*%%d", i, k))))
		}
		return statements
	})
	return all
}

// intricate is a grant that meets all of them.
func intricate(t testing.TB) difference.Grant {
	return difference.Grant{Policies: []*iampolicy.Document{parse(t,
		`{"Effect":"Allow","NotAction":"x:y","Resource":`+listOf(150, "arn:aws:s3:*:*:*%d*z*y*x*")+`,"Condition":{"StringLike":{"aws:PrincipalTag/a":`+listOf(20, "*%d*x")+`}}}`)}}
}

func TestPoliciesThatTakeTooLongToCompareCountAsUnknown(t *testing.T) {
	grant := intricate(t)
	alone := difference.Of(difference.Today{Unknown: "they are too long to compare"}, grant)
	for name, today := range hostile(t) {
		d := difference.Of(today, grant)
		if d.Unknown != "they are too long to compare" || d.Hash() != alone.Hash() || d.Risk != alone.Risk {
			t.Errorf("%s: unknown %q, risk %d, %d actions; want what the grant is alone: risk %d, %d actions", name, d.Unknown, d.Risk, d.Actions, alone.Risk, alone.Actions)
		}
		if len(d.Adds) == 0 || !strings.Contains(d.Adds[0], "they are too long to compare") || !strings.Contains(d.Line(), "not known") {
			t.Errorf("%s: %q, %q do not tell approvers", name, d.Line(), d.Adds)
		}
	}
	// An ordinary principal is compared, with much to spare.
	today, admin := twenty(t), difference.Grant{Policies: []*iampolicy.Document{parse(t, allow(`"*"`, "*"))}}
	if d, taken := difference.Within(difference.MostSteps, today, admin); d.Unknown != "" || taken > difference.MostSteps/2 {
		t.Errorf("twenty policies: unknown %q, after %d steps", d.Unknown, taken)
	}
}

// The count depends on the policies alone: approvers are shown what Grant compares again.
func TestStepsOfAComparisonAreTheSameEachTime(t *testing.T) {
	today, admin := twenty(t), difference.Grant{Policies: []*iampolicy.Document{parse(t, allow(`"*"`, "*"))}}
	first, taken := difference.Within(difference.MostSteps, today, admin)
	for range 3 {
		if d, again := difference.Within(difference.MostSteps, today, admin); again != taken || d.Hash() != first.Hash() {
			t.Fatalf("%d steps, then %d", taken, again)
		}
	}
	if d, _ := difference.Within(taken, today, admin); d.Hash() != first.Hash() {
		t.Errorf("with the steps that it takes it is another")
	}
	if d, _ := difference.Within(taken-1, today, admin); d.Unknown == "" {
		t.Errorf("with a step less it is known")
	}
}

// Wherever the steps end, nothing that the grant adds is left out.
func TestFewerStepsTellMore(t *testing.T) {
	today := difference.Today{Policies: own(t, allow(`["s3:Get*","s3:List*"]`, "arn:aws:s3:::l*"), deny(`"s3:Delete*"`, "arn:aws:s3:::logs-secret*"))}
	grant := difference.Grant{Policies: []*iampolicy.Document{parse(t, allow(`"s3:*"`, "arn:aws:s3:::logs-*"), deny(`"s3:PutBucketPolicy"`, "*"))}}
	all, taken := difference.Within(difference.MostSteps, today, grant)
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		steps := random.Int64N(taken + 1)
		d, _ := difference.Within(steps, today, grant)
		if d.Actions < all.Actions || d.Risk < all.Risk || d.Unknown == "" && d.Hash() != all.Hash() {
			t.Fatalf("with %d of %d steps: %s; with all: %s", steps, taken, d.Line(), all.Line())
		}
	}
	if d, _ := difference.Within(0, today, grant); d.Risk != 10 || d.Actions < 10_000 {
		t.Errorf("a grant too long to compare: %s; want every action", d.Line())
	}
}

// BenchmarkHostile prints the time of the worst of them.
func BenchmarkHostile(b *testing.B) {
	grant := intricate(b)
	for name, today := range hostile(b) {
		b.Run(name, func(b *testing.B) {
			worst := time.Duration(0)
			for b.Loop() {
				begun := time.Now()
				difference.Of(today, grant)
				worst = max(worst, time.Since(begun))
			}
			b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
		})
	}
}
