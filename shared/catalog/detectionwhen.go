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

// readWhen reads an expression of one or more lines.
func (n factNames) readWhen(v value) string {
	text, ok := linesOf(v)
	if !ok || n.validator == nil {
		return text
	}
	p, err := detection.ParseWhen(text)
	if err != nil {
		v.report("%s", whyNotCedar(err))
		return text
	}
	wrong := false
	report := func(why string) {
		v.report("%s", why)
		wrong = true
	}
	g := guard{names: n.names, report: func(_, why string) { report(why) }}
	g.lacks = func(attr types.String, of *fieldsOfType) {
		var all []string
		for _, k := range slices.Sorted(maps.Keys(of.attributes)) {
			all = append(all, string(k))
		}
		report(fmt.Sprintf("%s has no attribute %s%s", of.path, strconv.Quote(string(attr)), suggest(string(attr), all, nil)))
	}
	g.check((*ast.Policy)(p.AST()))
	if !wrong {
		for _, why := range violations(n.validator, "when", p) {
			v.report("%s", why)
		}
	}
	return text
}

func whyNotCedar(err error) string {
	if m := cedarPlace().FindStringSubmatch(err.Error()); m != nil {
		return "is not a Cedar expression: " + m[3]
	}
	return err.Error()
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
