package standing

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"curfew/events"
	"curfew/shared/authdetails"
	"curfew/shared/catalog"
	"curfew/shared/iampolicy"
)

func planFor(t testing.TB, d *authdetails.Details, name string, o Options) *Plan {
	t.Helper()
	o.Now = now
	for _, p := range d.Principals {
		if p.Name == name {
			return NewPlanner(d, o).Plan(p)
		}
	}
	t.Fatal("no " + name)
	return nil
}

// lints loads a catalog with the plan's files.
func lints(t testing.TB, p *Plan) *catalog.Catalog {
	t.Helper()
	machines := ""
	if _, more, has := strings.Cut(p.Identities, "machines:\n"); has {
		machines, _, _ = strings.Cut(more, "\ngroups:")
		machines = "machines:\n" + machines + "\n"
	}
	fsys := fstest.MapFS{
		"identities.yaml": {Data: []byte("claims: {session: preferred_username, groups: groups}\noperators: [\"group:operators\"]\ngroups: [platform, engineers, leads, operators, jobs]\n" +
			"principals: [" + quoted(p.Principal) + "]\n" + machines)},
		"entitlements/" + p.Name + ".yaml": {Data: []byte(p.Entitlement)},
	}
	if p.Trigger != "" {
		fsys["triggers/"+p.Name+".yaml"] = &fstest.MapFile{Data: []byte(p.Trigger)}
	}
	c, err := catalog.Load(fsys)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, p.Entitlement, p.Trigger)
	}
	return c
}

// after are the policies of a principal when the plan is done.
func after(t testing.TB, d *authdetails.Details, p *Plan) []*iampolicy.Document {
	t.Helper()
	var docs []*iampolicy.Document
	for _, n := range d.Principals[0].Policies.Identity {
		if !slices.ContainsFunc(p.TakeOff, func(off TakeOff) bool { return off.Policy == n.Name }) {
			docs = append(docs, n.Document)
		}
	}
	if p.Standing != "" {
		rest, err := iampolicy.Parse([]byte(p.Standing))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, rest)
	}
	return docs
}

// Each plan lints, leaves no privilege, and moves all of it to the entitlement.
func TestPlansMoveAllPrivilege(t *testing.T) {
	for _, c := range []struct {
		role
		kept, dropped string // actions of the smaller policy, and not
	}{
		{role{name: "admin", attached: []string{adminPolicy}}, "", "s3:GetObject"},
		{role{name: "exact", policies: map[string]string{"p": allow("s3:GetObject s3:DeleteBucket", "arn:aws:s3:::b")}}, "s3:GetObject", "s3:DeleteBucket"},
		{role{name: "service", policies: map[string]string{"p": allow("s3:* ec2:Describe*", "*"), "other": allow("sqs:SendMessage", "*")}}, "s3:GetObject s3:ListBucket ec2:DescribeInstances sqs:SendMessage", "s3:PutBucketPolicy s3:DeleteObject"},
		{role{name: "power", attached: []string{"arn:aws:iam::" + home + ":policy/most"}}, "", "iam:CreateUser"},
		{role{name: "denies", policies: map[string]string{"p": allow("kms:*", "*") + `,{"Effect":"Deny","Action":"kms:DisableKey","Resource":"*"}`}}, "kms:ListKeys", "kms:DisableKey"},
		{role{name: "condition", policies: map[string]string{"p": `{"Effect":"Allow","Action":["iam:PassRole","iam:GetRole"],"Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":["ecs.amazonaws.com","x"]},"Bool":{"aws:SecureTransport":true}}}`}}, "iam:GetRole", "iam:PassRole"},
		{role{name: "old-words", policies: map[string]string{"p": allow("iam:CreateUser iam:NoSuchThing", "*")}}, "iam:NoSuchThing", "iam:CreateUser"},
		{role{name: "Näme\u202e", policies: map[string]string{"p": allow("iam:CreateUser", "*")}}, "", "iam:CreateUser"},
		{role{name: "person", trust: trusts(`{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"}`, ""), policies: map[string]string{"p": allow("iam:CreateUser", "*")}}, "", "iam:CreateUser"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := details(t, []role{c.role})
			p := planFor(t, d, c.name, Options{})
			if p.Why != "" {
				t.Fatal(p.Why)
			}
			if strings.HasPrefix(c.name, "N") { // no name of IAM's: it is only escaped
				return
			}
			e, _ := lints(t, p).Entitlement(p.Name)
			rest := after(t, d, p)
			granted, err := iampolicy.Parse(bytes.Clone(e.Policy))
			if err != nil {
				t.Fatal(err)
			}
			before, _ := newReader(&Options{}).reached(d.Principals[0])
			for _, action := range actionsOf(before) {
				if iampolicy.Reaches(action, rest...) {
					t.Errorf("%s is still standing", action)
				}
				if !iampolicy.Reaches(action, granted) {
					t.Errorf("%s is lost", action)
				}
			}
			for action := range strings.FieldsSeq(c.kept) {
				if !iampolicy.Reaches(action, rest...) {
					t.Errorf("%s is not kept: %s", action, p.Standing)
				}
			}
			for action := range strings.FieldsSeq(c.dropped) {
				if iampolicy.Reaches(action, rest...) {
					t.Errorf("%s is kept: %s", action, p.Standing)
				}
			}
		})
	}
}

