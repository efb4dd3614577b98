package catalog

import (
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"curfew/shared/iamdata"
	"curfew/shared/outliving"
)

// smallCatalog is a valid catalog. Each case below breaks it in one place.
func smallCatalog() map[string]string {
	return map[string]string{
		"identities.yaml": `claims: {session: name, groups: groups}
operators: ["group:operators"]
principals: ["arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:role/runner"]
people:
  ana: {issuer: "https://id.example.com", subject: "1", session: ana, groups: [engineers]}
  ben: {issuer: "https://id.example.com", subject: "2", session: ben, groups: [leads, operators]}
machines:
  - {name: runner, principal: "arn:aws:iam::111122223333:role/runner", groups: [runners]}
`,
		"entitlements/read.yaml": `about: Reading one bucket
owners: ["group:leads"]
principals: ["arn:aws:iam::111122223333:role/deploy"]
requesters: ["group:engineers"]
tasks: [change]
max: 30m
approval: {need: 1, of: ["group:leads"], within: 1h}
session: userid
heartbeat: 5m
parameters: {bucket: bucket}
policy:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Action: "s3:GetObject"
      Resource: "arn:aws:s3:::{{bucket}}/*"
`,
		"policies/own.cedar": `@id("freeze")
forbid (principal, action == Action::"request", resource)
when { context.weekday == "friday" };
`,
		"tests.yaml": `- name: asked
  caller: ana
  action: request
  entitlement: read
  task: {kind: change, id: CHG-1}
  duration: 10m
  at: 2026-11-23T10:00:00Z
  expect: allow
`,
	}
}

