package asl

import (
	"fmt"
	"slices"
	"strings"
)

// template is a compiled payload template: Parameters, Payload, ResultSelector.
type template interface {
	fill(s scope) (any, *failure)
}

// literal is a part without paths.
type literal struct{ value any }

func (l literal) fill(scope) (any, *failure) { return l.value, nil }

func (p path) fill(s scope) (any, *failure) { return s.get(p) }

// object is a part with a path in it.
type object []member

type member struct {
	name string
	from template
}

func (o object) fill(s scope) (any, *failure) {
	out := make(map[string]any, len(o))
	for _, m := range o {
		v, fail := m.from.fill(s)
		if fail != nil {
			return nil, fail
		}
		out[m.name] = v
	}
	return out, nil
}

type list []template

func (l list) fill(s scope) (any, *failure) {
	out := make([]any, len(l))
	for i, t := range l {
		v, fail := t.fill(s)
		if fail != nil {
			return nil, fail
		}
		out[i] = v
	}
	return out, nil
}

func compileTemplate(v any) (template, error) {
	switch v := v.(type) {
	case map[string]any:
		return compileObject(v)
	case []any:
		return compileList(v)
	}
	return literal{v}, nil
}

func compileObject(v map[string]any) (template, error) {
	out := make(object, 0, len(v))
	fixed := true
	for name, value := range v {
		m, err := compileMember(name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, ok := v[m.name]; ok && m.name != name {
			return nil, fmt.Errorf("%s: %s is given twice", name, m.name)
		}
		_, isLiteral := m.from.(literal)
		fixed = fixed && isLiteral
		out = append(out, m)
	}
	if fixed {
		return literal{v}, nil
	}
	slices.SortFunc(out, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func compileMember(name string, value any) (member, error) {
	bare, isPath := strings.CutSuffix(name, ".$")
	if !isPath {
		t, err := compileTemplate(value)
		return member{name, t}, err
	}
	text, ok := value.(string)
	if !ok {
		return member{}, fmt.Errorf("a field whose name ends in .$ is a path")
	}
	p, err := parsePath(text)
	return member{bare, p}, err
}

func compileList(v []any) (template, error) {
	out := make(list, len(v))
	fixed := true
	for i, item := range v {
		t, err := compileTemplate(item)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		_, isLiteral := t.(literal)
		fixed = fixed && isLiteral
		out[i] = t
	}
	if fixed {
		return literal{v}, nil
	}
	return out, nil
}
