package suspension

import (
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Target is what a scope means: the scope by ids, and what is known of the caller in it.
type Target struct {
	Scope Scope  // by ids
	Name  string // of a caller, for people
	// caller is how the caller was last seen, with their groups; nil: nothing is known of their groups.
	caller   *identity.Caller
	operator bool // they were seen as an operator once
	unseen   bool // nothing is known of this id, and it is meant all the same
}

// String is what is meant, for people: a caller with the id behind their name.
func (t Target) String() string {
	if t.Scope.Requester != "" {
		return fault.Known{ID: t.Scope.Requester, Name: t.Name}.String()
	}
	return t.Scope.String()
}
