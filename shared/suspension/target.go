package suspension

import (
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Target is a resolved scope.
type Target struct {
	Scope Scope  // by ids
	Name  string // of a caller
	// caller has groups; nil: unknown.
	caller   *identity.Caller
	operator bool // once seen as one
	unseen   bool // accepted by [Meant]
}

func (t Target) String() string {
	if t.Scope.Requester != "" {
		return fault.Known{ID: t.Scope.Requester, Name: t.Name}.String()
	}
	return t.Scope.String()
}
