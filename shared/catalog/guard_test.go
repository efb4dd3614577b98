package catalog

import (
	"strings"
	"testing"
)

// guarded is a catalog with one own policy of this scope and condition.
func guarded(scope, condition string) map[string]string {
	files := withTrigger()
	files[identitiesFile] = strings.Replace(files[identitiesFile], "operators:", "groups: [engineers, leads, operators, runners, contractors]\noperators:", 1)
	files[ownFile] = "@id(\"freeze\")\nforbid (" + scope + ")\n// \"Saturday\" weekdy\nwhen {\n  " + condition + "\n};\n"
	delete(files, testsFile)
	return files
}

const anything = `principal, action, resource`

func TestGuardOnWhatDoesNotExistIsAnError(t *testing.T) {
	for _, c := range []struct{ name, scope, condition, want string }{
		{"group", `principal in Group::"enginers", action, resource`, `true`, `2: freeze: group "enginers" does not exist in this catalog; did you mean "engineers"?`},
		{"group, far from all", anything, `principal in Group::"finance"`, `5: freeze: group "finance" does not exist in this catalog; a group that only a policy names is listed in groups of identities.yaml`},
		{"one group of a set", anything, `principal in [Group::"leads", Group::"laeds"]`, `5: freeze: group "laeds" does not exist in this catalog; did you mean "leads"?`},
		{"group of the requesters", anything, `resource.requesters.contains(Group::"Engineers")`, `5: freeze: group "Engineers" does not exist in this catalog; did you mean "engineers"?`},
		{"group with a type", `principal is Person in Group::"lead", action, resource`, `true`, `2: freeze: group "lead" does not exist in this catalog; did you mean "leads"?`},
		{"entitlement", `principal, action, resource == Entitlement::"raed"`, `true`, `2: freeze: entitlement "raed" does not exist in this catalog; did you mean "read"?`},
		{"entitlement in a condition", anything, `resource != Entitlement::"admin-30"`, `5: freeze: entitlement "admin-30" does not exist in this catalog; there are job, read`},
		{"trigger", anything, `principal in Trigger::"nightl"`, `5: freeze: trigger "nightl" does not exist in this catalog; did you mean "nightly"?`},
		{"trigger as a requester", anything, `context.requester == "trigger:nighty"`, `5: freeze: caller "trigger:nighty" does not exist; did you mean "trigger:nightly"?`},
		{"action", `principal, action in [Action::"request", Action::"aprove"], resource`, `true`, `2: freeze: action "aprove" does not exist; did you mean "approve"?`},
		{"action in a condition", anything, `action == Action::"reed"`, `5: freeze: action "reed" does not exist; did you mean "read"?`},
		{"person by name", `principal == Person::"ana", action, resource`, `true`, `2: freeze: caller "ana" does not exist; did you mean "person:https://id.example.com|1"?`},
		{"approver by name", anything, `principal.id == "ben"`, `5: freeze: caller "ben" does not exist; did you mean "person:https://id.example.com|2"?`},
		{"machine by name", `principal == Machine::"runner", action, resource`, `true`, `2: freeze: caller "runner" does not exist`},
		{"task kind", anything, `context.task.kind == "chnage"`, `5: freeze: task kind "chnage" does not exist; did you mean "change"?`},
		{"task kind, the other way round", anything, `"chnage" == context.task.kind`, `5: freeze: task kind "chnage" does not exist; did you mean "change"?`},
		{"task kind, not equal", anything, `context.task.kind != "deploy"`, `5: freeze: task kind "deploy" does not exist; there are change, backup, workflow, incident, rotation`},
		{"task kind in a record", anything, `context.task == {kind: "Change", id: "1", known: true}`, `5: freeze: task kind "Change" does not exist; did you mean "change"?`},
		{"task kind, like", anything, `context.task.kind like "chan_*"`, `5: freeze: no task kind is like "chan_*"; there are change, backup, workflow, incident, rotation`},
		{"kinds of an entitlement", anything, `resource.tasks.contains("changes")`, `5: freeze: task kind "changes" does not exist; did you mean "change"?`},
		{"kinds that must be known", anything, `resource.knownTasks.containsAny(["change", "backups"])`, `5: freeze: task kind "backups" does not exist; did you mean "backup"?`},
		{"weekday", anything, `context.weekday == "Saturday"`, `5: freeze: weekday "Saturday" does not exist; did you mean "saturday"?`},
		{"weekday, not", anything, `!(context["weekday"] == "sat")`, `5: freeze: weekday "sat" does not exist; there are monday, tuesday, wednesday, thursday, friday, saturday, sunday`},
		{"weekdays", anything, `["saturday", "sundy"].contains(context.weekday)`, `5: freeze: weekday "sundy" does not exist; did you mean "sunday"?`},
		{"weekday of a branch", anything, `(if context.mfa then context.weekday else "none") == "fridai"`, `5: freeze: weekday "fridai" does not exist; did you mean "friday"?`},
		{"weekday by a branch", anything, `context.weekday == (if context.mfa then "friday" else "thirsday")`, `5: freeze: weekday "thirsday" does not exist; did you mean "thursday"?`},
		{"hour", anything, `context.hour == 24`, `5: freeze: hour 24 does not exist; it is 0 to 23`},
		{"hours", anything, `context.hour >= 24`, `5: freeze: hour 24 does not exist; it is 0 to 23`},
		{"hour below nought", anything, `context.hour > -1`, `5: freeze: hour -1 does not exist; it is 0 to 23`},
		{"minute", anything, `[0, 30, 60].contains(context.minute)`, `5: freeze: minute 60 does not exist; it is 0 to 59`},
		{"requester kind", anything, `context.requesterKind == "human"`, `5: freeze: requester kind "human" does not exist; there are person, machine`},
		{"session binding", anything, `context.session.bind == "userId"`, `5: freeze: session binding "userId" does not exist; did you mean "userid"?`},
		{"binding of an entitlement", anything, `resource.session == "sourceidentity"`, `5: freeze: session binding "sourceidentity" does not exist; did you mean "sourceIdentity"?`},
		{"principal", anything, `context.target.arn == "arn:aws:iam::111122223333:role/deplo"`, `5: freeze: principal "arn:aws:iam::111122223333:role/deplo" does not exist; did you mean "arn:aws:iam::111122223333:role/deploy"?`},
		{"principals", anything, `context.target.arn like "*:role/deploi*"`, `5: freeze: no principal is like "*:role/deploi*"; there are arn:aws:iam::111122223333:role/deploy, arn:aws:iam::111122223333:role/runner`},
		{"account", anything, `context.target.account == "111122223334"`, `5: freeze: account "111122223334" does not exist; did you mean "111122223333"?`},
		{"parameter", anything, `context.parameters.hasTag("buket") && context.parameters.getTag("buket") == "x"`, `5: freeze: "buket" is not a parameter of any entitlement; did you mean "bucket"?`},
		{"attribute", anything, `context.task.knd == "change"`, `5: freeze: context.task has no attribute "knd"; did you mean "kind"?`},
		{"attribute of the resource", anything, `resource.foo`, `5: freeze: resource has no attribute "foo"`},
		{"attribute of the caller", anything, `principal.name2 == "ana"`, `5: freeze: principal has no attribute "name2"; did you mean "name"?`},
		{"attribute that is asked for", anything, `context has weekdy && context.weekday == "friday"`, `5: freeze: context has no attribute "weekdy"; did you mean "weekday"?`},
		{"attribute of the caller that is asked for", anything, `principal has groups`, `5: freeze: principal has no attribute "groups"; there are arn, id, mfa, name, session`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, word := range []string{"when", "unless"} {
				files := guarded(c.scope, c.condition)
				files[ownFile] = strings.Replace(files[ownFile], "when {", word+" {", 1)
				_, err := Load(fileSystem(files))
				if want := "policies/own.cedar:" + c.want; err == nil || err.Error() != want && !strings.HasPrefix(err.Error(), want+"; there are ") {
					t.Errorf("%s: error = %v\nwant %s", word, err, want)
				}
			}
		})
	}
}

