package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// checkNames reports the names in a policy that do not exist, and whether there are any. at is the policy's place, and text
// is the policy as it was written: Cedar keeps the places of policies only.
func (l policyReader) checkNames(p *cedar.Policy, at Problem, text string) (wrong bool) {
	add := func(why string, tokens ...string) {
		place := at
		for _, token := range tokens {
			if line, column := find(text, token); line > 0 {
				if line == 1 {
					column += at.Column - 1
				}
				place.Line, place.Column = at.Line+line-1, column
				break
			}
		}
		place.Why = why
		l.add(place)
		wrong = true
	}
	g := guard{names: l.names, wrong: func(token, why string) { add(why, token) }}
	g.lacks = func(attr types.String, of *fieldsOfType) {
		known := slices.Sorted(maps.Keys(of.attributes))
		all := make([]string, len(known))
		for i, k := range known {
			all[i] = string(k)
		}
		add(fmt.Sprintf("%s has no attribute %q%s", of.path, attr, suggest(string(attr), all, all)), string(attr), strconv.Quote(string(attr)))
	}
	g.check((*ast.Policy)(p.AST()))
	return wrong
}

// token is how a literal is most often written.
func token(v cedar.Value) string {
	switch v := v.(type) {
	case types.String:
		return strconv.Quote(string(v))
	case types.Long:
		return strings.TrimPrefix(strconv.FormatInt(int64(v), 10), "-")
	}
	return ""
}

// find gives the line and column, both from 1, of the first token of a policy that is written so; 0: there is none.
func find(text, want string) (line, column int) {
	for i := 0; i < len(text); {
		n := 1
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "//"):
			n = len(text[i:])
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				n = end
			}
		case c == '"':
			for n = 1; i+n < len(text) && text[i+n] != '"'; n++ {
				if text[i+n] == '\\' {
					n++
				}
			}
			n = min(n+1, len(text)-i)
		case inWord(c):
			for i+n < len(text) && inWord(text[i+n]) {
				n++
			}
		}
		if text[i:i+n] == want {
			return strings.Count(text[:i], "\n") + 1, i - strings.LastIndexByte(text[:i], '\n')
		}
		i += n
	}
	return 0, 0
}

func inWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
