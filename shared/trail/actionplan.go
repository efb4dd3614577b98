package trail

import (
	"slices"
	"strings"
	"sync"

	"curfew/shared/iamdata"
)

type plan struct {
	known   bool
	none    bool // no permission is needed
	special special
	steps   []step
	roles   []string // names of parameters with a role to pass
}

// special are events whose parameters tell the actions.
type special byte

const (
	ordinary    special = iota
	copies              // S3 copies: one object is read, another written
	statements          // PartiQL of DynamoDB: the first word of a statement
	transaction         // DynamoDB's transactions: each item has its operation
)

type step struct {
	action       string // "s3:GetObject"
	service      string // "s3"
	any          bool   // the action takes no resource, only "*"
	types        []iamdata.Resource
	alternatives [][]iamdata.Resource // a call has one resource of each: each required type alone, or all that are optional
	param        string               // the only parameter that has the resource's ARN
	when, unless string               // a parameter that must be there, or must not
}

func (s *step) applies(r *Record) bool {
	if s.when == "" && s.unless == "" {
		return true
	}
	_, ok := r.parameter(s.when + s.unless)
	return ok == (s.when != "")
}

// maxPlans bounds the plans that are kept. AWS has some 18,000 operations.
const maxPlans, maxName = 32768, 128

type planKey struct{ source, name string }

var plans = struct {
	sync.RWMutex
	kept map[planKey]*plan
}{kept: map[planKey]*plan{}}

var unknownPlan = &plan{}

// planOf gives the plan of an event. It keeps no reference to the names.
func planOf(source, name string) *plan {
	if source == "" || name == "" || len(source) > maxName || len(name) > maxName {
		return unknownPlan
	}
	plans.RLock()
	p := plans.kept[planKey{source, name}]
	plans.RUnlock()
	if p != nil {
		return p
	}
	p = makePlan(source, name)
	plans.Lock()
	defer plans.Unlock()
	if len(plans.kept) >= maxPlans {
		clear(plans.kept)
	}
	plans.kept[planKey{strings.Clone(source), strings.Clone(name)}] = p
	return p
}

func makePlan(source, name string) *plan {
	label, ok := strings.CutSuffix(source, ".amazonaws.com")
	if !ok {
		return unknownPlan
	}
	bare := withoutDate(name)
	for _, n := range [...]string{name, bare} {
		if needs, ok := exception(label, n); ok {
			return compile(label, bare, needs)
		}
	}
	for service := range strings.FieldsSeq(servicesOf(label)) {
		for _, n := range [...]string{name, bare} {
			if a, ok := iamdata.Lookup(service, n); ok {
				return compile(label, bare, service+":"+a.Name)
			}
		}
	}
	if label == "apigateway" {
		if verb := restVerb(name); verb != "" {
			return compile(label, bare, "apigateway:"+verb)
		}
	}
	return unknownPlan
}

func exception(label, name string) (needs string, ok bool) {
	if p := servicesOf(label); label != "monitoring" && !strings.Contains(p, " ") && p != label {
		label = p // bedrock-runtime has the rows of bedrock
	}
	for _, table := range [...][]exceptionRow{exceptions, s3Exceptions} {
		for i := range table {
			if row := &table[i]; row.label == label && hasWord(row.names, name) {
				return row.needs, true
			}
		}
	}
	return "", false
}

// withoutDate removes the API's version from a name: CreateFunction20150331, UpdateFunctionCode20150331v2,
// CreateDistribution2020_05_31.
func withoutDate(name string) string {
	bare := name
	if at := strings.LastIndexByte(bare, 'v'); at > 0 && at < len(bare)-1 && strings.Trim(bare[at+1:], "0123456789") == "" {
		bare = bare[:at]
	}
	date := bare[len(strings.TrimRight(bare, "0123456789_")):]
	if digits := strings.ReplaceAll(date, "_", ""); len(digits) == 8 && digits[:2] == "20" && len(date) < len(bare) {
		return strings.TrimSuffix(strings.TrimSuffix(bare, date), "_")
	}
	return name
}

func compile(label, name, needs string) *plan {
	p := &plan{known: true, roles: rolesPassed(label, name)}
	for field := range strings.FieldsSeq(needs) {
		switch field {
		case "none":
			p.none = true
		case "copy":
			p.special = copies
		case "statements":
			p.special = statements
		case "transaction":
			p.special = transaction
		default:
			s, ok := compileStep(field)
			if !ok {
				return unknownPlan
			}
			p.steps = append(p.steps, s)
		}
	}
	return p
}

func compileStep(field string) (s step, ok bool) {
	field, s.when, _ = strings.Cut(field, "?")
	if unless, ok := strings.CutPrefix(s.when, "!"); ok {
		s.when, s.unless = "", unless
	}
	field, s.param, _ = strings.Cut(field, "@")
	field, only, _ := strings.Cut(field, "#")
	service, name, _ := strings.Cut(field, ":")
	a, ok := iamdata.Lookup(service, name)
	s.service, s.action, s.any = service, service+":"+a.Name, len(a.Resources) == 0
	var optional []iamdata.Resource
	for _, t := range a.Resources {
		switch {
		case only != "" && only != "any" && t.Name != only, isConstant(t) && len(a.Resources) > 1 && service != "glue":
			continue
		case only != "any" && (t.Required || only != ""):
			s.alternatives = append(s.alternatives, []iamdata.Resource{t})
		default:
			optional = append(optional, t)
		}
		s.types = append(s.types, t)
	}
	if len(s.alternatives) == 0 && len(optional) > 0 {
		s.alternatives = [][]iamdata.Resource{optional}
	}
	return s, ok
}

// isConstant reports whether a type is one resource, such as Glue's catalog: of several types it would fit every event.
//
// https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
func isConstant(t iamdata.Resource) bool {
	return !slices.ContainsFunc(t.ARNs, func(format string) bool { return hasParameters(format) || strings.Contains(format, "*") })
}