func TestNoPlanSaysWhy(t *testing.T) {
	for _, c := range []struct {
		role
		why string
	}{
		{role{name: "AWSReservedSSO_Admin_0123", path: "/aws-reserved/sso.amazonaws.com/", attached: []string{adminPolicy}}, "permission set"},
		{role{name: "missing", attached: []string{"arn:aws:iam::" + home + ":policy/gone"}}, "not all known"},
		{role{name: "plain", policies: map[string]string{"p": allow("s3:GetObject", "*")}}, "no privileged action"},
		{role{name: "fenced", policies: map[string]string{"p": `{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*","Condition":{"StringLike":{"aws:userid":"x"}}}`}}, "aws:userid"},
		{role{name: "literal", policies: map[string]string{"p": "OLD" + allow("iam:CreateUser", "arn:aws:iam::111122223333:user/${aws:username}")}}, "its version makes ${ a text"},
		{role{name: "braces", policies: map[string]string{"p": allow("iam:CreateUser", "arn:aws:iam::111122223333:user/{{a}}")}}, "{{"},
	} {
		p := planFor(t, details(t, []role{c.role}), c.name, Options{})
		if !strings.Contains(p.Why, c.why) || p.Entitlement != "" || len(p.TakeOff) != 0 && p.Standing == "" {
			t.Errorf("%s: %q", c.name, p.Why)
		}
	}
}

func TestCompressAddsNothing(t *testing.T) {
	stay := []string{"s3:GetObject", "s3:GetObjectAcl", "s3:ListAllMyBuckets", "ec2:AcceptAddressTransfer"}
	for _, a := range matching("sqs:*") {
		if a != "sqs:AddPermission" && a != "sqs:ListQueueTags" {
			stay = append(stay, a)
		}
	}
	short := compress(slices.Clone(stay))
	var covered []string
	for _, pattern := range short {
		covered = append(covered, matching(pattern)...)
	}
	slices.Sort(covered)
	slices.Sort(stay)
	if !slices.Equal(covered, stay) || len(short) >= len(stay) || !slices.Contains(short, "sqs:Delete*") {
		t.Errorf("%v", short)
	}
}

func TestLargePoliciesSayHowToBeSplit(t *testing.T) {
	for n, want := range map[int]string{300: "split it into managed ones", 1500: "more than ten managed policies hold"} {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("arn:aws:s3:::a-bucket-with-a-long-name-%d-of-many/some/path/*", i))
		}
		text := `{"Effect":"Allow","Action":["s3:GetObject","s3:PutBucketPolicy"],"Resource":["` + strings.Join(all, `","`) + `"]}`
		p := planFor(t, details(t, []role{{name: "large", policies: map[string]string{"p": text}}}), "large", Options{})
		if !strings.Contains(strings.Join(p.Notes, " "), want) {
			t.Errorf("%d: %v %s", n, p.Notes, p.Why)
		}
	}
}

func TestTakeOffSaysHow(t *testing.T) {
	r := role{name: "r", attached: []string{adminPolicy}, policies: map[string]string{"own": allow("iam:CreateUser", "*"), "fine": allow("s3:GetObject", "*")}}
	p := planFor(t, details(t, []role{r}), "r", Options{})
	says := map[string]string{}
	for _, off := range p.TakeOff {
		says[off.Policy] = off.How
	}
	if len(says) != 2 || !strings.HasPrefix(says[adminPolicy], "detach") || !strings.HasPrefix(says["own"], "delete the inline") {
		t.Errorf("%v", says)
	}
}

