//go:build unix

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"curfew/shared/access"
	"curfew/shared/accesstest"
)

// action is scripts/ci/action.yml.
type action struct {
	Inputs map[string]struct {
		Required bool
		Default  string
	}
	Runs struct {
		Using string
		Steps []struct {
			Name, Shell, Run, Uses string
			Env                    map[string]string
		}
	}
}

func readAction(t *testing.T) (a action) {
	t.Helper()
	b, err := os.ReadFile("../ci/action.yml")
	if err == nil {
		err = yaml.Unmarshal(b, &a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var expression = regexp.MustCompile(`^\$\{\{ ([a-z0-9_.]+) \}\}$`)

// job runs the action's steps as GitHub's runner does, with each expression of env filled in, and returns what they printed and
// whether all succeeded.
func (h *house) job(inputs map[string]string, variables ...string) (string, bool) {
	h.t.Helper()
	a := readAction(h.t)
	temp := h.t.TempDir()
	values := map[string]string{"runner.temp": temp, "github.action_path": "../ci"}
	for name, input := range a.Inputs {
		values["inputs."+name] = input.Default
	}
	for name, value := range inputs {
		if _, ok := a.Inputs[name]; !ok {
			h.t.Fatalf("the action has no input %s", name)
		}
		values["inputs."+name] = value
	}
	var out bytes.Buffer
	for i, step := range a.Runs.Steps {
		script := filepath.Join(temp, fmt.Sprintf("step-%d.sh", i))
		if err := os.WriteFile(script, []byte(step.Run), 0o600); err != nil {
			h.t.Fatal(err)
		}
		// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
		cmd := exec.CommandContext(h.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
		cmd.Env = slices.Concat(os.Environ(), []string{"CURFEW_TEST_IS_PROGRAM=1", "CURFEW_TOKEN=token-of-ana"}, variables)
		for name, text := range step.Env {
			m := expression.FindStringSubmatch(text)
			value, known := values[m[1]]
			if !known {
				h.t.Fatalf("%s: %s is not known", name, text)
			}
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			return out.String(), false
		}
	}
	return out.String(), true
}

// job's usual inputs, and others.
func (h *house) inputs(more map[string]string) map[string]string {
	h.t.Helper()
	all := map[string]string{"endpoint": h.url, "entitlement": "deploy", "principal": accesstest.Engineer, "task": "change/CHG-1", "reason": "a test", "for": "5m",
		"run": "echo deployed", "curfew": small(h.t)}
	for name, value := range more {
		all[name] = value
	}
	return all
}

// small is an executable file of a few bytes that is this program.
func small(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "curfew")
	if err := os.WriteFile(file, []byte("#!/bin/sh\nexec '"+self+"' \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// An expression in a script would be text of the script: a branch with a chosen name would choose the commands.
func TestTheActionHasNoExpressionInAScript(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) != 2 {
		t.Fatalf("%+v", a.Runs)
	}
	for _, step := range a.Runs.Steps {
		if strings.Contains(step.Run, "${{") || step.Uses != "" || step.Shell != "bash" || !strings.HasPrefix(step.Run, "set -euo pipefail\n") {
			t.Errorf("%s: uses %q, shell %q, script:\n%s", step.Name, step.Uses, step.Shell, step.Run)
		}
		for name, text := range step.Env {
			if !expression.MatchString(text) {
				t.Errorf("%s: %s is %q, not one expression", step.Name, name, text)
			}
		}
	}
}

func TestTheActionRunsWithAccess(t *testing.T) {
	h := newHouse(t)
	out, ok := h.job(h.inputs(map[string]string{"run": "echo \"token: ${CURFEW_TOKEN-none}, inputs: ${!IN_@}, elevation $CURFEW_ELEVATION\"\necho second"}))
	e := h.all()[0]
	if want := "token: none, inputs: , elevation " + e.ID + "\nsecond\n"; !ok || !strings.Contains(out, want) {
		t.Errorf("it printed %s, want %q", out, want)
	}
	h.becomes(access.Ended, access.Released)
}

// Other users of a machine see the arguments of its processes.
func TestTheCommandsAreNoArguments(t *testing.T) {
	h := newHouse(t)
	out, ok := h.job(h.inputs(map[string]string{"run": ": hunter2\nps -o args= -p $$ -p $PPID\nls -l \"$0\" | cut -c1-10"}))
	if !ok || strings.Contains(out, "hunter2") || !strings.Contains(out, "--entitlement=deploy") || !strings.Contains(out, "-rw-------") {
		t.Errorf("it printed %s", out)
	}
}

func TestTheActionFailsWithItsCommands(t *testing.T) {
	h := newHouse(t)
	if out, ok := h.job(h.inputs(map[string]string{"run": "echo first\nfalse\necho never"})); ok || !strings.Contains(out, "\nfirst\n") || strings.Contains(out, "\nnever\n") {
		t.Errorf("succeeded: %v; it printed %s", ok, out)
	}
	h.becomes(access.Ended, access.Released)
}

// TestInputsOfTheActionAreData: each hostile text arrives as it is, or is refused; it runs nothing.
func TestInputsOfTheActionAreData(t *testing.T) {
	for _, text := range []string{"$(touch HERE)", "`touch HERE`", `"; touch HERE; "`, `'; touch HERE; '`, "${IFS}$(touch HERE)", "-- bash -c 'touch HERE'", "--help", "a\ntouch HERE", "x=$(touch HERE)\n--pass-token", `\"$(touch HERE)\"`} {
		t.Run(text, func(t *testing.T) {
			h := newHouse(t)
			here := filepath.Join(t.TempDir(), "here")
			text := strings.ReplaceAll(text, "HERE", here)
			out, ok := h.job(h.inputs(map[string]string{"reason": text, "run": "echo deployed"}))
			all := h.all()
			switch {
			case ok && (len(all) != 1 || !strings.Contains(out, "\ndeployed\n")):
				t.Errorf("%d elevations; it printed %s", len(all), out)
			case ok:
				v, err := h.Service.Show(t.Context(), caller("ana"), all[0].ID)
				if err != nil || v.Terms.Reason != text {
					t.Errorf("reason = %q, %v, want %q", v.Terms.Reason, err, text)
				}
			case len(all) != 0 || !strings.Contains(text, "\n"):
				t.Errorf("refused, with %d elevations: %s", len(all), out)
			}
			if _, err := os.Stat(here); err == nil {
				t.Error("it was run")
			}
		})
	}
}

func TestOtherInputsOfTheActionAreData(t *testing.T) {
	h := newHouse(t)
	here := filepath.Join(t.TempDir(), "here")
	for _, text := range []string{"$(touch HERE)`touch HERE`\ntouch HERE", `"; touch HERE; '; touch HERE #`} {
		text := strings.ReplaceAll(text, "HERE", here)
		for _, input := range []string{"endpoint", "entitlement", "principal", "task", "for", "params", "curfew", "archive", "sha256"} {
			if out, ok := h.job(h.inputs(map[string]string{input: text, "run": "touch '" + here + "'"})); ok {
				t.Errorf("%s: accepted: %s", input, out)
			}
			if _, err := os.Stat(here); err == nil {
				t.Fatalf("%s: it was run", input)
			}
		}
	}
	if n := len(h.all()); n != 0 {
		t.Errorf("%d elevations", n)
	}
}

func TestParametersOfTheActionAreLines(t *testing.T) {
	h := newHouse(t)
	out, ok := h.job(h.inputs(map[string]string{"params": "first=1\r\n\nsecond=a b=c\n"}))
	if ok || len(h.all()) != 0 || !strings.Contains(out, "first") {
		t.Errorf("succeeded: %v; it printed %s; want the parameter first refused, which the entitlement lacks", ok, out)
	}
}

func TestTheActionChecksItsArchive(t *testing.T) {
	h := newHouse(t)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	self := small(t)
	content, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteHeader(&tar.Header{Name: "curfew-v0.1.0-linux-amd64/curfew", Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "a.tar.gz")
	if err := os.WriteFile(archive, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))
	for _, c := range []struct{ archive, sum, curfew, want string }{
		{archive, "", "", "archive needs sha256"},
		{archive, strings.Repeat("0", 64), "", "the archive has the SHA-256 " + sum},
		{archive + ".other", sum, "", "there is no such file"},
		{archive, sum, self, "are both given"},
		{"", "", archive, "is no executable file"},
	} {
		out, ok := h.job(h.inputs(map[string]string{"archive": c.archive, "sha256": c.sum, "curfew": c.curfew}))
		if ok || !strings.Contains(out, c.want) || len(h.all()) != 0 {
			t.Errorf("it printed %s, want %q", out, c.want)
		}
	}
	if out, ok := h.job(h.inputs(map[string]string{"archive": archive, "sha256": sum, "curfew": ""})); !ok || !strings.Contains(out, "\ndeployed\n") {
		t.Errorf("it printed %s", out)
	}
}

// TestTheActionBuildsItsOwnCommit: without another command line, from the folder of the action. The go here only notes what it is to do.
func TestTheActionBuildsItsOwnCommit(t *testing.T) {
	h := newHouse(t)
	dir := t.TempDir()
	script := "#!/bin/sh\nset -e\ngrep -qx 'module curfew' go.mod\ntest -d ./scripts/curfew\necho \"go $*\"\ntest \"$4\" = -o\ncp '" + small(t) + "' \"$5\"\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	out, ok := h.job(h.inputs(map[string]string{"curfew": ""}), "PATH="+dir+":"+os.Getenv("PATH"))
	if !ok || !strings.HasPrefix(out, "go build -trimpath -buildvcs=false -o ") || !strings.Contains(out, "/curfew ./scripts/curfew\n") || !strings.Contains(out, "\ndeployed\n") {
		t.Errorf("it printed %s", out)
	}
}

func TestTheActionWantsItsInputs(t *testing.T) {
	h := newHouse(t)
	a := readAction(t)
	var required []string
	for name, input := range a.Inputs {
		if input.Required {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	if want := []string{"endpoint", "entitlement", "principal", "reason", "run"}; !slices.Equal(required, want) {
		t.Fatalf("required are %v, want %v", required, want)
	}
	for _, name := range required {
		if out, ok := h.job(h.inputs(map[string]string{name: ""})); ok || !strings.Contains(out, "the input "+name+" is empty") {
			t.Errorf("%s: it printed %s", name, out)
		}
	}
}
