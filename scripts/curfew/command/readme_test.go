package command_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"curfew/scripts/curfew/command"
)

// TestReadmeIsTrue parses every example of the README: its command and its flags must be there.
func TestReadmeIsTrue(t *testing.T) {
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(b)
	examples := regexp.MustCompile(`(?m)^curfew (.+)$`).FindAllStringSubmatch(readme, -1)
	if len(examples) < 25 {
		t.Fatalf("%d examples found", len(examples))
	}
	for _, e := range examples {
		var args []string
		for _, w := range word.FindAllString(e[1], -1) {
			args = append(args, strings.Trim(w, `"`))
		}
		dash := slices.Index(append(args, "--"), "--") // what is after it is of another program
		if r := newShell(t).run(t.Context(), slices.Insert(args, dash, "--help")...); r.code != 0 || r.stderr != "" || !strings.Contains(r.stdout, "curfew "+args[0]) {
			t.Errorf("%s: exit %d, %s", e[0], r.code, r.stderr)
		}
	}
	for _, name := range commands(t) {
		if !strings.Contains(readme, "\ncurfew "+name) {
			t.Errorf("the README has no example of %s", name)
		}
	}
	for _, code := range []int{command.OK, command.Unexpected, command.Usage, command.Denied, command.NotFound, command.Conflict,
		command.Unavailable, command.Unauthenticated, command.OtherEnd, command.Unattributed, command.Interrupted,
		command.NotYet, command.NoAccess, command.CannotRun, command.CommandNotFound} {
		if !strings.Contains(readme, fmt.Sprintf("\n| %d | ", code)) {
			t.Errorf("the README does not have exit code %d", code)
		}
	}
}

// TestHelpFitsIn80Columns reads the help of each command as a small terminal shows it.
func TestHelpFitsIn80Columns(t *testing.T) {
	for _, name := range append(commands(t), "", "context set", "context list", "context use", "catalog diff", "catalog lint") {
		help := newShell(t).run(t.Context(), append([]string{"help"}, strings.Fields(name)...)...)
		for line := range strings.Lines(help.stdout) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 80 {
				t.Errorf("help %s: %s", name, line)
			}
		}
	}
}

// commands are the names in the list of the help text.
func commands(t *testing.T) (names []string) {
	t.Helper()
	help := newShell(t).run(t.Context(), "help").stdout
	_, list, _ := strings.Cut(help, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for line := range strings.Lines(list) {
		names = append(names, strings.Fields(line)[0])
	}
	if len(names) < 15 {
		t.Fatalf("commands = %v", names)
	}
	return names
}