// random makes statements of patterns that mean much.
func random(r *rand.Rand) string {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	var statements []string
	for range 1 + r.IntN(4) {
		var actions []string
		for range 1 + r.IntN(4) {
			actions = append(actions, `"`+pick("*", "iam:*", "s3:*", "s3:Get*", "ec2:*Snapshot*", "iam:?ass*", "kms:Decrypt", "secretsmanager:GetSecretValue", "logs:*", "lambda:Update*", "sts:AssumeRole", "dynamodb:GetItem", "sqs:*", "iam:NoSuchThing")+`"`)
		}
		effect, of, on := pick("Allow", "Allow", "Allow", "Deny"), pick("Action", "Action", "Action", "NotAction"), pick("Resource", "Resource", "NotResource")
		condition := pick("", "", `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`, `,"Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1"]},"Null":{"aws:PrincipalTag/x":"false"}}`)
		statements = append(statements, fmt.Sprintf(`{"Effect":%q,%q:[%s],%q:%q%s}`, effect, of, strings.Join(actions, ","), on, pick("*", "arn:aws:s3:::b/*", "arn:aws:iam::111122223333:role/x"), condition))
	}
	return strings.Join(statements, ",")
}

// Of any policies: no privilege stays, none is lost, and nothing is added.
func TestRandomPoliciesLoseTheirPrivilegeAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	planned, all := 0, matching("*")
	for range 24 {
		d := details(t, []role{{name: "random", policies: map[string]string{"a": random(r), "b": random(r)}}})
		o := Options{}
		if r.IntN(2) == 0 {
			o.Used = map[string]*Usage{idOf("random"): {From: now.Add(-300 * day), To: now, Calls: []Used{{"s3:ListAllMyBuckets", "", 1}, {"iam:CreateUser", "", 1}}}}
		}
		p := planFor(t, d, "random", o)
		if p.Why != "" {
			continue
		}
		planned++
		before, rest := newReader(&o).own(d.Principals[0]), after(t, d, p)
		had, _ := newReader(&o).reached(d.Principals[0])
		c := lints(t, p)
		e, _ := c.Entitlement(p.Name)
		granted, err := iampolicy.Parse(e.Policy)
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range actionsOf(had) {
			if iampolicy.Reaches(action, rest...) || !iampolicy.Reaches(action, append(slices.Clone(rest), granted)...) {
				t.Fatalf("%s is still standing, or lost: %s\n%s", action, p.Standing, p.Entitlement)
			}
		}
		for i, action := range all {
			if i%11 == 0 && iampolicy.Reaches(action, append(slices.Clone(rest), granted)...) && !iampolicy.Reaches(action, before...) {
				t.Fatalf("%s is added: %s\n%s", action, p.Standing, p.Entitlement)
			}
		}
	}
	if planned < 12 {
		t.Errorf("only %d of 24 had a plan", planned)
	}
}

// What was recorded decides what a wildcard leaves: used and unobservable actions stay.
func TestRecordedUseStays(t *testing.T) {
	d := details(t, []role{{name: "worker", policies: map[string]string{"p": allow("*", "*")}}})
	used := recorded(t, d, record("worker", "DescribeInstances", "ec2", now.Add(-200*day), 1), record("worker", "CreateUser", "iam", now, 2),
		record("worker", "ListBuckets", "s3", now, 3), record("worker", "CreateUser", "iam", now, 4))
	p := planFor(t, d, "worker", Options{Used: used})
	lints(t, p)
	rest := after(t, d, p)
	for action, want := range map[string]bool{"ec2:DescribeInstances": true, "s3:ListAllMyBuckets": true, "s3:GetObject": true, "ec2:DescribeVpcs": false, "dynamodb:GetItem": false, "iam:CreateUser": false} {
		if iampolicy.Reaches(action, rest...) != want {
			t.Errorf("%s: %v", action, !want)
		}
	}
	r := p.Recorded
	if r.Calls != 4 || r.Allowed != 2 || r.Refused != 2 || r.Lost != 0 || r.Open != 0 || len(r.Which) != 1 || r.Which[0].Action != "iam:CreateUser" || p.Dropped < 1000 {
		t.Errorf("%+v, dropped %d", r, p.Dropped)
	}
}

