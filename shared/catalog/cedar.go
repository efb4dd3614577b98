package catalog

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

//go:embed schema.cedarschema
var shippedSchema string

//go:embed base.cedar
var shippedPolicies string

const (
	shippedSchemaFile   = "schema.cedarschema"
	shippedPoliciesFile = "base.cedar"
)

// policy is a Cedar policy in the one way that Cedar's printer writes it: neither layout nor comments count.
type policy struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// reserved is the beginning of the ids of what is shipped; no policy of a catalog has it.
const reserved = "curfew."

var policyID = lazily(`^[a-z][a-zA-Z0-9.-]{0,63}$`)

// policyReader reads the Cedar policies.
type policyReader struct{ *loader }

// readPolicies reads the shipped policies and the catalog's own, and holds both against the schema.
func (l policyReader) readPolicies() {
	v, schema, canonical, err := readSchema(shippedSchema)
	if err != nil {
		l.add(Problem{File: shippedSchemaFile, Why: err.Error()})
		return
	}
	l.c.cedarSchema, l.names = canonical, l.gatherNames(schema)
	l.addPolicies(v, shippedPoliciesFile, shippedPolicies, false)
	for _, file := range l.files(policiesDir, ".cedar") {
		text, err := fs.ReadFile(l.fsys, file)
		if err != nil || len(text) > maxFile {
			l.add(Problem{File: file, Why: fmt.Sprintf("cannot be read, or has more than %d bytes", maxFile)})
			continue
		}
		if p, bad := hidden(file, text); bad {
			l.add(p)
			continue
		}
		l.addPolicies(v, file, string(text), true)
	}
	slices.SortFunc(l.c.policies, func(a, b policy) int { return strings.Compare(a.ID, b.ID) })
}

// readSchema gives what policies are held against, the schema itself, and as Cedar's printer writes it.
func readSchema(text string) (*validate.Validator, *resolved.Schema, string, error) {
	var s schema.Schema
	s.SetFilename(shippedSchemaFile)
	if err := s.UnmarshalCedar([]byte(text)); err != nil {
		return nil, nil, "", err
	}
	schema, err := s.Resolve()
	if err != nil {
		return nil, nil, "", err
	}
	canonical, err := s.MarshalCedar()
	return validate.New(schema, validate.WithStrict()), schema, string(canonical), err
}

func (l policyReader) addPolicies(v *validate.Validator, file, text string, own bool) {
	list, err := parsePolicies(file, text)
	if err != nil {
		l.add(cedarSyntax(file, err))
		return
	}
	for i, p := range list {
		at := Problem{File: file, Line: p.Position().Line, Column: p.Position().Column}
		id, why := checkPolicyText(p, own)
		if why == "" && slices.ContainsFunc(l.c.policies, func(q policy) bool { return q.ID == id }) {
			why = "is the @id of another policy too"
		}
		if why != "" {
			at.Field, at.Why = id, why
			l.add(at)
			continue
		}
		end := len(text)
		if i+1 < len(list) {
			end = list[i+1].Position().Offset
		}
		at.Field = id
		if own && l.checkNames(p, at, text[p.Position().Offset:end]) {
			l.c.policies = append(l.c.policies, policy{ID: id})
			continue // the validator would say the same of an attribute once more
		}
		for _, why := range violations(v, id, p) {
			at.Why = why
			l.add(at)
		}
		l.c.policies = append(l.c.policies, policy{ID: id, Text: string(p.MarshalCedar())})
	}
}

// parsePolicies is Cedar's parser, kept from taking the process down with it.
func parsePolicies(file, text string) (list cedar.PolicyList, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return cedar.NewPolicyListFromBytes(file, []byte(text))
}

// checkPolicyText says why a policy may not be in a catalog, whatever its conditions are.
func checkPolicyText(p *cedar.Policy, own bool) (id, why string) {
	annotation, ok := p.Annotations()["id"]
	id = string(annotation)
	switch {
	case !ok:
		return "", "has no @id"
	case !policyID().MatchString(id):
		return id, "is not an @id of letters, digits, dots and hyphens"
	case own && strings.HasPrefix(id, reserved):
		return id, "begins with " + reserved + ", which is reserved"
	case own && p.Effect() != cedar.Forbid:
		return id, "permits, where a catalog may only forbid"
	}
	return id, ""
}

// violations are the ways in which a policy does not fit the schema.
func violations(v *validate.Validator, id string, p *cedar.Policy) []string {
	err := v.Policy(id, (*ast.Policy)(p.AST()))
	if err == nil {
		return nil
	}
	var found []string
	errs := []error{err}
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		errs = joined.Unwrap()
	}
	for _, e := range errs {
		why := oneLine(strings.TrimPrefix(e.Error(), fmt.Sprintf("for policy `%s`, ", id)))
		if !slices.Contains(found, why) {
			found = append(found, why)
		}
	}
	return found
}

// cedarPlace matches how Cedar's parser says where.
var cedarPlace = lazily(`(?s)parse error at (?:<input>:)?(\d+):(\d+):? (.*)`)

func cedarSyntax(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Why: "is not Cedar: " + err.Error()}
	if m := cedarPlace().FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Column, _ = strconv.Atoi(m[2])
		p.Why = "is not Cedar: " + m[3]
	}
	return p
}
