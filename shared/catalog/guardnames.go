package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"

	"curfew/shared/identity"
	"curfew/shared/task"
)

// names are all names that a policy of a catalog may use.
type names struct {
	schema     *resolved.Schema
	entities   map[cedar.EntityType][]string
	closed     map[string]closed   // by the path of the attribute
	parameters map[string][]string // by entitlement; under the empty name those of all; nil: not known
	people     map[string]string   // the id of each person of identities.yaml, by name
}

// closed is a set of which an attribute always is. Either values or most is set.
type closed struct {
	what   string
	values []string
	most   types.Long        // from 0 to most
	is     func(string) bool // beside the values: an id of a caller that the catalog need not list
	hints  map[string]string // what is meant by a wrong name
}

// why says what is wrong with a literal; empty: nothing.
func (c closed) why(v cedar.Value) string {
	switch v := v.(type) {
	case types.Long:
		if c.most > 0 && (v < 0 || v > c.most) {
			return fmt.Sprintf("%s %d does not exist; it is 0 to %d", c.what, v, c.most)
		}
	case types.String:
		if c.values == nil || slices.Contains(c.values, string(v)) || c.is != nil && c.is(string(v)) {
			return ""
		}
		if meant := c.hints[string(v)]; meant != "" {
			return fmt.Sprintf("%s %q does not exist; did you mean %q?", c.what, v, meant)
		}
		return fmt.Sprintf("%s %q does not exist%s", c.what, v, suggest(string(v), c.values, c.listed()))
	}
	return ""
}

// listed are the values that people are told of.
func (c closed) listed() []string {
	if c.is != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.values), func(v string) bool { return v == "" })
}

func (c closed) list() string { return strings.Join(c.listed(), ", ") }

// gatherNames gathers what the rest of the catalog has named.
func (l policyReader) gatherNames(schema *resolved.Schema) *names {
	n := &names{schema: schema, people: map[string]string{}, entities: map[cedar.EntityType][]string{
		typeEntitlement: l.fileNames(entitlementsDir), typeTrigger: l.fileNames(triggersDir),
	}}
	if l.roll.groups != nil {
		n.entities[typeGroup] = slices.Sorted(maps.Keys(l.roll.groups))
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
	n.closed = n.closedSets(l.roll.known)
	return n
}

// fileNames are the names of the files of a folder, those that cannot be read too: they are reported already.
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
		if !d.whole {
			return nil
		}
		all[d.Name] = slices.Sorted(maps.Keys(d.Parameters))
		all[""] = append(all[""], all[d.Name]...)
	}
	slices.Sort(all[""])
	all[""] = slices.Compact(all[""])
	return all
}

// closedSets are the attributes that have one of a few values. Those that are empty while the entitlement itself is read
// have the empty text among them.
func (n *names) closedSets(principals []string) map[string]closed {
	var weekdays []string
	for day := range 7 {
		weekdays = append(weekdays, strings.ToLower(time.Weekday((day+1)%7).String()))
	}
	binds := []string{string(access.BindUserID), string(access.BindSourceIdentity), string(access.BindVPCEndpoint), string(access.BindNone), ""}
	kinds := closed{what: "task kind", values: append(task.Kinds(), "")}
	caller := closed{what: "caller", values: n.triggerIDs(), is: isCallerID, hints: n.people}
	sets := map[string]closed{
		"context.weekday":       {what: "weekday", values: weekdays},
		"context.hour":          {what: "hour", most: 23},
		"context.minute":        {what: "minute", most: 59},
		"context.requesterKind": {what: "requester kind", values: []string{string(identity.Person), string(identity.Machine), ""}},
		"context.task.kind":     kinds,
		"resource.tasks":        kinds,
		"resource.knownTasks":   kinds,
		"context.session.bind":  {what: "session binding", values: binds},
		"resource.session":      {what: "session binding", values: binds},
		"context.requester":     caller,
		"principal.id":          caller,
	}
	if len(principals) > 0 {
		accounts := []string{""}
		for _, arn := range principals {
			accounts = append(accounts, strings.Split(arn+":::::", ":")[4])
		}
		sets["context.target.arn"] = closed{what: "principal", values: append([]string{""}, principals...)}
		sets["context.target.account"] = closed{what: "account", values: accounts}
	}
	return sets
}

func (n *names) triggerIDs() []string {
	ids := []string{""}
	for _, name := range n.entities[typeTrigger] {
		ids = append(ids, identity.TriggerID(name))
	}
	return ids
}

// isCallerID reports whether a text has the form of the id of a person or of a machine. Which there are is not known here.
func isCallerID(s string) bool {
	if person, ok := strings.CutPrefix(s, "person:"); ok {
		issuer, subject, ok := strings.Cut(person, "|")
		return ok && issuer != "" && subject != ""
	}
	unique, ok := strings.CutPrefix(s, identity.MachineID(""))
	return ok && unique != ""
}

// entity refuses the id of an entity that there is not.
func (g *guard) entity(uid types.EntityUID) {
	id := string(uid.ID)
	if uid.Type == typePerson || uid.Type == typeMachine {
		if why := g.closed["principal.id"].why(uid.ID); why != "" {
			g.wrong(token(uid.ID), why)
		}
		return
	}
	known, ok := g.entities[uid.Type]
	if !ok || slices.Contains(known, id) {
		return
	}
	hint := suggest(id, known, known)
	if uid.Type == typeGroup && !strings.Contains(hint, "did you mean") {
		hint = "; a group that only a policy names is listed in groups of " + identitiesFile
	}
	where := " in this catalog"
	if uid.Type == typeAction {
		where = ""
	}
	g.wrong(token(uid.ID), fmt.Sprintf("%s %q does not exist%s%s", strings.ToLower(string(uid.Type)), id, where, hint))
}

// fieldsOfType are the attributes of an expression.
type fieldsOfType struct {
	path       string
	attributes resolved.RecordType
}

// fieldsOf gives the attributes of an expression; nil, if they are not known here.
func (n *names) fieldsOf(node ast.IsNode) *fieldsOfType {
	switch node := node.(type) {
	case ast.NodeTypeVariable:
		return n.fieldsOfVariable(string(node.Name))
	case ast.NodeTypeAccess:
		of := n.fieldsOf(node.Arg)
		if of == nil {
			return nil
		}
		path := of.path + "." + string(node.Value)
		switch t := of.attributes[node.Value].Type.(type) {
		case resolved.RecordType:
			return &fieldsOfType{path, t}
		case resolved.EntityType:
			return &fieldsOfType{path, n.schema.Entities[types.EntityType(t)].Shape}
		}
	}
	return nil
}

func (n *names) fieldsOfVariable(name string) *fieldsOfType {
	all := resolved.RecordType{}
	switch name {
	case "principal":
		maps.Copy(all, n.schema.Entities[typePerson].Shape)
		maps.Copy(all, n.schema.Entities[typeMachine].Shape)
	case "resource":
		all = n.schema.Entities[typeEntitlement].Shape
	case "context":
		for _, a := range n.schema.Actions {
			if a.AppliesTo != nil {
				maps.Copy(all, a.AppliesTo.Context)
			}
		}
	default:
		return nil
	}
	return &fieldsOfType{name, all}
}