// What only a grant allowed needs an elevation today too: the plan refuses nothing more.
func TestCallsOfGrantsAreNotRefusedByThePlan(t *testing.T) {
	d := details(t, []role{{name: "worker", policies: map[string]string{"curfew-01k6y3m1x8q2v4t6w8y0a2c4e6": allow("iam:CreateUser", "*"), "own": allow("iam:PassRole", "*")}}})
	p := planFor(t, d, "worker", Options{Used: recorded(t, d, record("worker", "CreateUser", "iam", now, 1))})
	if p.Recorded.Calls != 0 || len(p.TakeOff) != 1 || p.TakeOff[0].Policy != "own" {
		t.Errorf("%+v", p)
	}
}

// runs are events of a Step Functions execution or AWS Backup job, from the examples, with other times.
func runs(t testing.TB, start, end string, replace ...string) string {
	t.Helper()
	var b strings.Builder
	for i, at := range []time.Time{now.Add(-3 * day), now.Add(-2 * day), now.Add(-day), now.Add(-12 * time.Hour)} {
		for name, from := range map[string]time.Time{start: at, end: at.Add(20 * time.Minute)} {
			raw, err := events.Example(name)
			if err != nil {
				t.Fatal(err)
			}
			text := string(raw)
			for j := 0; j < len(replace); j += 2 {
				text = strings.ReplaceAll(text, replace[j], replace[j+1])
			}
			text = strings.NewReplacer("ID-OF-RUN", fmt.Sprintf("run-%d", i), "TIME", from.Format(time.RFC3339)).Replace(text)
			var line bytes.Buffer
			for f := range strings.Lines(text) {
				line.WriteString(strings.TrimSpace(f))
			}
			b.WriteString(line.String() + "\n")
		}
	}
	return b.String()
}

func backupRuns(t testing.TB) []Run {
	t.Helper()
	text := runs(t, "backup-job-running", "backup-job-completed", "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945", "ID-OF-RUN",
		"2026-08-06T02:00:04.152Z", "TIME", "2026-08-06T02:40:05.921Z", "TIME")
	all, others, err := ReadRuns(strings.NewReader(text + "\n{\"not\": \"an event\"}\n"))
	if err != nil || others != 1 || len(all) != 8 {
		t.Fatalf("%d runs, %d others, %v\n%s", len(all), others, err, text)
	}
	return all
}

func TestTriggerFollowsTheJob(t *testing.T) {
	jobs := backupRuns(t)
	d := details(t, []role{{name: "backup-runner", trust: trusts(`{"Service":"backup.amazonaws.com"}`, ""), policies: map[string]string{"p": allow("ec2:DeleteSnapshot ec2:DescribeSnapshots", "*")}}})
	inside := []string{record("backup-runner", "DescribeSnapshots", "ec2", now.Add(-200*day), 99)}
	for i, r := range jobs {
		if r.Signal.State == events.Started {
			inside = append(inside, record("backup-runner", "DeleteSnapshot", "ec2", r.Signal.At.Add(5*time.Minute), i))
		}
	}
	outside := record("backup-runner", "DeleteSnapshot", "ec2", now.Add(-50*day), 1000)
	p := planFor(t, d, "backup-runner", Options{Used: recorded(t, d, inside...), Jobs: jobs})
	if p.Trigger == "" {
		t.Fatal(p.NoTrigger)
	}
	c := lints(t, p)
	if tr := c.Triggers(); len(tr) != 1 || tr[0].PrincipalAt != "detail.iamRoleArn" || tr[0].Max != 30*time.Minute {
		t.Errorf("%+v", tr)
	}
	if !strings.HasPrefix(p.Evidence, "4 of 4 privileged calls") {
		t.Error(p.Evidence)
	}
	for name, x := range map[string]struct {
		o    Options
		want string
	}{
		"a call outside": {Options{Used: recorded(t, d, append(inside, outside)...), Jobs: jobs}, "4 of 5 privileged calls"},
		"no events":      {Options{Used: recorded(t, d, inside...)}, "no events of jobs"},
		"no records":     {Options{Jobs: jobs}, "no CloudTrail records"},
		"two runs":       {Options{Used: recorded(t, d, inside[:3]...), Jobs: jobs}, "2 runs, and 3 are needed"},
		"always runs":    {Options{Used: recorded(t, d, inside[1:]...), Jobs: append(longRun(jobs), jobs...)}, "cover more than 50 %"},
		"another's job":  {Options{Used: recorded(t, d, inside...), Jobs: ofRole(jobs, arnOf("other"))}, "no job in the events"},
	} {
		if p := planFor(t, d, "backup-runner", x.o); p.Trigger != "" || !strings.Contains(p.NoTrigger, x.want) {
			t.Errorf("%s: %q", name, p.NoTrigger)
		}
	}
}

