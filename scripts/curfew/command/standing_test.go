package command_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/command"
	"curfew/shared/standing"
)

var standingNow = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// standingFiles are an account's inputs, in a folder.
type standingFiles string

const standingDetails = `{"RoleDetailList": [
 {"Arn": "arn:aws:iam::111122223333:role/deployer", "RoleName": "deployer", "RoleId": "AROADEPLOYEREXAMPLE1", "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
    "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}}]},
  "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]},
 {"Arn": "arn:aws:iam::111122223333:role/backup-runner", "RoleName": "backup-runner", "RoleId": "AROABACKUPEXAMPLE001", "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "backup.amazonaws.com"}}]},
  "RolePolicyList": [{"PolicyName": "jobs", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:*Snapshot*", "cloudtrail:StopLogging"], "Resource": "*"}]}}]},
 {"Arn": "arn:aws:iam::111122223333:role/evil\u001b[2J", "RoleName": "evil\u001b[2J", "RoleId": "AROAEVILEXAMPLE00001", "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]},
  "RolePolicyList": [{"PolicyName": "a\u001b[2J\nFAKE", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/x\u202e"}]}}]},
 {"Arn": "arn:aws:iam::111122223333:role/mystery", "RoleName": "mystery", "RoleId": "AROAMYSTERYEXAMPLE01", "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]},
  "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/not-here"}]}],
 "UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/ci", "UserName": "ci", "UserId": "AIDACIEXAMPLE0000001", "Path": "/", "CreateDate": "2024-01-01T00:00:00Z"}],
 "Policies": [{"Arn": "arn:aws:iam::aws:policy/AdministratorAccess", "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true,
  "Document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}]}`

const standingCredentials = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n" +
	"<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,true,true,2020-01-01T00:00:00+00:00,N/A,false,N/A,N/A\n" +
	"ci,arn:aws:iam::111122223333:user/ci,2024-01-01T00:00:00+00:00,false,N/A,false,true,2024-01-01T00:00:00+00:00,2026-10-30T00:00:00+00:00,false,N/A,N/A\n"

