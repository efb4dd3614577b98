package iampolicy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

// Placeholders returns the names that a template uses as {{name}}, sorted, without duplicates. It fails where
// Substitute does: on invalid JSON, and on a malformed or misplaced placeholder. The error is a [*ParseError].
func Placeholders(template []byte) ([]string, error) {
	root, err := readTree(template)
	if err != nil {
		return nil, err
	}
	return placeholders(template, root)
}

// placeholders does not change the tree.
func placeholders(template []byte, root *strictjson.Value) ([]string, error) {
	names := make(map[string]bool)
	s := substitution{text: template, value: func(name string) string {
		names[name] = true
		return "{{" + name + "}}"
	}}
	if err := s.node(root, false); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// Substitute replaces a template's placeholders and returns the parsed policy. Every placeholder needs a type and a
// value that the type accepts. Every value needs a placeholder; a type does not.
//
// Placeholders may stand only in Resource, NotResource and condition values, and not in a policy variable. Substitute
// works on the decoded tree, so a value cannot leave its string.
func Substitute(template []byte, types map[string]ParameterType, values map[string]string) (*Document, error) {
	root, err := readTree(template)
	if err != nil {
		return nil, err
	}
	names, err := placeholders(template, root)
	if err != nil {
		return nil, err
	}
	if err := checkValues(names, types, values); err != nil {
		return nil, err
	}
	s := substitution{text: template, value: func(name string) string { return values[name] }}
	if err := s.node(root, false); err != nil {
		return nil, err
	}
	d, err := Parse(appendTree(make([]byte, 0, 2*len(template)), root))
	if err != nil {
		return nil, fmt.Errorf("after substitution: %w", err)
	}
	return d, nil
}

func checkValues(names []string, types map[string]ParameterType, values map[string]string) error {
	for _, name := range names {
		t, ok := types[name]
		if !ok {
			return fmt.Errorf("the parameter %q has no type", name)
		}
		value, ok := values[name]
		if !ok {
			return fmt.Errorf("the parameter %q has no value", name)
		}
		if err := t.Check(value); err != nil {
			return fmt.Errorf("the parameter %q: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(names, name) {
			return fmt.Errorf("the value %q has no placeholder", name)
		}
	}
	return nil
}

type substitution struct {
	text  []byte
	value func(name string) string
	path  path
}

func (s *substitution) node(n *strictjson.Value, open bool) (err error) {
	depth := len(s.path)
	for i := range n.Items {
		s.path.to(depth, step{index: i})
		if err := s.node(&n.Items[i], open); err != nil {
			return err
		}
	}
	for i := range n.Members {
		m := &n.Members[i]
		opens := open || s.path[:depth].opens(m.Name)
		s.path.to(depth, step{name: m.Name})
		if strings.Contains(m.Name, "{{") {
			return parseErrorAt(s.text, s.path.String(), m.Offset, "a placeholder in a name")
		}
		if err := s.node(&m.Value, opens); err != nil {
			return err
		}
	}
	s.path = s.path[:depth]
	if n.Kind != strictjson.String || !strings.Contains(n.Text, "{{") {
		return nil
	}
	if !open {
		return parseErrorAt(s.text, s.path.String(), n.Offset, "a placeholder stands in Resource, NotResource and condition values only")
	}
	if n.Text, err = s.replace(n.Text); err != nil {
		return parseErrorAt(s.text, s.path.String(), n.Offset, err.Error())
	}
	return nil
}

// opens reports whether the values of an element may hold placeholders. Action may not: the catalog decides what is
// granted, and its checks of actions see only sample values.
func (p path) opens(name string) bool {
	inStatement := len(p) == 1 || len(p) == 2 && p[1].name == ""
	if !inStatement || p[0].name != "Statement" {
		return false
	}
	return name == "Resource" || name == "NotResource" || name == "Condition"
}

func (s *substitution) replace(text string) (string, error) {
	var out strings.Builder
	for {
		at := strings.Index(text, "{{")
		if at < 0 {
			out.WriteString(text)
			return out.String(), nil
		}
		before, rest := text[:at], text[at+2:]
		if insideVariable(before) {
			return "", errors.New("a placeholder inside a policy variable")
		}
		name, after, ok := strings.Cut(rest, "}}")
		if !ok || !isPlaceholder(name) {
			return "", errors.New("{{ without a name of lower-case letters, digits, '-' and '_' and }}")
		}
		out.WriteString(before)
		out.WriteString(s.value(name))
		text = after
	}
}

// insideVariable reports whether the text ends in an open ${, or in a $ that the placeholder's brace would open.
func insideVariable(before string) bool {
	at := strings.LastIndex(before, "${")
	return strings.HasSuffix(before, "$") || at >= 0 && variableLength(before[at:]) == 0
}

func isPlaceholder(name string) bool {
	return isMadeOf(name, lowers+digits+"-_", 1, 64) && strings.IndexByte(lowers, name[0]) >= 0
}

// appendTree writes a tree as JSON.
func appendTree(b []byte, n *strictjson.Value) []byte {
	switch n.Kind {
	case strictjson.String:
		return appendString(b, n.Text)
	case strictjson.Number, strictjson.Bool, strictjson.Null:
		return append(b, n.Text...)
	case strictjson.List:
		b = append(b, '[')
		for i := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendTree(b, &n.Items[i])
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i := range n.Members {
		m := &n.Members[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.Name), ':')
		b = appendTree(b, &m.Value)
	}
	return append(b, '}')
}
