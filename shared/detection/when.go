package detection

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	publicast "github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"curfew/shared/strictjson"

	_ "embed"
)

// Schema is the Cedar schema of the facts.
//
//go:embed schema.cedarschema
var Schema string

// when is a compiled Cedar expression.
type when struct {
	gate   []condition
	policy *cedar.Policy // of what the gate leaves; nil: nothing
	named  []named       // attributes that the policy reads
}

// named is an attribute that a policy reads. Its value is unused if the policy asks only whether it is there.
type named struct {
	name    cedar.String
	fact    fact
	hasOnly bool
}

// ParseWhen parses a when as a policy's condition. It refuses a text of more than one expression.
func ParseWhen(text string) (p *cedar.Policy, err error) {
	defer func() { // the parser is third-party
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	if err := strictjson.CheckDepth(text); err != nil {
		return nil, err
	}
	if len(text) > maxWhen {
		return nil, fmt.Errorf("has %d bytes, more than %d", len(text), maxWhen)
	}
	list, err := cedar.NewPolicyListFromBytes("when", []byte(whenHead+text+whenTail))
	if err != nil {
		return nil, err
	}
	if len(list) != 1 || len(list[0].AST().Conditions) != 1 || len(list[0].Annotations()) > 0 {
		return nil, errors.New("is not one expression")
	}
	return list[0], nil
}

// maxWhen is the limit of an expression in bytes.
const maxWhen = 16 << 10

// The expression begins on its own line: an error's line is that of the text plus one.
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
	body := (*ast.Policy)(p.AST()).Conditions[0].Body
	if usesContextWhole(body) {
		return nil, errors.New("when: uses context as a whole: name its attributes")
	}
	w := &when{}
	var rest ast.IsNode
	if w.gate, rest = gateOf(body); rest == nil {
		return w, nil
	}
	left := ast.Permit()
	left.Conditions = []ast.ConditionType{{Condition: ast.ConditionWhen, Body: rest}}
	w.policy, w.named = cedar.NewPolicyFromAST((*publicast.Policy)(left)), attributesOf(rest)
	return w, nil
}

func usesContextWhole(body ast.IsNode) bool {
	bare := 0
	ast.Inspect(ast.NewNode(body), func(n ast.IsNode) bool {
		switch n := n.(type) {
		case ast.NodeTypeAccess:
			if isContext(n.Arg) {
				bare--
			}
		case ast.NodeTypeHas:
			if isContext(n.Arg) {
				bare--
			}
		case ast.NodeTypeVariable:
			if isContext(n) {
				bare++
			}
		}
		return true
	})
	return bare > 0
}

func attributesOf(body ast.IsNode) (all []named) {
	note := func(arg ast.IsNode, name types.String, hasOnly bool) {
		f, known := factOf(arg, name)
		if !known {
			return
		}
		at := slices.IndexFunc(all, func(n named) bool { return n.name == name })
		if at < 0 {
			all = append(all, named{name, f, hasOnly})
			return
		}
		all[at].hasOnly = all[at].hasOnly && hasOnly
	}
	ast.Inspect(ast.NewNode(body), func(n ast.IsNode) bool {
		switch n := n.(type) {
		case ast.NodeTypeAccess:
			note(n.Arg, n.Value, false)
		case ast.NodeTypeHas:
			note(n.Arg, n.Value, true)
		}
		return true
	})
	return all
}

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

func (w *when) reads(name types.String) bool {
	return w != nil && (slices.ContainsFunc(w.gate, func(c condition) bool { return c.name == name }) ||
		slices.ContainsFunc(w.named, func(n named) bool { return n.name == name }))
}

func (w *when) ask(v *view) (bool, error) {
	if w.policy == nil {
		return true, nil
	}
	v.asked++
	context := make(cedar.RecordMap, len(w.named))
	for i := range w.named {
		n := &w.named[i]
		switch {
		case !n.hasOnly:
			if value := n.fact.of(v); value != nil {
				context[n.name] = value
			}
		case n.fact.present(v):
			context[n.name] = cedar.True
		}
	}
	decision, diagnostic := cedar.Authorize(one{w.policy}, v, cedar.Request{Action: types.NewEntityUID("Action", "detect"), Context: cedar.NewRecord(context)})
	if len(diagnostic.Errors) > 0 {
		return false, errors.New(diagnostic.Errors[0].Message)
	}
	return decision == cedar.Allow, nil
}
