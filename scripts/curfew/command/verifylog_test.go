package command_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/command"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
)

const logOrigin = "curfew.example/log"

// logFolder is a folder with a log of one elevation and the log's key, in which command lines run.
type logFolder struct {
	*shell
	t    *testing.T
	log  *log.Log
	edge *log.Edge
	head evidence.Head
	vkey string

	transport http.RoundTripper // nil: that of the API
	columns   int               // of the terminal
}

func newLogFolder(t *testing.T) *logFolder {
	t.Helper()
	t.Chdir(t.TempDir())
	k := log.MemoryKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte("k"), 32)))
	f := &logFolder{shell: newShell(t), t: t, edge: log.NewEdge(),
		log: &log.Log{Origin: logOrigin, Objects: &log.Folder{Path: "log"}, Stage: &log.Folder{Path: "stage"}, Keys: []log.Key{k}}}
	var err error
	if f.vkey, err = log.VerifierKey(t.Context(), logOrigin, k); err != nil {
		t.Fatal(err)
	}
	f.write("log.vkey", "# the log of the example\n"+f.vkey+"\n")
	const digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of terms {}
	f.append(log.Entry{Keys: &log.Keys{Origin: logOrigin, Keys: []string{f.vkey}, At: at}},
		log.Entry{Row: &log.Row{Partition: "elevation#" + first, Sort: "terms", Version: 1, Body: `{}`}},
		log.Entry{Row: &log.Row{Partition: "request#" + first, Sort: "request", Version: 1, Body: `{"digest":"` + digest + `"}`}}, f.record("elevation.requested", map[string]string{"digest": digest}))
	f.append(f.record("elevation.granting", map[string]string{"digest": digest}), f.record("elevation.ended", nil))
	return f
}

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (f *logFolder) record(kind string, detail any) log.Entry {
	r, next, err := evidence.Append(evidence.ElevationChain(first), f.head, evidence.Entry{At: at, Kind: kind, Actor: "grant", Detail: detail})
	if err != nil {
		f.t.Fatal(err)
	}
	f.head = next
	return log.Entry{Record: &r}
}

