package catalog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// asTrigger is the trigger of the small catalog asking for its entitlement.
func asTrigger(c *Catalog) access.Question {
	asks := identity.Caller{ID: "trigger:nightly", Kind: identity.Machine, Name: "nightly"}
	e, _ := c.Entitlement("job")
	return access.Question{
		Action: access.ActRequest, Caller: asks, Entitlement: e, At: monday(),
		Terms: access.Terms{
			ID: exampleID, Entitlement: "job", Requester: asks, Duration: 600, StartAt: monday(),
			Principal:  access.Principal{ARN: runner, Account: "111122223333"},
			Task:       task.Task{Kind: "backup", ID: "job-1", Known: true},
			Parameters: map[string]string{"vault": "nightly"},
		},
	}
}

// Only the trigger's own caller may ask, not a caller with the same name.
func TestNobodyElsePassesForATrigger(t *testing.T) {
	c := load(t, withTrigger())
	for name, x := range map[string]struct {
		caller identity.Caller
		allow  bool
	}{
		"the trigger":                     {identity.Caller{ID: "trigger:nightly", Kind: identity.Machine, Name: "nightly"}, true},
		"another trigger":                 {identity.Caller{ID: "trigger:weekly", Kind: identity.Machine, Name: "weekly"}, false},
		"a person of its id":              {identity.Caller{ID: "trigger:nightly", Kind: identity.Person, Name: "nightly"}, false},
		"a person of its name":            {identity.Caller{ID: identity.PersonID("https://id.example.com", "trigger:nightly"), Kind: identity.Person, Name: "nightly"}, false},
		"a person in a group of its id":   {identity.Caller{ID: identity.PersonID("https://id.example.com", "1"), Kind: identity.Person, Name: "ana", Groups: []string{"trigger:nightly", "nightly"}}, false},
		"a person in a group spelt so":    {identity.Caller{ID: identity.PersonID("https://id.example.com", "1"), Kind: identity.Person, Name: "ana", Groups: []string{"group:trigger:nightly", `Trigger::"nightly"`}}, false},
		"a machine of its name":           {identity.Caller{ID: identity.MachineID("AROAEXAMPLE"), Kind: identity.Machine, Name: "nightly", ARN: runner}, false},
		"a machine of its name, in full":  {identity.Caller{ID: identity.MachineID("AROAEXAMPLE"), Kind: identity.Machine, Name: "trigger:nightly", ARN: runner}, false},
		"a machine in a group of its id":  {identity.Caller{ID: identity.MachineID("AROAEXAMPLE"), Kind: identity.Machine, Name: "run-1", ARN: runner, Groups: []string{"trigger:nightly", "nightly"}}, false},
		"a machine whose unique id is so": {identity.Caller{ID: identity.MachineID("trigger:nightly"), Kind: identity.Machine, Name: "nightly", ARN: runner}, false},
		"its id under another name":       {identity.Caller{ID: "trigger:nightly", Kind: identity.Machine, Name: "weekly"}, false},
		"its id, with a role":             {identity.Caller{ID: "trigger:nightly", Kind: identity.Machine, Name: "nightly", ARN: runner}, false},
		"its id, with a group":            {identity.Caller{ID: "trigger:nightly", Kind: identity.Machine, Name: "nightly", Groups: []string{"runners"}}, false},
		"no caller":                       {identity.Caller{}, false},
		"no kind of caller":               {identity.Caller{ID: "trigger:nightly", Name: "nightly"}, false},
		"another case":                    {identity.Caller{ID: "trigger:Nightly", Kind: identity.Machine, Name: "Nightly"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			q := asTrigger(c)
			q.Caller, q.Terms.Requester = x.caller, x.caller
			if v, err := c.Decide(q); err != nil || v.Allow != x.allow {
				t.Errorf("verdict = %+v, %v; want allowed: %t", v, err, x.allow)
			}
		})
	}
}

// A group with the name of a trigger is still a group.
func TestAGroupThatIsCalledAsATrigger(t *testing.T) {
	files := withTrigger()
	files[entitlementFile] = strings.Replace(files[entitlementFile], "group:engineers", "group:trigger:nightly", 1)
	files[identitiesFile] = strings.Replace(files[identitiesFile], "groups: [engineers]", `groups: ["trigger:nightly"]`, 1)
	c := load(t, files)
	q := questionOfAna(t, c)
	if v, err := c.Decide(q); err != nil || !v.Allow {
		t.Errorf("a member: verdict = %+v, %v; want it allowed", v, err)
	}
	q.Caller = asTrigger(c).Caller
	if v, err := c.Decide(q); err != nil || v.Allow {
		t.Errorf("the trigger: verdict = %+v, %v; want it denied", v, err)
	}
}

