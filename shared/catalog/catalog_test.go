package catalog

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
)

var update = flag.Bool("update", false, "rewrite golden files")

var loadExample = sync.OnceValues(func() (*Catalog, error) { return Load(Example()) })

func example(t testing.TB) *Catalog {
	t.Helper()
	c, err := loadExample()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantEqual(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func load(t testing.TB, files map[string]string) *Catalog {
	t.Helper()
	c, err := Load(fileSystem(files))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The golden file is indented for reviews.
func TestCanonicalFormOfTheExample(t *testing.T) {
	c := example(t)
	var got bytes.Buffer
	if err := json.Indent(&got, c.JSON(), "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteString("\n")
	golden := filepath.Join("testdata", "catalog.json.golden")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the canonical form is not as in %s; look at it and run with -update:\n%s", golden, got.Bytes())
	}
}

func TestTheExampleHoldsWhatItsTestsExpect(t *testing.T) {
	results := Test(example(t))
	if len(results) < 20 {
		t.Errorf("%d expected decisions, want at least 20", len(results))
	}
	for _, r := range results {
		if !r.OK {
			t.Error(r)
		}
	}
}

func TestTheExampleHasWhatTheStoriesNeed(t *testing.T) {
	var got []string
	for _, e := range example(t).Entitlements() {
		got = append(got, e.Name)
	}
	want := []string{"admin-30m", "agent-job", "agent-secret", "backup-job", "backup-run", "canary", "incident-logs", "rotate-key", "rotation-job"}
	if !slices.Equal(got, want) {
		t.Errorf("entitlements = %v, want %v", got, want)
	}
}

func TestDecodeIsLoad(t *testing.T) {
	for name, c := range map[string]*Catalog{"example": example(t), "small": load(t, smallCatalog())} {
		t.Run(name, func(t *testing.T) {
			d, err := Decode(c.JSON())
			if err != nil {
				t.Fatal(err)
			}
			if d.Hash() != c.Hash() || !bytes.Equal(d.JSON(), c.JSON()) {
				t.Errorf("hash = %s, want %s", d.Hash(), c.Hash())
			}
			if got, want := d.Entitlements(), c.Entitlements(); !reflect.DeepEqual(got, want) {
				t.Errorf("entitlements = %+v, want %+v", got, want)
			}
			wantEqual(t, d.Triggers(), c.Triggers())
			if !reflect.DeepEqual(d.Machines(), c.Machines()) || d.Claims() != c.Claims() || !slices.Equal(d.Operators(), c.Operators()) {
				t.Errorf("identities = %v %v %v, want %v %v %v", d.Machines(), d.Claims(), d.Operators(), c.Machines(), c.Claims(), c.Operators())
			}
			if len(d.People()) != 0 || len(Test(d)) != 0 {
				t.Errorf("people = %v, results = %v, want none", d.People(), Test(d))
			}
			d.expectations = c.expectations
			for _, r := range Test(d) {
				if !r.OK {
					t.Error(r)
				}
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	b := string(example(t).JSON())
	cases := map[string]string{
		"nothing":            "",
		"white space":        strings.Replace(b, `{"`, `{ "`, 1),
		"more after the end": b + "{}",
		"unknown field":      strings.Replace(b, `"schema":1`, `"schema":1,"secret":2`, 1),
		"field twice":        strings.Replace(b, `"schema":1`, `"schema":1,"schema":1`, 1),
		"another schema":     strings.Replace(b, `"schema":1`, `"schema":2`, 1),
		"zone that is none":  strings.Replace(b, `"zone":"UTC"`, `"zone":"Mars"`, 1),
		"own permit":         strings.Replace(b, `\nforbid (`, `\npermit (`, 1),
		"id of another":      strings.Replace(b, `@id(\"window.soon\")`, `@id(\"window.late\")`, 1),
		"not Cedar":          strings.Replace(b, `forbid (`, `forbid [`, 1),
		"two in one":         strings.Replace(b, `duration(\"7d\")) };"`, `duration(\"7d\")) };forbid(principal,action,resource);"`, 1),
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			if text == b {
				t.Fatal("nothing was changed")
			}
			if c, err := Decode([]byte(text)); err == nil {
				t.Errorf("catalog %s was decoded", c.Hash())
			}
		})
	}
}

func TestHashIsOfTheMeaning(t *testing.T) {
	was := load(t, smallCatalog()).Hash()
	same := map[string]brokenCatalog{
		"comment":            {file: entitlementFile, old: "max: 30m", new: "# Long enough.\nmax: 30m # really"},
		"other notation":     {file: entitlementFile, old: `["group:engineers"]`, new: "\n  - group:engineers"},
		"other order":        {file: entitlementFile, old: "tasks: [change]\nmax: 30m", new: "max: 30m\ntasks: [change]"},
		"other duration":     {file: entitlementFile, old: "max: 30m", new: "max: 1800s"},
		"type spelt out":     {file: entitlementFile, old: "bucket: bucket", new: "bucket: {type: bucket}"},
		"Cedar laid out":     {file: ownFile, old: "when {", new: "// Fridays.\nwhen  {"},
		"another person":     {file: identitiesFile, old: "  ben:", new: "  eve: {issuer: \"https://id.example.com\", subject: \"3\", session: eve, groups: [leads]}\n  ben:"},
		"another test":       {file: testsFile, old: "10m", new: "11m"},
		"a file for readers": {file: "README.md", new: "What this is."},
	}
	for name, b := range same {
		t.Run(name, func(t *testing.T) {
			if got := load(t, b.files()).Hash(); got != was {
				t.Errorf("hash = %s, want %s", got, was)
			}
		})
	}
	other := map[string]brokenCatalog{
		"longer":         {file: entitlementFile, old: "max: 30m", new: "max: 31m"},
		"another policy": {file: entitlementFile, old: "s3:GetObject", new: "s3:PutObject"},
		"another day":    {file: ownFile, old: "friday", new: "sunday"},
		"another zone":   {file: settingsFile, new: "zone: Europe/Berlin"},
		"another group":  {file: identitiesFile, old: "groups: [runners]", new: "groups: [runners, more]"},
	}
	for name, b := range other {
		t.Run(name, func(t *testing.T) {
			if got := load(t, b.files()).Hash(); got == was {
				t.Errorf("hash = %s, as before", got)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	files := smallCatalog()
	files[entitlementFile] = strings.NewReplacer("max: 30m", "max: 13h", "group:engineers", "group:unknown").Replace(files[entitlementFile])
	files[ownFile] = strings.Replace(files[ownFile], "forbid", "permit", 1)
	_, err := Load(fileSystem(files))
	got := Problems(fmt.Errorf("loading: %w", err))
	want := []Problem{
		{entitlementFile, 4, 14, "requesters[0]", `"unknown" is not a group of identities.yaml`},
		{entitlementFile, 6, 6, "max", "13h is not within 1m to 12h"},
		{ownFile, 1, 1, "freeze", "is a permit: a catalog may only forbid"},
	}
	if len(got) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(got), len(want), err)
	}
	for i := range want {
		if *got[i] != want[i] {
			t.Errorf("problem = %+v, want %+v", *got[i], want[i])
		}
	}
}

func TestMissingParts(t *testing.T) {
	for file, want := range map[string]string{
		identitiesFile:  "identities.yaml: is missing",
		entitlementFile: "entitlements: has no entitlement",
	} {
		t.Run(file, func(t *testing.T) {
			files := smallCatalog()
			delete(files, file)
			_, err := Load(fileSystem(files))
			if err == nil || err.Error() != want {
				t.Errorf("error = %v, want %s", err, want)
			}
		})
	}
}

func TestOwnPoliciesAndTestsMayBeAbsent(t *testing.T) {
	files := smallCatalog()
	delete(files, ownFile)
	delete(files, testsFile)
	if got := len(load(t, files).policies); got != 5 {
		t.Errorf("%d policies, want the five that are shipped", got)
	}
}

func TestLoadDir(t *testing.T) {
	c, err := LoadDir("example")
	if err != nil {
		t.Fatal(err)
	}
	if c.Hash() != example(t).Hash() {
		t.Errorf("hash = %s, want %s", c.Hash(), example(t).Hash())
	}
	for dir, want := range map[string]string{"absent": "absent: cannot be read", "doc.go": "doc.go: is not a directory"} {
		if _, err := LoadDir(dir); err == nil || err.Error() != want {
			t.Errorf("error = %v, want %s", err, want)
		}
	}
}

func TestLongestIsTheCatalogs(t *testing.T) {
	files := smallCatalog()
	files[settingsFile] = "longest: 48h\n"
	files[entitlementFile] = strings.Replace(files[entitlementFile], "max: 30m", "max: 36h", 1)
	e, _ := load(t, files).Entitlement("read")
	if got := formatDuration(e.Max); got != "36h" {
		t.Errorf("max = %s, want 36h", got)
	}
}

func TestGroupsOfAMachine(t *testing.T) {
	files := smallCatalog()
	files[identitiesFile] += `  - {name: all, principal: "arn:aws:iam::111122223333:role/*", groups: [runners, any]}` + "\n"
	c := load(t, files)
	for arn, want := range map[string][]string{
		"arn:aws:iam::111122223333:role/runner":      {"any", "runners"},
		"arn:aws:iam::111122223333:role/deploy":      {"any", "runners"},
		"arn:aws:iam::111122223333:role/path/runner": nil,
		"arn:aws:iam::444455556666:role/runner":      nil,
	} {
		if got := c.Groups(arn); !slices.Equal(got, want) {
			t.Errorf("groups of %s = %v, want %v", arn, got, want)
		}
	}
}

func TestAMachineWithAPathIsNamedAsItsCallsAre(t *testing.T) {
	files := smallCatalog()
	for name := range files {
		files[name] = strings.ReplaceAll(files[name], `principals: ["arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:role/runner"]`,
			`principals: ["arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:role/service-role/runner"]`)
	}
	called := identity.SessionARN("arn:aws:iam::111122223333:role/service-role/runner")
	if got := load(t, files).Groups(called); !slices.Equal(got, []string{"runners"}) {
		t.Errorf("groups of %s = %v", called, got)
	}
}

func TestAClaimMayBeWithinAnother(t *testing.T) {
	for text, want := range map[string]string{"[realm_access, roles]": "realm_access roles", `"https://id.example.com/groups"`: "https://id.example.com/groups", "[realm_access.roles, of.it]": "realm_access.roles of.it"} {
		files := smallCatalog()
		files[identitiesFile] = strings.Replace(files[identitiesFile], "groups: groups", "groups: "+text, 1)
		if got := load(t, files).Claims().Groups; got != want {
			t.Errorf("%s is read as %q, want %q", text, got, want)
		}
	}
}

func TestEveryParameterTypeHasASample(t *testing.T) {
	for _, p := range iampolicy.ParameterTypes() {
		for _, n := range []int{1, 99999} {
			if err := p.Check(sample(p, n)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWarnings(t *testing.T) {
	var got []string
	for _, w := range example(t).Warnings(time.Unix(1_795_428_000, 0)) {
		if !strings.HasPrefix(w.Where, "detection ") { // TestLintSaysWhatRulesCannotCarry
			got = append(got, regexp.MustCompile(`and \d+ more`).ReplaceAllString(w.String(), "and N more"))
		}
	}
	want := []string{
		"entitlement admin-30m: is admin: it allows every action on every resource, with conditions on aws:ResourceAccount",
		"entitlement admin-30m: makes code run as another principal, which outlives a revoke: cloudformation:UpdateStack, ec2:RunInstances, iam:PassRole, lambda:UpdateFunctionCode, ssm:SendCommand and N more",
		"entitlement admin-30m: makes or reads credentials that work without the grant, which outlives a revoke: iam:CreateAccessKey, iam:CreateLoginProfile, secretsmanager:GetSecretValue, sts:AssumeRole, sts:GetFederationToken and N more",
		"entitlement admin-30m: blinds logs or alarms, which outlives a revoke: cloudtrail:DeleteTrail, cloudtrail:StopLogging, config:StopConfigurationRecorder, guardduty:DeleteDetector, logs:DeleteLogGroup and N more",
		"entitlement admin-30m: opens sessions that stay open, which outlives a revoke: ec2-instance-connect:SendSSHPublicKey, ecs:ExecuteCommand, rds-db:connect, ssm:StartSession, appstream:CreateAppBlockBuilderStreamingURL and N more",
		"entitlement admin-30m: lets others in by policies of resources, which outlives a revoke: ec2:ModifySnapshotAttribute, kms:CreateGrant, kms:PutKeyPolicy, lambda:AddPermission, s3:PutBucketPolicy and N more",
		"entitlement admin-30m: changes who may assume a role, or what principals may do, which outlives a revoke: eks:CreateAccessEntry, iam:AttachRolePolicy, iam:CreateRole, iam:PutRolePolicy, iam:UpdateAssumeRolePolicy and N more",
		"entitlement agent-job: binding weak: every caller that may assume the role can choose the session name",
		"entitlement agent-job: makes or reads credentials that work without the grant, which outlives a revoke: secretsmanager:GetSecretValue",
		"entitlement agent-secret: binding weak: every caller that may assume the role can choose the session name",
		"entitlement agent-secret: makes or reads credentials that work without the grant, which outlives a revoke: secretsmanager:GetSecretValue",
		"entitlement backup-job: session none: every session of the principal has the privilege",
		"entitlement backup-run: session none: every session of the principal has the privilege",
		"entitlement backup-run: a machine may hold it for 4h without a heartbeat",
		"entitlement canary: session none: every session of the principal has the privilege",
		"entitlement rotation-job: session none: every session of the principal has the privilege",
		"trigger rotation: is started by unconfirmed events: see events/README.md",
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWarningsOfWildcards(t *testing.T) {
	files := smallCatalog()
	files[entitlementFile] = strings.NewReplacer(
		"approval: {need: 1, of: [\"group:leads\"], within: 1h}\n", "",
		`"s3:GetObject"`, `"pricing:*"`,
	).Replace(files[entitlementFile])
	broad := files[entitlementFile]
	for review, why := range map[string]string{
		"":       "allows whole services or more, without approval and without review: consider review: always",
		"never":  "allows whole services or more, without approval and without review: consider review: always",
		"always": "allows whole services or more, without approval", "findings": "allows whole services or more, without approval",
	} {
		files[entitlementFile] = withReview(broad, review)
		got := load(t, files).Warnings(time.Unix(1_795_428_000, 0))
		if want := (Warning{"entitlement read", why}); len(got) != 1 || got[0] != want {
			t.Errorf("review %q: warnings = %v, want %v", review, got, want)
		}
	}
}

// A session that has the machine's source identity as its name kept a heartbeat-bound elevation alive: lint says so.
func TestWarningOfHeartbeatsOfASourceIdentity(t *testing.T) {
	for requesters, want := range map[string]bool{"group:engineers": false, "group:runners": true} {
		files := smallCatalog()
		delete(files, "tests.yaml")
		files[entitlementFile] = strings.NewReplacer(
			"session: userid", "session: sourceIdentity", "group:engineers", requesters,
			"approval: {need: 1, of: [\"group:leads\"], within: 1h}\n", "",
		).Replace(files[entitlementFile])
		got := slices.ContainsFunc(load(t, files).Warnings(time.Unix(1_795_428_000, 0)), func(w Warning) bool {
			return strings.Contains(w.Why, "must send the heartbeat")
		})
		if got != want {
			t.Errorf("for %s: warned %v, want %v", requesters, got, want)
		}
	}
}

// withReview returns an entitlement's file with a review, or without.
func withReview(file, review string) string {
	switch review {
	case "":
		return file
	case "never":
		return file + "review: never\n"
	}
	return file + "review: " + review + "\nreviewers: [\"group:leads\"]\n"
}

// TestReviewIsReadAndCompared: fewer reviews are wider.
func TestReviewIsReadAndCompared(t *testing.T) {
	of := func(review string) *Catalog {
		files := smallCatalog()
		files[entitlementFile] = withReview(files[entitlementFile], review)
		return load(t, files)
	}
	for review, want := range map[string]access.ReviewRule{"": access.ReviewNever, "never": access.ReviewNever, "findings": access.ReviewFindings, "always": access.ReviewAlways} {
		e := of(review).Entitlements()[0]
		if e.Review != want || (len(e.Reviewers) > 0) != (want != access.ReviewNever) {
			t.Errorf("review %q: %q by %v, want %q", review, e.Review, e.Reviewers, want)
		}
	}
	if of("").Hash() != of("never").Hash() {
		t.Error("the default is another catalog")
	}
	for _, c := range []struct{ was, is, want string }{
		{"never", "findings", "entitlement read: narrowed: review: findings, was never"}, {"findings", "always", "entitlement read: narrowed: review: always, was findings"},
		{"always", "findings", "entitlement read: widened: review: findings, was always"}, {"findings", "never", "entitlement read: widened: review: never, was findings"},
	} {
		var got []string
		for _, d := range Diff(of(c.was), of(c.is)) {
			got = append(got, d.String())
		}
		if !slices.Contains(got, c.want) {
			t.Errorf("%s to %s: %q, want %q", c.was, c.is, got, c.want)
		}
	}
}

func FuzzEntitlement(f *testing.F) {
	f.Add(smallCatalog()[entitlementFile])
	for _, b := range badCatalogs() {
		if b.file == entitlementFile && len(b.new) < 1000 {
			f.Add(b.files()[entitlementFile])
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := smallCatalog()
		files[entitlementFile] = text
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

func TestTheReadmeKnowsEverything(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(b)
	wanted := append(entitlementFields(), triggerFields()...)
	for _, p := range iampolicy.ParameterTypes() {
		wanted = append(wanted, string(p))
	}
	for _, p := range load(t, smallCatalog()).policies {
		if strings.HasPrefix(p.ID, reserved) {
			wanted = append(wanted, p.ID)
		}
	}
	for _, word := range wanted {
		if !strings.Contains(readme, "`"+word+"`") {
			t.Errorf("README.md does not speak of %s", word)
		}
	}
	example, err := fs.ReadFile(Example(), "entitlements/admin-30m.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shown, _, _ := strings.Cut(readme[strings.Index(readme, "about: "):], "```")
	if got := withoutComments(string(example)); got != shown {
		t.Errorf("the example is\n%s\nand README.md shows\n%s", got, shown)
	}
	trigger, err := fs.ReadFile(Example(), "triggers/nightly-backup.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := withoutComments(string(trigger)); !strings.Contains(readme, "```yaml\n"+got+"```") {
		t.Errorf("README.md does not show the trigger\n%s", got)
	}
}

func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestWarningOfAHeartbeatThatOnlyTheSessionThatAskedCanSend(t *testing.T) {
	files := smallCatalog()
	files[entitlementFile] = strings.NewReplacer(`["group:engineers"]`, `["group:engineers", "group:runners"]`, "session: userid", "session: sourceIdentity", "of: [\"group:leads\"]", "of: [\"group:operators\"]").Replace(files[entitlementFile])
	got := load(t, files).Warnings(time.Unix(1_795_428_000, 0))
	if !slices.ContainsFunc(got, func(w Warning) bool {
		return strings.Contains(w.Why, "a session of the requester, with the name that asked, must send the heartbeat")
	}) {
		t.Errorf("warnings = %v", got)
	}
}
