package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	cedar "github.com/cedar-policy/cedar-go"
	yaml "github.com/goccy/go-yaml/ast"

	"curfew/shared/detection"
)

// factNames checks the when of a detection against the schema of facts, and its literals against the values that a fact may have.
type factNames struct {
	*names
	validator *validate.Validator
}

func newFactNames(l *loader) factNames {
	v, schema, _, err := readSchema(detection.Schema)
	if err != nil {
		l.add(Problem{File: "schema.cedarschema of detections", Why: err.Error()})
		return factNames{}
	}
	n := &names{schema: schema, entities: map[cedar.EntityType][]string{}, closed: map[string]closedValues{}}
	for path, values := range detection.Closed() {
		n.closed[path] = closedValues{what: path[strings.LastIndexByte(path, '.')+1:], values: values}
	}
	return factNames{n, v}
}

func (n factNames) readWhen(v value) string {
	text, ok := linesOf(v)
	if !ok || n.validator == nil {
		return text
	}
	p, err := detection.ParseWhen(text)
	if err != nil {
		line, why := whyNotCedar(err)
		reportLine(v, min(line, 1+strings.Count(text, "\n")), why)
		return text
	}
	wrong := false
	report := func(why string, tokens ...string) {
		line := 0
		for _, token := range tokens {
			at, _ := find(text, token)
			line = max(line, at)
		}
		reportLine(v, line, why)
		wrong = true
	}
	g := guard{names: n.names, report: func(token, why string) { report(why, token) }}
	g.lacks = func(attr types.String, of *fieldsOfType) {
		var all []string
		for _, k := range slices.Sorted(maps.Keys(of.attributes)) {
			all = append(all, string(k))
		}
		name := strconv.Quote(string(attr))
		report(fmt.Sprintf("%s has no attribute %s%s", of.path, name, suggest(string(attr), all, nil)), string(attr), name)
	}
	g.check((*ast.Policy)(p.AST()))
	if !wrong {
		for _, why := range violations(n.validator, "when", p) {
			reportLine(v, n.lineOf(text, why), why)
		}
	}
	return text
}

// lineOf is the line of a violation, of which Cedar does not tell the place: the last of the first lines that have it.
func (n factNames) lineOf(text, why string) int {
	lines := strings.Split(text, "\n")
	for i := range lines {
		p, err := detection.ParseWhen(strings.TrimRight(strings.Join(lines[:i+1], "\n"), " &|"))
		if err == nil && slices.Contains(violations(n.validator, "when", p), why) {
			return i + 1
		}
	}
	return 0
}

// reportLine reports a problem in a line of a text, from 1; 0: it is not known.
func reportLine(v value, line int, why string) {
	at, column := v.place()
	if _, block := v.node.(*yaml.LiteralNode); block && line > 0 {
		at, column = at+line, 0
	}
	v.rep.add(Problem{File: v.file, Line: at, Column: column, Field: v.path, Why: why})
}

// whyNotCedar also returns the line in the text; 0: it is not known.
func whyNotCedar(err error) (line int, why string) {
	m := cedarPlace().FindStringSubmatch(err.Error())
	if m == nil {
		return 0, err.Error()
	}
	if line, err = strconv.Atoi(m[1]); err != nil {
		line = 1
	}
	return line - 1, "is not a Cedar expression: " + m[3] // the expression begins on the second line
}

// linesOf returns nonempty text, of several lines too, without other control characters.
func linesOf(v value) (string, bool) {
	n, ok := v.node.(*yaml.LiteralNode)
	if !ok {
		return v.text()
	}
	s := strings.TrimRight(n.Value.Value, "\n")
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		v.report("is not text")
		return "", false
	}
	return s, true
}