// Own policies forbid triggers as they forbid machines.
func TestOwnPoliciesForbidTriggers(t *testing.T) {
	for name, text := range map[string]string{
		"by its entity":  `forbid (principal in Trigger::"nightly", action, resource);`,
		"as a machine":   `forbid (principal is Machine, action, resource);`,
		"by its session": `forbid (principal is Machine, action, resource) when { principal.session == "nightly" };`,
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, changedFiles(t, change{ownFile, "", "@id(\"never\")\n" + text}))
			if v, err := c.Decide(asTrigger(c)); err != nil || v.Allow || !slices.Equal(v.By, []string{"never"}) {
				t.Errorf("verdict = %+v, %v; want it forbidden", v, err)
			}
		})
	}
}

// event is the example of a running backup job, changed.
func event(t testing.TB, detail map[string]any, envelope map[string]any) []byte {
	t.Helper()
	raw, err := events.Example("backup-job-running")
	if err != nil {
		t.Fatal(err)
	}
	var e map[string]any
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	for name, v := range envelope {
		e[name] = v
	}
	for name, v := range detail {
		e["detail"].(map[string]any)[name] = v
	}
	e["detail"].(map[string]any)["iamRoleArn"] = runner
	if arn, ok := detail["iamRoleArn"]; ok {
		e["detail"].(map[string]any)["iamRoleArn"] = arn
	}
	if raw, err = json.Marshal(e); err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestWhatAnEventStarts(t *testing.T) {
	type object = map[string]any
	const started = "starts nightly for backup/B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945 on " + runner + ", vault nightly"
	fromEvent := change{triggerFile, "vault: nightly", `vault: "{detail.backupVaultName}"`}
	for name, x := range map[string]struct {
		changes          []change
		detail, envelope object
		want             string
	}{
		"as it should be":          {want: started},
		"a parameter of the event": {changes: []change{fromEvent}, want: started},
		"a parameter of its place": {changes: []change{{triggerFile, "vault: nightly", `vault: "{region}"`}}, want: strings.Replace(started, "vault nightly", "vault us-east-1", 1)},
		"a parameter of another type": {changes: []change{fromEvent}, detail: object{"backupVaultName": "*"},
			want: `starts nothing (nightly: parameter vault: "*" is not a valid name: want 1 to 128 letters, digits and _ . + = , @ -)`},
		"a parameter that is no text": {changes: []change{fromEvent}, detail: object{"backupVaultName": 7}, want: "starts nothing (nightly: the event has no text at detail.backupVaultName)"},
		"another account":             {envelope: object{"account": "444455556666"}, want: "starts nothing (nightly: account 444455556666 is not listed)"},
		"another role":                {detail: object{"iamRoleArn": runner + "-2"}, want: `starts nothing (nightly: principal "` + runner + `-2" is not listed)`},
		"no role":                     {detail: object{"iamRoleArn": nil}, want: "starts nothing (nightly: the event has no text at detail.iamRoleArn)"},
		"an end":                      {detail: object{"state": "COMPLETED"}, want: "starts nothing (the event does not report a start)"},
		"another shape":               {detail: object{"state": "RUNING"}, want: `starts nothing (event aws.backup "Backup Job State Change": detail.state: unknown state "RUNING")`},
		"not of its pattern":          {changes: []change{{triggerFile, "{state: [RUNNING]}", "{state: [RUNNING], backupVaultName: [weekly]}"}}, want: "starts nothing"},
		"what policy forbids":         {envelope: object{"time": "2026-08-07T02:00:00Z"}, detail: object{"creationDate": "2026-08-07T02:00:00Z"}, want: "starts nothing (nightly: deny by freeze)"},
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, changedFiles(t, x.changes...))
			got := expectation{event: event(t, x.detail, x.envelope)}.runEventTest(c).Got
			if got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
		})
	}
}

