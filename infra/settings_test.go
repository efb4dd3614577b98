package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestSettingsRefused(t *testing.T) {
	for _, c := range []struct{ name, key, value, want string }{
		{"a typing error", "orgid", "o-abc1234567", `there is no setting "orgid"`},
		{"a name that is too long", "name", strings.Repeat("a", 21), "not 1 to 20"},
		{"a name in capitals", "name", "Curfew", "not 1 to 20"},
		{"a name whose grants look like containments", "name", "curfew-q", `the same names as the containments of "curfew"`},
		{"a Region twice", "regions", "eu-west-1,eu-west-1", "an entry twice"},
		{"accounts, which are in the registry", "accounts", "111122223333", `there is no setting "accounts"`},
		{"an issuer without TLS", "jwtIssuer", "http://id.example.com", "not an https URL"},
		{"an issuer without an audience", "jwtAudience", "", "go together"},
		{"a retention that there is not", "logRetentionDays", "91", "logRetentionDays is 91"},
		{"evidence that expires before its elevation ends", "evidenceDays", "400", "not 0 or 500"},
		{"refusals that are gone before they are read", "refusalDays", "7", "not 0 or 30"},
		{"a number that is none", "sweepMinutes", "one", `"one", not a whole number`},
		{"a sweep that is too rare", "sweepMinutes", "4", "not 1 to 3"},
		{"approvals that never count", "groupsHours", "0", "not 1 to 720"},
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
		{"a lock that there is not", "logLock", "legal", "neither governance nor compliance"},
		{"a retention without a unit", "logRetention", "7", "logRetention is"},
		{"queries that may read nothing", "lakeScanGB", "0", "not 1 to 1000"},
		{"a schema that no event is mapped to", "ocsf", "1.3.0", "ocsf is"},
		{"no key", "logKeys", "", "logKeys has 0 keys"},
		{"a witness without its key", "witness", "https://witness.example.com", "go together"},
		{"approvals to an address without TLS", "approvalsSubscriptions", "http://hooks.example.com", "approvalsSubscriptions is"},
		{"approvals to a group without an address", "approvalsSubscriptions", "group:leads", "approvalsSubscriptions is"},
		{"approvals to one address twice", "approvalsSubscriptions", "a@example.com,a@example.com", "an entry twice"},
		{"a console without TLS", "consoleUrl", "http://api.example.com/console/", "consoleUrl is"},
		{"a console with a query", "consoleUrl", "https://api.example.com/console/?token=1", "consoleUrl is"},
		{"signers of code that is nowhere", "codeSigning", signingProfile, "codeSigning and signedCode go together"},
		{"signed code of no signer", "signedCode", "s3://signed/", "codeSigning and signedCode go together"},
		{"a signing profile without its version", "codeSigning", "arn:aws:signer:us-east-1:444455556666:/signing-profiles/Curfew", "codeSigning is"},
		{"a bucket without a folder", "signedCode", "s3://signed", "signedCode is"},
		{"a folder above the bucket", "signedCode", "s3://signed/../../other", "signedCode is"},
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
		"regions": []any{"eu-west-1", "us-west-2"}, "homeRegion": "eu-west-1", "sweepMinutes": float64(2), "reserved": "none",
		"@aws-cdk/core:anything": true, "aws:cdk:bundling-stacks": []any{"**"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Regions) != 2 || s.SweepMinutes != 2 || len(s.Reserved) != 0 {
		t.Errorf("regions = %v, sweepMinutes = %d, reserved = %v", s.Regions, s.SweepMinutes, s.Reserved)
	}
}

// What AWS would refuse during a deployment is refused before it: here a function's environment.
func TestLimits(t *testing.T) {
	var operators []string
	for i := range 400 {
		operators = append(operators, fmt.Sprintf("group:%06d", i))
	}
	s, err := readSettings(map[string]any{"operators": strings.Join(operators, ",")})
	if err != nil {
		t.Fatal(err)
	}
	err = s.limits()
	if err == nil || !strings.Contains(err.Error(), "the environment of grant has") {
		t.Errorf("error = %v, want the environment of grant", err)
	}
	longest, err := readSettings(map[string]any{"name": strings.Repeat("n", 20), "home": "444455556666", "orgId": "o-" + strings.Repeat("x", 32)})
	if err != nil {
		t.Fatal(err)
	}
	if err := longest.limits(); err != nil {
		t.Errorf("the longest name: %v", err)
	}
}

// Accounts are rows of the registry: templates and policies are the same for one account and for a thousand. The ids that
// stand in a template are settings (home, senders, the trail's key), and the catalog's (principals, jobs, the canary).
func TestNoTemplateNamesAMemberAccount(t *testing.T) {
	s := exampleSettings(t, "taskSenders", "arn:aws:iam::555566667777:role/tickets")
	known := s.Home + " 555566667777 999988887777"
	catalog, err := os.ReadFile("testdata/catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, tpl := range templates(t, s) {
		b, err := json.Marshal(tpl.raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range regexp.MustCompile(`\b[0-9]{12}\b`).FindAllString(string(b), -1) {
			if !strings.Contains(known, id) && !strings.Contains(string(catalog), id) {
				t.Errorf("%s names account %s", name, id)
			}
		}
	}
	for who, statements := range homeRoles(s).permissions() {
		if b := fmt.Sprint(document(statements...)); strings.Contains(b, "111122223333") {
			t.Errorf("the permissions of %s name an account: %s", who, b)
		}
	}
	for _, bus := range [][]statement{resourcePolicies(s).membersBusPolicy(), resourcePolicies(s).trailBusPolicy()} {
		if b := fmt.Sprint(document(bus...)); strings.Contains(b, "111122223333") {
			t.Errorf("a bus names an account: %s", b)
		}
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

func TestSignInSettings(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"consoleClient", "a b", "consoleClient"}, {"cliClient", "a,b", "cliClient"}, {"scopes", "profile", "scopes lacks openid"}, {"scopes", "openid,a b", "scopes"},
		{"signInOrigins", "http://login.example.com", "signInOrigins"}, {"signInOrigins", "https://login.example.com/path", "signInOrigins"},
		{"signInOrigins", "https://*.example.com", "signInOrigins"}, {"signInOrigins", "https://a.example.com;script-src", "signInOrigins"},
	} {
		_, err := readSettings(map[string]any{"jwtIssuer": "https://id.example.com", "jwtAudience": "curfew", c.key: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %q: %v, want %q", c.key, c.value, err, c.want)
		}
	}
	if _, err := readSettings(map[string]any{"consoleClient": "page"}); err == nil || !strings.Contains(err.Error(), "need jwtIssuer") {
		t.Errorf("consoleClient without jwtIssuer: %v", err)
	}
}
