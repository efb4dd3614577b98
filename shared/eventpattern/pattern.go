package eventpattern

import (
	"strings"

	"curfew/shared/strictjson"
)

// Limits. The API accepts patterns of 4,096 characters; eb-quota grants 2,048 by default. AWS announced events of 1 MB
// in January 2026; the page of PutEvents still says 256 KB. EventBridge refuses over 1,000 combinations of $or. The
// depth is [strictjson.MaxDepth].
const (
	MaxPattern = 4096    // characters of a pattern
	MaxEvent   = 1 << 20 // bytes of an event
	MaxRules   = 1000    // combinations of $or
)

// A Pattern is an event pattern that EventBridge would accept. It is immutable and safe for concurrent use. The zero
// value matches no event.
type Pattern struct {
	rules  [][]*field // ORed; each sorted by path
	fields []*field   // all fields, by id
	root   *step      // paths to read in an event
	paths  int
}

// A field is one path of a pattern.
type field struct {
	id     int
	path   string // joined by dots
	slot   int    // number of the path
	tests  []test // ORed
	absent bool   // or {"exists": false}
}

// none is the slot of a step where no path ends, and the element of a value outside all lists.
const none = -1

// A step is one name in a path. A name with dots is several steps, in patterns and in events.
type step struct {
	next map[string]*step
	slot int // of the path that ends here
}

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

type test interface {
	matches(v value) bool
}

// A value is a JSON scalar. A string has no quotes and escapes.
type value struct {
	kind strictjson.Kind
	text string
}

// In patterns and events, half of a surrogate pair means U+FFFD.
var ofPattern = strictjson.Rules{Object: true, LoneSurrogates: true}

// A pattern matches if either value of a repeated field does, as in Event Ruler.
var ofEvent = strictjson.Rules{MaxBytes: MaxEvent, Object: true, LoneSurrogates: true, Names: strictjson.Repeated}