func TestExpectedStarts(t *testing.T) {
	const entry = "- name: a job\n  file: running.json\n  starts: "
	const one = `{trigger: nightly, principal: "` + runner + `", task: {kind: backup, id: B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945}`
	for name, x := range map[string]struct {
		starts string
		ok     bool
	}{
		"as it is":              {one + "}", true},
		"in a list":             {"[" + one + "}]", true},
		"with its parameters":   {one + ", parameters: {vault: nightly}}", true},
		"with other parameters": {one + ", parameters: {vault: weekly}}", false},
		"another task":          {strings.Replace(one, "B6EC", "C6EC", 1) + "}", false},
		"twice":                 {"[" + one + "}, " + one + "}]", false},
		"nothing":               {"nothing", false},
	} {
		t.Run(name, func(t *testing.T) {
			files := withTrigger()
			files[testsFile] = entry + x.starts + "\n"
			files["events/running.json"] = string(event(t, nil, nil))
			r := Test(load(t, files))
			if len(r) != 1 || r[0].OK != x.ok {
				t.Errorf("results = %v, want one that is ok: %t", r, x.ok)
			}
		})
	}
}

func TestBadExpectedStarts(t *testing.T) {
	for name, x := range map[string]struct{ entry, want string }{
		"no event":         {"- {name: a, starts: nothing}", "tests.yaml:1: [0]: needs exactly one of event, file and example; it has 0"},
		"two events":       {"- {name: a, example: alarm-ok, event: {}, starts: nothing}", "tests.yaml:1: [0]: needs exactly one of event, file and example; it has 2"},
		"unknown example":  {"- {name: a, example: alarm-perhaps, starts: nothing}", `tests.yaml:1: [0].example: "alarm-perhaps" is not one of the example events of Curfew`},
		"absent file":      {"- {name: a, file: absent.json, starts: nothing}", "tests.yaml:1: [0].file: events/absent.json cannot be read, or has more than 262144 bytes"},
		"file elsewhere":   {"- {name: a, file: ../x.json, starts: nothing}", `tests.yaml:1: [0].file: "../x.json" is not the name of a *.json file in events`},
		"unknown trigger":  {"- {name: a, example: alarm-ok, starts: {trigger: weekly, principal: \"" + runner + "\", task: {kind: backup, id: x}}}", `tests.yaml:1: [0].starts.trigger: "weekly" is not a trigger`},
		"neither":          {"- {name: a, example: alarm-ok, starts: something}", `tests.yaml:1: [0].starts: "something" is not "nothing"`},
		"a question's way": {"- {name: a, example: alarm-ok, starts: nothing, caller: ana}", "tests.yaml:1: [0].caller: is not a field here; there are name, event, file, example, starts"},
	} {
		t.Run(name, func(t *testing.T) {
			files := withTrigger()
			files[testsFile] = x.entry + "\n"
			if _, err := Load(fileSystem(files)); err == nil || err.Error() != x.want {
				t.Errorf("error = %v, want %s", err, x.want)
			}
		})
	}
}

