package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

var (
	member  = &kind{noun: "member"}
	without = &kind{noun: "member"}
)

// set changes a member of a JSON file. The path has names of members; a list's element is found by a string in it:
// States/Hold/Catch/States.ALL/Next. The value is JSON.
func set(path, value string) edit { return edit{kind: member, about: path, with: value} }

// remove removes a member of a JSON file, or an element of a list.
func remove(path string) edit { return edit{kind: without, about: path} }

func (e edit) applyJSON(path string) (mutated, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return mutated{}, err
	}
	edited, err := e.editJSON(text)
	return mutated{path, string(edited)}, err
}

func (e edit) editJSON(text []byte) ([]byte, error) {
	var tree, value any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	if e.kind == member {
		if err := json.Unmarshal([]byte(e.with), &value); err != nil {
			return nil, fmt.Errorf("the value %s: %w", e.with, err)
		}
	}
	tree, err := e.descend(tree, strings.Split(e.about, "/"), value)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(tree, "", "  ")
}

// descend gives the tree with the member at the path set or left out.
func (e edit) descend(tree any, path []string, value any) (any, error) {
	last := len(path) == 1
	switch t := tree.(type) {
	case map[string]any:
		child, there := t[path[0]]
		switch {
		case !there && (!last || e.kind == without):
			return nil, fmt.Errorf("no member %s of %s. There is: %s", path[0], e.about, strings.Join(slices.Sorted(maps.Keys(t)), ", "))
		case last && e.kind == without:
			delete(t, path[0])
			return t, nil
		case last:
			t[path[0]] = value
			return t, nil
		}
		var err error
		t[path[0]], err = e.descend(child, path[1:], value)
		return t, err
	case []any:
		at, err := e.element(t, path[0])
		switch {
		case err != nil:
			return nil, err
		case last && e.kind == without:
			return slices.Delete(t, at, at+1), nil
		case last:
			t[at] = value
			return t, nil
		}
		t[at], err = e.descend(t[at], path[1:], value)
		return t, err
	}
	return nil, fmt.Errorf("%s of %s is no object and no list", path[0], e.about)
}

// element finds the one element of a list in which a string stands.
func (e edit) element(list []any, text string) (int, error) {
	var found []int
	for i, x := range list {
		if holds(x, text) {
			found = append(found, i)
		}
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("%d elements of %s mention %s, want one. There is: %v", len(found), e.about, text, list)
	}
	return found[0], nil
}

func holds(x any, text string) bool {
	in := func(x any) bool { return holds(x, text) }
	switch x := x.(type) {
	case string:
		return x == text
	case []any:
		return slices.ContainsFunc(x, in)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(x)), in)
	}
	return false
}