func backupRecord(name string, at time.Time, n int) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROABACKUPEXAMPLE001:s","arn":"arn:aws:sts::111122223333:assumed-role/backup-runner/s","accountId":"111122223333","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROABACKUPEXAMPLE001","arn":"arn:aws:iam::111122223333:role/backup-runner","accountId":"111122223333","userName":"backup-runner"}}},"eventTime":"%s","eventSource":"ec2.amazonaws.com","eventName":"%s","awsRegion":"eu-west-1","eventID":"00000000-0000-0000-0000-%012d","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`,
		at.Format(time.RFC3339), name, n) + "\n"
}

func newStandingFiles(t *testing.T) standingFiles {
	t.Helper()
	dir := standingFiles(t.TempDir())
	var records, events strings.Builder
	records.WriteString(backupRecord("DescribeSnapshots", standingNow.AddDate(0, 0, -200), 99))
	for day := range 4 {
		at := standingNow.AddDate(0, 0, -day-1)
		records.WriteString(backupRecord("DeleteSnapshot", at.Add(5*time.Minute), day))
		for state, from := range map[string]time.Time{"RUNNING": at, "COMPLETED": at.Add(20 * time.Minute)} {
			fmt.Fprintf(&events, `{"version":"0","id":"e1aedf47-0336-5ab6-a928-%012d","detail-type":"Backup Job State Change","source":"aws.backup","account":"111122223333","time":"%[2]s","region":"eu-west-1","resources":[],"detail":{"backupJobId":"job-%[1]d","iamRoleArn":"arn:aws:iam::111122223333:role/backup-runner","resourceArn":"arn:aws:ec2:eu-west-1:111122223333:volume/vol-0a1b2c3d4e5f60718","state":"%[3]s","creationDate":"%[4]s","completionDate":"%[2]s"}}`+"\n",
				day, from.Format(time.RFC3339), state, at.Format(time.RFC3339))
		}
	}
	old := standing.Report{Format: standing.Format, At: standingNow.AddDate(0, -1, 0), Score: 20, Points: 100, Entries: []*standing.Entry{
		{Principal: "arn:aws:iam::111122223333:role/gone", ID: "AROAGONE", Admin: "all", Score: 90}, {Principal: "arn:aws:iam::111122223333:role/deployer", ID: "AROADEPLOYEREXAMPLE1", Admin: "all", Score: 10}}}
	report, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"details.json": standingDetails, "credentials.csv": standingCredentials, "records.jsonl": records.String(), "events.jsonl": events.String(), "old.json": string(report),
		"empty.json": `{"RoleDetailList": []}`, "empty-trail.json": `{"Records": []}`, "harmless.json": `{"UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/ana", "UserName": "ana", "UserId": "AIDAANAEXAMPLE000001", "Path": "/"}]}`,
		"scps.json": `{"111122223333": [[{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}]]}`,
	} {
		if err := os.WriteFile(filepath.Join(string(dir), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs one line; words that name a file of the folder become its path.
func (dir standingFiles) run(t *testing.T, line string) result {
	t.Helper()
	args := []string{"standing"}
	for _, w := range strings.Fields(line) {
		if path := filepath.Join(string(dir), w); !strings.HasPrefix(w, "-") && fileExists(path) {
			w = path
		}
		args = append(args, w)
	}
	var stdout, stderr bytes.Buffer
	code := command.Run(t.Context(), args, command.Env{
		Stdin: strings.NewReader(standingDetails), Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { return standingNow },
		Getenv: func(string) string { return "" }, ReadFile: os.ReadFile,
	})
	hide := strings.NewReplacer(string(dir)+"/", "")
	return result{code: code, stdout: hide.Replace(stdout.String()), stderr: hide.Replace(stderr.String())}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestStanding(t *testing.T) {
	dir := newStandingFiles(t)
	var b strings.Builder
	for _, line := range []string{
		"details.json", "details.json --credential-report credentials.csv --trail records.jsonl --since old.json", "details.json --scps scps.json",
		"details.json --trail records.jsonl --events events.jsonl --principal arn:aws:iam::111122223333:role/backup-runner",
		"details.json --principal arn:aws:iam::111122223333:role/deployer", "details.json --principal arn:aws:iam::111122223333:role/mystery", "empty.json", "harmless.json",
		"", "details.json --live", "details.json --state s", "no-such-file", "old.json", "details.json --since details.json", "details.json --principal no-such", "details.json --events old.json",
		"details.json --credential-report old.json", "details.json --scps old.json", "details.json --scps empty-trail.json", "details.json --trail no-such-file",
	} {
		r := dir.run(t, line)
		fmt.Fprintf(&b, "$ curfew standing %s\n%s", line, r.stdout)
		if r.stderr != "" {
			fmt.Fprintf(&b, "[stderr] %s", r.stderr)
		}
		fmt.Fprintf(&b, "[exit %d]\n\n", r.code)
	}
	golden(t, "standing", b.String())
}

func TestStandingAsJSON(t *testing.T) {
	dir := newStandingFiles(t)
	r := dir.run(t, "details.json -o json")
	report, err := standing.ReadReport([]byte(r.stdout))
	if err != nil || r.code != command.OK || len(report.Entries) != 5 {
		t.Fatalf("exit %d, %v: %s", r.code, err, r.stderr)
	}
	if again := dir.run(t, "- -o json"); again.stdout != r.stdout {
		t.Error("standard input gives another report")
	}
	if err := os.WriteFile(filepath.Join(string(dir), "now.json"), []byte(r.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := dir.run(t, "details.json --since now.json"); !strings.Contains(r.stdout, "score +0, points +0") || !strings.Contains(r.stdout, "Nothing changed") {
		t.Errorf("compared with itself: %s", r.stdout)
	}
	one := dir.run(t, "details.json -o json --principal arn:aws:iam::111122223333:role/deployer")
	var detail struct {
		Entry *standing.Entry
		Plan  *standing.Plan
	}
	if err := json.Unmarshal([]byte(one.stdout), &detail); err != nil || detail.Entry.Admin == "" || detail.Plan.Entitlement == "" {
		t.Errorf("%v: %s", err, one.stdout)
	}
}

// A spreadsheet runs what begins with some characters; a policy's author chose the names.
func TestStandingAsCSV(t *testing.T) {
	dir := newStandingFiles(t)
	r := dir.run(t, "details.json -o csv")
	rows, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
	if err != nil || r.code != command.OK || len(rows) != 6 || rows[0][0] != "score" || !strings.Contains(rows[1][2], ":role/") || rows[1][0] == "0" {
		t.Fatalf("exit %d, %v: %s%s", r.code, err, r.stdout, r.stderr)
	}
	if strings.ContainsAny(r.stdout, "\x1b\u202e") {
		t.Errorf("%q", r.stdout)
	}
	if r := dir.run(t, "details.json -o csv --principal arn:aws:iam::111122223333:role/deployer"); r.code != command.Usage || !strings.Contains(r.stderr, "csv") {
		t.Errorf("one principal: exit %d: %s", r.code, r.stderr)
	}
}

// A terminal obeys some characters: no line of the output has them.
func TestStandingEscapesHostileText(t *testing.T) {
	dir := newStandingFiles(t)
	for _, line := range []string{"details.json", "details.json -o wide", "details.json -o json", "details.json --principal arn:aws:iam::111122223333:role/evil\x1b[2J"} {
		r := dir.run(t, line)
		if r.code != command.OK || !strings.Contains(r.stdout, "evil") || strings.ContainsAny(r.stdout+r.stderr, "\x1b\u202e\r") || strings.Contains(r.stdout, "\nFAKE") {
			t.Errorf("%s: exit %d: %q%q", line, r.code, r.stdout, r.stderr)
		}
	}
}

// liveIAM is an account with one role.
func liveIAM(ask string) (int, string) {
	result := func(action, text string) (int, string) {
		return 200, "<R><" + action + "Result>" + text + "</" + action + "Result></R>"
	}
	_, form, _ := strings.Cut(ask, "Action=")
	action, _, _ := strings.Cut(form, "&")
	switch action {
	case "GetCallerIdentity":
		return result(action, "<Account>111122223333</Account>")
	case "GetAccountAuthorizationDetails":
		return result(action, `<RoleDetailList><member><Arn>arn:aws:iam::111122223333:role/power</Arn><RoleName>power</RoleName><RoleId>AROAPOWEREXAMPLE0001</RoleId><Path>/</Path><CreateDate>2024-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument><RolePolicyList><member><PolicyName>own</PolicyName><PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22iam%3ACreateUser%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D</PolicyDocument></member></RolePolicyList></member></RoleDetailList>`)
	case "GenerateCredentialReport":
		return result(action, "<State>COMPLETE</State>")
	case "GetCredentialReport":
		return 400, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>"
	}
	if strings.HasPrefix(ask, "AWSOrganizations") {
		return 400, `{"__type":"AccessDeniedException","Message":"not yours"}`
	}
	return 500, ""
}

// organization answers as Organizations does in the management account, or in the one with this id.
func organization(management string, unit string) answering {
	return func(ask string) (int, string) {
		target, body, is := strings.Cut(strings.TrimPrefix(ask, "AWSOrganizationsV20161128."), " ")
		at := func(id string) bool { return strings.Contains(body, `"`+id+`"`) }
		switch {
		case !is || !strings.HasPrefix(ask, "AWSOrganizations"):
			status, text := liveIAM(ask)
			if strings.Contains(ask, "GenerateCredentialReport") {
				status, text = 403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
			}
			return status, text
		case target == "DescribeOrganization" && management == "":
			return 400, `{"__type":"AWSOrganizationsNotInUseException"}`
		case target == "DescribeOrganization":
			return 200, `{"Organization":{"Id":"o-example","MasterAccountId":"` + management + `"}}`
		case target == "ListParents" && at("111122223333"):
			return 200, `{"Parents":[{"Id":"ou-one","Type":"ORGANIZATIONAL_UNIT"}]}`
		case target == "ListParents" && at("ou-one"):
			return 200, `{"Parents":[{"Id":"r-root","Type":"ROOT"}]}`
		case target == "ListPoliciesForTarget" && at("ou-one"):
			return 200, `{"Policies":[{"Id":"p-unit"}]}`
		case target == "ListPoliciesForTarget" && !at("NEXT"): // pages may be empty
			return 200, `{"Policies":[],"NextToken":"NEXT"}`
		case target == "ListPoliciesForTarget":
			return 200, `{"Policies":[{"Id":"p-full"}]}`
		case target == "DescribePolicy" && at("p-full"):
			return 200, `{"Policy":{"Content":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`
		case target == "DescribePolicy":
			return 200, `{"Policy":{"Content":"` + strings.ReplaceAll(unit, `"`, `\"`) + `"}}`
		}
		return 500, ""
	}
}

func TestStandingLiveReadsSCPs(t *testing.T) {
	const (
		only = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
		all  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	)
	file := filepath.Join(t.TempDir(), "scps.json")
	if err := os.WriteFile(file, []byte(`{"111122223333": [[`+only+`]]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		aws        answering
		args       []string
		privileged bool
		note       string
	}{
		"a unit refuses":         {organization("999988887777", only), nil, false, "service control policies are from Organizations: 2, on 3 levels"},
		"all levels allow":       {organization("999988887777", all), nil, true, "service control policies are from Organizations: 2, on 3 levels"},
		"the management account": {organization("111122223333", only), nil, true, "it is the management account"},
		"no organization":        {organization("", only), nil, true, "the account is in no organization"},
		"a damaged policy":       {organization("999988887777", "{"), nil, true, "Organizations did not give the service control policies: "},
		"a member's credentials": {func(ask string) (int, string) {
			if strings.HasPrefix(ask, "AWSOrganizationsV20161128.List") {
				return 400, `{"__type":"AccessDeniedException","Message":"not yours"}`
			}
			return organization("999988887777", only)(ask)
		}, nil, true, "--scps reads them from a file"},
		"a file": {func(ask string) (int, string) {
			if strings.HasPrefix(ask, "AWSOrganizations") {
				t.Errorf("%s is asked, and there is a file", ask)
			}
			return organization("999988887777", all)(ask)
		}, []string{"--scps", file}, false, "service control policies are of the file " + file},
	} {
		r := runAWS(t, x.aws, asRole, "", append([]string{"standing", "--live", "--last-accessed=false"}, x.args...)...)
		if r.code != command.OK || !strings.Contains(r.stdout, x.note) || strings.Contains(r.stdout, "role/power") != x.privileged {
			t.Errorf("%s: exit %d: %s%s", name, r.code, r.stdout, r.stderr)
		}
		if known := !strings.Contains(r.stdout, "the organization's policies are not known"); known == strings.Contains(x.note+r.stdout, "--scps reads") {
			t.Errorf("%s: %s", name, r.stdout)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestStandingLiveHasTheScoresOfCampaigns(t *testing.T) {
	var asked []string
	installation := func(campaigns func(state string) (int, string)) result {
		asked = nil
		both := roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "curfew.example.com" {
				return organization("", "").RoundTrip(r)
			}
			q := r.URL.Query()
			asked = append(asked, r.URL.Path+" "+q.Get("account")+" "+q.Get("state"))
			status, body := campaigns(q.Get("state"))
			header := http.Header{"Content-Type": {"application/json"}}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
		env := maps.Clone(asRole)
		env["CURFEW_ENDPOINT"], env["CURFEW_TOKEN"] = "https://curfew.example.com", "token"
		return runWith(t, both, env, "", "standing", "--live", "--last-accessed=false")
	}
	r := installation(func(state string) (int, string) {
		if state != "signed" {
			return 200, `{"items":[]}`
		}
		return 200, `{"items":[],"trends":[{"account":"999988887777","scores":[{"campaign":"2026-09","score":1}]},{"account":"111122223333","scores":[{"campaign":"2026-09","score":40},{"campaign":"2026-10","score":38}]}]}`
	})
	if want := "\nin campaigns: score 2026-09 40, 2026-10 38; now "; r.code != command.OK || !strings.Contains(r.stdout, want) {
		t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
	if want := []string{"/v1/campaigns 111122223333 open", "/v1/campaigns 111122223333 signed"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q", asked)
	}
	for want, answer := range map[string]func(string) (int, string){
		"there is no item of this account that you may see": func(string) (int, string) { return 200, `{"items":[]}` },
		"scores of campaigns are not known: ":               func(string) (int, string) { return 403, `{"title":"denied","status":403}` },
	} {
		if r := installation(answer); r.code != command.OK || !strings.Contains(r.stdout, want) || strings.Contains(r.stdout, "in campaigns") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
	}
}

func TestStandingLiveContinues(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	r := runAWS(t, liveIAM, asRole, "", "standing", "--live", "--state", state)
	if r.code != command.Denied || r.stdout != "" || !strings.Contains(r.stderr, "run the same command again") {
		t.Fatalf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
	var asked []string
	allowed := func(ask string) (int, string) {
		_, form, _ := strings.Cut(ask, "Action=")
		action, _, _ := strings.Cut(form, "&")
		asked = append(asked, action)
		switch action {
		case "GenerateCredentialReport":
			return 403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>"
		case "GenerateServiceLastAccessedDetails":
			return 200, "<R><GenerateServiceLastAccessedDetailsResult><JobId>98a765b4-3cde-2101-2345-example678f9</JobId></GenerateServiceLastAccessedDetailsResult></R>"
		case "GetServiceLastAccessedDetails":
			return 200, "<R><GetServiceLastAccessedDetailsResult><JobStatus>COMPLETED</JobStatus><JobCompletionDate>2026-11-01T12:00:00Z</JobCompletionDate><ServicesLastAccessed><member><ServiceNamespace>iam</ServiceNamespace></member></ServicesLastAccessed></GetServiceLastAccessedDetailsResult></R>"
		}
		return liveIAM(ask)
	}
	r = runAWS(t, allowed, asRole, "", "standing", "--live", "--state", state)
	if r.code != command.OK || !strings.Contains(r.stdout, "1 of 1 privileged actions, of those of which use is known, are unused") || slices.Contains(asked, "GetAccountAuthorizationDetails") {
		t.Errorf("exit %d: %s%s%v", r.code, r.stdout, r.stderr, asked)
	}
	if r := runAWS(t, allowed, asRole, "", "standing", "--live", "--state", "standing_test.go"); r.code != command.Usage || !strings.Contains(r.stderr, "not a state file") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	none := answering(func(string) (int, string) { return http.StatusForbidden, "" })
	if r := runAWS(t, none, nil, "", "standing", "--live"); r.code != command.Unauthenticated || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}

// Long work shows its progress: as a line that is rewritten, or as lines 10 seconds apart. Each look at the clock is 4 seconds later here.
func TestStandingShowsItsProgress(t *testing.T) {
	dir := newStandingFiles(t)
	run := func(ctx context.Context, terminal bool) result {
		var stdout, stderr bytes.Buffer
		at := standingNow
		code := command.Run(ctx, []string{"standing", filepath.Join(string(dir), "details.json")}, command.Env{
			Stdout: &stdout, Stderr: &stderr, ProgressTerminal: terminal, Now: func() time.Time { at = at.Add(4 * time.Second); return at },
			Getenv: func(string) string { return "" }, ReadFile: os.ReadFile,
		})
		return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
	}
	bar := run(t.Context(), true)
	if bar.code != command.OK || !strings.Contains(bar.stderr, "weighing principals [########............] 2 of 5") || !strings.HasSuffix(bar.stderr, "\r\x1b[K") {
		t.Errorf("exit %d: %q", bar.code, bar.stderr)
	}
	if lines := run(t.Context(), false); lines.code != command.OK || strings.Contains(lines.stderr, "\x1b") || strings.Count(lines.stderr, "\n") != 5 {
		t.Errorf("exit %d: %q", lines.code, lines.stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := run(ctx, false); r.code != command.Interrupted || r.stdout != "" {
		t.Errorf("interrupted: exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
}
