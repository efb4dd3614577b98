package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestSettingsRefused(t *testing.T) {
	for _, c := range []struct{ name, key, value, want string }{
		{"a typing error", "orgid", "o-abc1234567", `there is no setting "orgid"`},
		{"a name that is too long", "name", strings.Repeat("a", 21), "not 1 to 20"},
		{"a name in capitals", "name", "Curfew", "not 1 to 20"},
		{"a name whose grants look like containments", "name", "curfew-q", `the same names as the containments of "curfew"`},
		{"an account that is none", "accounts", "111122223333,12", "accounts is \"12\""},
		{"an account twice", "accounts", "111122223333,111122223333", "an entry twice"},
		{"home among the accounts", "accounts", "444455556666", "never elevates in its own account"},
		{"an issuer without TLS", "jwtIssuer", "http://id.example.com", "not an https URL"},
		{"an issuer without an audience", "jwtAudience", "", "go together"},
		{"a retention that there is not", "logRetentionDays", "91", "logRetentionDays is 91"},
		{"a number that is none", "sweepMinutes", "one", `"one", not a whole number`},
		{"a sweep that is too rare", "sweepMinutes", "4", "not 1 to 3"},
		{"a caller who may ask for nothing", "openRequests", "0", "not 1 to 1000"},
		{"a boundary by ARN", "boundaries", "arn:aws:iam::111122223333:policy/b", "boundaries is"},
		{"granting that starves ending", "reserved", "grant=50", "needs 3 times the 50 of grant"},
		{"granting without a bound", "reserved", "grant=0", "nothing bounds it"},
		{"more than there is to reserve", "reserved", "api=901", "an account has 900"},
		{"a trail that is no folder of one", "trail", "s3://logs/other", "trail is"},
		{"a key of no trail", "trailKey", "arn:aws:kms:us-east-1:111122223333:key/1", "trailKey needs trail"},
		{"Regions without home's", "regions", "eu-west-1", "regions needs homeRegion"},
		{"an operator who is no group", "operators", "operators", "operators is \"operators\""},
		{"a name that parameters may not have", "name", "awslock", "begin with aws or ssm"},
		{"the name of AWS's bus", "name", "default", "has a bus default"},
		{"a key that is none", "key", "alias/curfew", "key is"},
		{"an operators' role with a wildcard", "operatorRoles", "arn:aws:iam::111122223333:role/ops-*", "operatorRoles is"},
		{"one poller of a queue", "reserved", "correlate=1", "set at least 2"},
		{"a function that there is not", "reserved", "granted=5", "not function=number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			context := map[string]any{"home": "444455556666", "jwtIssuer": "https://id.example.com", "jwtAudience": "curfew"}
			context[c.key] = c.value
			_, err := readSettings(context)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want %q in it", err, c.want)
			}
		})
	}
}

// All errors are reported at once, in one line.
func TestSettingsToldTogether(t *testing.T) {
	_, err := readSettings(map[string]any{"home": "1", "orgId": "x", "sweepMinutes": "9"})
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("error = %v, want one line", err)
	}
	for _, key := range []string{"home", "orgId", "sweepMinutes"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("error = %v, want %s in it", err, key)
		}
	}
}

// cdk.json may have lists and numbers instead of strings.
func TestSettingsFromFile(t *testing.T) {
	s, err := readSettings(map[string]any{
		"accounts": []any{"111122223333", "222233334444"}, "sweepMinutes": float64(2), "reserved": "none",
		"@aws-cdk/core:anything": true, "aws:cdk:bundling-stacks": []any{"**"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Accounts) != 2 || s.SweepMinutes != 2 || len(s.Reserved) != 0 {
		t.Errorf("accounts = %v, sweepMinutes = %d, reserved = %v", s.Accounts, s.SweepMinutes, s.Reserved)
	}
}

// What AWS would refuse during a deployment is refused before it: here a function's environment.
func TestLimits(t *testing.T) {
	var accounts []string
	for i := range 200 {
		accounts = append(accounts, fmt.Sprintf("%012d", i))
	}
	s, err := readSettings(map[string]any{"accounts": strings.Join(accounts, ",")})
	if err != nil {
		t.Fatal(err)
	}
	err = s.limits()
	if err == nil || !strings.Contains(err.Error(), "the environment of grant has") {
		t.Errorf("error = %v, want the environment of grant", err)
	}
	longest, err := readSettings(map[string]any{"name": strings.Repeat("n", 20), "home": "444455556666", "accounts": strings.Join(accounts[:40], ",")})
	if err != nil {
		t.Fatal(err)
	}
	if err := longest.limits(); err != nil {
		t.Errorf("the longest name and 40 accounts: %v", err)
	}
}

// The file is attached as it is, and Organizations counts its white space.
func TestTheSCPFileWithItsWhiteSpaceIsWithinTheLimit(t *testing.T) {
	s, err := readSettings(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range scpFiles(s) {
		if len(text) > maxSCP {
			t.Errorf("%s has %d characters, more than %d", name, len(text), maxSCP)
		}
	}
	if n := size(document(guardrails(s).boundary()...)); n > maxManaged {
		t.Errorf("the boundary has %d characters, more than %d", n, maxManaged)
	}
	for range 8 {
		s.Deployers = append(s.Deployers, "arn:aws:iam::*:role/"+strings.Repeat("d", 64))
	}
	if err := s.limits(); err == nil || !strings.Contains(err.Error(), "scp-home.json has") {
		t.Errorf("error = %v, want the SCP of home", err)
	}
}

// A quota that a new watch, rule or entitlement would exceed is found at synth.
func TestQuotasOfAlarmsRulesAndTemplates(t *testing.T) {
	s := exampleSettings(t)
	if n := len(monitoring(s).changeAlarm().counts); n > maxAlarmMetrics {
		t.Errorf("curfew-changed has %d metrics", n)
	}
	if n := s.wildcardRules("us-east-1"); n < 5 || n > maxWildcardRules {
		t.Errorf("rules with wildcards = %d", n)
	}
	big := map[string]any{"Resources": map[string]any{"A": strings.Repeat("x", maxInline)}}
	if err := checkTemplate("curfew-member", big, true); err == nil || !strings.Contains(err.Error(), "the template curfew-member has") {
		t.Errorf("error = %v, want the size", err)
	}
	if err := checkTemplate("curfew", big, false); err != nil {
		t.Errorf("a template with a bucket: %v", err)
	}
	many := map[string]any{}
	for i := range maxResources + 1 {
		many[fmt.Sprint(i)] = 1
	}
	if err := checkTemplate("curfew", map[string]any{"Resources": many}, false); err == nil {
		t.Error("501 resources are accepted")
	}
	for name, stack := range stacks(t, s) {
		if err := checkTemplate(name, stack.Template(), strings.HasPrefix(name, "curfew-")); err != nil {
			t.Error(err)
		}
	}
}

// A function that is deployed can be given concurrency.
func TestEveryFunctionHasARecommendedReservation(t *testing.T) {
	for _, f := range functions() {
		if recommended()[f.name] == 0 {
			t.Errorf("%s has none", f.name)
		}
	}
	if s, err := readSettings(map[string]any{"reserved": "recommended"}); err != nil || len(s.Reserved) != len(functions()) {
		t.Errorf("reserved = %v, %v", s.Reserved, err)
	}
}
