package eventpattern

import (
	"strings"

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

// none is the slot of a step at which no path ends, and the element of what is
// in no list.
const none = -1

// A step is one name on the way to the paths of a pattern. A name with dots is
// as many steps as it has parts, in the pattern and in the event.
type step struct {
	next map[string]*step
	slot int // of the path that ends here
}

// add puts a path under the step.
func (s *step) add(path string, slot int) {
	for name := range strings.SplitSeq(path, ".") {
		below := s.next[name]
		if below == nil {
			below = &step{slot: none}
			if s.next == nil {
				s.next = map[string]*step{}
			}
			s.next[name] = below
		}
		s = below
	}
	s.slot = slot
}

// to goes on by the name of a field: nil, if no path does.
func (s *step) to(name string) *step {
	for s != nil {
		head, rest, dotted := strings.Cut(name, ".")
		s = s.next[head]
		if !dotted {
			break
		}
		name = rest
	}
	return s
}

// A test is one entry of a field's list.
type test interface {
	holds(v value) bool
}

// A value is a JSON scalar: a string without its quotes and escapes, anything
// else as it is written.
type value struct {
	kind strictjson.Kind
	text string
}

// ofPattern are the rules for a pattern as JSON, beside [MaxPattern]. Half of a
// surrogate pair means U+FFFD in a pattern and in an event alike.
var ofPattern = strictjson.Rules{MaxDepth: MaxDepth, Object: true, LoneSurrogates: true}

// ofEvent are those for an event. A field that comes twice has both values: a
// pattern matches if either does, as in Event Ruler.
var ofEvent = strictjson.Rules{MaxBytes: MaxEvent, MaxDepth: MaxDepth, Object: true, LoneSurrogates: true, Names: strictjson.Repeated}
