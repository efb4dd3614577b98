package catalog

import (
	_ "embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"curfew/shared/identity"
)

//go:embed schema.cedarschema
var shippedSchema string

//go:embed base.cedar
var shippedPolicies string

const (
	shippedSchemaFile   = "schema.cedarschema"
	shippedPoliciesFile = "base.cedar"
)

// policyReader reads the Cedar policies.
type policyReader struct{ *loader }

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
		if p, bad := findHidden(file, text); bad {
			l.add(p)
			continue
		}
		l.addPolicies(v, file, string(text), true)
	}
	slices.SortFunc(l.c.policies, func(a, b policy) int { return strings.Compare(a.ID, b.ID) })
}

// readSchema returns the validator, the schema, and its text as Cedar's printer writes it.
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
			continue // the validator would report the attribute again
		}
		for _, why := range violations(v, id, p) {
			at.Why = why
			l.add(at)
		}
		l.c.policies = append(l.c.policies, policy{ID: id, Text: string(p.MarshalCedar())})
	}
}

func (l policyReader) gatherNames(schema *resolved.Schema) *names {
	n := &names{schema: schema, people: map[string]string{}, entities: map[cedar.EntityType][]string{
		typeEntitlement: l.fileNames(entitlementsDir), typeTrigger: l.fileNames(triggersDir),
	}}
	if l.identities.groups != nil {
		n.entities[typeGroup] = slices.Sorted(maps.Keys(l.identities.groups))
	}
	for uid := range schema.Actions {
		n.entities[typeAction] = append(n.entities[typeAction], string(uid.ID))
	}
	slices.Sort(n.entities[typeAction])
	for _, p := range l.c.people {
		n.people[p.Name] = identity.PersonID(p.Issuer, p.Subject)
		n.people[p.Session] = n.people[p.Name]
	}
	n.parameters = l.parameterNames()
	n.closed = n.closedSets(l.identities.known)
	return n
}

// fileNames returns the names of a folder's files. It includes unreadable files, which are already reported.
func (l policyReader) fileNames(dir string) []string {
	all := []string{}
	for _, file := range l.files(dir, ".yaml") {
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(file, dir+"/"), ".yaml"))
	}
	return all
}

func (l policyReader) parameterNames() map[string][]string {
	all := map[string][]string{}
	for _, d := range l.drafts {
		if !d.isComplete {
			return nil
		}
		all[d.Name] = slices.Sorted(maps.Keys(d.Parameters))
		all[""] = append(all[""], all[d.Name]...)
	}
	slices.Sort(all[""])
	all[""] = slices.Compact(all[""])
	return all
}

// checkNames reports names in a policy that do not exist, and returns whether it found one. It needs text, the policy
// as written, because Cedar keeps only the position of the whole policy.
func (l policyReader) checkNames(p *cedar.Policy, at Problem, text string) (wrong bool) {
	add := func(why string, tokens ...string) {
		place := at
		for _, token := range tokens {
			if line, column := find(text, token); line > 0 {
				if line == 1 {
					column += at.Column - 1
				}
				place.Line, place.Column = at.Line+line-1, column
				break
			}
		}
		place.Why = why
		l.add(place)
		wrong = true
	}
	g := guard{names: l.names, report: func(token, why string) { add(why, token) }}
	g.lacks = func(attr types.String, of *fieldsOfType) {
		known := slices.Sorted(maps.Keys(of.attributes))
		all := make([]string, len(known))
		for i, k := range known {
			all[i] = string(k)
		}
		add(fmt.Sprintf("%s has no attribute %q%s", of.path, attr, suggest(string(attr), all, all)), string(attr), strconv.Quote(string(attr)))
	}
	g.check((*ast.Policy)(p.AST()))
	return wrong
}
