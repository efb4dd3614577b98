package eventpattern

import "curfew/shared/strictjson"

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
