package catalog

import (
	"strings"
	"time"

	"curfew/shared/detection"
)

// Limits of kinds with a state. A longer time would need numbers that the canonical form lacks.
const (
	longestBurst   = 24 * time.Hour
	longestHistory = 100 * 24 * time.Hour
	maxBurst       = 100
)

func readKinds(f fields, d *detection.Detection) {
	var given []string
	for _, name := range []string{"burst", "first", "volume", "silence", "dormant"} {
		v, ok := f.get(name)
		if !ok {
			continue
		}
		given = append(given, name)
		switch name {
		case "burst":
			d.Burst = readBurst(v)
		case "first":
			g := v.fields("of", "for", "by")
			d.First = &detection.First{Of: g.valueOf(), For: g.span("for", time.Hour, longestHistory), By: g.countsBy(detection.ByPrincipal, detection.BySession)}
		case "volume":
			g := v.fields("floor", "times", "within", "by")
			d.Volume = &detection.Volume{Floor: g.count("floor", 1, 10_000), Times: g.count("times", 2, 100),
				Within: g.span("within", time.Minute, longestBurst), By: g.countsBy(detection.ByPrincipal, detection.BySession)}
		case "silence":
			g := v.fields("for", "by")
			d.Silence = &detection.Silence{For: g.span("for", time.Minute, longestHistory), By: g.countsBy(detection.ByAccount, detection.ByElevation)}
		case "dormant":
			g := v.fields("for", "by")
			d.Dormant = &detection.Dormant{For: g.span("for", 24*time.Hour, longestHistory), By: g.countsBy(detection.ByPrincipal, detection.ByAccount)}
		}
	}
	if len(given) > 1 {
		f.of.report("has more than one of %s: write one file for each", strings.Join(given, ", "))
	}
}

func readBurst(v value) *detection.Burst {
	f := v.fields("events", "distinct", "of", "within", "by")
	b := &detection.Burst{Within: f.span("within", time.Second, longestBurst), By: f.countsBy(detection.BySession, detection.ByPrincipal, detection.ByAccount)}
	_, events := f.get("events")
	_, distinct := f.get("distinct")
	switch {
	case events == distinct:
		v.report("needs either events, a count, or distinct, a count of values of a field")
	case events:
		b.Events = f.count("events", 2, maxBurst)
	default:
		b.Distinct, b.Of = f.count("distinct", 2, maxBurst), f.valueOf()
	}
	return b
}

// valueOf reads which value counts: a path in the record, or the word elevation.
func (f fields) valueOf() string {
	v, ok := f.need("of")
	if !ok {
		return ""
	}
	if s, _ := v.text(); s == detection.ValueElevation {
		return s
	}
	s, _ := v.matching(inDetail(), "a path in the event, like detail.eventName, or elevation")
	return s
}

func (f fields) span(name string, least, most time.Duration) time.Duration {
	v, ok := f.need(name)
	if !ok {
		return 0
	}
	return v.duration(least, most)
}

func (f fields) count(name string, least, most int) int {
	v, ok := f.need(name)
	if !ok {
		return 0
	}
	return v.number(least, most)
}

// countsBy reads what is counted for. The first is the default.
func (f fields) countsBy(known ...detection.By) detection.By {
	v, ok := f.get("by")
	if !ok {
		return known[0]
	}
	var words []string
	for _, by := range known {
		words = append(words, string(by))
	}
	word, _ := v.oneOf(words...)
	return detection.By(word)
}

// readForeign reads who may change principals besides Curfew, and what happens when others do.
func (l *loader) readForeign(f fields) {
	if v, ok := f.get("iac"); ok {
		for _, each := range v.nonEmptyList() {
			if arn, ok := each.matching(exactPrincipal(), "the ARN of one role or user, like arn:aws:iam::111122223333:role/name"); ok {
				l.c.iac = append(l.c.iac, arn)
			}
		}
		l.c.iac = v.set(l.c.iac)
	}
	if v, ok := f.get("onForeign"); ok {
		if word, ok := v.oneOf(onForeignReport, onForeignQuarantine); ok {
			l.c.onForeign = word
		}
	}
}
