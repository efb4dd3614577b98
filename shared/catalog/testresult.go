package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// TestResult is the result of one test in tests.yaml.
type TestResult struct {
	Name string
	Line int // in tests.yaml
	OK   bool
	Want string // like "allow by curfew.request.requester" or "starts nothing"
	Got  string // the same, or the error
}

// String returns one line: ok or FAIL, and the difference.
func (r TestResult) String() string {
	if r.OK {
		return fmt.Sprintf("ok   %s: %s", r.Name, r.Got)
	}
	return fmt.Sprintf("FAIL %s (%s:%d): got %s, want %s", r.Name, testsFile, r.Line, r.Got, r.Want)
}

// Test runs the tests of tests.yaml in file order. A decoded catalog has no tests.
func Test(c *Catalog) []TestResult {
	results := make([]TestResult, len(c.expectations))
	for i, x := range c.expectations {
		results[i] = x.ask(c)
	}
	return results
}

func (x expectation) ask(c *Catalog) TestResult {
	if x.event != nil {
		return x.runEventTest(c)
	}
	if x.records != nil {
		return x.runRecordTest(c)
	}
	r := TestResult{Name: x.name, Line: x.line, Want: describeDecision(x.allow, x.by, x.by != nil)}
	v, err := c.Decide(x.question)
	if err != nil {
		r.Got = err.Error()
		return r
	}
	r.OK = v.Allow == x.allow && (x.by == nil || slices.Equal(v.By, x.by))
	r.Got = describeDecision(v.Allow, v.By, true)
	for _, one := range v.Says {
		r.Got += fmt.Sprintf("; %s says %q", one.Policy, one.Reason)
	}
	return r
}

func (x expectation) runEventTest(c *Catalog) TestResult {
	got, why := rehearsal{c}.predictStarts(x.event)
	r := TestResult{Name: x.name, Line: x.line, Want: startsText(x.starts), OK: len(got) == len(x.starts)}
	for i := range min(len(got), len(x.starts)) {
		if x.starts[i].parameters == nil {
			got[i].parameters = nil
		}
		r.OK = r.OK && got[i].String() == x.starts[i].String()
	}
	r.Got = startsText(got)
	if len(why) > 0 {
		r.Got += " (" + strings.Join(why, "; ") + ")"
	}
	return r
}

func (x expectation) runRecordTest(c *Catalog) TestResult {
	r := TestResult{Name: x.name, Line: x.line, Want: detectsText(x.records.detects)}
	hits, err := x.records.run(c)
	if err != nil {
		r.Got = err.Error()
		return r
	}
	r.Got = detectsText(hits)
	r.OK = slices.Equal(hits, x.records.detects)
	return r
}

func detectsText(names []string) string {
	if len(names) == 0 {
		return "detects nothing"
	}
	return "detects " + strings.Join(names, ", ")
}
