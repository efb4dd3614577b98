package iampolicy

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// maxText bounds the work on hostile input, in characters. IAM takes 131,072 as a
// PolicyDocument; AWS's own managed policies go beyond that.
const maxText = 1 << 18

// rules are what a policy document may be as JSON, before its elements are looked at.
var rules = strictjson.Rules{
	MaxDepth:   9,    // document, Statement, Condition, operator and key need 6
	MaxMembers: 4096, // of any object of a policy: the keys of conditions are compared with each other
	Object:     true,
	Name:       checkName,
	Text:       checkString,
}

// readTree reads the text into a tree. encoding/json alone loses places and the order of members.
func readTree(b []byte) (*strictjson.Value, error) {
	if len(b) > maxText { // bytes, of which there are no fewer than characters
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

// checkName wants a name: in a path, a step without one is an item of a list.
func checkName(name string) error {
	if name == "" {
		return errors.New("a member without a name")
	}
	return checkString(name)
}

// checkString refuses the characters that IAM does not take in a policy document. It takes tab, line feed, carriage return
// and U+0020 to U+00FF (IAM quotas page). Outside of strings JSON has no others.
func checkString(s string) error {
	for _, c := range s {
		if c != '\t' && c != '\n' && c != '\r' && (c < 0x20 || c > 0xFF) {
			return fmt.Errorf("the character %U is not allowed in a policy", c)
		}
	}
	return nil
}

// path leads to a value in a tree. It is written out for an error only, so a function that makes a step takes it back unless
// it fails.
type path []step

// step is by name or, where that is empty, by index: no member is without a name.
type step struct {
	name  string
	index int
}

// to makes a step after the first depth steps.
func (p *path) to(depth int, s step) { *p = append((*p)[:depth], s) }

// String is as in Statement[2].Condition.DateLessThan.
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
