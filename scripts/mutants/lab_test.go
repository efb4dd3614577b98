package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
	for _, c := range []struct {
		name    string
		edit    edit
		outcome string
	}{
		{"noticed", replace("2", "3"), "own: TestHalf"},
		{"not noticed", replace("n / 2", "(n + 1) / 2"), "SURVIVED"},
		{"hangs or crashes", replace("2", "(n - n)"), "own: TestHalf"},
		{"does not compile", replace("2", "m"), "WRONG"},
		{"does not apply", replace("4", "3"), "WRONG"},
		{"applies twice", never("n"), "WRONG"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := l.one(t.Context(), mutant{c.name, "something", ".", "Half", c.edit})
			if got := f.outcome(); got != c.outcome {
				t.Errorf("outcome = %q, want %q: %s%s", got, c.outcome, f.wrong, f.text)
			}
		})
	}
}

// A flaky test catches nothing, and does not hide a test that does.
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
	all := []mutant{{name: "any", in: ".", of: "Half"}}
	if err := tiny(t, tests).sound(t.Context(), all); err != nil {
		t.Error(err)
	}
	if err := tiny(t, strings.Replace(tests, "!= 2", "!= 3", 1)).sound(t.Context(), all); err == nil {
		t.Error("a test that fails always would catch every mutant")
	}
}

func TestReport(t *testing.T) {
	caught := fate{mutant: mutant{name: "one"}, caught: "own: TestHalf"}
	survived := fate{mutant: mutant{name: "two"}}
	wrong := fate{mutant: mutant{name: "three"}, wrong: "mutant three does not compile"}
	for _, c := range []struct {
		name  string
		fates []fate
		good  bool
	}{
		{"all caught", []fate{caught, caught}, true},
		{"one survived", []fate{caught, survived}, false},
		{"one is wrong", []fate{caught, wrong}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report{fates: c.fates}
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
