package strictjson

// Rules say what a text may be beside the grammar of JSON. Bounds that are 0 are not set.
type Rules struct {
	MaxBytes   int // of the text
	MaxDepth   int // objects and lists inside each other; at most 10,000, as in encoding/json
	MaxMembers int // of one object

	Names          Names // which names one object may have
	LoneSurrogates bool  // half of a surrogate pair stands for U+FFFD, as in encoding/json
	Object         bool  // the text is an object
	NoNull         bool  // there is no null: a member that has no value is left out
	KeepUnknown    bool  // Decode passes over members that the Go value does not have

	// Name and Text judge each name of a member and each other string, without their escapes. Their error is the reason.
	Name, Text func(string) error
}

// Names is a rule about the names in one object.
type Names int

// The rules about names. Names are compared without their escapes.
const (
	// Unique is one member for each name.
	Unique Names = iota
	// UniqueFolded takes names that differ in case only for the same, as encoding/json does when it fills a struct.
	UniqueFolded
	// Repeated lets a name come more than once. The user handles all members of that name.
	Repeated
)

// maxDepth is the depth up to which encoding/json reads.
const maxDepth = 10_000

func (r *Rules) depth() int {
	if r.MaxDepth == 0 {
		return maxDepth
	}
	return min(r.MaxDepth, maxDepth)
}
