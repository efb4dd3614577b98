package iampolicy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxText bounds the work on hostile input, in characters. IAM takes 131,072 as a
// PolicyDocument; AWS's own managed policies go beyond that.
const maxText = 1 << 18

// maxMembers is more than any object of a policy has. It bounds the search for a name that came twice.
const maxMembers = 4096

// maxDepth is deeper than any policy goes: document, Statement, Condition,
// operator, key, value.
const maxDepth = 8

type kind uint8

const (
	kindObject kind = iota
	kindList
	kindString
	kindNumber
	kindBool
	kindNull
)

func (k kind) String() string {
	return [...]string{"an object", "a list", "a string", "a number", "a boolean", "null"}[k]
}

// node is one JSON value with the place where it stands. encoding/json alone
// loses places, the order of members and the fact that a name came twice.
type node struct {
	kind    kind
	offset  int
	text    string // of a string, number or boolean
	members []member
	items   []node
}

type member struct {
	name   string
	offset int
	value  node
}

// treeReader turns text that is valid JSON into nodes. It goes through the text itself and not by json.Decoder.Token,
// which takes several times as long; every grant is parsed a few times between its request and its end.
type treeReader struct {
	text string // the strings of the tree are parts of it
	at   int
	path path // to what is being read
}

// path leads to a value in a tree. It is only written out for an error, and so whoever makes a step takes it back unless
// he fails.
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

func readTree(b []byte) (*node, error) {
	r := &treeReader{text: string(b), path: make(path, 0, maxDepth+1)}
	if err := r.checkText(b); err != nil {
		return nil, err
	}
	n := &node{}
	if err := r.value(n, 0); err != nil {
		return nil, err
	}
	if n.kind != kindObject {
		return nil, r.fail(n.offset, "a policy document is an object, not "+n.kind.String())
	}
	return n, nil
}

// checkText refuses what is no JSON text or holds characters that IAM does not take. The text is b, because encoding/json
// wants bytes.
func (r *treeReader) checkText(b []byte) error {
	if !utf8.ValidString(r.text) {
		return r.fail(0, "the text is not UTF-8")
	}
	if len(r.text) > maxText { // bytes, of which there are no fewer than characters
		if n := utf8.RuneCountInString(r.text); n > maxText {
			return r.fail(0, fmt.Sprintf("the text has %d characters, at most %d are read", n, maxText))
		}
	}
	for i, c := range r.text {
		if !allowedRune(c) {
			return r.fail(i, fmt.Sprintf("the character %U is not allowed in a policy", c))
		}
	}
	return r.checkSyntax(b)
}

func (r *treeReader) checkSyntax(b []byte) error {
	if json.Valid(b) {
		return nil
	}
	var raw json.RawMessage
	err := json.Unmarshal(b, &raw)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return r.fail(max(int(e.Offset)-1, 0), e.Error())
	}
	return r.fail(0, fmt.Sprintf("no JSON: %v", err))
}

// allowedRune tells the characters that IAM takes in a policy document: tab,
// line feed, carriage return and U+0020 to U+00FF (IAM quotas page).
func allowedRune(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || c >= 0x20 && c <= 0xFF
}

// next is the first byte of the next token.
func (r *treeReader) next() byte {
	for strings.IndexByte(" \t\r\n,:", r.text[r.at]) >= 0 {
		r.at++
	}
	return r.text[r.at]
}

func (r *treeReader) value(n *node, depth int) (err error) {
	first := r.next()
	n.offset = r.at
	if depth > maxDepth {
		return r.fail(n.offset, "nested deeper than any policy")
	}
	switch first {
	case '{':
		n.kind = kindObject
		return r.object(n, depth)
	case '[':
		n.kind = kindList
		return r.list(n, depth)
	case '"':
		n.kind = kindString
		n.text, err = r.str()
		return err
	}
	n.text = r.literal()
	switch first {
	case 't', 'f':
		n.kind = kindBool
	case 'n':
		n.kind, n.text = kindNull, ""
	default:
		n.kind = kindNumber
	}
	return nil
}

func (r *treeReader) object(n *node, depth int) error {
	for r.at++; r.next() != '}'; {
		offset := r.at
		name, err := r.str()
		if err != nil {
			return err
		}
		if name == "" {
			return r.fail(offset, "a member without a name")
		}
		if len(n.members) == maxMembers {
			return r.fail(offset, fmt.Sprintf("more than %d members", maxMembers))
		}
		r.path.to(depth, step{name: name})
		if slices.ContainsFunc(n.members, func(was member) bool { return was.name == name }) {
			return r.fail(offset, "the same name twice")
		}
		if n.members == nil {
			n.members = make([]member, 0, 4) // a statement has three or four
		}
		n.members = append(n.members, member{name: name, offset: offset})
		if err = r.value(&n.members[len(n.members)-1].value, depth+1); err != nil {
			return err
		}
		r.path = r.path[:depth]
	}
	r.at++
	return nil
}

func (r *treeReader) list(n *node, depth int) error {
	for r.at++; r.next() != ']'; {
		n.items = append(n.items, node{})
		last := len(n.items) - 1
		r.path.to(depth, step{index: last})
		if err := r.value(&n.items[last], depth+1); err != nil {
			return err
		}
		r.path = r.path[:depth]
	}
	r.at++
	return nil
}

// str is the next string. Most have no escape, and are what stands there.
func (r *treeReader) str() (string, error) {
	from, escaped := r.at, false
	for r.at++; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return r.text[from+1 : r.at-1], nil // its characters were looked at with the whole text
	}
	var s string
	if err := json.Unmarshal([]byte(r.text[from:r.at]), &s); err != nil {
		return "", r.fail(from, err.Error())
	}
	return s, r.checkString(from, s)
}

// literal is the next number, boolean or null.
func (r *treeReader) literal() string {
	from := r.at
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n,]}", r.text[r.at]) < 0 {
		r.at++
	}
	return r.text[from:r.at]
}

// checkString looks at a string once more after its escapes were resolved.
func (r *treeReader) checkString(offset int, s string) error {
	for _, c := range s {
		if !allowedRune(c) {
			return r.fail(offset, fmt.Sprintf("the character %U is not allowed in a policy", c))
		}
	}
	return nil
}

func (r *treeReader) fail(offset int, why string) *ParseError {
	return parseErrorAt([]byte(r.text), r.path.String(), offset, why)
}
