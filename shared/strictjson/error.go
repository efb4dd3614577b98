package strictjson

import "fmt"

// Reason is why a text was refused.
type Reason int

// The reasons. Only Syntax and Trailing mean invalid JSON.
const (
	Syntax   Reason = iota
	Trailing        // text after the value
	TooLarge        // over Rules.MaxBytes
	TooDeep         // over Rules.MaxDepth
	TooMany         // over Rules.MaxMembers
	NotUTF8
	LoneSurrogate // half of a surrogate pair
	Duplicate     // a name twice in one object
	DuplicateCase // names that differ only in case
	NotObject     // against Rules.Object
	NullValue     // against Rules.NoNull
	Refused       // by Rules.Name or Rules.Text
	Mismatch      // the value does not fit the Go type
	Unknown       // the Go type lacks the member
)

// Error is why and where a text was refused.
type Error struct {
	Reason Reason
	Offset int    // in bytes from 0; -1 if unknown
	Path   string // like Statement[2].Condition; "" is the whole text
	Why    string // one line, without the place
	Err    error  // of Rules.Name, Rules.Text or encoding/json; may be nil
}

// Error returns one line with place and reason.
func (e *Error) Error() string {
	text := e.Why
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	if e.Offset >= 0 {
		text += fmt.Sprintf(", at byte %d", e.Offset)
	}
	return text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }
