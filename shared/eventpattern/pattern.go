package eventpattern

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// Bounds of what is read. The guide's page eb-quota gives an account 2,048
// characters for a pattern unless more is asked for; 4,096 is the most that the
// API takes, and what counts here. An event may have 1 MiB: the API's page still
// says 256 KB for an entry of PutEvents, AWS announced 1 MB in January 2026. More
// than 1,000 combinations of $or are known to be refused. The depth is ours.
const (
	MaxPattern = 4096    // characters of a pattern
	MaxEvent   = 1 << 20 // bytes of an event
	MaxDepth   = 100     // objects and lists inside each other, in either
	MaxRules   = 1000    // ways through the pattern that its $or lists make
)

// A Pattern is an event pattern that EventBridge would take. It never changes
// and is safe for concurrent use. The zero Pattern matches no event.
type Pattern struct {
	rules  [][]*field // any of them; in each all fields, in the order of their paths
	fields []*field   // every field of every rule once, at the index that is its id
	root   *step      // the paths that are of interest in an event
	paths  int        // how many they are
}

// A field is one path of a pattern with the values that will do.
type field struct {
	id     int
	path   string // the names from the top, with dots between
	slot   int    // the number of the path
	tests  []test // any of them
	absent bool   // or none: {"exists": false}
}

// A test is one entry of a field's list.
type test interface {
	holds(v value) bool
}

// Parse reads an event pattern. What EventBridge refuses is refused, with one
// line that names the place in the pattern.
func Parse(pattern []byte) (*Pattern, error) {
	if n := utf8.RuneCount(pattern); n > MaxPattern {
		return nil, fmt.Errorf("event pattern: %d characters, want at most %d", n, MaxPattern)
	}
	tree, err := strictjson.Parse(string(pattern), ofPattern)
	if err != nil {
		return nil, fmt.Errorf("event pattern: %w", err)
	}
	c := compiler{slots: map[string]int{}}
	rules, err := c.pattern(*tree)
	if err != nil {
		return nil, fmt.Errorf("event pattern: %w", err)
	}
	return c.finish(rules), nil
}

// Match tells whether the event matches. It is an error only if the event is
// no JSON object in UTF-8, is deeper than [MaxDepth] or larger than [MaxEvent],
// or has so many elements in its lists that no answer is found with bounded
// work. The same event always gets the same answer.
func (p *Pattern) Match(event []byte) (bool, error) {
	s, err := strictjson.Scan(string(event), ofEvent)
	if err != nil {
		return false, fmt.Errorf("event: %w", err)
	}
	if p.root == nil {
		return false, nil
	}
	f := flatten(p, s)
	return f.match(p)
}

// Exactly gives the strings that the pattern demands at a path, as in
// Exactly("source") or Exactly("detail", "state"), in the pattern's order and
// each once. It is ok only if an event matches with no other value there: on
// every way through the pattern the path is listed, with nothing but strings.
func (p *Pattern) Exactly(path ...string) (values []string, ok bool) {
	name := strings.Join(path, ".")
	for _, rule := range p.rules {
		i := slices.IndexFunc(rule, func(f *field) bool { return f.path == name })
		if i < 0 || rule[i].absent {
			return nil, false
		}
		for _, t := range rule[i].tests {
			exact, is := t.(exactText)
			if !is {
				return nil, false
			}
			if !slices.Contains(values, exact.text) {
				values = append(values, exact.text)
			}
		}
	}
	return values, len(values) > 0
}