func TestGuardOnWhatExistsIsGood(t *testing.T) {
	for _, c := range []struct{ name, scope, condition string }{
		{"group", `principal in Group::"engineers", action, resource`, `true`},
		{"group that only a guard names", `principal in Group::"contractors", action, resource`, `true`},
		{"group of machines", anything, `principal in [Group::"runners", Group::"leads"]`},
		{"entitlement", `principal, action == Action::"request", resource == Entitlement::"read"`, `!context.mfa`},
		{"all but one", anything, `resource != Entitlement::"job"`},
		{"trigger", anything, `principal in Trigger::"nightly" || resource.triggers.contains(Trigger::"nightly")`},
		{"trigger as a requester", anything, `context.requester == "trigger:nightly"`},
		{"person", `principal == Person::"person:https://id.example.com|42", action, resource`, `true`},
		{"machine", `principal == Machine::"machine:AROAEXAMPLE0000000001", action, resource`, `true`},
		{"no requester", anything, `context.requester == "" || principal.id != context.requester`},
		{"people", anything, `context.requester like "person:https://id.example.com|*"`},
		{"actions", `principal, action in [Action::"request", Action::"breakGlass", Action::"approve", Action::"read"], resource`, `context.mfa`},
		{"task kinds", anything, `["change", "incident"].contains(context.task.kind) && context.task.id like "CHG-*"`},
		{"no task", anything, `context.task.kind == ""`},
		{"task kind, like", anything, `context.task.kind like "*up"`},
		{"task", anything, `context.task == {kind: "change", id: "CHG-1", known: false}`},
		{"kinds of an entitlement", anything, `resource.tasks.containsAll(["change", "rotation"]) || resource.knownTasks == ["backup"]`},
		{"weekend", anything, `["saturday", "sunday"].contains(context.weekday)`},
		{"weekdays, like", anything, `context.weekday like "s*"`},
		{"branches", anything, `(if context.mfa then context.weekday else "none") == "none"`},
		{"open branches", anything, `(if context.mfa then context.weekday else context.reason) == "because"`},
		{"hours", anything, `context.hour >= 0 && context.hour < 24 && 7 <= context.hour && 24 > context.hour && context.hour <= 23`},
		{"minutes", anything, `context.minute == 59 || context.minute < 60`},
		{"requester kind", anything, `context.requesterKind == "machine"`},
		{"bindings", anything, `context.session.bind == "vpce" || resource.session != "none"`},
		{"session", anything, `context.session.value == "Saturday"`},
		{"principal", anything, `context.target.arn == "arn:aws:iam::111122223333:role/deploy" || context.target.arn like "arn:aws:iam::111122223333:*"`},
		{"account", anything, `context.target.account == "111122223333"`},
		{"parameter", anything, `context.parameters.hasTag("bucket") && context.parameters.getTag("bucket") == "friday"`},
		{"attribute of some callers", anything, `principal has arn && principal.arn like "*:role/runner"`},
		{"reason", anything, `context.reason == "chnage"`},
		{"limits", anything, `context.duration > duration("1h") && resource.approvals < 100`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Load(fileSystem(guarded(c.scope, c.condition))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPrincipalsAreOpenWhereTheCatalogDoesNotListThem(t *testing.T) {
	files := guarded(anything, `context.target.arn == "arn:aws:iam::111122223333:role/other" && context.target.account == "444455556666"`)
	files[identitiesFile] = strings.Replace(files[identitiesFile], "principals:", "#", 1)
	if _, err := Load(fileSystem(files)); err != nil {
		t.Error(err)
	}
}

func TestGuardOnAParameterOfAnotherEntitlementIsAnError(t *testing.T) {
	const tag = `context.parameters.hasTag("bucket") && context.parameters.getTag("bucket") == "x"`
	for scope, want := range map[string]string{
		`principal, action, resource == Entitlement::"read"`: "",
		`principal, action, resource`:                        "",
		`principal, action, resource == Entitlement::"job"`:  `policies/own.cedar:5: freeze: "bucket" is not a parameter of entitlement job; there are vault`,
	} {
		_, err := Load(fileSystem(guarded(scope, tag)))
		if got := errorText(err); got != want {
			t.Errorf("%s: error = %q, want %q", scope, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Every policy file is either refused with its place or loaded.
func FuzzGuard(f *testing.F) {
	for _, condition := range []string{`context.weekday == "Sunday"`, `context.task == {kind: -1}`, `(if true then context.hour else 3) < 24 // é`, `context["\u{e9}"] like "\*"`} {
		f.Add(guarded(anything, condition)[ownFile] + guarded(`principal is Person in Group::"é\"", action, resource`, condition)[ownFile])
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := guarded(anything, "true")
		files[ownFile] = text
		if _, err := Load(fileSystem(files)); err != nil && len(Problems(err)) == 0 {
			t.Errorf("an error without a place: %v", err)
		}
	})
}
