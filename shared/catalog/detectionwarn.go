package catalog

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"curfew/shared/detection"
	"curfew/shared/eventpattern"
	"curfew/shared/iamdata"
	"curfew/shared/trail"
)

// maxRulePattern is the default quota of a rule's pattern, in characters.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const maxRulePattern = 2048

// detectionWarnings says what EventBridge rules cannot carry of a detection: then only the files of the trail show it, minutes later.
func detectionWarnings(d detection.Detection) (why []string) {
	note := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	if d.DryRun {
		note("dry run: it raises no finding")
	}
	p, err := eventpattern.Parse(d.Pattern)
	if err != nil { // impossible: Load parsed it
		return why
	}
	const leaves = "left to the files of the trail, minutes later"
	if n := utf8.RuneCount(d.Pattern); n > maxRulePattern {
		note("the pattern has %d characters, more than the %d of a rule: %s", n, maxRulePattern, leaves)
	}
	sources, _ := p.Exactly("detail", "eventSource")
	names, exact := p.Exactly("detail", "eventName")
	reads, data := callsOf(sources, names)
	if len(data) > 0 {
		note("%s: data events, which rules do not carry: %s", strings.Join(data, ", "), leaves)
	}
	writesOnly := strings.Contains(d.When, "!context.readOnly")
	switch {
	case len(reads) > 0:
		note("%s: read-only events, which rules do not carry by default: %s", strings.Join(reads, ", "), leaves)
	case !exact && !writesOnly:
		note("read-only and data events match too, which rules do not carry by default: %s", leaves)
	}
	return why
}

// callsOf returns the calls of a pattern whose events are read-only, and those that are data events.
func callsOf(sources, names []string) (reads, data []string) {
	for _, source := range sources {
		service, _, _ := strings.Cut(source, ".")
		for _, name := range names {
			a, ok := iamdata.Lookup(service, name)
			switch {
			case trail.DataEvent(service + ":" + name):
				data = append(data, service+":"+name)
			case ok && (a.Level == iamdata.Read || a.Level == iamdata.List):
				reads = append(reads, service+":"+name)
			}
		}
	}
	return reads, data
}
