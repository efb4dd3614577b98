package detection

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	_ "embed"
)

// Schema is the Cedar schema of the facts.
//
//go:embed schema.cedarschema
var Schema string

// when is a compiled Cedar expression.
type when struct {
	policy *cedar.Policy
	named  []string // attributes that it reads
	gate   []condition
}

// ParseWhen parses a when as the condition of a policy. It refuses a text that is more than one expression.
func ParseWhen(text string) (p *cedar.Policy, err error) {
	defer func() { // the parser is third-party
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	list, err := cedar.NewPolicyListFromBytes("when", []byte(whenHead+text+whenTail))
	if err != nil {
		return nil, err
	}
	if len(list) != 1 || len(list[0].AST().Conditions) != 1 || len(list[0].Annotations()) > 0 {
		return nil, errors.New("is not one expression")
	}
	return list[0], nil
}

// The expression begins on a line of its own, so that places in errors are those of the text plus one line.
const (
	whenHead = "permit (principal, action == Action::\"detect\", resource) when {\n"
	whenTail = "\n};"
)

func compileWhen(text string) (*when, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	p, err := ParseWhen(text)
	if err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	w := &when{policy: p}
	body := p.AST().Conditions[0].Body
	bare := 0 // uses of context as a whole
	seen := map[string]bool{}
	note := func(arg ast.IsNode, name types.String) {
		if isContext(arg) {
			bare--
			if _, known := facts[string(name)]; known && !seen[string(name)] {
				seen[string(name)] = true
				w.named = append(w.named, string(name))
			}
		}
	}
	ast.Inspect(ast.NewNode(body), func(n ast.IsNode) bool {
		switch n := n.(type) {
		case ast.NodeTypeAccess:
			note(n.Arg, n.Value)
		case ast.NodeTypeHas:
			note(n.Arg, n.Value)
		case ast.NodeTypeVariable:
			if isContext(n) {
				bare++
			}
		}
		return true
	})
	if bare > 0 {
		return nil, errors.New("when: uses context as a whole: name its attributes")
	}
	w.gate = gateOf(body)
	return w, nil
}

// one is a set of one policy.
type one struct{ *cedar.Policy }

// All returns the policy.
func (o one) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) { yield("when", o.Policy) }
}

// passes reports whether the beginning of the expression, as far as Go decides it, is true.
func (w *when) passes(v *view) bool {
	for i := range w.gate {
		if !w.gate[i].holds(v) {
			return false
		}
	}
	return true
}

// ask evaluates the expression.
func (w *when) ask(v *view) (bool, error) {
	context := make(cedar.RecordMap, len(w.named))
	for _, name := range w.named {
		f := facts[name]
		if value := f.of(v); value != nil {
			context[cedar.String(name)] = value
		}
	}
	decision, diagnostic := cedar.Authorize(one{w.policy}, v, cedar.Request{
		Principal: types.NewEntityUID("Caller", "caller"), Action: types.NewEntityUID("Action", "detect"), Resource: types.NewEntityUID("Call", "call"),
		Context: cedar.NewRecord(context),
	})
	if len(diagnostic.Errors) > 0 {
		return false, errors.New(diagnostic.Errors[0].Message)
	}
	return decision == cedar.Allow, nil
}
