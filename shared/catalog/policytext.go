package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"curfew/shared/fault"
	"curfew/shared/strictjson"
)

// reserved is the prefix of shipped policy ids.
const reserved = "curfew."

var policyID = fault.Pattern(`^[a-z][a-zA-Z0-9.-]{0,63}$`)

// parsePolicies turns a panic of Cedar's parser into an error.
func parsePolicies(file, text string) (list cedar.PolicyList, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	if err := strictjson.CheckDepth(text); err != nil {
		return nil, err
	}
	return cedar.NewPolicyListFromBytes(file, []byte(text))
}

// checkPolicyText checks the rules that do not depend on conditions.
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
		return id, "is a permit: a catalog may only forbid"
	}
	return id, checkReason(p)
}

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

// cedarPlace matches the position in an error of Cedar's parser.
var cedarPlace = fault.Pattern(`(?s)parse error at (?:<input>:)?(\d+):(\d+):? (.*)`)

func cedarSyntax(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Why: "is not Cedar: " + err.Error()}
	if m := cedarPlace().FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Column, _ = strconv.Atoi(m[2])
		p.Why = "is not Cedar: " + m[3]
	}
	return p
}
