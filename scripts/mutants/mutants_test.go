package main

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whoever changes the code changes the list with it, or learns of it here.
func TestEveryMutantAppliesToThisTree(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(m.file)))
			if err != nil {
				t.Fatal(err)
			}
			mutated, err := m.apply(string(text))
			if err != nil {
				t.Fatal(err)
			}
			if why := unreadable(m.file, mutated); why != nil {
				t.Error(why)
			}
		})
		if names[m.name] || m.takes == "" {
			t.Errorf("mutant %q is there twice, or does not say what it takes away", m.name)
		}
		names[m.name] = true
	}
}

func unreadable(file, text string) error {
	if strings.HasSuffix(file, ".json") {
		return json.Unmarshal([]byte(text), new(any))
	}
	_, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	return err
}

func TestThereAreEnough(t *testing.T) {
	explained := 0
	for _, m := range mutants() {
		if m.explained != "" {
			explained++
		}
	}
	if n := len(mutants()); n < 40 || explained*100 > n*(100-enough) {
		t.Errorf("%d mutants, %d of them explained: want 40 at least, and no more than %d %% explained", n, explained, 100-enough)
	}
}

const (
	halves = "package tiny\n\n// Half of n.\nfunc Half(n int) int { return n / 2 }\n"
	tests  = "package tiny\n\nimport \"testing\"\n\nfunc TestHalf(t *testing.T) {\n\tif Half(4) != 2 {\n\t\tt.Error(\"no half\")\n\t}\n}\n"
)

// tiny is a lab with a module of one function and one test.
func tiny(t *testing.T, test string) lab {
	t.Helper()
	l := lab{root: t.TempDir(), temp: t.TempDir(), suites: func(mutant) []suite { return []suite{{name: "own", pkg: "."}} }}
	for name, text := range map[string]string{"go.mod": "module tiny\n\ngo 1.26\n", "half.go": halves, "half_test.go": test} {
		if err := os.WriteFile(filepath.Join(l.root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestFates(t *testing.T) {
	l := tiny(t, tests)
	for _, c := range []struct{ name, old, new, outcome string }{
		{"noticed", "n / 2", "n / 3", "own: TestHalf"},
		{"not noticed", "n / 2", "(n + 1) / 2", "SURVIVED"},
		{"hangs or crashes", "return n / 2", "panic(n)", "own: TestHalf"},
		{"does not compile", "n / 2", "m / 2", "NO MUTANT"},
		{"does not apply", "n * 2", "n / 3", "NO MUTANT"},
		{"applies twice", "n", "m", "NO MUTANT"},
		{"changes nothing", "n / 2", "n / 2", "NO MUTANT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := l.one(t.Context(), mutant{name: c.name, takes: "something", file: "half.go", old: c.old, new: c.new})
			if got := f.outcome(); got != c.outcome {
				t.Errorf("outcome = %q, want %q: %s%s", got, c.outcome, f.wrong, f.text)
			}
		})
	}
}

// A test that fails now and then catches nothing, and does not hide one that does.
func TestFlakyTestsCatchNothing(t *testing.T) {
	ran := 0
	flaky := func(others bool) func(args ...string) (string, bool) {
		return func(args ...string) (string, bool) {
			ran++
			switch text := strings.Join(args, " "); {
			case text == "-test.run  -test.skip ^$":
				return "--- FAIL: TestNow/and_then (0.00s)", false
			case text == "-test.run ^TestNow$":
				return "PASS", true
			}
			return "--- FAIL: TestHalf (0.00s)", others
		}
	}
	if text, v := (suite{}).test(flaky(true)); v != passed || ran != 3 {
		t.Errorf("verdict = %v after %d runs, want passed after 3: %s", v, ran, text)
	}
	if text, v := (suite{}).test(flaky(false)); v != failed || !strings.Contains(text, "TestHalf") {
		t.Errorf("verdict = %v of %s, want a failure of TestHalf", v, text)
	}
}

func TestTestsThatFailWithoutAMutantAreSaidSo(t *testing.T) {
	all := []mutant{{name: "any", file: "half.go"}}
	if err := tiny(t, tests).sound(t.Context(), all); err != nil {
		t.Error(err)
	}
	if err := tiny(t, strings.Replace(tests, "!= 2", "!= 3", 1)).sound(t.Context(), all); err == nil {
		t.Error("a test that fails always would catch every mutant")
	}
}

func TestReport(t *testing.T) {
	caught := fate{mutant: mutant{name: "one"}, caught: "own: TestHalf"}
	explained := fate{mutant: mutant{name: "two", explained: "a second safeguard"}}
	survived := fate{mutant: mutant{name: "three"}}
	none := fate{mutant: mutant{name: "four"}, wrong: "mutant four does not compile"}
	many := slices.Repeat([]fate{caught}, 19)
	for _, c := range []struct {
		name string
		more []fate
		good bool
	}{
		{"all caught", nil, true},
		{"95 of 100, the rest explained", []fate{explained}, true},
		{"less", []fate{explained, explained}, false},
		{"one survived", []fate{survived}, false},
		{"one is none", []fate{none}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report{fates: slices.Concat(many, c.more)}
			var out strings.Builder
			if err := r.print(&out); err != nil {
				t.Fatal(err)
			}
			if r.good() != c.good {
				t.Errorf("good = %v, want %v\n%s", r.good(), c.good, &out)
			}
		})
	}
}
