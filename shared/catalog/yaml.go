package catalog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	yamltoken "github.com/goccy/go-yaml/token"

	"curfew/shared/fault"
	"curfew/shared/strictjson"
)

// maxFile is the limit of a file in bytes. An IAM policy has at most 18 KiB, a test of a detection about 1 KiB.
const maxFile = 256 << 10

// The parser's time grows with the square of what is nested, and of the keys of a mapping.
const (
	maxDepth = strictjson.MaxDepth // also of anchors, aliases and tags, which a catalog does not have
	maxKeys  = 2000
)

// tooDeep says why a file is not parsed. The lexer's time is linear.
func tooDeep(tokens yamltoken.Tokens) string {
	open, line, nested, indirect := 0, 0, 0, 0
	keys := map[int]int{} // by column, and by depth if negative
	clearAfter := func(column int) { maps.DeleteFunc(keys, func(at, _ int) bool { return at > column }) }
	for i, t := range tokens {
		if t.Position.Line != line {
			line, nested = t.Position.Line, 0
		}
		switch t.Type {
		case yamltoken.SequenceStartType, yamltoken.MappingStartType:
			open++
		case yamltoken.SequenceEndType, yamltoken.MappingEndType:
			delete(keys, -open)
			open = max(0, open-1)
		case yamltoken.SequenceEntryType, yamltoken.MappingKeyType:
			nested++
			clearAfter(t.Position.Column)
		case yamltoken.AnchorType, yamltoken.AliasType, yamltoken.TagType:
			indirect++
		case yamltoken.MappingValueType:
			at := -open
			if open == 0 && i > 0 {
				nested, at = nested+1, tokens[i-1].Position.Column
				clearAfter(at)
			}
			keys[at]++
			if keys[at] > maxKeys {
				return fmt.Sprintf("has more than %d keys in a mapping", maxKeys)
			}
		}
		switch {
		case open > maxDepth:
			return fmt.Sprintf("has more than %d brackets open at once", maxDepth)
		case nested > maxDepth:
			return fmt.Sprintf("has more than %d lists and mappings in line %d", maxDepth, line)
		case indirect > maxDepth:
			return fmt.Sprintf("has more than %d anchors, aliases and tags", maxDepth)
		}
	}
	return ""
}

// CheckYAML refuses YAML that is too large, or nested too deeply, for its parser.
func CheckYAML(text []byte) error {
	if len(text) > maxFile {
		return fmt.Errorf("is %d bytes, more than %d", len(text), maxFile)
	}
	if why := tooDeep(lexer.Tokenize(string(text))); why != "" {
		return errors.New(why)
	}
	return nil
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
	// The parser is third-party: treat its panic as invalid YAML.
	defer func() {
		if recover() != nil {
			rep.add(Problem{File: file, Line: 1, Why: "is not YAML"})
			ok = false
		}
	}()
	tokens := lexer.Tokenize(string(text))
	if why := tooDeep(tokens); why != "" {
		rep.add(Problem{File: file, Why: why})
		return v, false
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
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
var position = fault.Pattern(`^\[(\d+):(\d+)\] ([^\n]*)`)

func syntaxProblem(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Why: "is not YAML"}
	if m := position().FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Column, _ = strconv.Atoi(m[2])
		p.Why = "is not YAML: " + m[3]
	}
	return p
}

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

func (f fields) get(name string) (value, bool) {
	v, ok := f.by[name]
	return v, ok
}

func (f fields) need(name string) (value, bool) {
	v, ok := f.by[name]
	if !ok {
		missing := f.of
		missing.path = f.of.join(name)
		missing.report("is missing")
	}
	return v, ok
}

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

func (v value) nonEmptyList() []value {
	items := v.list()
	if _, ok := v.node.(*ast.SequenceNode); ok && len(items) == 0 {
		v.report("is empty")
	}
	return items
}

// pathPart is one part of a path in a policy.
var pathPart = fault.Pattern(`^\.?([^.\[]+)|^\[(\d+)\]`)

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
