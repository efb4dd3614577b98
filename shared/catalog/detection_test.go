package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/detection"
)

// TestExampleDetections also demands a hit and a near miss of each row, and a hit of each detection.
func TestExampleDetections(t *testing.T) {
	c := example(t)
	hits, misses, named := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, r := range Test(c) {
		row, _, isRow := strings.Cut(r.Name, ",")
		switch {
		case !isRow || !strings.HasPrefix(row, "row "):
			continue
		case !r.OK:
			t.Error(r)
		case r.Want == detectsText(nil):
			misses[row]++
		default:
			hits[row]++
		}
		for name := range strings.SplitSeq(strings.TrimPrefix(r.Want, "detects "), ", ") {
			named[name] = true
		}
	}
	for n := 1; n <= 48; n++ {
		if n == 41 { // no fact says how long an approver has been one
			continue
		}
		if row := fmt.Sprint("row ", n); hits[row] == 0 || misses[row] == 0 {
			t.Errorf("%s has %d hits and %d near misses, want some of both", row, hits[row], misses[row])
		}
	}
	for _, d := range c.Detections() {
		if !named[d.Name] {
			t.Errorf("no test of %s hits", d.Name)
		}
	}
}

const watchFile = "detections/watch.yaml"

// withDetection is the small catalog with a detection.
func withDetection(t testing.TB, changes ...change) map[string]string {
	t.Helper()
	return changedFiles(t, append([]change{{watchFile, "", `about: A key was made
pattern: {detail: {eventSource: [iam.amazonaws.com], eventName: [CreateAccessKey]}}
when: context.allowed
severity: high
why: A key has no end.
do: Delete it.
`}}, changes...)...)
}

func TestBadDetections(t *testing.T) {
	when := func(text string) []change { return []change{{watchFile, "when: context.allowed", "when: " + text}} }
	adds := func(text string) []change {
		return []change{{watchFile, "do: Delete it.\n", "do: Delete it.\n" + text + "\n"}}
	}
	allow := func(text string) []change {
		return adds("allow: [{" + text + `, owner: "group:leads", until: 2027-01-01T00:00:00Z}]`)
	}
	const at = watchFile
	for _, b := range []struct {
		name    string
		changes []change
		want    string // a part of the error
	}{
		{"unknown field", adds("sevrity: high"), at + ":7: sevrity: is not a field here"},
		{"severity missing", []change{{at, "severity: high\n", ""}}, at + ":1: severity: is missing"},
		{"severity that is none", []change{{at, "severity: high", "severity: urgent"}}, at + `:4: severity: "urgent" is not one of informational, low, medium, high, critical`},
		{"pattern that EventBridge refuses", []change{{at, "[CreateAccessKey]", "CreateAccessKey"}}, at + ":2: pattern.detail.eventName: is not a part of an event pattern"},
		{"field that no envelope has", []change{{at, "pattern: {detail: {", "pattern: {details: {"}}, at + `:2: pattern.details: is not a field of the envelope of a record; did you mean "detail"?`},
		{"source in place of eventSource", []change{{at, "[iam.amazonaws.com]", "[iam]"}}, at + `:2: pattern.detail.eventSource: "iam" is not an eventSource`},
		{"attribute that does not exist", when("context.alowed"), at + `:3: when: context has no attribute "alowed"; did you mean "allowed"?`},
		{"has of an attribute that does not exist", when("context has elevatoin"), at + `:3: when: context has no attribute "elevatoin"; did you mean "elevation"?`},
		{"attribute of a document that does not exist", when("context has document && context.document.admn"), at + `:3: when: context.document has no attribute "admn"; did you mean "admin"?`},
		{"value that does not exist", when(`context.class == "markd"`), at + `:3: when: class "markd" does not exist; did you mean "marked"?`},
		{"absent attribute without has", when(`context.error == "AccessDenied"`), at + ":3: when: "},
		{"tag without hasTag", when(`context.parameters.getTag("a") == "b"`), at + ":3: when: "},
		{"number compared with text", when(`context.account == 1`), at + ":3: when: "},
		{"text that is no expression", when("context.allowed &&"), at + ":3: when: is not a Cedar expression"},
		{"more than an expression", when(`"true } unless { false"`), at + ":3: when: "},
		{"context as a whole", when("context == context"), "context as a whole: name its attributes"},
		{"a policy after it", when("'true }; permit (principal, action, resource) when { true'"), at + ":3: when: is not one expression"},
		{"exception by user agent", allow("userAgent: terraform"), at + ":7: allow[0].userAgent: an exception cannot rest on a user agent"},
		{"exception by address", allow(`address: "203.0.113.7"`), at + ":7: allow[0].address: an exception cannot rest on an address"},
		{"exception by session name", allow("session: deploy"), at + ":7: allow[0].session: an exception cannot rest on a session name"},
		{"exception by id with a session name", allow(`principal: "AROAEXAMPLE0000000001:deploy"`), at + ":7: allow[0].principal: "},
		{"exception by name", allow(`principal: "arn:aws:iam::111122223333:role/deploy"`), at + ":7: allow[0].principal: "},
		{"exception for everybody", adds(`allow: [{owner: "group:leads", until: 2027-01-01T00:00:00Z}]`), at + ":7: allow[0]: needs at least one of principal, account and elevation"},
		{"exception without an end", adds(`allow: [{account: "111122223333", owner: "group:leads"}]`), "until: is missing"},
		{"exception without an owner", adds(`allow: [{account: "111122223333", until: 2027-01-01T00:00:00Z}]`), "owner: is missing"},
		{"exception of an unknown owner", adds(`allow: [{account: "111122223333", owner: "group:leeds", until: 2027-01-01T00:00:00Z}]`), `"leeds" is not a group of identities.yaml`},
		{"two kinds", adds("dormant: {for: 720h}\nburst: {events: 3, within: 5m}"), at + ":1: has more than one of burst, dormant"},
		{"burst of nothing", adds("burst: {within: 5m}"), at + ":7: burst: needs either events"},
		{"burst of a place that is none", adds("burst: {distinct: 3, of: eventName, within: 5m}"), at + `:7: burst.of: "eventName" is not a path in the event`},
		{"burst that is too large", adds("burst: {events: 101, within: 5m}"), at + ":7: burst.events: 101 is not within 2 to 100"},
		{"counting by what is none", adds("first: {of: detail.eventName, for: 24h, by: address}"), at + `:7: first.by: "address" is not one of principal, session`},
		{"longer than is kept", adds("dormant: {for: 2401h}"), at + ":7: dormant.for: 2401h is not within 24h to 2400h"},
		{"no ARN among the writers", []change{{"catalog.yaml", "", "iac: [terraform]\n"}}, "catalog.yaml:1: iac[0]: \"terraform\" is not the ARN of one role or user"},
		{"pattern among the writers", []change{{"catalog.yaml", "", "iac: [\"arn:aws:iam::111122223333:role/*\"]\n"}}, "catalog.yaml:1: iac[0]: "},
		{"answer that is none", []change{{"catalog.yaml", "", "onForeign: delete\n"}}, `catalog.yaml:1: onForeign: "delete" is not one of report, quarantine`},
	} {
		_, err := Load(fileSystem(withDetection(t, b.changes...)))
		if err == nil || !strings.Contains(err.Error(), b.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error =\n%v\nwant one line with\n%s", b.name, err, b.want)
		}
	}
}

