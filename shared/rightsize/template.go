package rightsize

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
	"curfew/shared/strictjson"
)

// maxPolicy bounds a policy's text, in bytes.
const maxPolicy = 256 << 10

// template is a policy's text and what it says. A template's placeholders stay.
type template struct {
	root  *strictjson.Value
	items []*strictjson.Value // its statements
	doc   *iampolicy.Document // with "*" for placeholders and variables, and without conditions that have placeholders
}

// readTemplate reads a policy, or a template with {{placeholders}}. It refuses what IAM would refuse.
func readTemplate(text []byte) (*template, error) {
	if _, err := iampolicy.Placeholders(text); err != nil {
		return nil, err
	}
	rules := strictjson.Rules{MaxBytes: maxPolicy, MaxDepth: 9, Object: true}
	root, err := strictjson.Parse(string(text), rules)
	if err != nil {
		return nil, err
	}
	sample, err := strictjson.Parse(string(text), rules)
	if err != nil {
		return nil, err
	}
	t := &template{root: root}
	for _, s := range statementsOf(sample) {
		open(s)
	}
	if t.doc, err = iampolicy.Parse(compact(sample)); err != nil {
		return nil, err
	}
	if t.items = statementsOf(root); len(t.items) != len(t.doc.Statements) {
		return nil, errors.New("its statements cannot be counted")
	}
	return t, nil
}

func member(v *strictjson.Value, name string) *strictjson.Value {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return &v.Members[i].Value
		}
	}
	return nil
}

func statementsOf(root *strictjson.Value) (all []*strictjson.Value) {
	list := member(root, "Statement")
	switch {
	case list == nil:
	case list.Kind == strictjson.Object:
		all = append(all, list)
	default:
		for i := range list.Items {
			all = append(all, &list.Items[i])
		}
	}
	return all
}

// open makes what a statement covers larger, never smaller: "*" for each placeholder and variable of a resource, and every resource for a
// NotResource that has one. Conditions with placeholders have no values yet; their types may not fit.
func open(s *strictjson.Value) {
	for i := range s.Members {
		switch m := &s.Members[i]; m.Name {
		case "Resource":
			openAll(&m.Value)
		case "NotResource":
			if has(&m.Value, "{{") || has(&m.Value, "${") {
				m.Name, m.Value = "Resource", strictjson.Value{Kind: strictjson.String, Text: "*"}
			}
		}
	}
	s.Members = slices.DeleteFunc(s.Members, func(m strictjson.Member) bool { return m.Name == "Condition" && has(&m.Value, "{{") })
}

func openAll(v *strictjson.Value) {
	v.Text = opened(v.Text)
	for i := range v.Items {
		v.Items[i].Text = opened(v.Items[i].Text)
	}
}

// opened is a pattern with "*" for its placeholders and variables.
func opened(pattern string) string {
	for _, mark := range [][2]string{{"{{", "}}"}, {"${", "}"}} {
		for {
			at := strings.Index(pattern, mark[0])
			if at < 0 {
				break
			}
			end := strings.Index(pattern[at:], mark[1])
			if end < 0 {
				break
			}
			pattern = pattern[:at] + "*" + pattern[at+end+len(mark[1]):]
		}
	}
	return pattern
}

func isOpen(pattern string) bool {
	return strings.Contains(pattern, "{{") || strings.Contains(pattern, "${")
}

func has(v *strictjson.Value, text string) bool {
	return v.Kind == strictjson.String && strings.Contains(v.Text, text) ||
		slices.ContainsFunc(v.Items, func(i strictjson.Value) bool { return has(&i, text) }) ||
		slices.ContainsFunc(v.Members, func(m strictjson.Member) bool { return strings.Contains(m.Name, text) || has(&m.Value, text) })
}

// texts are the strings of an element: one, or a list.
func texts(v *strictjson.Value) (all []string) {
	switch {
	case v == nil:
	case v.Kind == strictjson.String:
		all = append(all, v.Text)
	default:
		for _, i := range v.Items {
			all = append(all, i.Text)
		}
	}
	return all
}

// set replaces the strings of an element, which may get another name. A single string stays one if it can.
func set(s *strictjson.Value, name, to string, all []string) {
	for i := range s.Members {
		m := &s.Members[i]
		if m.Name != name {
			continue
		}
		v := strictjson.Value{Kind: strictjson.List}
		for _, text := range all {
			v.Items = append(v.Items, strictjson.Value{Kind: strictjson.String, Text: text})
		}
		if len(all) == 1 && m.Value.Kind == strictjson.String {
			v = v.Items[0]
		}
		m.Name, m.Value = to, v
	}
}

// with is the text with other statements; nil: none is left.
func (t *template) with(statements []*strictjson.Value) *strictjson.Value {
	if len(statements) == 0 {
		return nil
	}
	root := *t.root
	root.Members = slices.Clone(t.root.Members)
	list := member(&root, "Statement")
	if list.Kind == strictjson.Object {
		*list = *statements[0]
		return &root
	}
	*list = strictjson.Value{Kind: strictjson.List}
	for _, s := range statements {
		list.Items = append(list.Items, *s)
	}
	return &root
}

// compact is a tree as JSON without white space; empty: there is none.
func compact(v *strictjson.Value) []byte {
	if v == nil {
		return nil
	}
	return write(nil, v, -1)
}

// pretty is a tree as indented JSON, with a line for each string: it is also YAML.
func pretty(v *strictjson.Value) string {
	if v == nil {
		return ""
	}
	return string(append(write(nil, v, 0), '\n'))
}

// write appends a value. A negative depth is compact.
func write(b []byte, v *strictjson.Value, depth int) []byte {
	line := func(b []byte, depth int) []byte {
		if depth < 0 {
			return b
		}
		return append(append(b, '\n'), strings.Repeat("  ", depth)...)
	}
	inner := depth
	if depth >= 0 {
		inner++
	}
	switch v.Kind {
	case strictjson.String:
		return quote(b, v.Text)
	case strictjson.List:
		b = append(b, '[')
		for i := range v.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = write(line(b, inner), &v.Items[i], inner)
		}
		if len(v.Items) > 0 {
			b = line(b, depth)
		}
		return append(b, ']')
	case strictjson.Object:
		b = append(b, '{')
		for i := range v.Members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(quote(line(b, inner), v.Members[i].Name), ':')
			if depth >= 0 {
				b = append(b, ' ')
			}
			b = write(b, &v.Members[i].Value, inner)
		}
		if len(v.Members) > 0 {
			b = line(b, depth)
		}
		return append(b, '}')
	}
	return append(b, v.Text...)
}

// quote escapes what JSON must escape, and no more: an escape would count against IAM's quota.
func quote(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