func (f *logFolder) append(entries ...log.Entry) {
	f.t.Helper()
	var texts [][]byte
	for _, e := range entries {
		text, err := e.Text()
		if err != nil {
			f.t.Fatal(err)
		}
		texts = append(texts, text)
	}
	g, err := f.edge.Append(texts)
	if err == nil {
		err = f.log.Publish(f.t.Context(), g)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.edge = g.Edge
}

func (f *logFolder) write(path, text string) {
	f.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *logFolder) read(path string) string {
	f.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(b)
}

func (f *logFolder) tells(line string) result {
	f.t.Helper()
	var stdout, stderr bytes.Buffer
	transport := f.transport
	if transport == nil {
		transport = f.api
	}
	code := command.Run(f.t.Context(), strings.Fields(line), command.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, ProgressTerminal: f.progress, ReadFile: os.ReadFile,
		Getenv: func(name string) string { return f.env[name] }, Now: time.Now, Transport: transport, Width: func() int { return f.columns },
	})
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func TestVerifyLog(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	f := newLogFolder(t)
	var all strings.Builder
	do := func(line string) result {
		r := f.tells(line)
		fmt.Fprintf(&all, "$ curfew %s\n%s[stderr] %s[exit %d]\n", line, r.stdout, r.stderr, r.code)
		return r
	}
	do("verify log --key log.vkey --state state.json")
	f.append(f.record("elevation.looked-again", nil))
	do("verify log --key log.vkey --state state.json")
	do("proof " + first + " --log log")
	do("proof " + first + " --log log --key log.vkey")
	do("verify " + first + ".tlog-proof --key log.vkey")
	do("verify log --key log.vkey -o json")
	bundle := f.read("log/tile/entries/000.p/7")
	f.write("log/tile/entries/000.p/7", strings.Replace(bundle, "elevation.ended", "elevation.Ended", 1))
	do("verify log --key log.vkey --state state.json")
	f.columns = 80
	do("verify log --key log.vkey")
	f.write("log/tile/entries/000.p/7", bundle)
	do("verify log --key log.vkey")
	f.write("other.vkey", strings.Replace(f.vkey, "curfew.example/log", "curfew.example/gol", 1))
	for _, dir := range []string{"empty", "notes"} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	f.write("notes/a.txt", "hello")
	for _, line := range []string{
		"verify log", "verify log --key none.vkey", "verify log --key other.vkey", "verify log --key " + otherKey(t), "verify empty --key log.vkey", "verify notes --key log.vkey", "proof " + first + " --log empty",
		"proof " + first + " --log log --key " + otherKey(t),
	} {
		do(line)
	}
	f.write("log/tile/entries/000.p/7", bundle[:len(bundle)/2])
	do("verify log --key log.vkey")
	do("proof " + first + " --log log")
	f.write("log/checkpoint", "curfew.example/log\n")
	do("verify log --key log.vkey")
	do("proof " + first + " --log log")
	t.Chdir(home)
	golden(t, "verify-log", all.String())
}

// otherKey is a key of the same name that did not sign.
func otherKey(t *testing.T) string {
	key, err := log.VerifierKey(t.Context(), logOrigin, log.MemoryKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte("o"), 32))))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestALogThatWasRolledBackIsFoundByTheState(t *testing.T) {
	f := newLogFolder(t)
	checkpoint := f.read("log/checkpoint")
	f.append(f.record("elevation.looked-again", nil))
	if r := f.tells("verify log --key log.vkey --state state.json"); r.code != command.OK {
		t.Fatalf("%+v", r)
	}
	state := f.read("state.json")
	f.write("log/checkpoint", checkpoint)
	if r := f.tells("verify log --key log.vkey"); r.code != command.OK || !strings.Contains(r.stdout, "written after the newest checkpoint") {
		t.Errorf("without the state: %+v", r)
	}
	r := f.tells("verify log --key log.vkey --state state.json")
	if r.code != command.EvidenceFails || !strings.Contains(r.stdout, "rolled back") || f.read("state.json") != state {
		t.Errorf("%+v", r)
	}
	var report log.Report
	r = f.tells("verify log --key log.vkey --state state.json -o json")
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.code != command.EvidenceFails || len(report.Problems) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAProofWithOtherRecordsIsRefused(t *testing.T) {
	f := newLogFolder(t)
	if r := f.tells("proof " + first + " --log log"); r.code != command.OK || !strings.Contains(r.stdout, "not verified") {
		t.Fatalf("%+v", r)
	}
	proof, lines := f.read(first+".tlog-proof"), f.read(first+".jsonl")
	for name, c := range map[string]struct{ proof, lines, want string }{
		"a record changed":   {proof, strings.Replace(lines, "granting", "Granting", 1), "record 2"},
		"a record removed":   {proof, lines[strings.Index(lines, "\n")+1:], "record 1"},
		"a record added":     {proof, lines + lines, "record 4"},
		"the proof changed":  {strings.Replace(proof, "index 5", "index 4", 1), lines, "do not lead"},
		"no proof":           {"hello", lines, "is no proof"},
		"the checkpoint cut": {proof[:len(proof)-9], lines, "its checkpoint"},
	} {
		f.write(first+".tlog-proof", c.proof)
		f.write(first+".jsonl", c.lines)
		if r := f.tells("verify " + first + ".tlog-proof --key " + f.vkey); r.code != command.EvidenceFails || !strings.Contains(r.stderr, c.want) || r.stdout != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	_ = os.Remove(first + ".jsonl")
	if r := f.tells("verify " + first + ".tlog-proof --key log.vkey"); r.code != command.EvidenceFails {
		t.Logf("%+v", r)
	}
}

func TestVerifyRefusals(t *testing.T) {
	f := newLogFolder(t)
	f.write("bad.json", "{}")
	f.write("trail.keys", `{"PublicKeyList":[{"Fingerprint":"f1","Value":"YQ=="}]}`)
	for line, want := range map[string]string{
		"verify log":                                        "no key to trust",
		"verify log --key none.vkey":                        "--key",
		"verify log --key a+b+c":                            "is not a verifier key",
		"verify nolog --key log.vkey":                       "is no folder",
		"verify s3:// --key log.vkey":                       "names no bucket",
		"verify log --key log.vkey --state bad.json":        "is not a state",
		"verify log --key log.vkey --witness-key " + f.vkey: "not the key of a witness",
		"verify none.tlog-proof --key log.vkey":             "no such file",
		"proof a/b --log log":                               "is not the whole id",
		"verify log --cloudtrail-keys bad.json":             "no list of public keys",
		"verify log --cloudtrail-keys trail.keys":           "no digest files",
		"proof " + first:                                    "log",
	} {
		if r := f.tells(line); r.code != command.Usage || !strings.Contains(r.stderr, want) || r.stdout != "" {
			t.Errorf("%s: %+v; want %q", line, r, want)
		}
	}
	if r := f.tells("proof 01k6y3m1x8q2v4t6w8y0a2c4e7 --log log"); r.code != command.NotFound {
		t.Errorf("%+v", r)
	}
	f.progress = true
	if r := f.tells("verify log --key log.vkey"); !strings.Contains(r.stderr, "verifying: ") {
		t.Errorf("no progress was shown: %q", r.stderr)
	}
}