// TestAProblemInsideAWhenNamesItsLine has the problem on the third line of a block that begins on line 4.
func TestAProblemInsideAWhenNamesItsLine(t *testing.T) {
	for _, line := range []string{
		"context.alowed", "context has elevatoin", `context.class == "markd"`, `context.error == "AccessDenied"`, "context.account > 1", "context.allowed && )", "context.allowed &&",
	} {
		_, err := Load(fileSystem(withDetection(t, change{watchFile, "when: context.allowed", "when: |\n  context.allowed && // a comment\n  context.denied &&\n  " + line})))
		if err == nil || !strings.HasPrefix(err.Error(), watchFile+":6: when: ") {
			t.Errorf("%s: error = %v, want one of line 6", line, err)
		}
	}
}

func TestDetectionsAreDecodedAndCompiled(t *testing.T) {
	c := load(t, withDetection(t, change{"catalog.yaml", "", "iac: [\"arn:aws:iam::111122223333:role/deploy\"]\nonForeign: quarantine\n"}))
	d, err := Decode(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, d.Detections(), c.Detections())
	wantEqual(t, d.IaC(), []string{"arn:aws:iam::111122223333:role/deploy"})
	wantEqual(t, d.QuarantinesForeign(), true)
	wantEqual(t, load(t, withDetection(t)).QuarantinesForeign(), false)
	if s, err := detection.Compile(d.Detections()); err != nil || s.Detections() != 1 {
		t.Errorf("compiling what was decoded: %v", err)
	}
}

