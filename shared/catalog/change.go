package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// Direction is the effect of a change on what may be granted.
type Direction string

// The directions. Changed means that the effect is unknown: read the text.
const (
	Added    Direction = "added"
	Removed  Direction = "removed"
	Widened  Direction = "widened"
	Narrowed Direction = "narrowed"
	Changed  Direction = "changed"
)

// Change is one difference between two catalogs.
type Change struct {
	Where     string // like "entitlement admin-30m" or "policy freeze"
	Direction Direction
	Text      string // like "max: 30m, was 15m"; empty: the whole item
}

// String returns one line.
func (c Change) String() string {
	if c.Text == "" {
		return fmt.Sprintf("%s: %s", c.Where, c.Direction)
	}
	return fmt.Sprintf("%s: %s: %s", c.Where, c.Direction, c.Text)
}

const sameAllowed = "policy: written another way; the same is allowed"

// Wider reports whether more may be granted, to more, for longer, or with less control. What is only changed counts too, but
// for texts for people, and detections, which give no access.
func Wider(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool {
		switch {
		case strings.HasPrefix(c.Where, "detection "), c.Direction == Narrowed, c.Direction == Removed,
			c.Direction == Changed && (strings.HasPrefix(c.Text, "about: ") || c.Text == sameAllowed):
			return false
		}
		return true
	})
}

type diff struct {
	where   string
	changes []Change
}

func (d *diff) add(direction Direction, format string, args ...any) {
	d.changes = append(d.changes, Change{d.where, direction, fmt.Sprintf(format, args...)})
}

// addedOrRemoved records an added or removed item. It returns true if both catalogs have the item.
func (d *diff) addedOrRemoved(had, has bool) bool {
	switch {
	case !had:
		d.changes = append(d.changes, Change{d.where, Added, ""})
	case !has:
		d.changes = append(d.changes, Change{d.where, Removed, ""})
	}
	return had && has
}

// set compares two sets. more is true if an additional item widens.
func (d *diff) set(field string, was, is []string, more bool) {
	widens, narrows := Widened, Narrowed
	if !more {
		widens, narrows = narrows, widens
	}
	for _, item := range is {
		if !slices.Contains(was, item) {
			d.add(widens, "%s: %s is new", field, item)
		}
	}
	for _, item := range was {
		if !slices.Contains(is, item) {
			d.add(narrows, "%s: %s is gone", field, item)
		}
	}
}

func (d *diff) compareOrdered(field string, was, is int64, wasText, isText string, widens bool) {
	switch {
	case was == is:
	case (is > was) == widens:
		d.add(Widened, "%s: %s, was %s", field, isText, wasText)
	default:
		d.add(Narrowed, "%s: %s, was %s", field, isText, wasText)
	}
}

func (d *diff) flag(field string, was, is, widens bool) {
	on := map[bool]string{false: "off", true: "on"}
	asNumber := map[bool]int64{false: 0, true: 1}
	d.compareOrdered(field, asNumber[was], asNumber[is], on[was], on[is], widens)
}
