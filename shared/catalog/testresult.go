package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// TestResult is how one expected decision of tests.yaml came out.
type TestResult struct {
	Name string
	Line int // of tests.yaml
	OK   bool
	Want string // like "allow by curfew.request.requester", or "starts nothing"
	Got  string // the same, or the error
}

// String is one line: ok or FAIL, and what differs.
func (r TestResult) String() string {
	if r.OK {
		return fmt.Sprintf("ok   %s: %s", r.Name, r.Got)
	}
	return fmt.Sprintf("FAIL %s (%s:%d): got %s, want %s", r.Name, testsFile, r.Line, r.Got, r.Want)
}

// Test asks the catalog every question of its tests.yaml, in the order of the file. A catalog that was decoded has none.
func Test(c *Catalog) []TestResult {
	results := make([]TestResult, len(c.expectations))
	for i, x := range c.expectations {
		results[i] = x.ask(c)
	}
	return results
}

func (x expectation) ask(c *Catalog) TestResult {
	if x.event != nil {
		return x.tell(c)
	}
	r := TestResult{Name: x.name, Line: x.line, Want: outcome(x.allow, x.by, x.by != nil)}
	v, err := c.Decide(x.question)
	if err != nil {
		r.Got = err.Error()
		return r
	}
	r.OK = v.Allow == x.allow && (x.by == nil || slices.Equal(v.By, x.by))
	r.Got = outcome(v.Allow, v.By, true)
	return r
}

// tell gives a catalog the event of an expectation.
func (x expectation) tell(c *Catalog) TestResult {
	got, why := rehearsal{c}.starts(x.event)
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
