package iampolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The fence's condition keys (IAM, "Global condition context keys").
const (
	keyCurrentTime    = "aws:CurrentTime"
	keyEpochTime      = "aws:EpochTime"
	keyUserID         = "aws:userid"
	keySourceIdentity = "aws:SourceIdentity"
	keyVPCEndpoint    = "aws:SourceVpce"
	keyMFA            = "aws:MultiFactorAuthPresent"
)

// Fence holds the conditions that Compile puts into every statement.
type Fence struct {
	// NotBefore and NotAfter are RFC 3339 instants in UTC, whole seconds, or the two marks. The window excludes
	// NotAfter.
	NotBefore, NotAfter string
	// PrincipalID is the unique id of the role (AROA…) or user (AIDA…).
	PrincipalID string
	// User is true for a user. Its aws:userid is the id; a role's is the id, a colon and the session name.
	User bool
	// SessionName limits the grant to role sessions with this name; "": all.
	SessionName string
	// The call must have these values; "": any.
	SourceIdentity string
	VPCEndpoint    string
	// MFA requires aws:MultiFactorAuthPresent.
	MFA bool
}

// FenceError says why a policy or fence is refused.
type FenceError struct {
	Statement int    // from 0; -1: the fence or the whole document
	Key       string // the condition key concerned, if any
	Why       string
}

// Error returns one line with statement and reason.
func (e *FenceError) Error() string {
	if e.Statement < 0 {
		return "fence: " + e.Why
	}
	return fmt.Sprintf("fence: Statement[%d]: %s", e.Statement, e.Why)
}

