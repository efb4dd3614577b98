package difference

import (
	"slices"
	"strings"

	"curfew/shared/escalation"
	"curfew/shared/outliving"
)

const pass = "iam:PassRole"

// escalate tells techniques in place of actions. One is opened if the principal then has all of its actions, on any resource, and one is new.
func (w *weighing) escalate() {
	var texts, others []string
	told := map[string]bool{}
	for _, ways := range w.opened() {
		texts = append(texts, ways[0].Technique+" ("+tellWays(ways)+")")
		for _, way := range ways {
			for _, action := range way.Actions {
				told[action] = true
			}
		}
	}
	if text := w.passes(); text != "" && !told[pass] {
		texts = append(texts, "pass ("+text+")")
	}
	for _, name := range w.risky[Escalation] {
		if !told[name] {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		texts = append(texts, "other ("+list(bestKnown(others), len(others), 3)+")")
	}
	w.risky[Escalation] = texts
}

// opened has a list for each technique.
func (w *weighing) opened() (all [][]escalation.Way) {
	held := map[string]bool{}
	has := func(action string) bool {
		if w.new[action] || w.Unknown != "" {
			return true
		}
		is, known := held[action]
		if !known {
			is = len(w.held.On(action)) > 0
			held[action] = is
		}
		return is
	}
	for _, way := range escalation.Ways() {
		isNew := func(action string) bool { return w.new[action] }
		lacks := func(action string) bool { return !has(action) }
		if slices.ContainsFunc(way.Actions, isNew) && !slices.ContainsFunc(way.Actions, lacks) {
			if n := len(all); n == 0 || all[n-1][0].Technique != way.Technique {
				all = append(all, nil)
			}
			all[len(all)-1] = append(all[len(all)-1], way)
		}
	}
	return all
}

// tellWays names actions, or one way of several actions and the number of the others.
func tellWays(ways []escalation.Way) string {
	var single []string
	var joint []escalation.Way
	for _, way := range ways {
		if len(way.Actions) == 1 {
			single = append(single, way.Actions[0])
		} else {
			joint = append(joint, way)
		}
	}
	if len(single) > 0 {
		for _, way := range joint {
			single = append(single, strings.Join(way.Actions, " with "))
		}
		return list(bestKnown(single), len(single), 3)
	}
	slices.SortStableFunc(joint, func(a, b escalation.Way) int { return len(a.Actions) - len(b.Actions) })
	if i := slices.IndexFunc(joint, wellKnown); i > 0 {
		joint[0] = joint[i]
	}
	text := joint[0].Actions[0] + " with " + strings.Join(joint[0].Actions[1:], ", ")
	if joint[0].What != "" {
		text += ": " + joint[0].What
	}
	if more := len(joint) - 1; more > 0 {
		text += "; and " + counted(more, "other way", "other ways")
	}
	return text
}

func wellKnown(way escalation.Way) bool {
	return slices.ContainsFunc(way.Actions[1:], func(action string) bool {
		row, _ := outliving.Lookup(action)
		return row.First()
	})
}

// passes is code that can now run as another role; empty: none.
func (w *weighing) passes() string {
	newPass := w.new[pass]
	var with []string
	for _, name := range w.risky[Code] {
		if name != pass {
			with = append(with, name)
		}
	}
	switch {
	case len(with) > 0 && (newPass || w.Unknown != "" || len(w.held.On(pass)) > 0):
		return pass + " with " + list(bestKnown(with), len(with), 2)
	case newPass: // what it already may run can get another role
		return pass
	}
	return ""
}

// bestKnown are the first 20.
func bestKnown(names []string) (some []string) {
	var others []string
	for _, name := range names {
		if row, _ := outliving.Lookup(name); row.First() {
			some = append(some, name)
		} else if len(others) < mostNames {
			others = append(others, name)
		}
	}
	some = append(some, others...)
	return some[:min(len(some), mostNames)]
}
