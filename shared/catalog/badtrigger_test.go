package catalog

import (
	"strings"
	"testing"
)

func TestBadTriggers(t *testing.T) {
	e, i, j, f := entitlementFile, identitiesFile, jobFile, triggerFile
	const (
		backup = "start: {source: [aws.backup], detail-type: [Backup Job State Change], detail: {state: [RUNNING]}}"
		at     = "triggers/nightly.yaml"
		arn    = "arn:aws:states:us-east-1:111122223333:stateMachine:"
	)
	starts := func(pattern string) change { return change{f, backup, "start: " + pattern} }
	adds := func(field string) change { return change{f, "max: 1h\n", "max: 1h\n" + field + "\n"} }
	states := func(more string) change {
		return starts(`{source: [aws.states], detail-type: [Step Functions Execution Status Change]` + more + `}`)
	}
	for _, b := range []struct {
		name    string
		changes []change
		want    string // the whole error
	}{
		// The form of the file.
		{"unknown field", []change{adds("until: 5h")}, at + ":9: until: is not a field here; there are about, entitlement, principals, principal, accounts, start, ends, session, parameters, reason, max, unconfirmed, schedule, job"},
		{"field twice", []change{adds("max: 2h")}, at + ":9: max: appears twice"},
		{"reason missing", []change{{f, "reason: a backup job runs\n", ""}}, at + ":1: reason: is missing"},
		{"name of a file", []change{{"triggers/Nightly.yaml", "", withTrigger()[f]}}, "triggers/Nightly.yaml: has a name that is not lower-case letters, digits and hyphens"},
		{"other file among triggers", []change{{"triggers/nightly.yml", "", "x"}}, "triggers/nightly.yml: is not a *.yaml file"},
		{"a character that cannot be seen", []change{{f, "about: While", "about: Wh\u200bile"}}, "entitlements/job.yaml:4: requesters[0]: \"nightly\" is not a trigger\n" + at + ":1: has the invisible character U+200B"},
		{"reason of a page", []change{{f, "reason: a backup job runs", "reason: " + strings.Repeat("x", 501)}}, at + ":7: reason: is longer than 500 characters"},

		// Who is elevated.
		{"principal with a wildcard", []change{{f, "role/runner", "role/run*"}}, at + `:3: principals[0]: "arn:aws:iam::111122223333:role/run*" is not the ARN of one role or user, like arn:aws:iam::111122223333:role/name`},
		{"no principal", []change{{f, `["arn:aws:iam::111122223333:role/runner"]`, "[]"}}, at + ":3: principals: is empty"},
		{"protected principal", []change{{f, "role/runner", "role/aws-service-role/backup.amazonaws.com/x"}}, at + `:3: principals[0]: "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/x" is a protected role: Curfew never elevates it`},
		{"two without a place", []change{{f, `role/runner"]`, `role/runner", "arn:aws:iam::111122223333:role/deploy"]`}, {f, "principal: detail.iamRoleArn\n", ""}},
			at + ":1: principal: is missing\n" + at + `:3: principals[1]: "arn:aws:iam::111122223333:role/deploy" is not a machine of identities.yaml: an event never elevates a person`},
		{"principal that a person assumes", []change{{f, "role/runner", "role/deploy"}}, at + `:3: principals[0]: "arn:aws:iam::111122223333:role/deploy" is not a machine of identities.yaml: an event never elevates a person`},
		{"principal that does not exist", []change{{f, "role/runner", "role/absent"}}, at + ":3: principals[0]: \"arn:aws:iam::111122223333:role/absent\" is not a machine of identities.yaml: an event never elevates a person\n" + at + `:3: principals[0]: "arn:aws:iam::111122223333:role/absent" matches no principal of identities.yaml`},
		{"principal that may not hold it", []change{{j, "role/*", "role/deploy"}}, at + `:3: principals: "arn:aws:iam::111122223333:role/runner" may not hold job`},
		{"the session of a person", []change{{j, "session: none", "session: userid"}, adds("session: Ana")}, at + `:9: session: "Ana" is the name of ana in sessions: an event never elevates a person`},
		{"place outside the detail", []change{{f, "principal: detail.iamRoleArn", "principal: resources"}}, at + `:4: principal: "resources" is not a path in the event, like detail.iamRoleArn`},
		{"account that is an octal number", []change{adds(`accounts: [011122223333]`)}, at + `:9: accounts[0]: is a number, not text: write it in quotes`},
		{"account that is none", []change{adds(`accounts: ["1111"]`)}, at + `:9: accounts[0]: "1111" is not the id of an account, 12 digits`},

		// Which events start it.
		{"no pattern", []change{starts("[]")}, at + ":5: start: is a list, not a mapping"},
		{"pattern that is refused", []change{{f, "[RUNNING]", "RUNNING"}}, at + ":5: start.detail.state: is not a part of an event pattern: want an object or a list, got a string"},
		{"every source", []change{starts("{detail-type: [Backup Job State Change]}")}, at + ":5: start: must list exact values of source at its top level, and nothing else"},
		{"sources by a prefix", []change{{f, "[aws.backup]", "[{prefix: aws.}]"}}, at + ":5: start.source: must list exact values of source at its top level, and nothing else"},
		{"every detail-type", []change{starts("{source: [aws.backup]}")}, at + ":5: start: must list exact values of detail-type at its top level, and nothing else"},
		{"another way without a source", []change{starts(`{detail-type: [Backup Job State Change], $or: [{source: [aws.backup]}, {detail: {state: [RUNNING]}}]}`)}, at + ":5: start: must list exact values of source at its top level, and nothing else"},
		{"a source for each way", []change{starts(`{detail-type: [Backup Job State Change], $or: [{source: [aws.backup], detail: {state: [RUNNING]}}, {source: [aws.backup], account: ["111122223333"]}]}`)}, at + ":5: start: must list exact values of source at its top level, and nothing else"},
		{"source without readable events", []change{{f, "[aws.backup]", "[aws.backup, aws.iam]"}}, at + `:5: start.source: "aws.iam" has no events that Curfew reads: see events/README.md`},
		{"detail-type of another source", []change{{f, "[Backup Job State Change]", "[Backup Job State Change, ECS Task State Change]"}}, at + `:5: start.detail-type: "ECS Task State Change" has no events that Curfew reads: see events/README.md`},
		{"our own announcements", []change{starts("{source: [curfew], detail-type: [Elevation State Change]}")}, at + ":5: start.source: matches Curfew's own events: a grant must never cause a grant\n" + at + ":5: start.detail-type: matches Curfew's own events: a grant must never cause a grant"},
		{"announcements of another name", []change{starts("{source: [gate], detail-type: [Elevation State Change]}")}, at + ":5: start.detail-type: matches Curfew's own events: a grant must never cause a grant"},
		{"our own schedules", []change{adds("ends: [{pattern: {source: [curfew.schedule], detail-type: [Scheduled]}, task: detail.trigger}]")}, at + ":9: ends[0].pattern.source: matches Curfew's own events: a grant must never cause a grant"},
		{"every state machine", []change{states("")}, at + ":5: start: does not list exact values of detail.stateMachineArn: it could match Curfew's own state machine"},
		{"state machines by a prefix", []change{states(", detail: {stateMachineArn: [{prefix: \"" + arn + "\"}]}")}, at + ":5: start.detail.stateMachineArn: does not list exact values of detail.stateMachineArn: it could match Curfew's own state machine"},
		{"our own state machine", []change{states(", detail: {stateMachineArn: [\"" + arn + "curfew-elevation\"]}")}, at + `:5: start.detail.stateMachineArn: "` + arn + `curfew-elevation" ends in -elevation like Curfew's own state machine: a grant must never cause a grant`},
		{"every state machine may end it", []change{adds("ends: [{pattern: {source: [aws.states], detail-type: [Step Functions Execution Status Change]}, task: detail.executionArn}]")}, at + ":9: ends[0].pattern: does not list exact values of detail.stateMachineArn: it could match Curfew's own state machine"},
		{"a task of any kind", []change{starts("{source: [curfew.task], detail-type: [Task State Change]}")}, at + ":5: start: does not list exact values of detail.kind, the kind of the task"},
		{"a kind that is none", []change{starts("{source: [curfew.task], detail-type: [Task State Change], detail: {kind: [backup, whim]}}")}, at + `:5: start.detail.kind: "whim" is not one of change, backup, workflow, incident, rotation`},
		{"no start", []change{{f, "[RUNNING]", "[COMPLETED, FAILED]"}}, at + `:5: start.detail: matches no start of aws.backup "Backup Job State Change": the start states are RUNNING`},
		{"unconfirmed and not said", []change{{j, "kind: backup", "kind: rotation"}, starts("{source: [aws.secretsmanager], detail-type: [AWS Service Event via CloudTrail]}")}, at + ":5: start: matches only unconfirmed events: set unconfirmed: true to accept them"},
		{"unconfirmed for nothing", []change{adds("unconfirmed: true")}, at + ":9: unconfirmed: is not needed: all start events are confirmed"},
		{"kind that is not served", []change{{j, "kind: backup", "kind: change"}}, at + ":5: start: matches tasks of kind backup: add the kind to tasks of job"},
		{"end without a task", []change{adds("ends: [{pattern: {source: [x], detail-type: [y]}}]")}, at + ":9: ends[0].task: is missing"},

		// What it asks for.
		{"entitlement that is none", []change{{f, "entitlement: job", "entitlement: jobs"}}, at + `:2: entitlement: "jobs" is not an entitlement`},
		{"entitlement of people", []change{{f, "entitlement: job", "entitlement: read"}}, at + ":1: session: is missing\n" +
			at + ":2: entitlement: read does not have trigger:nightly among its requesters\n" + at + `:3: principals: "arn:aws:iam::111122223333:role/runner" may not hold read` + "\n" + at + ":5: start: matches tasks of kind backup: add the kind to tasks of read\n" +
			at + ":6: parameters: lacks bucket, a parameter of read\n" + at + ":6: parameters.vault: is not a parameter of read\n" + at + ":8: max: 1h is longer than max of read, 30m"},
		{"longer than its entitlement", []change{{j, "max: 1h", "max: 45m"}}, at + ":8: max: 1h is longer than max of job, 45m"},
		{"parameter missing", []change{{f, "parameters: {vault: nightly}\n", ""}}, at + ":1: parameters: lacks vault, a parameter of job"},
		{"parameter more", []change{{f, "{vault: nightly}", "{vault: nightly, key: x}"}}, at + ":6: parameters.key: is not a parameter of job"},
		{"value of another type", []change{{f, "vault: nightly", "vault: \"*\""}}, at + `:6: parameters.vault: "*" is not a valid name: want 1 to 128 letters, digits and _ . + = , @ -`},
		{"value from nowhere", []change{{f, "vault: nightly", `vault: "{env.VAULT}"`}}, at + ":6: parameters: lacks vault, a parameter of job\n" + at + `:6: parameters.vault: "{env.VAULT}" is neither text nor a place in the event like {detail.name}, {account} or {region}`},
		{"session missing", []change{{j, "session: none", "session: sourceIdentity"}}, at + ":1: session: is missing"},
		{"session for nothing", []change{adds("session: nightly")}, at + ":9: session: is only for an entitlement that is bound to the name of a session; job is bound to none"},

		// What entitlements say of triggers.
		{"trigger that is none", []change{{j, `"trigger:nightly"`, `"trigger:nightly", "trigger:weekly"`}}, `entitlements/job.yaml:4: requesters[1]: "weekly" is not a trigger`},
		{"trigger of no name", []change{{j, `"trigger:nightly"`, `"trigger:nightly", "trigger:Ana B"`}}, `entitlements/job.yaml:4: requesters[1]: "Ana B" is not a trigger` + "\n" + `entitlements/job.yaml:4: requesters[1]: "Ana B" is not the name of a trigger`},
		{"people beside a trigger", []change{{j, `"trigger:nightly"`, `"trigger:nightly", "group:engineers"`}}, "entitlements/job.yaml:4: requesters: has groups and triggers: write one entitlement for each"},
		{"trigger that approves", []change{{e, `of: ["group:leads"]`, `of: ["trigger:nightly"]`}}, `entitlements/read.yaml:7: approval.of[0]: "trigger:nightly" is not group:<name>, the name of letters, digits and _ . : / -`},
		{"trigger that operates", []change{{i, `operators: ["group:operators"]`, `operators: ["trigger:nightly"]`}}, `identities.yaml:2: operators[0]: "trigger:nightly" is not group:<name>, the name of letters, digits and _ . : / -`},
		{"break-glass by an alarm", []change{{j, "max: 1h", "max: 1h\nbreakGlass: true\nreviewers: [\"group:leads\"]"}}, "entitlements/job.yaml:7: breakGlass: is only for people, but only triggers may ask here"},
		{"second factor of an event", []change{{j, "max: 1h", "max: 1h\nmfa: true"}}, "entitlements/job.yaml:7: mfa: is only for people, but only triggers may ask here"},
		{"owners alone decide", []change{{j, "max: 1h", "max: 1h\napproval: {need: 1, of: [\"group:leads\"], within: 1h}"}}, "entitlements/job.yaml:7: approval.of: has only owners: add another group, because an owner can make a machine ask"},
		{"settles for days", []change{{j, "known: required", "settle: 25h"}}, "entitlements/job.yaml:5: tasks[0].settle: 25h is not within 0s to 24h"},

		// Ahead of the work.
		{"schedule without a zone", []change{adds("schedule: {expression: rate(1 day)}")}, at + ":9: schedule.zone: is missing"},
		{"schedule of Mars", []change{adds("schedule: {expression: rate(1 day), zone: Mars/Olympus}")}, at + `:9: schedule.zone: "Mars/Olympus" is not a time zone like UTC or Europe/Berlin`},
		{"schedule with a parameter of an event", []change{{f, "vault: nightly", `vault: "{detail.backupVaultName}"`}, adds("schedule: {expression: rate(1 day), zone: UTC}")}, at + ":9: schedule: needs fixed parameters: a schedule has no event to take {detail.backupVaultName} from"},
		{"schedule of two kinds", []change{{j, "[{kind: backup, known: required}]", "[backup, change]"}, adds("schedule: {expression: rate(1 day), zone: UTC}")}, at + ":9: schedule: needs an entitlement with one kind of task; job has 2"},
		{"five fields", []change{adds("schedule: {expression: cron(0 2 * * *), zone: UTC}")}, at + ":9: schedule.expression: has 5 fields, not 6: minutes, hours, day of month, month, day of week, year"},
		{"both days", []change{adds("schedule: {expression: cron(0 2 * * * *), zone: UTC}")}, at + ":9: schedule.expression: needs ? in exactly one of day of month and day of week"},
		{"a job of another service", []change{adds("job: {service: lambda, input: {}}")}, at + `:9: job.service: "lambda" is not one of backup, batch, codebuild, states`},
		{"a job that lacks something", []change{adds("job: {service: codebuild, input: {idempotencyToken: x}}")}, at + ":9: job.input: lacks projectName, which codebuild requires\n" + at + ":9: job.input.idempotencyToken: must be absent: Curfew sets it, so that a retry starts no second job"},
		{"a job of another role", []change{adds("schedule: {expression: rate(1 day), zone: UTC}\njob: {service: backup, input: {BackupVaultName: v, ResourceArn: r, IamRoleArn: \"arn:aws:iam::111122223333:role/deploy\"}}")}, at + `:10: job.input.IamRoleArn: "arn:aws:iam::111122223333:role/deploy" is not one of the principals`},
		{"a job that is our own", []change{adds("job: {service: states, input: {stateMachineArn: \"" + arn + "gate-elevation\"}}")}, at + `:9: job.input.stateMachineArn: "` + arn + `gate-elevation" ends in -elevation like Curfew's own state machine: a grant must never cause a grant`},
		{"a job that is never started", []change{adds("job: {service: backup, input: {BackupVaultName: v, ResourceArn: r, IamRoleArn: \"" + runner + "\"}}")}, at + ":9: job: never starts: only tasks of kind backup start it, and the job is one of them; add a schedule"},
	} {
		t.Run(b.name, func(t *testing.T) {
			_, err := Load(fileSystem(changedFiles(t, b.changes...)))
			if err == nil {
				t.Fatal("the catalog was loaded")
			}
			if got := err.Error(); got != b.want {
				t.Errorf("error =\n%s\nwant\n%s", got, b.want)
			}
		})
	}
}