// Compile joins statements and puts the fence into each, Deny statements included. The document then has no effect
// outside its window and session. Compile does not change d.
//
// It returns a [*FenceError] for a bad fence, a trust policy, and a statement that already uses a key of the fence,
// under any operator and in any case. IAM ORs the values of one key, so merging could widen the fence.
func Compile(d *Document, f Fence) (*Document, error) {
	if d.trust {
		return nil, &FenceError{Statement: -1, Why: "a trust policy cannot have a fence"}
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if err := f.refuse(d); err != nil {
		return nil, err
	}
	out := &Document{Version: d.Version, ID: d.ID, Statements: joinStatements(d.Statements)}
	conditions := f.conditions()
	for i := range out.Statements {
		s := &out.Statements[i]
		s.Conditions = append(slices.Clone(s.Conditions), conditions...)
		slices.SortFunc(s.Conditions, compareConditions)
	}
	return Parse(out.Bytes())
}

func (f Fence) check() error {
	bad := func(key, format string, args ...any) error {
		return &FenceError{Statement: -1, Key: key, Why: fmt.Sprintf(format, args...)}
	}
	prefix := "AROA"
	if f.User {
		prefix = "AIDA"
	}
	switch {
	case !isInstantOr(f.NotBefore, MarkNotBefore):
		return bad(keyCurrentTime, "%q is neither an instant in UTC and whole seconds nor %s", f.NotBefore, MarkNotBefore)
	case !isInstantOr(f.NotAfter, MarkNotAfter):
		return bad(keyCurrentTime, "%q is neither an instant in UTC and whole seconds nor %s", f.NotAfter, MarkNotAfter)
	case !strings.HasPrefix(f.PrincipalID, prefix) || !isMadeOf(f.PrincipalID, letters+digits, 5, 128):
		return bad(keyUserID, "the principal id %q does not begin with %s", f.PrincipalID, prefix)
	case f.SessionName != "" && (f.User || !isSessionName(f.SessionName)):
		return bad(keyUserID, "%q is not a session name, or the principal is a user, which has no sessions", f.SessionName)
	case f.SourceIdentity != "" && (!isSessionName(f.SourceIdentity) || strings.HasPrefix(f.SourceIdentity, "aws:")):
		return bad(keySourceIdentity, "%q is not a valid source identity", f.SourceIdentity)
	case f.VPCEndpoint != "" && !isVPCEndpoint(f.VPCEndpoint):
		return bad(keyVPCEndpoint, "%q is not the id of a VPC endpoint", f.VPCEndpoint)
	}
	return f.checkOrder()
}

func isInstantOr(s, mark string) bool {
	_, err := parseFenceInstant(s)
	return err == nil || s == mark
}

func (f Fence) checkOrder() error {
	from, err1 := parseFenceInstant(f.NotBefore)
	to, err2 := parseFenceInstant(f.NotAfter)
	if err1 == nil && err2 == nil && !from.Before(to) {
		return &FenceError{Statement: -1, Key: keyCurrentTime, Why: "the window ends before it begins"}
	}
	return nil
}

func isVPCEndpoint(s string) bool {
	rest, ok := strings.CutPrefix(s, "vpce-")
	return ok && isMadeOf(rest, hexLower, 8, 17)
}

func (f Fence) refuse(d *Document) error {
	for i, s := range d.Statements {
		for _, c := range s.Conditions {
			if f.uses(c.Key) {
				return &FenceError{Statement: i, Key: c.Key, Why: fmt.Sprintf("it already uses %s, a key of the fence", c.Key)}
			}
		}
		if countMarks(s) > 0 {
			return &FenceError{Statement: i, Why: "it holds a mark of the fence"}
		}
	}
	return nil
}

func (f Fence) uses(key string) bool {
	is := func(k string) bool { return strings.EqualFold(k, key) }
	return is(keyCurrentTime) || is(keyEpochTime) || is(keyUserID) ||
		is(keySourceIdentity) && f.SourceIdentity != "" ||
		is(keyVPCEndpoint) && f.VPCEndpoint != "" ||
		is(keyMFA) && f.MFA
}

func (f Fence) conditions() []Condition {
	all := []Condition{
		{Operator: "DateGreaterThanEquals", Key: keyCurrentTime, Values: []string{f.NotBefore}},
		{Operator: "DateLessThan", Key: keyCurrentTime, Values: []string{f.NotAfter}},
		f.principalCondition(),
	}
	if f.SourceIdentity != "" {
		all = append(all, Condition{Operator: "StringEquals", Key: keySourceIdentity, Values: []string{f.SourceIdentity}})
	}
	if f.VPCEndpoint != "" {
		all = append(all, Condition{Operator: "StringEquals", Key: keyVPCEndpoint, Values: []string{f.VPCEndpoint}})
	}
	if f.MFA {
		all = append(all, Condition{Operator: "Bool", Key: keyMFA, Values: []string{"true"}})
	}
	return all
}

func (f Fence) principalCondition() Condition {
	switch {
	case f.User:
		return Condition{Operator: "StringEquals", Key: keyUserID, Values: []string{f.PrincipalID}}
	case f.SessionName != "":
		return Condition{Operator: "StringEquals", Key: keyUserID, Values: []string{f.PrincipalID + ":" + f.SessionName}}
	}
	return Condition{Operator: "StringLike", Key: keyUserID, Values: []string{f.PrincipalID + ":*"}}
}

var errInstant = errors.New("not an RFC 3339 instant in UTC and whole seconds")

// parseFenceInstant accepts only the form that the fence writes.
func parseFenceInstant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.UTC().Format(time.RFC3339) != s {
		return time.Time{}, errInstant
	}
	return t.UTC(), nil
}

func countMarks(s Statement) int {
	n := 0
	for _, c := range s.Conditions {
		n += marksIn(c.Key) + marksIn(c.Values...)
	}
	return n + marksIn(slices.Concat(s.Actions, s.NotActions, s.Resources, s.NotResources)...)
}

func marksIn(all ...string) int {
	n := 0
	for _, s := range all {
		n += strings.Count(s, MarkNotBefore) + strings.Count(s, MarkNotAfter)
	}
	return n
}
