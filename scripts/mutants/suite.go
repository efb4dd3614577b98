package main

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// suite may catch a mutant: the tests of a package, or the command simulate.
type suite struct {
	name string
	pkg  string   // whose tests are run; empty: the command simulate is
	only string   // tests of this name only; empty: all
	not  string   // tests that are left out; empty: all are run
	args []string // for simulate
}

const (
	// most is the time limit of a suite. A mutant that makes it hang is caught.
	most = 4 * time.Minute
	// everyFault is a test that takes longer than all other stories together.
	everyFault = "^TestEverySingleFault$"
)

// suitesFor returns the suites for a mutant in order of cost: its package, the stories, adversary, triggers, every
// single fault, lives under faults.
func suitesFor(m mutant) []suite {
	own := suite{name: "own", pkg: "./" + m.in}
	engine := suite{name: "engine", pkg: "./shared/inprocess/asl"}
	stories := suite{name: "stories", pkg: "./shared/accesstest", not: everyFault}
	adversary := suite{name: "adversary", pkg: "./shared/accesstest/adversary"}
	triggers := suite{name: "stories of triggers", pkg: "./shared/trigger/eventbus"}
	faults := []suite{
		{name: "stories under faults", pkg: "./shared/accesstest", only: everyFault},
		{name: "simulation", args: []string{"-n", "3000", "-seed", "1", "-faults", "0.3", "-quiet"}},
		{name: "simulation of every single fault", args: []string{"-singles", "-quiet"}},
	}
	switch {
	case m.in == machines:
		return append([]suite{own, engine, stories, triggers}, faults...)
	case m.in == iampolicy:
		return []suite{own, stories, adversary}
	case m.in == catalog, m.in == evidence, m.in == eventbus, strings.HasPrefix(m.in, aws):
		return []suite{own}
	}
	return append([]suite{own, stories, adversary, triggers}, faults...) // the domain, in whatever packages it is
}

func matching(all []suite, name *regexp.Regexp) []suite {
	return slices.DeleteFunc(all, func(s suite) bool { return !name.MatchString(s.name) })
}

// verdict is what became of a suite.
type verdict int

const (
	passed verdict = iota
	failed
	broken // it does not compile
)

// run runs the suite with this overlay, or on the tree as it is. Build output goes to folder. It returns the printed
// text.
func (s suite) run(ctx context.Context, root, overlay, folder string) (text string, v verdict) {
	// -w: without debug information, because every mutant is linked anew.
	binary, build := filepath.Join(folder, "tests"), []string{"test", "-c", "-vet=off", "-ldflags=-w"}
	if s.pkg == "" {
		binary, build = filepath.Join(folder, "simulate"), []string{"build", "-ldflags=-w"}
	}
	if overlay != "" {
		build = append(build, "-overlay", overlay)
	}
	if text, ok := command(ctx, root, "go", append(build, "-o", binary, cmp.Or(s.pkg, "./scripts/simulate"))...); !ok {
		return text, broken
	}
	ctx, cancel := context.WithTimeout(ctx, most+time.Minute) // the tests have a time-out too, and say more by it
	defer cancel()
	if s.pkg == "" {
		text, ok := command(ctx, root, binary, s.args...)
		return text, verdictOf(ok)
	}
	return s.test(func(args ...string) (string, bool) {
		args = append([]string{"-test.failfast", "-test.timeout", most.String()}, args...)
		return command(ctx, filepath.Join(root, s.pkg), binary, append(args, s.rapid(root)...)...)
	})
}

// rapid returns the flag that stops package rapid from writing failure files into the tree.
func (s suite) rapid(root string) []string {
	tests, err := filepath.Glob(filepath.Join(root, s.pkg, "*_test.go"))
	if err != nil {
		return nil
	}
	for _, path := range tests {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), `"pgregory.net/rapid"`) {
			return []string{"-rapid.nofailfile"}
		}
	}
	return nil
}

// test runs the tests until one fails, and then that one alone. If it passes alone it is flaky: the others run
// without it.
func (s suite) test(run func(args ...string) (string, bool)) (text string, v verdict) {
	not := []string{cmp.Or(s.not, "^$")}
	for {
		text, ok := run("-test.run", s.only, "-test.skip", strings.Join(not, "|"))
		m := failedTest.FindStringSubmatch(text)
		if ok || m == nil {
			return text, verdictOf(ok)
		}
		name, _, _ := strings.Cut(m[1], "/")
		one := "^" + name + "$"
		if text, ok := run("-test.run", one); !ok || slices.Contains(not, one) {
			return text, failed
		}
		not = append(not, one)
	}
}

func verdictOf(ok bool) verdict {
	if ok {
		return passed
	}
	return failed
}

func command(ctx context.Context, folder, name string, args ...string) (text string, ok bool) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

var (
	failedTest  = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	runningTest = regexp.MustCompile(`(?m)^\s*(Test\S+) \(`)
	printedSeed = regexp.MustCompile(`(?m)^.*-seed.*$`)
)

// noticed returns the first failed test, or the test running at the timeout; for a simulation, the line that repeats
// it.
func (s suite) noticed(text string) string {
	for _, line := range []*regexp.Regexp{failedTest, runningTest} {
		if m := line.FindStringSubmatch(text); m != nil {
			return s.name + ": " + m[1]
		}
	}
	if m := printedSeed.FindString(text); m != "" {
		return s.name + ": " + strings.TrimSpace(m)
	}
	return s.name
}
