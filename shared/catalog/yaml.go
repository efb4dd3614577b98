package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile is the limit of a file in bytes. An IAM policy has at most 18 KiB, a test of a detection about 1 KiB.
const maxFile = 256 << 10

// maxDepth limits open brackets. The parser's time grows at least with the square of the depth.
const maxDepth = 100

// depth returns the most brackets open at once, quoted ones included.
func depth(text []byte) (most int) {
	open := 0
	for _, b := range text {
		switch b {
		case '[', '{':
			open++
			most = max(most, open)
		case ']', '}':
			open--
		}
	}
	return most
}

// value is one value of a YAML file with its place. The library's decoder stops at the first error; walking the syntax
// tree finds all.
type value struct {
	rep  *report
	file string
	path string // like approval.of[0]
	node ast.Node
}

// parseYAML parses a file of one document and reports problems.
func parseYAML(rep *report, file string, text []byte) (v value, ok bool) {
	v = value{rep: rep, file: file}
	if len(text) > maxFile {
		rep.add(Problem{File: file, Why: fmt.Sprintf("is %d bytes, more than %d", len(text), maxFile)})
		return v, false
	}
	if depth(text) > maxDepth {
		rep.add(Problem{File: file, Why: fmt.Sprintf("has more than %d brackets open at once", maxDepth)})
		return v, false
	}
	// The parser is third-party: treat its panic as invalid YAML.
	defer func() {
		if recover() != nil {
			rep.add(Problem{File: file, Line: 1, Why: "is not YAML"})
			ok = false
		}
	}()
	f, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		rep.add(syntaxProblem(file, err))
		return v, false
	}
	if len(f.Docs) != 1 || f.Docs[0].Body == nil {
		rep.add(Problem{File: file, Line: 1, Why: "is not one YAML document"})
		return v, false
	}
	v.node = f.Docs[0].Body
	return v, true
}

// position matches the place in an error of the library: [line:column] why.
var position = lazyRegexp(`^\[(\d+):(\d+)\] ([^\n]*)`)

func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Why: "is not YAML"}
	if m := position().FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Column, _ = strconv.Atoi(m[2])
		p.Why = "is not YAML: " + m[3]
	}
	return p
}

// report reports a problem with the value.
func (v value) report(format string, args ...any) {
	line, column := v.place()
	v.rep.add(Problem{File: v.file, Line: line, Column: column, Field: v.path, Why: fmt.Sprintf(format, args...)})
}

func (v value) place() (line, column int) {
	n := v.node
	if pairs := pairsOf(n); len(pairs) > 0 {
		n = pairs[0].Key // a mapping begins at its first key; its own token is the colon
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1, 1
	}
	return n.GetToken().Position.Line, n.GetToken().Position.Column
}

func pairsOf(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	default:
		return nil
	}
}

const (
	empty    = "empty"
	indirect = "an anchor, alias or tag, which a catalog does not have"
)

// kind names the kind of value for messages.
func (v value) kind() string {
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.NullNode, nil:
		return empty
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		return indirect
	default:
		return "something else"
	}
}

func (v value) mismatch(want string) {
	switch kind := v.kind(); {
	case kind == empty || kind == indirect:
		v.report("is %s", kind)
	case kind == "a number" && want == "text":
		v.report("is a number, not text: write it in quotes")
	default:
		v.report("is %s, not %s", kind, want)
	}
}

// member is one pair of a mapping.
type member struct {
	name string
	key  value // the name, for its place
	value
}

// members returns the pairs of a mapping in file order and reports duplicates.
func (v value) members() []member {
	pairs := pairsOf(v.node)
	if _, flow := v.node.(*ast.MappingNode); !flow && pairs == nil {
		v.mismatch("a mapping")
		return nil
	}
	var members []member
	for _, pair := range pairs {
		name, ok := pair.Key.(*ast.StringNode)
		if !ok {
			value{v.rep, v.file, v.path, pair.Key}.report("has a key that is not text")
			continue
		}
		at := v.join(name.Value)
		m := member{name.Value, value{v.rep, v.file, at, pair.Key}, value{v.rep, v.file, at, pair.Value}}
		if slices.ContainsFunc(members, func(o member) bool { return o.name == m.name }) {
			m.key.report("appears twice")
			continue
		}
		members = append(members, m)
	}
	return members
}

func (v value) join(name string) string {
	if v.path == "" {
		return name
	}
	return v.path + "." + name
}

// fields are the members of a mapping with known names.
type fields struct {
	of value
	by map[string]value
}

// fields reads a mapping with these fields and no others.
func (v value) fields(known ...string) fields {
	f := fields{of: v, by: map[string]value{}}
	for _, m := range v.members() {
		if !slices.Contains(known, m.name) {
			m.key.report("is not a field here; there are %s", strings.Join(known, ", "))
			continue
		}
		f.by[m.name] = m.value
	}
	return f
}

// get returns an optional field.
func (f fields) get(name string) (value, bool) {
	v, ok := f.by[name]
	return v, ok
}

// need returns a required field and reports its absence.
func (f fields) need(name string) (value, bool) {
	v, ok := f.by[name]
	if !ok {
		missing := f.of
		missing.path = f.of.join(name)
		missing.report("is missing")
	}
	return v, ok
}

// list returns the items of a list.
func (v value) list() []value {
	seq, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.mismatch("a list")
		return nil
	}
	items := make([]value, len(seq.Values))
	for i, n := range seq.Values {
		items[i] = value{v.rep, v.file, fmt.Sprintf("%s[%d]", v.path, i), n}
	}
	return items
}

// nonEmptyList returns the items of a list and reports an empty one.
func (v value) nonEmptyList() []value {
	items := v.list()
	if _, ok := v.node.(*ast.SequenceNode); ok && len(items) == 0 {
		v.report("is empty")
	}
	return items
}

// pathPart is one part of a path in a policy.
var pathPart = lazyRegexp(`^\.?([^.\[]+)|^\[(\d+)\]`)

// at follows a path as far as it exists. Index 0 on a single object is the object, as in a policy with one statement.
func (v value) at(path string) value {
	for path != "" {
		m := pathPart().FindStringSubmatch(path)
		if m == nil {
			return v
		}
		path = path[len(m[0]):]
		if m[1] != "" {
			next, ok := v.child(m[1])
			if !ok {
				return v
			}
			v = next
			continue
		}
		i, err := strconv.Atoi(m[2])
		seq, ok := v.node.(*ast.SequenceNode)
		if !ok && i == 0 {
			continue
		}
		if !ok || err != nil || i >= len(seq.Values) {
			return v
		}
		v = v.list()[i]
	}
	return v
}

func (v value) child(name string) (value, bool) {
	for _, pair := range pairsOf(v.node) {
		if key, ok := pair.Key.(*ast.StringNode); ok && key.Value == name {
			return value{v.rep, v.file, v.join(name), pair.Value}, true
		}
	}
	return value{}, false
}
