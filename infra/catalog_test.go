package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The README of package events lists the events with the kind of their tasks.
func TestTasksAreThoseOfEvents(t *testing.T) {
	b, err := os.ReadFile("../events/README.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` ([^|]+) \\| `?(\\w+)`? \\|")
	var want, got []string
	for _, m := range row.FindAllStringSubmatch(string(b), -1) {
		if m[1] != ownTask { // its event has the kind
			want = append(want, m[3]+": "+m[1]+" "+m[2])
		}
	}
	for kind, of := range tasks() {
		if !slices.Contains(of, header{ownTask, "Task State Change"}) {
			t.Errorf("%s: its tasks could not be reported by %s", kind, ownTask)
		}
		for _, h := range of {
			if h.source != ownTask {
				got = append(got, kind+": "+h.source+" "+h.detailType)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || len(want) < 11 {
		t.Errorf("tasks = %q\nwant    %q", got, want)
	}
}

func TestWaitsFor(t *testing.T) {
	for _, c := range []struct {
		name, catalog string
		want          []string
	}{
		{"nothing", `{}`, nil},
		{"a trigger's start", `{"triggers":[{"start":{"source":["aws.ecs"],"detail-type":["ECS Task State Change"]}}]}`, []string{"aws.ecs ECS Task State Change"}},
		{"its ends", `{"triggers":[{"start":{"source":["aws.ecs"],"detail-type":["ECS Task State Change"]},"ends":[{"pattern":{"source":["tickets"],"detail-type":["Closed"]}}]}]}`,
			[]string{"aws.ecs ECS Task State Change", "tickets Closed"}},
		{"two sources with types of their own", `{"triggers":[{"start":{"source":["aws.ecs","aws.batch"],"detail-type":["ECS Task State Change","Batch Job State Change"]}}]}`,
			[]string{"aws.batch Batch Job State Change", "aws.ecs ECS Task State Change"}},
		{"the same twice", `{"triggers":[{"start":{"source":["aws.ecs"],"detail-type":["ECS Task State Change"]}},{"start":{"source":["aws.ecs"],"detail-type":["ECS Task State Change"]}}]}`,
			[]string{"aws.ecs ECS Task State Change"}},
		{"tasks that must be known", `{"entitlements":[{"tasks":[{"kind":"incident","known":true}]}]}`, []string{"aws.cloudwatch CloudWatch Alarm State Change", "curfew.task Task State Change"}},
		{"tasks that need not", `{"entitlements":[{"tasks":[{"kind":"incident"}]}]}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var read catalog
			if err := json.Unmarshal([]byte(c.catalog), &read); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range read.eventHeaders() {
				got = append(got, h.source+" "+h.detailType)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("waits for %q, want %q", got, c.want)
			}
		})
	}
}

// A pattern that no rule can match, or may match, ends the synthesis.
func TestCatalogRefused(t *testing.T) {
	for _, c := range []struct{ name, catalog, want string }{
		{"no JSON", `{`, "the catalog: "},
		{"a pattern without a source", `{"triggers":[{"name":"a","start":{"detail-type":["x"]}}]}`, "trigger a has a pattern that names no source"},
		{"a source by prefix", `{"triggers":[{"name":"a","start":{"source":[{"prefix":"aws."}],"detail-type":["x"]}}]}`, "the catalog: "},
		{"an end by our own schedules", `{"triggers":[{"name":"a","start":{"source":["aws.ecs"],"detail-type":["x"]},"ends":[{"pattern":{"source":["curfew.schedule"],"detail-type":["Scheduled"]}}]}]}`, "curfew.schedule, which is Curfew's own"},
		{"a start by our own announcements", `{"triggers":[{"name":"a","start":{"source":["curfew"],"detail-type":["x"]}}]}`, "curfew, which is Curfew's own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := built(t)
			write(t, filepath.Join(r.asset("trigger"), "catalog", "catalog.json"), c.catalog)
			if _, err := r.readCatalog(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want %q in it", err, c.want)
			}
		})
	}
}

// Sources other than AWS's arrive on the bus tasks only, and AWS's never there: the bus policy is the proof.
func TestWhichBus(t *testing.T) {
	home := templates(t, exampleSettings(t))["curfew"]
	seen := map[string]int{}
	for id, r := range home.resourcesOf("AWS::Events::Rule") {
		if !strings.HasPrefix(r["Name"].(string), "curfew-on-") {
			if b, err := json.Marshal(r["EventPattern"]); err != nil || strings.Contains(string(b), ownTask) {
				t.Errorf("%s is for %s, %v", id, b, err)
			}
			continue
		}
		bus := r["EventBusName"].(map[string]any)["Ref"].(string)
		source := r["EventPattern"].(map[string]any)["source"].([]any)[0].(string)
		want := map[bool]string{true: "MembersBus", false: "TasksBus"}[strings.HasPrefix(source, "aws.")]
		if source == "curfew" {
			want = "Bus"
		}
		if bus != want {
			t.Errorf("%s brings %s from %s, want %s", id, source, bus, want)
		}
		seen[bus]++
	}
	if seen["MembersBus"] < 8 || seen["TasksBus"] != 2 || seen["Bus"] != 1 {
		t.Errorf("rules by bus = %v", seen)
	}
}

// Without senders there is no bus tasks, and no rule on it.
func TestNobodyMaySend(t *testing.T) {
	s := exampleSettings(t, "taskSenders", "")
	home := templates(t, s)["curfew"]
	if _, ok := home.resourcesOf("AWS::Events::EventBus")["TasksBus"]; ok {
		t.Error("there is a bus for tasks")
	}
	for id, r := range home.resourcesOf("AWS::Events::Rule") {
		if b, err := json.Marshal(r["EventPattern"]); err != nil || strings.Contains(string(b), ownTask) {
			t.Errorf("%s waits for %s", id, ownTask)
		}
	}
	if !slices.ContainsFunc(s.warnings(), func(w string) bool { return strings.HasPrefix(w, "taskSenders is empty") }) {
		t.Errorf("warnings = %q, want one that triggers wait in vain", s.warnings())
	}
}

// The event of a window has the form that the function reads, once Scheduler has filled in the times.
func TestOpened(t *testing.T) {
	text := strings.NewReplacer("<aws.scheduler.scheduled-time>", "2026-08-06T01:50:00Z", "<aws.scheduler.execution-id>", "d32c5kddcf5bb8c3",
		"${AWS::AccountId}", "444455556666", "${AWS::Region}", "eu-west-1").Replace(windowOpenedEvent("nightly-backup"))
	var got struct {
		ID, Source, Account, Region, Time string
		DetailType                        string `json:"detail-type"`
		Detail                            struct{ Trigger, At string }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if got.Source != "curfew.schedule" || got.DetailType != "Scheduled" || got.Detail.Trigger != "nightly-backup" || got.Detail.At != "2026-08-06T01:50:00Z" || got.Time != got.Detail.At {
		t.Errorf("event = %+v", got)
	}
}

// Canaries need their principal and an entitlement for it alone; off means none.
func TestCanary(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Settings
		want bool
	}{
		{"on", exampleSettings(t), true},
		{"off", exampleSettings(t, "canary", "off"), false},
		{"no organization", exampleSettings(t, "orgId", ""), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := templates(t, c.s)
			role, made := all["curfew-member"].resourcesOf("AWS::IAM::Role")["CanaryRole"]
			if made != c.want || made && role["Policies"] != nil {
				t.Errorf("made = %v with %v, want %v and nothing", made, role["Policies"], c.want)
			}
			for _, f := range []string{"Revoke", "Expire", "Reconcile"} {
				environment := all["curfew"].resourcesOf("AWS::Lambda::Function")[f]["Environment"].(map[string]any)["Variables"].(map[string]any)
				if _, set := environment["CURFEW_CANARY_PRINCIPAL"]; set != c.want {
					t.Errorf("%s has its ARN: %v, want %v", f, set, c.want)
				}
			}
		})
	}
}
