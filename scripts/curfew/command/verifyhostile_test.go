package command_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"curfew/scripts/curfew/command"
	"curfew/shared/evidence/log"
)

func TestAProofOrStateThatIsNoFileIsRefused(t *testing.T) {
	f := newLogFolder(t)
	if r := f.tells("proof " + first + " --log log"); r.code != command.OK {
		t.Fatalf("%+v", r)
	}
	verify := "verify " + first + ".tlog-proof --key log.vkey"
	for path, line := range map[string]string{
		first + ".tlog-proof": verify, first + ".jsonl": verify, "state.json": "verify log --key log.vkey --state state.json", "seen.json": "verify log --key log.vkey --accept seen.json",
	} {
		was, _ := os.ReadFile(path)
		for what, put := range map[string]func() error{
			"a pipe":             func() error { return exec.Command("mkfifo", path).Run() },
			"a link to a device": func() error { return os.Symlink("/dev/zero", path) },
		} {
			_ = os.Remove(path)
			if err := put(); err != nil && runtime.GOOS == "windows" {
				t.Skipf("run it on Linux or macOS, which have links and named pipes: %v", err)
			} else if err != nil {
				t.Fatal(err)
			}
			if r := f.tells(line); r.code != command.Usage || !strings.Contains(r.stderr, "no regular file") {
				t.Errorf("%s for %s: %+v", what, path, r)
			}
		}
		_ = os.Remove(path)
		f.write(path, string(was))
	}
}

func TestAnAuditorGoesOnAfterAKnownProblem(t *testing.T) {
	f := newLogFolder(t)
	f.append(log.Entry{Row: &log.Row{Partition: "odd#1", Sort: "x", Version: 1, Body: `1`}})
	r := f.tells("verify log --key log.vkey --state state.json -o json")
	if r.code != command.EvidenceFails {
		t.Fatalf("%+v", r)
	}
	f.write("seen.json", r.stdout)
	r = f.tells("verify log --key log.vkey --state state.json --accept seen.json")
	if r.code != command.OK || !strings.Contains(r.stdout, "accepted: these problems are known:\n  entry 6: the row odd#1") {
		t.Errorf("%+v", r)
	}
	var s log.State
	if err := json.Unmarshal([]byte(f.read("state.json")), &s); err != nil || s.Size != 7 {
		t.Errorf("%+v, %v", s, err)
	}
	f.append(log.Entry{Row: &log.Row{Partition: "odd#2", Sort: "x", Version: 1, Body: `1`}})
	if r := f.tells("verify log --key log.vkey --state state.json --accept seen.json"); r.code != command.EvidenceFails || !strings.Contains(r.stderr, "1 problem;") {
		t.Errorf("a new one: %+v", r)
	}
	if r := f.tells("verify log --key log.vkey --accept state.json"); r.code != command.Usage {
		t.Errorf("no report: %+v", r)
	}
}
