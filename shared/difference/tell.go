package difference

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/iamdata"
)

const mostLines = 12

func (w *weighing) tell() {
	w.escalate()
	for _, row := range kinds() {
		names := w.risky[row.kind]
		if len(names) == 0 {
			continue
		}
		w.Risky = append(w.Risky, Risky{row.kind, row.does, len(names), bestKnown(names)})
	}
	w.assess()
	var first, last []string
	if w.Unknown != "" {
		first = append(first, "the principal's own policies are not known ("+w.Unknown+"): everything counts as new")
	}
	switch {
	case w.Actions > 0 && w.admin != "":
		first = append(first, fmt.Sprintf("%s: %s of %s", w.admin, counted(w.Actions, "action", "actions"), counted(w.services, "service", "services")))
	case w.Actions > 0:
	case w.Refused > 0:
		first = append(first, "nothing new: what the principal's own policies do not allow already is refused")
	case !w.had:
		first = append(first, "nothing: the grant allows no action on its resources")
	default:
		first = append(first, "nothing new: the principal's own policies already allow all of it")
	}
	last = w.refusals()
	lines := w.groupLines(mostLines - len(first) - len(last))
	w.Adds = slices.Concat(first, lines, last)
	if w.Risky == nil {
		w.Risky = []Risky{}
	}
}

// refusals are at most two lines.
func (w *weighing) refusals() (lines []string) {
	if names := w.refused[""]; len(names) > 0 {
		lines = append(lines, fmt.Sprintf("the boundary refuses %s of it: %s", counted(len(names), "action", "actions"), list(bestKnown(names), len(names), 5)))
	}
	var policies, names []string
	for _, p := range slices.Sorted(maps.Keys(w.refused)) {
		if p != "" {
			policies, names = append(policies, p), append(names, w.refused[p]...)
		}
	}
	if len(policies) > 0 {
		slices.Sort(names)
		names = slices.Compact(names)
		lines = append(lines, fmt.Sprintf("a Deny in %s refuses %s of it: %s", list(policies, len(policies), 3), counted(len(names), "action", "actions"), list(bestKnown(names), len(names), 5)))
	}
	return lines
}

type shown struct {
	service, on string
	counts      map[iamdata.Level]int
	worst, all  int
}

func (w *weighing) groupLines(most int) (lines []string) {
	byText := map[string]*shown{}
	for _, g := range w.groups {
		on := g.of.on()
		s := byText[g.service+" "+on]
		if s == nil {
			s = &shown{service: g.service, on: on, counts: map[iamdata.Level]int{}}
			byText[g.service+" "+on] = s
		}
		for level, n := range g.counts {
			s.counts[level] += n
			s.all += n
		}
		s.worst = max(s.worst, g.worst)
	}
	all := slices.SortedFunc(maps.Values(byText), func(a, b *shown) int {
		return cmp.Or(cmp.Compare(b.worst, a.worst), cmp.Compare(b.all, a.all), strings.Compare(a.service, b.service), strings.Compare(a.on, b.on))
	})
	common := commonOn(all)
	if common != "" {
		most--
		lines = append(lines, "where no resource is named: "+common)
	}
	where := func(on string) string {
		if on == common {
			return ""
		}
		return " on " + on
	}
	rest := &shown{counts: map[iamdata.Level]int{}}
	services, ons := map[string]bool{}, map[string]bool{}
	for i, s := range all {
		if i < most-1 || len(all) <= most {
			lines = append(lines, s.service+": "+levels(s.counts)+where(s.on))
			continue
		}
		for level, n := range s.counts {
			rest.counts[level] += n
		}
		services[s.service], ons[s.on], rest.on = true, true, s.on
	}
	if len(services) > 0 {
		if len(ons) > 1 {
			rest.on = counted(len(ons), "list of resources", "lists of resources")
		}
		lines = append(lines, fmt.Sprintf("%s: %s%s", counted(len(services), "more service", "more services"), levels(rest.counts), where(rest.on)))
	}
	return lines
}

// commonOn is a long text of resources that several lines would repeat; empty: there is none.
func commonOn(all []*shown) (common string) {
	const long, often = 24, 3
	counts, most := map[string]int{}, 0
	for _, s := range all {
		if counts[s.on]++; len(s.on) > long && counts[s.on] >= often && counts[s.on] > most {
			common, most = s.on, counts[s.on]
		}
	}
	return common
}

// on are the resources and conditions: "arn:aws:s3:::logs-*, except …, with conditions on aws:ResourceTag/team".
func (o *outcome) on() string {
	var names []string
	for _, text := range o.resources {
		names = append(names, short(text))
	}
	text := list(names, len(names), 3)
	if len(o.except) > 0 {
		names = nil
		for _, e := range o.except {
			names = append(names, short(e))
		}
		text += ", except " + list(names, len(names), 2)
	}
	return text + given(o.conditions)
}

func levels(counts map[iamdata.Level]int) string {
	var parts []string
	for _, l := range []struct {
		level iamdata.Level
		word  string
	}{
		{iamdata.PermissionsManagement, "permissions management"}, {iamdata.Write, "write"}, {iamdata.Tagging, "tagging"}, {iamdata.Read, "read"}, {iamdata.List, "list"}, {unlisted, "not known"},
	} {
		if n := counts[l.level]; n > 0 {
			parts = append(parts, itoa(n)+" "+l.word)
		}
	}
	return strings.Join(parts, ", ")
}