func TestDiffShowsDetections(t *testing.T) {
	a := load(t, withDetection(t))
	b := load(t, withDetection(t,
		change{watchFile, "severity: high", "severity: low"}, change{watchFile, "context.allowed", "context.denied"},
		change{watchFile, "do: Delete it.\n", "do: Delete it.\ndryRun: true\nanswer: end\nburst: {events: 3, within: 5m}\nallow: [{account: \"111122223333\", owner: \"group:leads\", until: 2027-01-01T00:00:00Z}]\n"},
		change{"catalog.yaml", "", "iac: [\"arn:aws:iam::111122223333:role/deploy\"]\nonForeign: quarantine\n"}))
	want := `detection watch: changed: when: context.denied, was context.allowed
detection watch: changed: severity: low, was high
detection watch: widened: dryRun: on, was off
detection watch: changed: answer: end, was none
detection watch: widened: allow: {"account":"111122223333","owner":"group:leads","until":"2027-01-01T00:00:00Z"} is new
detection watch: changed: kind: burst {"events":3,"within":300000000000,"by":"session"}, was none
catalog: widened: iac: arn:aws:iam::111122223333:role/deploy is new
catalog: changed: onForeign: quarantine, was report`
	if got := lines(Diff(a, b)); strings.TrimSpace(got) != want {
		t.Errorf("diff =\n%s\nwant\n%s", got, want)
	}
	if got := lines(Diff(load(t, withTrigger()), a)); strings.TrimSpace(got) != "detection watch: added" {
		t.Errorf("diff = %s", got)
	}
}

func TestLintSaysWhatRulesCannotCarry(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []change
		want    string // empty: no warning
	}{
		{"a write by name", nil, ""},
		{"a read", []change{{watchFile, "[CreateAccessKey]", "[CreateAccessKey, ListUsers]"}}, "iam:ListUsers: read-only events"},
		{"a data event", []change{{watchFile, "eventSource: [iam.amazonaws.com], eventName: [CreateAccessKey]", "eventSource: [dynamodb.amazonaws.com], eventName: [PutItem]"}}, "dynamodb:PutItem: data events"},
		{"any event", []change{{watchFile, "{detail: {eventSource: [iam.amazonaws.com], eventName: [CreateAccessKey]}}", "{source: [{prefix: aws.}]}"}}, "names no detail.eventSource, and when accepts other than marked principals"},
		{"any write", []change{{watchFile, ", eventName: [CreateAccessKey]", ""}, {watchFile, "context.allowed", "'!context.readOnly'"}}, ""},
		{"a session", []change{{watchFile, "eventSource: [iam.amazonaws.com], eventName: [CreateAccessKey]", "eventSource: [sts.amazonaws.com], eventName: [AssumeRole]"}}, "sts:AssumeRole: read-only events"},
		{"a token", []change{{watchFile, "eventSource: [iam.amazonaws.com], eventName: [CreateAccessKey]", "eventSource: [sts.amazonaws.com], eventName: [GetSessionToken]"}}, ""},
		{"any write of marked principals", []change{{watchFile, "{detail: {eventSource: [iam.amazonaws.com], eventName: [CreateAccessKey]}}", "{source: [{prefix: aws.}]}"}, {watchFile, "context.allowed", "context has elevation && !context.readOnly"}}, ""},
		{"any call of marked principals", []change{{watchFile, "{detail: {eventSource: [iam.amazonaws.com], eventName: [CreateAccessKey]}}", "{source: [{prefix: aws.}]}"}, {watchFile, "context.allowed", "context has elevation"}}, "read-only events match too"},
		{"an exception that ended", []change{{watchFile, "do: Delete it.\n", "do: Delete it.\nallow: [{account: \"111122223333\", owner: \"group:leads\", until: 2026-11-23T10:00:00Z}]\n"}}, "allow[0]: ended at 2026-11-23T10:00:00Z"},
		{"an exception that did not", []change{{watchFile, "do: Delete it.\n", "do: Delete it.\nallow: [{account: \"111122223333\", owner: \"group:leads\", until: 2026-11-23T10:00:01Z}]\n"}}, ""},
		{"a dry run", []change{{watchFile, "do: Delete it.\n", "do: Delete it.\ndryRun: true\n"}}, "dry run: it raises no finding"},
	} {
		var got []string
		for _, w := range load(t, withDetection(t, c.changes...)).Warnings(time.Unix(1_795_428_000, 0)) {
			if w.Where == "detection watch" {
				got = append(got, w.Why)
			}
		}
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.ContainsFunc(got, func(w string) bool { return strings.Contains(w, c.want) }) {
			t.Errorf("%s: warnings %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzDetection(f *testing.F) {
	text := withDetection(f)[watchFile]
	f.Add(text)
	f.Add(text + "burst: {distinct: 3, of: detail.eventName, within: 5m, by: principal}\nallow: [{elevation: 01example0000000000000000, owner: \"group:leads\", until: 2027-01-01T00:00:00Z}]\n")
	f.Add(text + "volume: {floor: 5, times: 2, within: 1h}\ndryRun: true\n")
	f.Fuzz(func(t *testing.T, text string) {
		files := withTrigger()
		files[watchFile] = text
		c, err := Load(fileSystem(files))
		if err != nil {
			if len(Problems(err)) == 0 {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		if _, err := detection.Compile(c.Detections()); err != nil {
			t.Errorf("compiling what was loaded: %v", err)
		}
		if d, err := Decode(c.JSON()); err != nil || d.Hash() != c.Hash() {
			t.Errorf("decoding what was loaded: %v", err)
		}
	})
}
