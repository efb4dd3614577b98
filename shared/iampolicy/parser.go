package iampolicy

import (
	"fmt"

	"curfew/shared/strictjson"
)

type parser struct {
	text []byte
	doc  *Document
	path path // to the current value
	// control: of a resource control policy, whose principals are all
	control bool
}

// variables reports whether ${…} has a meaning.
func (p *parser) variables() bool { return p.doc.Version == Version }

func (p *parser) fail(offset int, format string, args ...any) error {
	return parseErrorAt(p.text, p.path.String(), offset, fmt.Sprintf(format, args...))
}

// list reads a string or a list of strings and calls check with each.
func (p *parser) list(n *strictjson.Value, check func(string) error) ([]string, error) {
	depth := len(p.path)
	if n.Kind == strictjson.String {
		if err := check(n.Text); err != nil {
			return nil, p.fail(n.Offset, "%v", err)
		}
		return []string{n.Text}, nil
	}
	if n.Kind != strictjson.List {
		return nil, p.fail(n.Offset, "a string or a list of strings is needed, not %s", n.Kind)
	}
	if len(n.Items) == 0 {
		return nil, p.fail(n.Offset, "an empty list")
	}
	values := make([]string, 0, len(n.Items))
	for i := range n.Items {
		item := &n.Items[i]
		p.path.to(depth, step{index: i})
		if item.Kind != strictjson.String {
			return nil, p.fail(item.Offset, "a string is needed, not %s", item.Kind)
		}
		if err := check(item.Text); err != nil {
			return nil, p.fail(item.Offset, "%v", err)
		}
		values = append(values, item.Text)
	}
	p.path = p.path[:depth]
	return values, nil
}