func fileSystem(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestSmallCatalogIsGood(t *testing.T) {
	c, err := Load(fileSystem(smallCatalog()))
	if err != nil {
		t.Fatal(err)
	}
	if r := Test(c); len(r) != 1 || !r[0].OK {
		t.Errorf("results = %v, want one that is ok", r)
	}
}

func TestOtherGoodCatalogs(t *testing.T) {
	const session = "session: userid"
	for name, b := range map[string]brokenCatalog{
		"source identity, weak":  {file: entitlementFile, old: session, new: "session: sourceIdentity\nbinding: weak"},
		"VPC endpoint":           {file: entitlementFile, old: session, new: "session: vpce\nvpce: vpce-0123456789abcdef0"},
		"no binding":             {file: entitlementFile, old: session, new: "session: none"},
		"flags":                  {file: entitlementFile, old: session, new: session + "\nmfa: true\ncontain: true\nbreakGlass: false"},
		"break-glass":            {file: entitlementFile, old: `approval: {need: 1, of: ["group:leads"], within: 1h}`, new: "breakGlass: true\nreviewers: [\"group:leads\"]"},
		"outliving action":       {file: entitlementFile, new: strings.Replace(smallCatalog()[entitlementFile], "s3:GetObject", "ssm:StartSession", 1) + "names: [\"ssm:StartSession\"]\n"},
		"outliving classes":      {file: entitlementFile, new: strings.Replace(smallCatalog()[entitlementFile], "s3:GetObject", "*", 1) + "names: [code, credentials, log, sessions, sharing, trust]\n"},
		"outliving, in any case": {file: entitlementFile, new: strings.Replace(smallCatalog()[entitlementFile], "s3:GetObject", "SSM:startsession", 1) + "names: [\"ssm:startSession\"]\n"},
		"outliving, denied":      {file: entitlementFile, new: smallCatalog()[entitlementFile] + "    - {Effect: Allow, Action: \"kms:*\", Resource: \"*\"}\n    - {Effect: Deny, Action: [\"kms:*Grant\", \"kms:Put*\", \"kms:Replicate*\", \"kms:D*\", \"kms:Schedule*\", \"kms:Update*\"], Resource: \"*\"}\n"},
		"one statement":          {file: entitlementFile, old: "    - Effect: Allow\n", new: "      Effect: Allow\n"},
		"condition, a number":    {file: entitlementFile, old: "    - Effect: Allow\n", new: "    - Effect: Allow\n      Condition: {NumericLessThan: {\"s3:max-keys\": 10}, Bool: {\"aws:SecureTransport\": true}}\n"},
		"deny":                   {file: entitlementFile, old: "    - Effect: Allow\n", new: "    - {Effect: Deny, NotAction: \"s3:*\", Resource: \"*\"}\n    - Effect: Allow\n"},
		"user":                   {file: entitlementFile, old: "role/deploy", new: "user/*"},
		"hidden file":            {file: ".gitignore", new: "*~"},
		"Cedar without a rule":   {file: ownFile, new: "// Nothing yet.\n"},
		"all groups listed":      {file: identitiesFile, old: "operators:", new: "groups: [engineers, leads, operators, runners, later]\noperators:"},
	} {
		t.Run(name, func(t *testing.T) {
			files := b.files()
			// Without the list of principals, patterns are not checked against it.
			files[identitiesFile] = strings.Replace(files[identitiesFile], "principals:", "#", 1)
			if _, err := Load(fileSystem(files)); err != nil {
				t.Error(err)
			}
		})
	}
}

const (
	entitlementFile = "entitlements/read.yaml"
	ownFile         = "policies/own.cedar"
)

// brokenCatalog is a catalog with one error: in file, the first old is replaced by new. Without old, new is the whole
// file.
type brokenCatalog struct {
	name     string
	file     string
	old, new string
	want     string // the whole error
}

func (b brokenCatalog) files() map[string]string {
	files := smallCatalog()
	if b.old == "" {
		files[b.file] = b.new
		return files
	}
	files[b.file] = strings.Replace(files[b.file], b.old, b.new, 1)
	return files
}

func TestBadCatalogs(t *testing.T) {
	for _, b := range badCatalogs() {
		t.Run(b.name, func(t *testing.T) {
			files := b.files()
			if files[b.file] == smallCatalog()[b.file] {
				t.Fatalf("%q is not in %s: nothing was broken", b.old, b.file)
			}
			c, err := Load(fileSystem(files))
			if err == nil {
				t.Fatalf("catalog %s was loaded", c.Hash())
			}
			if got := err.Error(); got != b.want {
				t.Errorf("error =\n%s\nwant\n%s", got, b.want)
			}
		})
	}
}

func badCatalogs() []brokenCatalog {
	e, o, i, x := entitlementFile, ownFile, identitiesFile, testsFile
	const statement = "    - Effect: Allow\n"
	return []brokenCatalog{
		// The form of the files.
		{"not YAML", e, "about: Reading one bucket", "about: [",
			"entitlements/read.yaml:1: is not YAML: sequence end token ']' not found"},
		{"empty file", e, "", "",
			"entitlements/read.yaml:1: is not one YAML document"},
		{"two documents", e, "max: 30m\n", "max: 30m\n---\n",
			"entitlements/read.yaml:1: is not one YAML document"},
		{"too large", e, "about: Reading", "about: " + strings.Repeat("x", maxFile) + "Reading",
			"entitlements/read.yaml: is 262555 bytes, more than 262144"},
		{"nested without end", e, "about: Reading one bucket", "about: " + strings.Repeat("[", 101),
			"entitlements/read.yaml: has more than 100 brackets open at once"},
		{"unknown field", e, "max: 30m", "maximum: 1h\nmax: 30m",
			"entitlements/read.yaml:6: maximum: is not a field here; there are about, owners, principals, requesters, tasks, max, until, approval, budgets, breakGlass, coolDown, review, reviewers, session, vpce, binding, mfa, heartbeat, overlap, contain, names, parameters, policy"},
		{"unknown field in a mapping", e, "{need: 1,", "{need: 1, by: you,",
			"entitlements/read.yaml:7: approval.by: is not a field here; there are need, of, within, mfaWithin, seen, then"},
		{"field twice", e, "max: 30m", "max: 30m\nmax: 12h",
			"entitlements/read.yaml:7: max: appears twice"},
		{"field missing", e, "max: 30m\nap", "ap",
			"entitlements/read.yaml:1: max: is missing"},
		{"wrong type", e, "max: 30m", "max: [30m]",
			"entitlements/read.yaml:6: max: is a list, not text"},
		{"number for text", e, "about: Reading one bucket", "about: 7",
			"entitlements/read.yaml:1: about: is a number, not text: write it in quotes"},
		{"duration without a unit", e, "max: 30m", "max: 60",
			"entitlements/read.yaml:6: max: has no unit: write a duration like 30m or 1h30m"},
		{"text for a number", e, "need: 1", "need: one",
			"entitlements/read.yaml:7: approval.need: is text, not a number"},
		{"text for true", e, "session: userid", "session: userid\nmfa: yes",
			"entitlements/read.yaml:9: mfa: is text, not true or false"},
		{"alias", e, "owners: [\"group:leads\"]", "owners: &o [\"group:leads\"]",
			"entitlements/read.yaml:2: owners: is an anchor, alias or tag, which a catalog does not have"},
		{"merge key", e, "parameters: {bucket: bucket}", "parameters: {<<: {bucket: bucket}}",
			"entitlements/read.yaml:10: parameters: has a key that is not text"},
		{"list that is empty", e, `owners: ["group:leads"]`, "owners: []",
			"entitlements/read.yaml:2: owners: is empty"},
		{"item twice", e, `["group:engineers"]`, `["group:engineers", "group:engineers"]`,
			"entitlements/read.yaml:4: requesters: has an item twice"},
		{"control character", e, "about: Reading one bucket", `about: "Reading\none bucket"`,
			"entitlements/read.yaml:1: about: is not one line of text"},
		{"name of a file", "entitlements/Read.yaml", "", smallCatalog()[e],
			"entitlements/Read.yaml: has a name that is not lower-case letters, digits and hyphens"},
		{"other file among entitlements", "entitlements/read.yml", "", smallCatalog()[e],
			"entitlements/read.yml: is not a *.yaml file"},
		{"folder that is misspelt", "policy/own.cedar", "", smallCatalog()[o],
			"policy: is not a part of a catalog"},

		// What an entitlement may say.
		{"max too long", e, "max: 30m", "max: 13h",
			"entitlements/read.yaml:6: max: 13h is not within 1m to 12h"},
		{"max too short", e, "max: 30m", "max: 30s",
			"entitlements/read.yaml:6: max: 30s is not within 1m to 12h"},
		{"max without a unit", e, "max: 30m", "max: \"30\"",
			`entitlements/read.yaml:6: max: "30" is not a duration like 30m or 1h30m`},
		{"heartbeat too short", e, "heartbeat: 5m", "heartbeat: 10s",
			"entitlements/read.yaml:9: heartbeat: 10s is not within 30s to 1h"},
		{"heartbeat longer than max", e, "heartbeat: 5m", "heartbeat: 45m",
			"entitlements/read.yaml:9: heartbeat: 45m is longer than max, 30m"},
		{"need zero", e, "need: 1", "need: 0",
			"entitlements/read.yaml:7: approval.need: 0 is not within 1 to 5"},
		{"within a month", e, "within: 1h", "within: 720h",
			"entitlements/read.yaml:7: approval.within: 720h is not within 1m to 168h"},
		{"session not said", e, "session: userid\n", "",
			"entitlements/read.yaml:1: session: is missing"},
		{"session of another kind", e, "session: userid", "session: cookie",
			`entitlements/read.yaml:8: session: "cookie" is not one of userid, sourceIdentity, vpce, none`},
		{"endpoint missing", e, "session: userid", "session: vpce",
			"entitlements/read.yaml:1: vpce: is missing"},
		{"endpoint for nothing", e, "session: userid", "session: userid\nvpce: vpce-0123456789abcdef0",
			"entitlements/read.yaml:9: vpce: is only for session vpce"},
		{"weak binding of nothing", e, "session: userid", "session: none\nbinding: weak",
			"entitlements/read.yaml:9: binding: is only for session userid or sourceIdentity"},
		{"break-glass without reviewers", e, "approval: {need: 1, of: [\"group:leads\"], within: 1h}", "breakGlass: true",
			"entitlements/read.yaml:1: reviewers: is missing"},
		{"break-glass with approval", e, "max: 30m", "max: 30m\nbreakGlass: true\nreviewers: [\"group:leads\"]",
			"entitlements/read.yaml:9: approval: does not go with breakGlass, which has a review instead"},
		{"cool-down without break-glass", e, "max: 30m", "max: 30m\ncoolDown: 1h",
			"entitlements/read.yaml:7: coolDown: is only for breakGlass"},
		{"cool-down with overlap", e, "approval: {need: 1, of: [\"group:leads\"], within: 1h}", "breakGlass: true\nreviewers: [\"group:leads\"]\noverlap: true",
			"entitlements/read.yaml:9: overlap: does not go with coolDown: write coolDown: 0s"},
		{"reviewers of nothing", e, "max: 30m", "max: 30m\nreviewers: [\"group:leads\"]",
			"entitlements/read.yaml:7: reviewers: is only for breakGlass, or review always or findings"},
		{"kind of task", e, "tasks: [change]", "tasks: [whim]",
			`entitlements/read.yaml:5: tasks[0]: "whim" is not one of change, backup, workflow, incident, rotation`},
		{"task known perhaps", e, "tasks: [change]", "tasks: [{kind: change, known: perhaps}]",
			`entitlements/read.yaml:5: tasks[0].known: "perhaps" is not "required"`},
		{"task twice", e, "tasks: [change]", "tasks: [change, {kind: change, known: required}]",
			`entitlements/read.yaml:5: tasks[1]: "change" appears twice`},
		{"principal that is no ARN", e, "arn:aws:iam::111122223333:role/deploy", "deploy",
			`entitlements/read.yaml:3: principals[0]: "deploy" is not the ARN of roles or users, like arn:aws:iam::111122223333:role/name-*`},
		{"principal that is protected", e, "role/deploy", "role/aws-reserved/sso.amazonaws.com/x",
			`entitlements/read.yaml:3: principals[0]: "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/x" is a protected role: Curfew never elevates it`},
		{"outliving action that is none", e, "max: 30m", "max: 30m\nnames: [\"s3:GetObject\"]",
			`entitlements/read.yaml:7: names[0]: "s3:GetObject" is neither an action whose effects outlive a revoke nor a class of them; the classes are code, credentials, log, sessions, sharing, trust`},

		// What the files say about each other.
		{"unknown group", e, "group:engineers", "group:enginers",
			`entitlements/read.yaml:4: requesters[0]: "enginers" is not a group of identities.yaml`},
		{"unknown group of approvers", e, "of: [\"group:leads\"]", "of: [\"group:boss\"]",
			`entitlements/read.yaml:7: approval.of[0]: "boss" is not a group of identities.yaml`},
		{"group with a comma", e, "group:engineers", "group:engineers,leads",
			`entitlements/read.yaml:4: requesters[0]: "group:engineers,leads" is not group:<name>, the name of letters, digits and _ . : / -`},
		{"group with a space", e, "group:engineers", "group:engineers leads",
			`entitlements/read.yaml:4: requesters[0]: "group:engineers leads" is not group:<name>, the name of letters, digits and _ . : / -`},
		{"group without its prefix", e, "group:engineers", "engineers",
			`entitlements/read.yaml:4: requesters[0]: "engineers" is not group:<name>, the name of letters, digits and _ . : / -`},
		{"pattern that matches nothing", e, "role/deploy", "role/deplyo-*",
			`entitlements/read.yaml:3: principals[0]: "arn:aws:iam::111122223333:role/deplyo-*" matches no principal of identities.yaml`},
		{"owners alone decide for a machine", e, "group:engineers", "group:runners",
			"entitlements/read.yaml:7: approval.of: has only owners: add another group, because an owner can make a machine ask"},
		{"machines decide", e, "of: [\"group:leads\"]", "of: [\"group:leads\", \"group:runners\"]",
			`entitlements/read.yaml:7: approval.of: "group:runners" is a group of machines; only people may approve`},

		// What the policy of a grant may be.
		{"parameter without a type", e, "parameters: {bucket: bucket}\n", "",
			`entitlements/read.yaml:11: policy: has the parameter "bucket" without a type under parameters`},
		{"type that is none", e, "{bucket: bucket}", "{bucket: regexp}",
			`entitlements/read.yaml:10: parameters.bucket: "regexp" is not a type of parameter; there are account-id, bucket, function-name, id, instance-id, key-id, name, path, region, role-name, secret-name, session-name, table-name, user-name`},
		{"type without use", e, "{bucket: bucket}", "{bucket: bucket, key: key-id}",
			"entitlements/read.yaml:10: parameters.key: is not used in the policy"},
		{"placeholder in a name", e, "Resource: \"arn:aws:s3:::{{bucket}}/*\"", "Resource: \"*\"\n      Condition: {StringEquals: {\"{{bucket}}\": x}}",
			"entitlements/read.yaml:17: policy.Statement[0].Condition.StringEquals.{{bucket}}: a placeholder in a name"},
		{"policy that is no policy", e, "Effect: Allow", "Effect: Maybe",
			`entitlements/read.yaml:14: policy.Statement[0].Effect: the effect is "Allow" or "Deny"`},
		{"element that is unknown", e, statement, statement + "      Actions: x\n",
			"entitlements/read.yaml:15: policy.Statement[0].Actions: unknown element"},
		{"principal in the policy", e, statement, statement + "      Principal: \"*\"\n",
			"entitlements/read.yaml:15: policy.Statement[0].Principal: an identity policy has no principal"},
		{"NotPrincipal in the policy", e, statement, statement + "      NotPrincipal: \"*\"\n",
			"entitlements/read.yaml:15: policy.Statement[0].NotPrincipal: NotPrincipal is for policies of resources only"},
		{"all but one action", e, "Action: \"s3:GetObject\"", "NotAction: \"s3:PutObject\"\n",
			"entitlements/read.yaml:15: policy.Statement[0].NotAction: allows every action that it does not list, including those that AWS adds later: use Action"},
		{"key of the fence", e, statement, statement + "      Condition: {DateLessThan: {\"AWS:CurrentTime\": \"2030-01-01T00:00:00Z\"}}\n",
			"entitlements/read.yaml:15: policy.Statement[0].Condition: it already uses AWS:CurrentTime, a key of the fence"},
		{"no version", e, "  Version: \"2012-10-17\"\n", "",
			`entitlements/read.yaml:12: policy: has no Version "2012-10-17"`},
		{"old version", e, "2012-10-17", "2008-10-17",
			`entitlements/read.yaml:12: policy.Version: has no Version "2012-10-17"`},
		{"role with a region", e, "\"arn:aws:s3:::{{bucket}}/*\"", "[\"arn:aws:s3:::{{bucket}}/*\", \"arn:aws:iam:us-east-1::role/x\"]",
			`entitlements/read.yaml:16: policy.Statement[0].Resource[1]: the resource "arn:aws:iam:us-east-1::role/x" has a region, which iam does not use`},
		{"nothing of IAM", e, "\"arn:aws:s3:::{{bucket}}/*\"", "[\"arn:aws:s3:::{{bucket}}/*\", \"arn:aws:iam:::example\"]",
			`entitlements/read.yaml:16: policy.Statement[0].Resource[1]: the resource "arn:aws:iam:::example" is nothing of IAM, as role/name is`},
		{"bucket with a region", e, "\"arn:aws:s3:::{{bucket}}/*\"", "[\"arn:aws:s3:::{{bucket}}/*\", \"arn:aws:s3:us-east-1::example\"]",
			`entitlements/read.yaml:16: policy.Statement[0].Resource[1]: the resource "arn:aws:s3:us-east-1::example" has a region, which s3 does not use`},
		{"outliving class named in vain", e, "max: 30m", "max: 30m\nnames: [code]",
			"entitlements/read.yaml:7: names: lists code, which the policy does not reach"},
		{"outliving action not named", e, "Action: \"s3:GetObject\"", "Action: [\"s3:GetObject\", \"sts:Assume*\"]",
			"entitlements/read.yaml:12: policy: reaches actions whose effects outlive a revoke: credentials (makes or reads credentials that work without the grant): sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, sts:AssumeRoot; take them out, or write names: [credentials]"},
		{"outliving action named in vain", e, "max: 30m", "max: 30m\nnames: [\"iam:PassRole\"]",
			"entitlements/read.yaml:7: names: lists iam:PassRole, which the policy does not reach"},
		{"octal number", e, statement, statement + "      Condition: {NumericEquals: {\"s3:max-keys\": 0777}}\n",
			"entitlements/read.yaml:15: policy.Statement[0].Condition.NumericEquals.s3:max-keys: 0777 is not a plain number: write it in quotes"},
		{"null", e, "Action: \"s3:GetObject\"", "Action:",
			"entitlements/read.yaml:15: policy.Statement[0].Action: is empty"},
		{"too large for any form", e, "Action: \"s3:GetObject\"", "Action: [" + manyActions(700) + "]",
			"entitlements/read.yaml:12: policy: has 24281 characters with its fence; at most 18432 fit"},

		// Identities.
		{"identities empty", i, "", "",
			"identities.yaml:1: is not one YAML document"},
		{"claims missing", i, "claims: {session: name, groups: groups}\n", "",
			"identities.yaml:1: claims: is missing"},
		{"operators missing", i, "operators: [\"group:operators\"]\n", "",
			"identities.yaml:1: operators: is missing"},
		{"operators unknown", i, "group:operators", "group:operator",
			`identities.yaml:2: operators[0]: "operator" is not a group of identities.yaml`},
		{"group of a person with a space", i, "groups: [engineers]", "groups: [\"engineers leads\"]",
			"entitlements/read.yaml:4: requesters[0]: \"engineers\" is not a group of identities.yaml\nidentities.yaml:5: people.ana.groups[0]: \"engineers leads\" is not the name of a group, of letters, digits and _ . : / -"},
		{"same person twice", i, "subject: \"2\"", "subject: \"1\"",
			"identities.yaml:6: people.ben: has the issuer and subject of ana"},
		{"same name in sessions", i, "session: ben", "session: ANA",
			`identities.yaml:6: people.ben.session: "ANA" is the name of ana in sessions too`},
		{"people and machines in one group", i, "groups: [runners]", "groups: [runners, leads]",
			"entitlements/read.yaml:7: approval.of: \"group:leads\" is a group of machines; only people may approve\nidentities.yaml:8: machines[0].groups: \"leads\" is a group of people too"},
		{"machine that does not exist", i, "role/runner\", groups", "role/runer\", groups",
			`identities.yaml:8: machines[0].principal: "arn:aws:iam::111122223333:role/runer" matches no principal of identities.yaml`},
		{"machine with a path, which STS does not show", i, "role/runner\", groups", "role/service-role/runner\", groups",
			`identities.yaml:8: machines[0].principal: has a path, which calls of a role do not show: write arn:aws:iam::111122223333:role/runner`},
		{"claim within another as one name", i, "groups: groups", "groups: realm_access.roles",
			`identities.yaml:1: claims.groups: "realm_access.roles" is one name: a claim within another is a list of names, as [realm_access, roles]`},
		{"claims that are not names", i, "groups: groups", "groups: [realm access, 1]",
			"identities.yaml:1: claims.groups[0]: \"realm access\" is not the name of a claim\nidentities.yaml:1: claims.groups[1]: is a number, not text: write it in quotes"},
		{"machine of a person's name", i, "{name: runner", "{name: ana",
			`identities.yaml:8: machines[0].name: "ana" appears twice`},
		{"group not among all groups", i, "operators:", "groups: [engineers, leads, operators]\noperators:",
			`identities.yaml:2: groups: does not list "runners", the group of a person or machine`},
		{"principal that exists, with a wildcard", i, "role/deploy\"", "role/deploy\", \"arn:aws:iam::111122223333:role/*\"",
			`identities.yaml:3: principals[1]: "arn:aws:iam::111122223333:role/*" has a wildcard: list ARNs of existing principals`},

		// Own policies.
		{"policy that permits", o, "forbid", "permit",
			"policies/own.cedar:1: freeze: is a permit: a catalog may only forbid"},
		{"policy without an id", o, "@id(\"freeze\")\n", "",
			"policies/own.cedar:1: has no @id"},
		{"reserved id", o, "freeze", "curfew.freeze",
			"policies/own.cedar:1: curfew.freeze: begins with curfew., which is reserved"},
		{"id twice", "policies/second.cedar", "", smallCatalog()[o],
			"policies/second.cedar:1: freeze: is the @id of another policy too"},
		{"not Cedar", o, "when {", "when (",
			`policies/own.cedar:3: is not Cedar: "context": exact got ( want {`},
		{"unknown attribute", o, "context.weekday", "context.dayOfWeek",
			`policies/own.cedar:3: freeze: context has no attribute "dayOfWeek"`},
		{"unknown action", o, `Action::"request"`, `Action::"requests"`,
			`policies/own.cedar:2: freeze: action "requests" does not exist; did you mean "request"?`},
		{"comparison of two types", o, `context.weekday == "friday"`, `context.hour == "friday"`,
			"policies/own.cedar:1: freeze: the types Long and String are not compatible"},
		{"tag that may be absent", o, `context.weekday == "friday"`, `context.parameters.getTag("bucket") == "x"`,
			"policies/own.cedar:1: freeze: unable to guarantee safety of access to tag `\"bucket\"` on entity type `Parameters`"},

		// Settings and tests.
		{"zone that is none", settingsFile, "", "zone: Mars/Olympus",
			`catalog.yaml:1: zone: "Mars/Olympus" is not a time zone like UTC or Europe/Berlin`},
		{"longest beyond all bounds", settingsFile, "", "longest: 1000h",
			"catalog.yaml:1: longest: 1000h is not within 1m to 720h"},
		{"unknown caller", x, "caller: ana", "caller: eve",
			`tests.yaml:2: [0].caller: "eve" is neither a person nor a machine of identities.yaml`},
		{"unknown entitlement", x, "entitlement: read", "entitlement: write",
			`tests.yaml:4: [0].entitlement: "write" is not an entitlement`},
		{"unknown policy", x, "expect: allow", "expect: deny\n  by: [frost]",
			`tests.yaml:9: [0].by[0]: "frost" is not the id of a policy`},
		{"instant with an offset", x, "10:00:00Z", "10:00:00+01:00",
			`tests.yaml:7: [0].at: "2026-11-23T10:00:00+01:00" is not an instant like 2026-11-23T10:00:00Z`},
		{"expectation missing", x, "  expect: allow\n", "",
			"tests.yaml:1: [0].expect: is missing"},
	}
}

// manyActions lists actions of EC2 that end with the call.
func manyActions(n int) string {
	var actions []string
	for _, a := range iamdata.Actions("ec2") {
		if _, outlives := outliving.Lookup("ec2:" + a.Name); !outlives && len(actions) < n {
			actions = append(actions, strconv.Quote("ec2:"+a.Name))
		}
	}
	return strings.Join(actions, ", ")
}
