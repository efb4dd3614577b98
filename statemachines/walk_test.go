package statemachines_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// object is a part of a definition as it is written.
type object = map[string]any

func decode(t *testing.T, definition []byte) object {
	t.Helper()
	var m object
	if err := json.Unmarshal(definition, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func state(m object, name string) object {
	states, _ := m["States"].(object)
	st, _ := states[name].(object)
	return st
}

func items(st object, field string) []object {
	list, _ := st[field].([]any)
	all := make([]object, len(list))
	for i, item := range list {
		all[i], _ = item.(object)
	}
	return all
}

func names(v any) []string {
	list, _ := v.([]any)
	var all []string
	for _, item := range list {
		name, _ := item.(string)
		all = append(all, name)
	}
	return all
}

// promised are the paths in a function's result that are always present. Other paths in a ResultSelector may be
// missing.
var promised = map[string][]string{"Grant": {"$.Payload.timeout_seconds", "$.Payload.beat_seconds"}}

// walker follows every path from Grant and collects paths that could end without Revoke.
type walker struct {
	machine object
	faults  []string
	seen    map[string]bool
}

// walk returns the faults of a machine whose executions have this input.
func walk(m object, input []string) []string {
	w := &walker{machine: m, seen: map[string]bool{}}
	w.visit("Grant", input)
	slices.Sort(w.faults)
	return slices.Compact(w.faults)
}

func (w *walker) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// visit checks a state whose input has at least known.
func (w *walker) visit(name string, known []string) {
	slices.Sort(known)
	mark := name + " " + strings.Join(known, " ")
	if w.seen[mark] {
		return
	}
	w.seen[mark] = true
	st := state(w.machine, name)
	for _, path := range needs(st) {
		if !slices.Contains(known, path) {
			w.fault("%s: %s may be missing, and nothing catches that", name, path)
		}
	}
	if name == "Revoke" {
		return
	}
	if st["Type"] != "Task" {
		w.fault("%s: a %v state catches nothing", name, st["Type"])
	}
	w.errors(name, st, known)
	w.success(name, st, known)
}

// success follows Next with the input as the result leaves it.
func (w *walker) success(name string, st object, known []string) {
	next, ok := st["Next"].(string)
	if !ok {
		w.fault("%s: ends without Revoke", name)
		return
	}
	selected, cut := st["ResultSelector"].(object)
	place, given := st["ResultPath"]
	if dropped := given && place == nil; !dropped && !cut {
		w.fault("%s: the result is neither cut nor dropped, and may be too large", name)
	}
	var members []string
	for member, path := range selected {
		if text, _ := path.(string); !slices.Contains(promised[name], text) {
			w.fault("%s: %v may be missing in the result, and nothing catches that", name, path)
		}
		members = append(members, strings.TrimSuffix(member, ".$"))
	}
	w.visit(next, placed(known, place, given, members))
}

// errors follows every Catch. The last must take all errors; only Grant may leave by NotYours.
func (w *walker) errors(name string, st object, known []string) {
	catchers := items(st, "Catch")
	if n := len(catchers); n == 0 || !slices.Equal(names(catchers[n-1]["ErrorEquals"]), []string{"States.ALL"}) {
		w.fault("%s: some error is not caught", name)
	}
	for _, c := range catchers {
		next, _ := c["Next"].(string)
		if name == "Grant" && next == "NotOurs" && slices.Equal(names(c["ErrorEquals"]), []string{"NotYours"}) {
			continue
		}
		place, given := c["ResultPath"]
		w.visit(next, placed(known, place, given, []string{"Cause"}))
	}
}

// placed returns what is known of the input after a result with these members is put at a ResultPath.
func placed(known []string, place any, given bool, members []string) []string {
	if given && place == nil {
		return slices.Clone(known)
	}
	at, _ := place.(string)
	if at == "" || at == "$" {
		known, at = nil, "$"
	}
	known = slices.Clone(known)
	for _, member := range members {
		known = append(known, at+"."+member)
	}
	return known
}

// needs returns the input paths that a state reads: in templates, and in …Path fields.
func needs(st object) []string {
	paths := templatePaths(st["Parameters"])
	for field, v := range st {
		path, ok := v.(string)
		if ok && strings.HasSuffix(field, "Path") && field != "ResultPath" && path != "$" {
			paths = append(paths, path)
		}
	}
	for _, rule := range items(st, "Choices") {
		if path, ok := rule["Variable"].(string); ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// templatePaths are the paths in a template that lead into the data; the context object is always there.
func templatePaths(v any) []string {
	var paths []string
	template, _ := v.(object)
	for _, name := range slices.Sorted(maps.Keys(template)) {
		path, ok := template[name].(string)
		switch {
		case !strings.HasSuffix(name, ".$"):
			paths = append(paths, templatePaths(template[name])...)
		case ok && !strings.HasPrefix(path, "$$."):
			paths = append(paths, path)
		}
	}
	return paths
}
