package iampolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText bounds the work on hostile input, in characters. IAM takes 131,072 as a
// PolicyDocument; AWS's own managed policies go beyond that.
const maxText = 1 << 18

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
	items   []*node
}

type member struct {
	name   string
	offset int
	value  *node
}

// treeReader turns text into nodes, remembering the path for errors.
type treeReader struct {
	text []byte
	dec  *json.Decoder
}

func readTree(b []byte) (*node, error) {
	r := &treeReader{text: b}
	if err := r.checkText(); err != nil {
		return nil, err
	}
	r.dec = json.NewDecoder(bytes.NewReader(b))
	r.dec.UseNumber()
	n, err := r.value("", 0)
	if err != nil {
		return nil, err
	}
	if n.kind != kindObject {
		return nil, r.fail("", n.offset, "a policy document is an object, not "+n.kind.String())
	}
	return n, nil
}

// checkText refuses what is no JSON text or holds characters that IAM does not take.
func (r *treeReader) checkText() error {
	if !utf8.Valid(r.text) {
		return r.fail("", 0, "the text is not UTF-8")
	}
	if n := utf8.RuneCount(r.text); n > maxText {
		return r.fail("", 0, fmt.Sprintf("the text has %d characters, at most %d are read", n, maxText))
	}
	for i, c := range string(r.text) {
		if !allowedRune(c) {
			return r.fail("", i, fmt.Sprintf("the character %U is not allowed in a policy", c))
		}
	}
	return r.checkSyntax()
}

func (r *treeReader) checkSyntax() error {
	var raw json.RawMessage
	err := json.Unmarshal(r.text, &raw)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return r.fail("", max(int(e.Offset)-1, 0), e.Error())
	}
	return r.fail("", 0, err.Error())
}

// allowedRune tells the characters that IAM takes in a policy document: tab,
// line feed, carriage return and U+0020 to U+00FF (IAM quotas page).
func allowedRune(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || c >= 0x20 && c <= 0xFF
}

// start is the offset of the token that the decoder reads next.
func (r *treeReader) start() int {
	i := int(r.dec.InputOffset())
	for i < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[i]) >= 0 {
		i++
	}
	return i
}

func (r *treeReader) value(path string, depth int) (*node, error) {
	n := &node{offset: r.start()}
	if depth > maxDepth {
		return nil, r.fail(path, n.offset, "nested deeper than any policy")
	}
	token, err := r.dec.Token()
	if err != nil {
		return nil, r.broken(path, n.offset, err)
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			n.kind = kindObject
			return n, r.object(n, path, depth)
		}
		n.kind = kindList
		return n, r.list(n, path, depth)
	case string:
		n.kind, n.text = kindString, t
		return n, r.checkString(path, n.offset, t)
	case json.Number:
		n.kind, n.text = kindNumber, t.String()
	case bool:
		n.kind, n.text = kindBool, strconv.FormatBool(t)
	default:
		n.kind = kindNull
	}
	return n, nil
}

func (r *treeReader) object(n *node, path string, depth int) error {
	seen := make(map[string]bool)
	for r.dec.More() {
		m := member{offset: r.start()}
		token, err := r.dec.Token()
		if err != nil {
			return r.broken(path, m.offset, err)
		}
		m.name, _ = token.(string)
		at := join(path, m.name)
		if err := r.checkString(at, m.offset, m.name); err != nil {
			return err
		}
		if seen[m.name] {
			return r.fail(at, m.offset, "the same name twice")
		}
		seen[m.name] = true
		if m.value, err = r.value(at, depth+1); err != nil {
			return err
		}
		n.members = append(n.members, m)
	}
	return r.closing(path)
}

func (r *treeReader) list(n *node, path string, depth int) error {
	for i := 0; r.dec.More(); i++ {
		item, err := r.value(index(path, i), depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	return r.closing(path)
}

func (r *treeReader) closing(path string) error {
	if _, err := r.dec.Token(); err != nil {
		return r.broken(path, r.start(), err)
	}
	return nil
}

// checkString looks at a string once more after its escapes were resolved.
func (r *treeReader) checkString(path string, offset int, s string) error {
	for _, c := range s {
		if !allowedRune(c) {
			return r.fail(path, offset, fmt.Sprintf("the character %U is not allowed in a policy", c))
		}
	}
	return nil
}

func (r *treeReader) broken(path string, offset int, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return r.fail(path, offset, err.Error())
}

func (r *treeReader) fail(path string, offset int, why string) *ParseError {
	return parseErrorAt(r.text, path, offset, why)
}

// join and index build paths like Statement[2].Condition.DateLessThan.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