func TestDiffOfTriggers(t *testing.T) {
	const machine = "job: {service: codebuild, input: {projectName: docs}}"
	begins := "starts job on " + runner + ` for at most 1h by events like {"detail":{"state":["RUNNING"]},"detail-type":["Backup Job State Change"],"source":["aws.backup"]}`
	adds := func(field string) change { return change{triggerFile, "max: 1h\n", "max: 1h\n" + field + "\n"} }
	for name, x := range map[string]struct {
		changes []change
		want    string
	}{
		"nothing":         {[]change{{triggerFile, "max: 1h", "max: 60m"}}, ""},
		"reason":          {[]change{{triggerFile, "reason: a", "reason: the"}}, "trigger nightly: changed: reason: the backup job runs, was a backup job runs"},
		"shorter":         {[]change{{triggerFile, "max: 1h", "max: 30m"}}, "trigger nightly: narrowed: max: 30m, was 1h"},
		"an account more": {[]change{adds(`accounts: ["111122223333", "444455556666"]`)}, "trigger nightly: widened: accounts: 444455556666 is new"},
		"an end more":     {[]change{adds("ends: [{pattern: {source: [x], detail-type: [y]}, task: detail.id}]")}, `trigger nightly: narrowed: ends: {"detail-type":["y"],"source":["x"]} with the task at detail.id is new`},
		"no place":        {[]change{{triggerFile, "principal: detail.iamRoleArn\n", ""}}, "trigger nightly: changed: principal: none, was detail.iamRoleArn"},
		"pattern":         {[]change{{triggerFile, ", detail: {state: [RUNNING]}", ""}}, `trigger nightly: changed: start: {"detail-type":["Backup Job State Change"],"source":["aws.backup"]}, was {"detail":{"state":["RUNNING"]},"detail-type":["Backup Job State Change"],"source":["aws.backup"]}`},
		"parameter":       {[]change{{triggerFile, "vault: nightly", "vault: weekly"}}, "trigger nightly: changed: parameters: vault weekly, was vault nightly"},
		"a schedule":      {[]change{adds("schedule: {expression: rate(1 day), zone: UTC}")}, "trigger nightly: widened: schedule: rate(1 day) in UTC, was none"},
		"a job":           {[]change{adds(machine)}, `trigger nightly: widened: job: a job of codebuild with {"projectName":"docs"}, was none`},
		"settles":         {[]change{{jobFile, "known: required", "known: required, settle: 5m"}}, "entitlement job: widened: tasks: settle of backup: 5m, was 0s"},
		"a trigger more": {[]change{{jobFile, `["trigger:nightly"]`, `["trigger:nightly", "trigger:weekly"]`}, {"triggers/weekly.yaml", "", withTrigger()[triggerFile] + machine + "\n"}},
			"entitlement job: widened: requesters: trigger:weekly is new\ntrigger weekly: added: " + begins + `; starts a job of codebuild with {"projectName":"docs"}`},
	} {
		t.Run(name, func(t *testing.T) {
			was, is := load(t, withTrigger()), load(t, changedFiles(t, x.changes...))
			if got := lines(Diff(was, is)); got != x.want {
				t.Errorf("diff =\n%s\nwant\n%s", got, x.want)
			}
			if back := lines(Diff(is, was)); (back == "") != (x.want == "") {
				t.Errorf("the way back = %q", back)
			}
			if same := was.Hash() == is.Hash(); same != (x.want == "") {
				t.Errorf("same name = %t, with a diff of %q", same, x.want)
			}
		})
	}
	got := lines(Diff(load(t, withTrigger()), load(t, smallCatalog())))
	if want := "entitlement job: removed\ntrigger nightly: removed: no longer " + begins; got != want {
		t.Errorf("diff =\n%s\nwant\n%s", got, want)
	}
}

func lines(changes []Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.String())
	}
	return strings.Join(all, "\n")
}

func TestWarningsOfTriggers(t *testing.T) {
	adds := func(field string) change { return change{triggerFile, "max: 1h\n", "max: 1h\n" + field + "\n"} }
	for name, x := range map[string]struct {
		changes []change
		want    string
	}{
		"none": {nil, ""},
		"never without": {[]change{adds("schedule: {expression: rate(1 hour), zone: UTC}")},
			"trigger nightly: rate(1 hour) and a max of 1h: the principal always holds it"},
		"twice a day":     {[]change{adds("schedule: {expression: rate(12 hours), zone: UTC}")}, ""},
		"another account": {[]change{adds(`accounts: ["444455556666"]`)}, "trigger nightly: events of account 444455556666 elevate a principal of another account"},
		"the event says":  {[]change{{triggerFile, "vault: nightly", `vault: "{detail.backupVaultName}"`}}, "trigger nightly: parameters: the caller that causes the event chooses vault"},
		"a heartbeat":     {[]change{{jobFile, "max: 1h", "max: 1h\nheartbeat: 5m"}}, "trigger nightly: job needs a heartbeat: change the job to send it"},
		"people too":      {[]change{{entitlementFile, "role/deploy", "role/*"}}, "trigger nightly: people may also ask for a session of " + runner + ", by read: check that it is a machine"},
		"a trigger of another": {[]change{{"entitlements/spare.yaml", "", withTrigger()[jobFile]}},
			"entitlement spare: requesters: trigger nightly starts another entitlement, job"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range load(t, changedFiles(t, x.changes...)).Warnings(time.Unix(1_795_428_000, 0)) {
				if !strings.Contains(w.Why, "session none") {
					got = append(got, w.String())
				}
			}
			if text := strings.Join(got, "\n"); text != x.want {
				t.Errorf("warnings =\n%s\nwant\n%s", text, x.want)
			}
		})
	}
}

func TestEveryOf(t *testing.T) {
	for expression, want := range map[string]time.Duration{
		"rate(1 minute)": time.Minute, "rate(12 hours)": 12 * time.Hour, "rate(2 days)": 48 * time.Hour, "cron(0 2 * * ? *)": 0, "rate(1 days)": 0,
	} {
		if got := everyOf(expression); got != want {
			t.Errorf("%s = %s, want %s", expression, got, want)
		}
	}
}
