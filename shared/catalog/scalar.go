package catalog

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// text gives a value that is text and not empty, without control characters.
func (v value) text() (string, bool) {
	var s string
	switch n := v.node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	default:
		v.mismatch("text")
		return "", false
	}
	if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
		v.bad("is not one line of text")
		return "", false
	}
	return s, true
}

// matching gives text of a form; what says which, for people.
func (v value) matching(form *regexp.Regexp, what string) (string, bool) {
	s, ok := v.text()
	if ok && !form.MatchString(s) {
		v.bad("%q is not %s", s, what)
		return "", false
	}
	return s, ok
}

// oneOf gives text that is one of a few words.
func (v value) oneOf(words ...string) (string, bool) {
	s, ok := v.text()
	if !ok || slices.Contains(words, s) {
		return s, ok
	}
	if len(words) == 1 {
		v.bad("%q is not %q", s, words[0])
	} else {
		v.bad("%q is not one of %s", s, strings.Join(words, ", "))
	}
	return "", false
}

// flag gives true or false.
func (v value) flag() bool {
	n, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.mismatch("true or false")
		return false
	}
	return n.Value
}

// number gives a whole number within bounds.
func (v value) number(least, most int) int {
	n, ok := v.node.(*ast.IntegerNode)
	if !ok {
		v.mismatch("a number")
		return 0
	}
	i, err := strconv.Atoi(n.Token.Value)
	if err != nil || i < least || i > most {
		v.bad("%s is not within %d to %d", n.Token.Value, least, most)
		return 0
	}
	return i
}

// span is how a duration is written: 30m, 1h30m.
var span = lazily(`^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$`)

// duration gives a length of time within bounds; 0 if it is wrong.
func (v value) duration(least, most time.Duration) time.Duration {
	s, ok := v.matching(span(), "a duration like 30m or 1h30m")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		v.bad("%s is not within %s to %s", s, short(least), short(most))
		return 0
	}
	return d
}

// short writes a duration as a catalog does: 1h30m, not 1h30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// tree gives a value as encoding/json would decode it; what JSON has no form for is reported, and so is null, which no
// policy has.
func (v value) tree() any { return v.json(false) }

// json is tree; null says whether null is a value here, as it is in patterns of events.
func (v value) json(null bool) any {
	switch n := v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		m := map[string]any{}
		for _, each := range v.members() {
			m[each.name] = each.json(null)
		}
		return m
	case *ast.SequenceNode:
		items := []any{}
		for _, each := range v.list() {
			items = append(items, each.json(null))
		}
		return items
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode:
		return v.jsonNumber(n.Token.Value)
	case *ast.FloatNode:
		return v.jsonNumber(n.Token.Value)
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.NullNode:
		if null {
			return nil
		}
	}
	v.mismatch("a value of JSON")
	return nil
}

// jsonNumber takes a number as it was written. YAML reads 0123 as octal: an account id would silently become another.
func (v value) jsonNumber(text string) any {
	if !json.Valid([]byte(text)) {
		v.bad("%s is not a plain number: write it in quotes", text)
		return nil
	}
	return json.Number(text)
}

// lazily compiles a pattern when it is first needed: a start is not to wait for what its first invocation may not use.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
