package command_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/command"
	"curfew/shared/trail"
	"curfew/shared/trail/trailtest"
)

// trailFolder is a folder of records of a synthetic day, its elevations and the details of its account.
type trailFolder struct {
	*shell
	t       *testing.T
	dir     string
	details []*client.Detail
	truth   map[trail.Right]int64
}

// newTrailFolder writes records in each form: a file of CloudTrail's, one of JSON lines, with 50 records in both.
func newTrailFolder(t *testing.T) *trailFolder {
	t.Helper()
	day, err := trailtest.NewDay(0, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	f := &trailFolder{newShell(t), t, t.TempDir(), nil, map[trail.Right]int64{}}
	var zipped, lines bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	fmt.Fprint(zip, `{"Records":[`)
	n := 0
	for text, truth := range day.Records(400) {
		f.truth[truth.Right]++
		if n < 250 {
			fmt.Fprintf(zip, "%s%s", map[bool]string{true: ","}[n > 0], text)
		}
		if n >= 200 {
			fmt.Fprintf(&lines, "%s\n", text)
		}
		n++
	}
	fmt.Fprint(zip, `]}`)
	zip.Close()
	f.write("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/29/111122223333_CloudTrail_eu-west-1_20261129T1000Z_a.json.gz", zipped.Bytes())
	f.write("AWSLogs/more.jsonl", lines.Bytes())
	f.write("AWSLogs/README.txt", []byte("not read"))
	f.addElevations(day)
	f.addDetails(day)
	return f
}

func (f *trailFolder) addElevations(day *trailtest.Day) {
	var all bytes.Buffer
	for i, g := range day.Grants {
		_, session, _ := strings.Cut(g.UserID, ":")
		kind, task, _ := strings.Cut(g.Task, "/")
		d := &client.Detail{Elevation: client.Elevation{ID: g.Elevation, State: "ended", Entitlement: "orders", Principal: "arn:aws:iam::111122223333:role/team/" + g.Elevation[3:13], PrincipalID: g.PrincipalID,
			Account: g.Account, Task: client.Task{Kind: kind, ID: task}, Session: &client.Session{Bind: "userid", Value: session}, GrantedAt: g.From, Deadline: g.Deadline, EndedAt: g.Deadline}}
		d.Receipt = &client.Receipt{GoneAt: g.Deadline}
		for _, p := range g.Documents {
			d.Terms.Policies = append(d.Terms.Policies, json.RawMessage(p))
		}
		f.details = append(f.details, d)
		one, err := json.MarshalIndent(d, "", map[bool]string{true: "  "}[i%2 == 0])
		if err != nil {
			f.t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s\n", one)
	}
	fmt.Fprintln(&all, `{"id":"never-granted","state":"denied","terms":{"policies":[]}}`)
	f.write("elevations.json", all.Bytes())
}

func (f *trailFolder) addDetails(day *trailtest.Day) {
	type object = map[string]any
	var roles []object
	for i, b := range day.Baselines {
		var tags []object
		if i == 0 {
			tags = []object{{"Key": "curfew:managed", "Value": "true"}}
		}
		policies := []object{{"PolicyName": "curfew-01k6y3m1x8q2v4t6w8y0a2c4e0", "PolicyDocument": json.RawMessage(policy)}}
		for _, p := range b.Policies.Identity {
			policies = append(policies, object{"PolicyName": p.Name, "PolicyDocument": json.RawMessage(p.Document.Bytes())})
		}
		roles = append(roles, object{"Arn": fmt.Sprintf("arn:aws:iam::111122223333:role/team/marked-%03d", i), "RoleId": b.PrincipalID, "Tags": tags, "RolePolicyList": policies})
	}
	b, err := json.Marshal(object{"RoleDetailList": roles})
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("details.json", b)
}

func (f *trailFolder) write(name string, content []byte) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// tells runs a command line in which DIR stands for the folder.
func (f *trailFolder) tells(line string) result {
	f.t.Helper()
	var stdout, stderr bytes.Buffer
	code := command.Run(f.t.Context(), strings.Fields(strings.ReplaceAll(line, "DIR", f.dir)), command.Env{
		Stdin: strings.NewReader(f.stdin), Stdout: &stdout, Stderr: &stderr, ProgressTerminal: f.progress, ReadFile: os.ReadFile,
		Getenv: func(name string) string { return f.env[name] }, Now: time.Now, Transport: f.api,
	})
	clean := strings.NewReplacer(f.dir, "DIR").Replace
	return result{code: code, stdout: clean(stdout.String()), stderr: clean(stderr.String())}
}

func TestTrail(t *testing.T) {
	f := newTrailFolder(t)
	for name, line := range map[string]string{
		"trail":      "trail DIR/AWSLogs --elevations DIR/elevations.json --baseline DIR/details.json",
		"trail-json": "trail DIR/AWSLogs --elevations DIR/elevations.json --baseline DIR/details.json -o json",
	} {
		r := f.tells(line)
		golden(t, name, fmt.Sprintf("$ curfew %s\n%s[stderr] %s[exit %d]\n", line, r.stdout, r.stderr, r.code))
	}
	var got struct {
		Totals struct {
			Elevations int64 `json:"by_elevation"`
			Standing   int64 `json:"standing"`
			Unresolved int64 `json:"unresolved"`
		} `json:"totals"`
	}
	if err := json.Unmarshal([]byte(f.tells("trail DIR/AWSLogs --elevations DIR/elevations.json --baseline DIR/details.json -o json").stdout), &got); err != nil {
		t.Fatal(err)
	}
	if g := got.Totals; g.Elevations != f.truth[trail.ByElevation] || g.Standing != f.truth[trail.Standing] || g.Unresolved != f.truth[trail.Unresolved] {
		t.Errorf("counted %+v, the records were made as %v", g, f.truth)
	}
	whole := f.tells("trail DIR/AWSLogs --elevations DIR/elevations.json --baseline DIR/details.json")

	f.api.elevations = f.details
	asked := f.tells("trail DIR/AWSLogs --installation --baseline DIR/details.json")
	if asked.stdout != whole.stdout || asked.code != whole.code {
		t.Errorf("with --installation, exit %d:\n%s%s\nwith the same elevations in a file, exit %d:\n%s", asked.code, asked.stdout, asked.stderr, whole.code, whole.stdout)
	}
	f.progress = true
	if r := f.tells("trail DIR/AWSLogs --installation"); !strings.Contains(r.stderr, "looking [") || !strings.Contains(r.stderr, "attributing [") || !strings.Contains(r.stderr, "elevations: ") {
		t.Errorf("no progress was shown: %q", r.stderr)
	}
}

func TestTrailWithoutGapsExitsWithZero(t *testing.T) {
	f := newTrailFolder(t)
	f.stdin = `{"eventVersion":"1.11","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"eventTime":"2026-11-29T10:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","eventID":"a","recipientAccountId":"111122223333"}`
	r := f.tells("trail - --elevations DIR/elevations.json")
	if r.code != command.OK || r.stderr != "" || !strings.Contains(r.stdout, "1 by services of AWS") {
		t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
}

func TestTrailTellsWhatItCouldNotRead(t *testing.T) {
	f := newTrailFolder(t)
	f.write("bad/cut.json.gz", []byte("\x1f\x8b\x08\x00"))
	f.write("bad/digest.json", []byte(`{"digestStartTime":"2026-11-29T10:00:00Z","logFiles":[]}`))
	f.write("bad/text.json", []byte("hello\n"))
	r := f.tells("trail DIR/bad --elevations DIR/elevations.json")
	golden(t, "trail-unread", fmt.Sprintf("%s[stderr] %s[exit %d]\n", r.stdout, r.stderr, r.code))
}

func TestTrailRefusals(t *testing.T) {
	f := newTrailFolder(t)
	f.write("list.json", []byte(`{"id":"01k6y3m1x8q2v4t6w8y0a2c4e0","granted_at":"2026-11-29T10:00:00Z","deadline":"2026-11-29T11:00:00Z","principal_id":"AROAX"}`))
	f.write("unfenced.json", []byte(`{"id":"01k6y3m1x8q2v4t6w8y0a2c4e0","granted_at":"2026-11-29T10:00:00Z","deadline":"2026-11-29T11:00:00Z","principal_id":"AROAX","terms":{"policies":[`+policy+`]}}`))
	f.write("empty/nothing.txt", nil)
	for line, want := range map[string]string{
		"trail DIR/AWSLogs": "nothing to attribute to",
		"trail DIR/none --elevations DIR/elevations.json":         "no such file",
		"trail DIR/empty --elevations DIR/elevations.json":        "no file with records",
		"trail - --installation":                                  "save it to a file",
		"trail DIR/AWSLogs --elevations DIR/none.json":            "--elevations: ",
		"trail DIR/AWSLogs --elevations DIR/list.json":            "curfew list prints less",
		"trail DIR/AWSLogs --elevations DIR/unfenced.json":        "its policy",
		"trail DIR/AWSLogs --elevations DIR/AWSLogs/README.txt":   "no JSON at byte",
		"trail DIR/AWSLogs --baseline DIR/list.json":              "no details of an account",
		"trail DIR/AWSLogs --baseline DIR/AWSLogs/README.txt":     "no details of an account",
		"trail --elevations DIR/elevations.json":                  "at least 1 arg",
		"trail DIR/AWSLogs --elevations DIR/elevations.json -o x": "--output",
	} {
		if r := f.tells(line); r.code != command.Usage || !strings.Contains(r.stderr, want) || r.stdout != "" {
			t.Errorf("%s: exit %d, %q %q; want %q", line, r.code, r.stderr, r.stdout, want)
		}
	}
}

// A principal whose own policies are not all in the file is attributed all the same, and its calls that no grant allows are unresolved.
func TestTrailBaselineThatIsNotWholeIsNoted(t *testing.T) {
	f := newTrailFolder(t)
	b, err := os.ReadFile(filepath.Join(f.dir, "details.json"))
	if err != nil {
		t.Fatal(err)
	}
	f.write("details.json", bytes.Replace(b, []byte(`"RolePolicyList"`), []byte(`"AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}],"RolePolicyList"`), 1))
	r := f.tells("trail DIR/AWSLogs --elevations DIR/elevations.json --baseline DIR/details.json")
	if r.code != command.Unattributed || !strings.Contains(r.stdout, "marked-000 are not all known: policy arn:aws:iam::aws:policy/ReadOnlyAccess is not in the file") {
		t.Errorf("exit %d: %s", r.code, r.stdout)
	}
}
