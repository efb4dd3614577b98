package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/trigger"
)

func (d *diff) triggers(a, b *Catalog) {
	names := slices.Concat(slices.Collect(maps.Keys(a.triggers)), slices.Collect(maps.Keys(b.triggers)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.where = "trigger " + name
		was, had := a.triggers[name]
		is, has := b.triggers[name]
		switch {
		case !had:
			d.add(Added, "%s", describeStart(is))
		case !has:
			d.add(Removed, "no longer %s", describeStart(was))
		default:
			d.trigger(was, is)
		}
	}
}

func describeStart(t trigger.Trigger) string {
	text := fmt.Sprintf("starts %s on %s for at most %s by events like %s", t.Entitlement, strings.Join(t.Principals, ", "), formatDuration(t.Max), t.Start)
	if t.Unconfirmed {
		text += ", unconfirmed shapes too"
	}
	if t.Schedule != nil {
		text += ", and ahead of them at " + scheduleText(t.Schedule)
	}
	if t.Job != nil {
		text += "; starts " + jobText(t.Job)
	}
	return text
}

func (d *diff) trigger(was, is trigger.Trigger) {
	d.text("about", was.About, is.About)
	d.text("entitlement", was.Entitlement, is.Entitlement)
	d.set("principals", was.Principals, is.Principals, true)
	d.text("principal", was.PrincipalAt, is.PrincipalAt)
	d.set("accounts", was.Accounts, is.Accounts, true)
	d.text("start", string(was.Start), string(is.Start))
	d.set("ends", endTexts(was), endTexts(is), false)
	d.text("session", was.Session, is.Session)
	d.text("parameters", valueList(was.Parameters), valueList(is.Parameters))
	d.text("reason", was.Reason, is.Reason)
	d.compareOrdered("max", int64(was.Max), int64(is.Max), formatDuration(was.Max), formatDuration(is.Max), true)
	d.flag("unconfirmed", was.Unconfirmed, is.Unconfirmed, true)
	d.compareOptional("schedule", scheduleText(was.Schedule), scheduleText(is.Schedule))
	d.compareOptional("job", jobText(was.Job), jobText(is.Job))
}

// text compares a field whose change neither widens nor narrows.
func (d *diff) text(field, was, is string) {
	if was != is {
		d.add(Changed, "%s: %s, was %s", field, orNone(is), orNone(was))
	}
}

// compareOptional compares an optional field that widens if present.
func (d *diff) compareOptional(field, was, is string) {
	switch {
	case was == is:
	case was == "":
		d.add(Widened, "%s: %s, was none", field, is)
	case is == "":
		d.add(Narrowed, "%s: none, was %s", field, was)
	default:
		d.text(field, was, is)
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func endTexts(t trigger.Trigger) []string {
	var all []string
	for _, end := range t.Ends {
		all = append(all, fmt.Sprintf("%s with the task at %s", end.Pattern, end.TaskAt))
	}
	return sortedCopy(all)
}

func valueList(values map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, name+" "+values[name])
	}
	return strings.Join(all, ", ")
}

func scheduleText(s *trigger.Schedule) string {
	if s == nil {
		return ""
	}
	return s.Expression + " in " + s.Zone
}

func jobText(j *trigger.Job) string {
	if j == nil {
		return ""
	}
	return "a job of " + j.Service + " with " + string(j.Input)
}
