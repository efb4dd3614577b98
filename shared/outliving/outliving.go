// Package outliving is the table of what outlives a grant: the actions of IAM whose effects stay after Revoke, each with its class and the
// reason. The table is ours, outliving.txt. It is read when it is first asked for.
package outliving

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"curfew/shared/iampolicy"
)

// Class is a kind of effect that outlives a grant.
type Class string

// The classes.
const (
	Credentials Class = "credentials"
	Trust       Class = "trust"
	Code        Class = "code"
	Sharing     Class = "sharing"
	Log         Class = "log"
	Sessions    Class = "sessions"
)

// Classes returns all classes, sorted.
func Classes() []Class { return []Class{Code, Credentials, Log, Sessions, Sharing, Trust} }

// Does says what the actions of a class do: "makes or reads credentials …".
func (c Class) Does() string {
	return map[Class]string{
		Credentials: "makes or reads credentials that work without the grant",
		Trust:       "changes who may assume a role, or what principals may do",
		Code:        "makes code run as another principal",
		Sharing:     "lets others in by policies of resources",
		Log:         "blinds logs or alarms",
		Sessions:    "opens sessions that stay open",
	}[c]
}

// Row is one action of the table.
type Row struct {
	Action string // "iam:PassRole"
	Class  Class
	Reason string
	first  bool // messages name it before others
}

// First reports whether messages name the action before others.
func (r Row) First() bool { return r.first }

//go:embed outliving.txt
var text string

// table is the rows by service, in lower case; the list has the order of the text.
var table = sync.OnceValue(func() map[string][]Row {
	all := map[string][]Row{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			continue // the comment
		}
		service, _, _ := strings.Cut(fields[0], ":")
		class, first := strings.CutSuffix(fields[1], "!")
		all[service] = append(all[service], Row{fields[0], Class(class), fields[2], first})
	}
	return all
})

// Lookup finds the row of an action, whose case does not count.
func Lookup(action string) (Row, bool) {
	service, _, _ := strings.Cut(action, ":")
	rows := table()[strings.ToLower(service)]
	i, there := slices.BinarySearchFunc(rows, action, func(r Row, name string) int { return compareFold(r.Action, name) })
	if !there {
		return Row{}, false
	}
	return rows[i], true
}

// compareFold is the order of the text.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Reach is the rows of one class that policies reach, the best known first.
type Reach struct {
	Class Class
	Rows  []Row
}

// Reached returns what policies of one principal reach, by class: see [iampolicy.Reaches].
func Reached(policies ...*iampolicy.Document) []Reach {
	byClass := map[Class][]Row{}
	for service, rows := range table() {
		if !mayReach(policies, service) {
			continue
		}
		for _, row := range rows {
			if iampolicy.Reaches(row.Action, policies...) {
				byClass[row.Class] = append(byClass[row.Class], row)
			}
		}
	}
	var all []Reach
	for _, class := range Classes() {
		if rows := byClass[class]; rows != nil {
			slices.SortFunc(rows, Row.compare)
			all = append(all, Reach{class, rows})
		}
	}
	return all
}

func (r Row) compare(other Row) int {
	if r.first != other.first {
		return map[bool]int{true: -1, false: 1}[r.first]
	}
	return strings.Compare(r.Action, other.Action)
}

// mayReach reports whether an Allow names actions of a service. A service has no wildcard in a policy.
func mayReach(policies []*iampolicy.Document, service string) bool {
	for _, p := range policies {
		for _, s := range p.Statements {
			named := func(action string) bool {
				of, _, _ := strings.Cut(action, ":")
				return of == "*" || strings.EqualFold(of, service)
			}
			if s.Effect == iampolicy.Allow && (len(s.NotActions) > 0 || slices.ContainsFunc(s.Actions, named)) {
				return true
			}
		}
	}
	return false
}

// Without returns the reach without what names have: actions, whose case does not count, and classes.
func (r Reach) Without(names []string) Reach {
	if slices.Contains(names, string(r.Class)) {
		return Reach{Class: r.Class}
	}
	rows := slices.DeleteFunc(slices.Clone(r.Rows), func(row Row) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, row.Action) })
	})
	return Reach{r.Class, rows}
}

// String lists at most five actions, and counts the others.
func (r Reach) String() string {
	const shown = 5
	var names []string
	for _, row := range r.Rows[:min(len(r.Rows), shown)] {
		names = append(names, row.Action)
	}
	list := strings.Join(names, ", ")
	if more := len(r.Rows) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// Shortest returns the names that cover all that is reached: a class, or its action if that is the only one.
func Shortest(reached []Reach) (names []string) {
	for _, r := range reached {
		if len(r.Rows) == 1 {
			names = append(names, r.Rows[0].Action)
		} else {
			names = append(names, string(r.Class))
		}
	}
	slices.Sort(names)
	return names
}

// Admin says that a statement of the policies allows every action on every resource, and with which conditions besides those of a
// fence: "every action on every resource, with conditions on aws:ResourceAccount". Empty: none does.
func Admin(policies ...*iampolicy.Document) (says string) {
	const everything = "every action on every resource"
	for _, p := range policies {
		for _, s := range p.Statements {
			every := slices.Contains(s.Actions, "*") || slices.Contains(s.Actions, "*:*")
			if s.Effect != iampolicy.Allow || !every || !slices.Contains(s.Resources, "*") {
				continue
			}
			keys := conditionsOf(s)
			if keys == nil {
				return everything
			}
			says = everything + ", with conditions on " + strings.Join(keys, ", ")
		}
	}
	return says
}

// conditionsOf returns the condition keys of a statement that a fence does not have.
func conditionsOf(s iampolicy.Statement) (keys []string) {
	fence := []string{"aws:currenttime", "aws:userid", "aws:sourceidentity", "aws:sourcevpce", "aws:multifactorauthpresent"}
	for _, c := range s.Conditions {
		if !slices.Contains(fence, strings.ToLower(c.Key)) && !slices.Contains(keys, c.Key) {
			keys = append(keys, c.Key)
		}
	}
	return keys
}
