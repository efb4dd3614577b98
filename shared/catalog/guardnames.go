package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"

	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// names are the names that a catalog's policies may use.
type names struct {
	schema     *resolved.Schema
	entities   map[cedar.EntityType][]string
	closed     map[string]closedValues // by path of the attribute
	parameters map[string][]string     // by entitlement; "" has those of all; nil: unknown
	people     map[string]string       // ids of the people of identities.yaml, by name
}

// closedValues is the set of values of an attribute. Either values or most is set.
type closedValues struct {
	what    string
	values  []string
	most    types.Long        // from 0 to most
	accepts func(string) bool // also accepts caller ids that the catalog need not list
	hints   map[string]string // the right name for a wrong one
}

// why returns the problem with a literal, or "".
func (c closedValues) why(v cedar.Value) string {
	switch v := v.(type) {
	case types.Long:
		if c.most > 0 && (v < 0 || v > c.most) {
			return fmt.Sprintf("%s %d does not exist; it is 0 to %d", c.what, v, c.most)
		}
	case types.String:
		if c.values == nil || slices.Contains(c.values, string(v)) || c.accepts != nil && c.accepts(string(v)) {
			return ""
		}
		if meant := c.hints[string(v)]; meant != "" {
			return fmt.Sprintf("%s %q does not exist; did you mean %q?", c.what, v, meant)
		}
		return fmt.Sprintf("%s %q does not exist%s", c.what, v, suggest(string(v), c.values, c.listed()))
	}
	return ""
}

// listed are the values to show in messages.
func (c closedValues) listed() []string {
	if c.accepts != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.values), func(v string) bool { return v == "" })
}

func (c closedValues) list() string { return strings.Join(c.listed(), ", ") }

// closedSets are the attributes with few values. An attribute may be empty if it has no value while the entitlement
// itself is read.
func (n *names) closedSets(principals []string) map[string]closedValues {
	var weekdays []string
	for day := range 7 {
		weekdays = append(weekdays, strings.ToLower(time.Weekday((day+1)%7).String()))
	}
	binds := []string{string(access.BindUserID), string(access.BindSourceIdentity), string(access.BindVPCEndpoint), string(access.BindNone), ""}
	kinds := closedValues{what: "task kind", values: append(task.Kinds(), "")}
	caller := closedValues{what: "caller", values: n.triggerIDs(), accepts: isCallerID, hints: n.people}
	sets := map[string]closedValues{
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
		sets["context.target.arn"] = closedValues{what: "principal", values: append([]string{""}, principals...)}
		sets["context.target.account"] = closedValues{what: "account", values: accounts}
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

// isCallerID checks the form of a person's or machine's id. The catalog does not know which ids exist.
func isCallerID(s string) bool {
	if person, ok := strings.CutPrefix(s, "person:"); ok {
		issuer, subject, ok := strings.Cut(person, "|")
		return ok && issuer != "" && subject != ""
	}
	unique, ok := strings.CutPrefix(s, identity.MachineID(""))
	return ok && unique != ""
}

// fieldsOfType are the attributes of an expression.
type fieldsOfType struct {
	path       string
	attributes resolved.RecordType
}

// fieldsOf returns the attributes of an expression; nil if unknown.
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
