package strictjson

// Rules say which JSON texts are accepted. A limit of 0 is not set.
type Rules struct {
	MaxBytes   int // of the text
	MaxDepth   int // nested objects and lists; at most [MaxDepth], as if it is 0
	MaxMembers int // of one object

	Names          Names
	LoneSurrogates bool // accept it as U+FFFD, as encoding/json does
	Object         bool // require an object
	NoNull         bool // the member must be absent
	KeepUnknown    bool // Decode ignores members that the Go type lacks

	// Name and Text check each member name and each other string, unescaped. Their error refuses the text.
	Name, Text func(string) error
}

type Names int

// The rules for names, compared unescaped.
const (
	// Unique refuses duplicate names.
	Unique Names = iota
	// UniqueFolded also refuses names that differ only in case: encoding/json ignores case when it fills a struct.
	UniqueFolded
	// Repeated accepts duplicate names. The caller handles all members of that name.
	Repeated
)

// MaxDepth bounds what is nested in any text from outside, JSON or not. The deepest event that AWS publishes has 12 levels.
const MaxDepth = 100

func (r *Rules) depth() int {
	if r.MaxDepth == 0 {
		return MaxDepth
	}
	return min(r.MaxDepth, MaxDepth)
}
