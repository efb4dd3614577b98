package runbook

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/command"
)

// The accounts and Region of the placeholders, as moto has them.
const (
	homeAccount, memberAccount, region = "123456789012", "111122223333", "us-east-1"
)

// instruction is a command of infra/README.md, with its mark: † needs a deployer, ‡ a deployer or an operator.
type instruction struct {
	text, mark string
	others     string // the mark for other queues
	words      []string
}

// key is a command without its arguments, as "iam delete-role-policy". Invocations differ by their function.
func (c instruction) key() string {
	key := strings.Join(c.words[1:min(3, len(c.words))], " ")
	if key == "lambda invoke" {
		key += " " + c.flag("function-name")
	}
	return key
}

func (c instruction) flag(name string) string {
	if i := slices.Index(c.words, "--"+name); i >= 0 && i+1 < len(c.words) {
		return c.words[i+1]
	}
	return ""
}

var (
	aMark    = regexp.MustCompile(`[†‡]`)
	aSpan    = regexp.MustCompile("`((?:aws|curfew) [^`]+)`([†‡]?)")
	anOutput = regexp.MustCompile(`^\w+=\$\((.*)\)$`) // of a command in a variable
	aWord    = regexp.MustCompile(`'[^']*'|"[^"]*"|[^\s'"]+`)
)

// instructions returns the commands from the alarms to the settings: the lines of blocks of sh, and aws and curfew in text.
func instructions(t *testing.T) (all []instruction) {
	t.Helper()
	inBlock, inOther := false, false
	for line := range strings.Lines(section(t, "## When an alarm rings", "\n## Settings")) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			inBlock, inOther = line == "```sh", !inBlock && !inOther && line != "```sh"
		case inOther:
		case inBlock:
			text, comment, _ := strings.Cut(line, " #")
			for part := range strings.SplitSeq(text, " && ") {
				c := newInstruction(strings.TrimSpace(part))
				marks := append(aMark.FindAllString(comment, 2), "", "")
				c.mark, c.others = marks[0], marks[1]
				all = append(all, c)
			}
		default:
			for _, span := range aSpan.FindAllStringSubmatch(line, -1) {
				c := newInstruction(span[1])
				c.mark = span[2]
				all = append(all, c)
			}
		}
	}
	if len(all) < 40 {
		t.Fatalf("%d commands found", len(all))
	}
	return all
}

func newInstruction(text string) instruction {
	if inner := anOutput.FindStringSubmatch(text); inner != nil {
		text = inner[1]
	}
	c := instruction{text: text}
	for _, w := range aWord.FindAllString(text, -1) {
		c.words = append(c.words, strings.Trim(w, `'`))
	}
	for i, w := range c.words {
		if !strings.Contains(text, "'"+w+"'") {
			c.words[i] = strings.Trim(w, `"`)
		}
	}
	return c
}

// section returns the README between two texts.
func section(t *testing.T, from, to string) string {
	t.Helper()
	b, err := os.ReadFile("../../../infra/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), from)
	text, _, ends := strings.Cut(rest, to)
	if !found || !ends {
		t.Fatalf("infra/README.md has no text from %q to %q", from, to)
	}
	return text
}

// ofDeployment are commands of other programs, with the step of scripts/check that runs them.
var ofDeployment = map[string]string{
	"npm ci --prefix":        "npm_tools",
	"go run ./scripts/build": "reproducible",
	"npx --prefix infra":     "synthesised, which runs cdk synth: deploy and import need an account",
}

// TestTheRunbookHasNoCommandThatNoTestKnows: what is new in infra/README.md needs its calls and its effect here.
func TestTheRunbookHasNoCommandThatNoTestKnows(t *testing.T) {
	effects := effectsByKey()
	used := map[string]bool{}
	for _, c := range instructions(t) {
		switch key := c.key(); {
		case c.words[0] == "curfew":
		case c.words[0] != "aws":
			if _, ok := ofDeployment[strings.Join(c.words[:min(3, len(c.words))], " ")]; !ok {
				t.Errorf("no test knows: %s", c.text)
			}
		default:
			used[key] = true
			if _, ok := calls[key]; !ok {
				t.Errorf("no test knows the calls of: %s", c.text)
			}
			if effects[key] == nil {
				t.Errorf("no test knows the effect of: %s", c.text)
			}
		}
	}
	for key := range calls {
		if !used[key] {
			t.Errorf("%s is not in the runbook any more", key)
		}
	}
	for key := range effects {
		if !used[key] {
			t.Errorf("%s is not in the runbook any more", key)
		}
	}
}

// effectOf names the file and the test of what each command of the command line does.
var effectOf = map[string][2]string{
	"audit":       {"scripts/curfew/command/auditrebuild_test.go", "TestAuditRebuildWritesTheRowsOfALogThatTheKeySigned"},
	"doctor":      {"scripts/curfew/doctor/doctor_test.go", "TestEachFaultIsFound"},
	"list":        {"scripts/curfew/command/run_test.go", "TestListPages"},
	"show":        {"scripts/curfew/command/endall_test.go", "TestShowOfAnEnd"},
	"acknowledge": {"shared/accesstest/suspension_test.go", "TestSuspendedOwnerAcknowledgesNothing"},
	"findings":    {"scripts/curfew/command/story_test.go", "TestStories"},
	"end-all":     {"scripts/curfew/command/endall_test.go", "TestEndingEverythingWhileThrottled"},
	"accounts":    {"shared/accesstest/accounts_test.go", "TestAccountThatLeavesGrantsNothingAndIsRemovedWhenAllHasEnded"},
	"log":         {"shared/evidence/restore/restore_test.go", "TestTablesThatWereLostAreRebuiltFromTheLogToTheByte"},
	"preflight":   {"scripts/curfew/preflight/preflight_test.go", "TestEachFaultIsFoundBeforeADeployment"},
}

// TestTheRunbooksCurfewCommandsExist parses each with its flags.
func TestTheRunbooksCurfewCommandsExist(t *testing.T) {
	n := 0
	for _, c := range instructions(t) {
		if c.words[0] != "curfew" {
			continue
		}
		n++
		var out, wrong bytes.Buffer
		code := command.Run(t.Context(), append(slices.Clone(c.words[1:]), "--help"), command.Env{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &wrong, Getenv: func(string) string { return "" }, ReadFile: os.ReadFile, Now: time.Now,
		})
		if code != command.OK || wrong.Len() > 0 || !strings.Contains(out.String(), "curfew "+c.words[1]) {
			t.Errorf("%s: exit %d, %s", c.text, code, wrong.String())
		}
		of := effectOf[c.words[1]]
		if text, err := os.ReadFile("../../../" + of[0]); err != nil || of[1] == "" || !strings.Contains(string(text), "func "+of[1]+"(") {
			t.Errorf("%s: no test %s in %s shows its effect", c.text, of[1], of[0])
		}
	}
	if n < 10 {
		t.Errorf("%d commands found", n)
	}
}