// Two triggers whose jobs start each other.
func TestJobsThatStartEachOther(t *testing.T) {
	const machine = "arn:aws:states:us-east-1:111122223333:stateMachine:tickets"
	twoOf := func(starts string) map[string]string {
		return changedFiles(t,
			change{jobFile, `["trigger:nightly"]`, `["trigger:nightly", "trigger:workflow"]`},
			change{jobFile, "[{kind: backup, known: required}]", "[backup, workflow]"},
			change{triggerFile, "max: 1h", "max: 1h\njob: {service: states, input: {stateMachineArn: \"" + machine + "\"}}"},
			change{"triggers/workflow.yaml", "", `about: While a workflow runs
entitlement: job
principals: ["` + runner + `"]
start: {source: [aws.states], detail-type: [Step Functions Execution Status Change], detail: {stateMachineArn: ["` + starts + `"]}}
parameters: {vault: nightly}
reason: a workflow runs
max: 1h
job: {service: backup, input: {BackupVaultName: v, ResourceArn: r, IamRoleArn: "` + runner + `"}}
`})
	}
	load(t, twoOf(machine+"-2")) // not used by the jobs
	_, err := Load(fileSystem(twoOf(machine)))
	want := "triggers/nightly.yaml:9: job: is part of a loop: the job of nightly starts workflow, whose job starts nightly\n" +
		"triggers/workflow.yaml:8: job: is part of a loop: the job of workflow starts nightly, whose job starts workflow"
	if err == nil || err.Error() != want {
		t.Errorf("error =\n%v\nwant\n%s", err, want)
	}
}

func FuzzTrigger(f *testing.F) {
	f.Add(withTrigger()[triggerFile])
	f.Add(withTrigger()[triggerFile] + "schedule: {expression: cron(0 2 * * ? *), zone: UTC}\njob: {service: codebuild, input: {projectName: x}}\nends: [{pattern: {source: [x], detail-type: [y]}, task: detail.id}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		files := withTrigger()
		files[triggerFile] = text
		c, err := Load(fileSystem(files))
		if err != nil {
			if len(Problems(err)) == 0 {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		if d, err := Decode(c.JSON()); err != nil || d.Hash() != c.Hash() {
			t.Errorf("decoding what was loaded: %v", err)
		}
	})
}
