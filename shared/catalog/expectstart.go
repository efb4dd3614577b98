package catalog

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"curfew/events"
	"curfew/shared/task"
)

// testsReader reads tests.yaml.
type testsReader struct{ *loader }

// expectedStart reads an entry with an event and what it starts.
func (l testsReader) expectedStart(v value) expectation {
	f := v.fields("name", "event", "file", "example", "starts")
	var x expectation
	x.line, _ = v.place()
	if name, ok := f.need("name"); ok {
		x.name, _ = name.text()
	}
	x.event = l.event(f)
	if starts, ok := f.need("starts"); ok {
		x.starts = l.expectedStarts(starts)
	}
	return x
}

// event reads the event from exactly one of the three fields.
func (l testsReader) event(f fields) []byte {
	var given []string
	for _, name := range []string{"event", "file", "example"} {
		if _, ok := f.get(name); ok {
			given = append(given, name)
		}
	}
	if len(given) != 1 {
		f.of.report("needs exactly one of event, file and example; it has %d", len(given))
		return []byte("{}")
	}
	at := f.by[given[0]]
	if given[0] == "event" {
		text, _ := asJSON(at).document()
		return text
	}
	name, ok := at.text()
	if !ok {
		return []byte("{}")
	}
	if given[0] == "file" {
		return l.eventFile(at, name)
	}
	text, err := events.Example(name)
	if err != nil {
		at.report("%q is not one of the example events of Curfew", name)
	}
	return text
}

func (l testsReader) eventFile(at value, name string) []byte {
	file := path.Join(eventsDir, name)
	if path.Dir(file) != eventsDir || !strings.HasSuffix(name, ".json") {
		at.report("%q is not the name of a *.json file in %s", name, eventsDir)
		return nil
	}
	text, err := fs.ReadFile(l.fsys, file)
	if err != nil || len(text) > events.MaxSize {
		at.report("%s cannot be read, or has more than %d bytes", file, events.MaxSize)
		return nil
	}
	if p, bad := findHidden(file, text); bad {
		l.add(p)
	}
	return text
}

func (l testsReader) expectedStarts(v value) []start {
	switch v.kind() {
	case "a list":
		var all []start
		for _, each := range v.nonEmptyList() {
			all = append(all, l.expectedOne(each))
		}
		slices.SortFunc(all, func(a, b start) int { return strings.Compare(a.trigger, b.trigger) })
		return all
	case "a mapping":
		return []start{l.expectedOne(v)}
	}
	v.oneOf("nothing")
	return nil
}

func (l testsReader) expectedOne(v value) start {
	f := v.fields("trigger", "principal", "task", "parameters")
	var s start
	if trigger, ok := f.need("trigger"); ok {
		s.trigger, ok = trigger.text()
		if _, there := l.c.triggers[s.trigger]; ok && !there {
			trigger.report("%q is not a trigger", s.trigger)
		}
	}
	if principal, ok := f.need("principal"); ok {
		s.principal, _ = principal.arn()
	}
	if task, ok := f.need("task"); ok {
		s.task = readStartedTask(task).String()
	}
	if parameters, ok := f.get("parameters"); ok {
		s.parameters = map[string]string{}
		for _, m := range parameters.members() {
			s.parameters[m.name], _ = m.text()
		}
	}
	return s
}

func readStartedTask(v value) task.Task {
	f := v.fields("kind", "id")
	var t task.Task
	if kind, ok := f.need("kind"); ok {
		t.Kind, _ = kind.oneOf(task.Kinds()...)
	}
	if id, ok := f.need("id"); ok {
		t.ID, _ = id.text()
	}
	return t
}
