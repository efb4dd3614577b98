package catalog

import (
	"curfew/shared/detection"
	"curfew/shared/trail"
)

// readFacts reads what attribution would say of the records of a test.
func readFacts(v value) (e detection.Event) {
	e.Class = detection.Other
	f := v.fields("class", "right", "unresolved", "late", "who", "whoName", "origin", "ownResource", "explained", "elevation", "ofOther")
	closed := detection.Closed()
	word := func(f fields, name, path string) string {
		at, ok := f.get(name)
		if !ok {
			return ""
		}
		s, _ := at.oneOf(closed["context."+path]...)
		return s
	}
	flag := func(f fields, name string) bool {
		at, ok := f.get(name)
		return ok && at.flag()
	}
	if class := word(f, "class", "class"); class != "" {
		e.Class = detection.Class(class)
	}
	e.Verdict.Right, e.Verdict.Why = trail.Right(word(f, "right", "right")), trail.Why(word(f, "unresolved", "unresolved"))
	e.Verdict.Late = flag(f, "late")
	e.Who.Kind = trail.WhoKind(word(f, "who", "who"))
	if name, ok := f.get("whoName"); ok {
		e.Who.Name, _ = name.text()
	}
	e.Origin = detection.Origin(word(f, "origin", "origin"))
	e.OwnResource, e.Explained = flag(f, "ownResource"), flag(f, "explained")
	if other, ok := f.get("ofOther"); ok {
		e.OfOther, _ = other.text()
	}
	if elevation, ok := f.get("elevation"); ok {
		e.Elevation = readElevationFacts(elevation, word, flag)
	}
	return e
}

func readElevationFacts(v value, word func(fields, string, string) string, flag func(fields, string) bool) *detection.Elevation {
	f := v.fields("id", "state", "taskKind", "taskKnown", "binding", "deadline", "ended", "approvers")
	e := &detection.Elevation{ID: exampleID, State: "active", Binding: detection.BoundHere, TaskKind: "change", TaskKnown: flag(f, "taskKnown")}
	if state := word(f, "state", "state"); state != "" {
		e.State = state
	}
	if binding := word(f, "binding", "binding"); binding != "" {
		e.Binding = detection.Binding(binding)
	}
	if id, ok := f.get("id"); ok {
		e.ID, _ = id.text()
	}
	if kind, ok := f.get("taskKind"); ok {
		e.TaskKind, _ = kind.text()
	}
	if deadline, ok := f.need("deadline"); ok {
		e.Deadline = deadline.instant()
	}
	if ended, ok := f.get("ended"); ok {
		e.EndedAt = ended.instant()
	}
	if approvers, ok := f.get("approvers"); ok {
		for _, each := range approvers.list() {
			if name, ok := each.text(); ok {
				e.Approvers = append(e.Approvers, name)
			}
		}
	}
	return e
}
