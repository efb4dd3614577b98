package iampolicy

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// maxText bounds the work, in characters. IAM accepts 131,072 in a PolicyDocument; some AWS managed policies are
// longer.
const maxText = 1 << 18

var rules = strictjson.Rules{
	MaxDepth:   9,    // document, Statement, Condition, operator and key need 6
	MaxMembers: 4096, // of any object: condition keys are compared with each other
	Object:     true,
	Name:       checkName,
	Text:       checkString,
}

// readTree keeps places and the order of members, which encoding/json loses.
func readTree(b []byte) (*strictjson.Value, error) {
	if len(b) > maxText { // characters are never more than bytes
		if n := utf8.RuneCount(b); n > maxText {
			return nil, parseErrorAt(b, "", 0, fmt.Sprintf("the text has %d characters, at most %d are read", n, maxText))
		}
	}
	root, err := strictjson.Parse(string(b), rules)
	if e, ok := errors.AsType[*strictjson.Error](err); ok {
		return nil, parseErrorAt(b, e.Path, e.Offset, e.Why)
	}
	return root, err
}

// checkName refuses an empty name: in a path, a step without a name is an item of a list.
func checkName(name string) error {
	if name == "" {
		return errors.New("a member without a name")
	}
	return checkString(name)
}

// checkString accepts the characters that IAM accepts in a policy: tab, line feed, carriage return and U+0020 to U+00FF
// (IAM quotas page).
func checkString(s string) error {
	for _, c := range s {
		if c != '\t' && c != '\n' && c != '\r' && (c < 0x20 || c > 0xFF) {
			return fmt.Errorf("the character %U is not allowed in a policy", c)
		}
	}
	return nil
}

// path leads to a value in a tree. Only an error formats it. A function removes the step that it made unless it fails.
type path []step

// step is by name or, if the name is empty, by index.
type step struct {
	name  string
	index int
}

// to sets the step after the first depth steps and drops later ones.
func (p *path) to(depth int, s step) { *p = append((*p)[:depth], s) }

// String formats the path like Statement[2].Condition.DateLessThan.
func (p path) String() string {
	var text strings.Builder
	for i, s := range p {
		switch {
		case s.name == "":
			fmt.Fprintf(&text, "[%d]", s.index)
		case i == 0:
			text.WriteString(s.name)
		default:
			text.WriteString("." + s.name)
		}
	}
	return text.String()
}
