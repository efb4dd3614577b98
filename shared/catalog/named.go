package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// NamedGroups returns the groups that the catalog names, each as "group:<name>", sorted. Membership of others decides nothing.
func (c *Catalog) NamedGroups() ([]string, error) {
	named := map[string]bool{}
	add := func(refs []string) {
		for _, ref := range refs {
			if strings.HasPrefix(ref, groupPrefix) {
				named[ref] = true
			}
		}
	}
	add(c.operators)
	for _, e := range c.entitlements {
		add(e.Requesters)
		add(e.Owners)
		add(e.Reviewers)
		if e.Approval != nil {
			add(e.Approval.All())
		}
	}
	for _, m := range c.machines {
		for _, g := range m.Groups {
			named[groupPrefix+g] = true
		}
	}
	for _, p := range c.set.All() {
		text, err := p.MarshalJSON()
		if err != nil {
			return nil, err
		}
		var form any
		if err := json.Unmarshal(text, &form); err != nil {
			return nil, err
		}
		addGroups(named, form)
	}
	return slices.Sorted(maps.Keys(named)), nil
}

const groupPrefix = "group:"

// addGroups adds the entities of type Group in a policy's JSON form: they may be in its scope or anywhere in its conditions.
// https://docs.cedarpolicy.com/policies/json-format.html
func addGroups(named map[string]bool, form any) {
	switch form := form.(type) {
	case []any:
		for _, v := range form {
			addGroups(named, v)
		}
	case map[string]any:
		if id, ok := form["id"].(string); ok && form["type"] == string(typeGroup) {
			named[groupPrefix+id] = true
		}
		for _, v := range form {
			addGroups(named, v)
		}
	}
}
