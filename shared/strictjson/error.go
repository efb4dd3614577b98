package strictjson

import "fmt"

// Reason is why a text was refused.
type Reason int

// The reasons. Only a text refused for Syntax or Trailing is no JSON.
const (
	Syntax        Reason = iota // it is no JSON
	Trailing                    // something follows the value
	TooLarge                    // more bytes than Rules.MaxBytes
	TooDeep                     // deeper than Rules.MaxDepth
	TooMany                     // an object with more members than Rules.MaxMembers
	NotUTF8                     // a byte that is not UTF-8
	LoneSurrogate               // an escape that is half of a surrogate pair
	Duplicate                   // a name twice in one object
	DuplicateCase               // two names in one object that differ in case only
	NotObject                   // the text is not an object, as Rules.Object wants
	NullValue                   // null, against Rules.NoNull
	Refused                     // Rules.Name or Rules.Text refused a string
	Mismatch                    // a value that does not fit the Go value
	Unknown                     // a member that the Go value does not have
)

// Error says why a text was refused and where.
type Error struct {
	Reason Reason
	Offset int    // of the byte, from 0; -1 if it is not known
	Path   string // to the value or the member, like Statement[2].Condition; "" is the text as a whole
	Why    string // one line, without the place
	Err    error  // of Rules.Name, Rules.Text or encoding/json; may be nil
}

// Error gives the place and the reason in one line.
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

// Unwrap gives the error underneath.
func (e *Error) Unwrap() error { return e.Err }