func TestNoTriggerForServicesWhoseEventsNoneReads(t *testing.T) {
	d := details(t, []role{{name: "etl", trust: trusts(`{"Service":"glue.amazonaws.com"}`, ""), policies: map[string]string{"p": allow("iam:CreateUser", "*")}}})
	p := planFor(t, d, "etl", Options{Used: recorded(t, d, record("etl", "CreateUser", "iam", now, 1)), Jobs: ofRole(backupRuns(t), arnOf("other"))})
	if !strings.Contains(p.NoTrigger, "no trigger reads the events of Glue") {
		t.Error(p.NoTrigger)
	}
}

func ofRole(jobs []Run, role string) []Run {
	all := slices.Clone(jobs)
	for i := range all {
		all[i].Signal.Role = role
	}
	return all
}

// longRun is one more job, of four days.
func longRun(jobs []Run) []Run {
	all := slices.Clone(jobs[:2])
	for i := range all {
		all[i].Signal.Task.ID = "long"
		all[i].Signal.At = now.Add(-4 * day)
		if all[i].Signal.State == events.Ended {
			all[i].Signal.At = now
		}
	}
	return all
}

func TestReadRunsRefusesLongLines(t *testing.T) {
	if _, _, err := ReadRuns(strings.NewReader(strings.Repeat("x", events.MaxSize+10))); err == nil {
		t.Error("a line longer than an event is read")
	}
}

// Other services name the job in other ways. Events of workflows and tasks name no role: their runs count by time alone.
func TestTriggersOfOtherJobs(t *testing.T) {
	for _, c := range []struct{ role, start, end, source string }{
		{"reindex", "batch-job-running", "batch-job-succeeded", "aws.batch"},
		{"summarizer", "states-execution-running", "states-execution-succeeded", "aws.states"},
		{"importer", "ecs-task-running", "ecs-task-stopped", "aws.ecs"},
	} {
		t.Run(c.role, func(t *testing.T) {
			one, _, err := ReadRuns(strings.NewReader(runs(t, c.start, c.end)))
			if err != nil || len(one) != 8 {
				t.Fatalf("%d, %v", len(one), err)
			}
			d := details(t, []role{{name: c.role, policies: map[string]string{"p": allow("iam:CreateUser", "*")}}})
			var records []string
			for i := range one { // the examples have one task and time: each pair gets its own
				at := now.Add(-time.Duration(i/2) * day)
				one[i].Signal.At, one[i].Signal.Task.ID = at, fmt.Sprint(i/2)
				one[i].Signal.State = events.Started
				if i%2 == 1 {
					one[i].Signal.At, one[i].Signal.State = at.Add(10*time.Minute), events.Ended
					continue
				}
				records = append(records, record(c.role, "CreateUser", "iam", at.Add(time.Minute), i))
			}
			start := slices.IndexFunc(one, func(r Run) bool { return r.Signal.Role != "" || r.Source != "aws.batch" })
			for i := range one {
				one[i].Signal.Role, one[i].Signal.Resource = one[start].Signal.Role, one[start].Signal.Resource
			}
			p := planFor(t, d, c.role, Options{Used: recorded(t, d, records...), Jobs: one})
			if p.Trigger == "" {
				t.Fatal(p.NoTrigger)
			}
			for i := range one {
				if one[i].Signal.State == events.Started {
					one[i].Signal.Resource = ""
				}
			}
			if p := planFor(t, d, c.role, Options{Used: recorded(t, d, records...), Jobs: one}); p.Trigger != "" {
				t.Errorf("an event without its definition fits every job:\n%s", p.Trigger)
			}
			if tr := lints(t, p).Triggers(); !strings.Contains(string(tr[0].Start), c.source) {
				t.Errorf("%s", tr[0].Start)
			}
		})
	}
}
