package main

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"
)

// quiet says for each alarm why a canary does not make it ring. Tests in shared/accesstest and shared/onaws cover the
// functions; this test covers CloudWatch.
var quiet = map[string]string{
	"overdue":               "a canary that is left to one net is not counted while that net has its time",
	"stuck":                 "a removal of a canary is late from the order on, not from the deadline that was left to pass",
	"sweep-silent":          "the sweep beats with every pass, and a canary takes it no longer than any elevation",
	"expire-behind":         "what is removed by TTL of a canary that is left to another net is handled, by leaving it alone",
	"notify-behind":         "notify handles a canary like any elevation",
	"rule-failed":           "the rule delivers a canary's death as any other",
	"grant-throttled":       "it is one invocation a day",
	"revoke-throttled":      "it is two invocations a day",
	"revoke-errors":         "to leave a canary alone is no error, and its removal is tried as any other",
	"execution-Failed":      "the deaths of canaries are left out, by the record and by the sweep: TestACanarysDeathDoesNotRing",
	"execution-TimedOut":    "the execution of a canary fails, and has no time-out of its own",
	"execution-Aborted":     "Curfew stops no execution, and a person who stops a canary's is what it rings for",
	"dead-late":             "evidence of a canary is stored as any other",
	"dead-revoke":           "the order to end one is carried out as any other, and its death is handled by leaving it alone",
	"dead-expire":           "its TTL record is handled, by leaving it alone",
	"dead-reconcile":        "a pass that sees to a canary is a pass",
	"dead-notify":           "notify handles a canary like any elevation",
	"dead-triggers":         "no event is of a canary",
	"triggers-behind":       "no event is of a canary",
	"dead-trail":            "a call on a canary is correlated as any other",
	"dead-reviews":          "a review reads a canary's role as any other",
	"trail-behind":          "a call on a canary is correlated as any other",
	"correlate-errors":      "a call on a canary is correlated as any other",
	"backfill-silent":       "a pass that reads calls on a canary is a pass",
	"archive-silent":        "the pass reads evidence of a canary as any other",
	"archive-undone":        "its evidence has findings and rows as any other",
	"archive-behind":        "evidence of a canary is entered as any other",
	"archive-errors":        "evidence of a canary is entered as any other",
	"machines-5xx":          "a canary is asked for by the sweep, at no door",
	"people-5xx":            "a canary is asked for by the sweep, at no door",
	"changed":               "the canary's role is in a member account, and only home is watched; its death is no call of anybody's",
	"workflow-silent":       "the end of a canary is not among the ends of which the execution must ask: they have no overstay",
	"rule-silent":           "the deaths of canaries are left out: TestACanarysDeathDoesNotRing; canary-execution-silent is for the rule",
	"expire-silent":         "a canary that begins is in the stream, which is read",
	"notify-silent":         "notify handles a canary that begins",
	"canary-workflow-late":  "it rings for canaries that come late, and for no other reason",
	"canary-execution-late": "as canary-workflow-late", "canary-sweep-late": "as canary-workflow-late", "canary-ttl-late": "as canary-workflow-late",
	"canary-workflow-silent": "it rings where canaries are not ended, and for no other reason", "canary-execution-silent": "as canary-workflow-silent",
	"canary-sweep-silent": "as canary-workflow-silent", "canary-ttl-silent": "as canary-workflow-silent",
	"sweep-unfinished": "the sweep beats with every pass that ends, with canaries or without",
}

// Of every alarm it is said why a canary does not make it ring.
func TestNoAlarmRingsForACanary(t *testing.T) {
	s := exampleSettings(t)
	if s.canaryAccount() == "" {
		t.Fatal("this installation has no canaries")
	}
	said := maps.Clone(quiet)
	var names []string
	for _, a := range monitoring(s).alarmList() {
		names = append(names, a.name)
	}
	for _, c := range monitoring(s).computedList() {
		names = append(names, c.name)
	}
	for _, q := range monitoring(s).silences() {
		names = append(names, q.net+"-silent")
	}
	for _, name := range names {
		if said[name] == "" {
			t.Errorf("why does a canary not make %s ring?", name)
		}
		delete(said, name)
	}
	if len(said) != 0 {
		t.Errorf("there are no alarms %v", slices.Collect(maps.Keys(said)))
	}
}

// minutes are the data points of an alarm's metrics: by minute, then by index of the metric.
type minutes map[int]map[int]float64

func (m minutes) put(minute, metric int, value float64) {
	if m[minute] == nil {
		m[minute] = map[int]float64{}
	}
	m[minute][metric] += value
}

// rings returns the minutes at whose end an alarm of one period rings. CloudWatch evaluates it every minute, over the
// period before. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
func (c computed) rings(t *testing.T, m minutes, upTo int) (at []int) {
	t.Helper()
	for end := range upTo {
		of := make([]float64, len(c.counts))
		for minute := end - c.period/60 + 1; minute <= end; minute++ {
			for metric, value := range m[minute] {
				if c.counts[metric].stat == "Maximum" {
					of[metric] = max(of[metric], value)
				} else {
					of[metric] += value
				}
			}
		}
		if c.value(t, of) {
			at = append(at, end)
		}
	}
	return at
}

// value evaluates the expression for these values.
func (c computed) value(t *testing.T, of []float64) bool {
	t.Helper()
	text, whole := strings.CutSuffix(strings.TrimPrefix(c.expression, "IF("), ", 1, 0)")
	if !whole {
		t.Fatalf("%s: %s is not understood", c.name, c.expression)
	}
	for i, value := range of {
		text = strings.ReplaceAll(text, fmt.Sprintf("FILL(m%d,0)", i), fmt.Sprintf("(%v)", value))
	}
	text = strings.NewReplacer(" AND ", " && ", " OR ", " || ").Replace(text)
	got, err := types.Eval(token.NewFileSet(), nil, token.NoPos, text)
	if err != nil || got.Value == nil {
		t.Fatalf("%s: %s: %v", c.name, text, err)
	}
	return constant.BoolVal(got.Value)
}

// A canary's execution that fails on purpose rings neither alarm. Any other failure rings, in the same minute or near
// it, with or without the rule, revoke and the sweep.
func TestACanarysDeathDoesNotRing(t *testing.T) {
	const began, upTo, within = 30, 90, 17 // diesWithin of shared/sweep
	s := exampleSettings(t)
	silent := monitoring(s).idleAlarms()[slices.IndexFunc(monitoring(s).idleAlarms(), func(q idleAlarm) bool { return q.name == "rule-silent" })].alarm()
	const counted, failed, dies = 0, 1, 2 // of execution-Failed
	for every := 1; every <= maxSweepMinutes; every++ {
		for died := began + 2; died <= began+8; died++ {
			canary := func() (d, r minutes) {
				d, r = minutes{}, minutes{}
				for pass := began; pass < began+within; pass += every {
					d.put(pass, dies, 1)
					r.put(pass, 4, 1)
				}
				d.put(died, failed, 1)
				r.put(died, 1, 1)
				r.put(died+1, 0, 1) // the heartbeat is a minute later
				return d, r
			}
			d, r := canary()
			if at := monitoring(s).executionFailedAlarm().rings(t, d, upTo); at != nil {
				t.Errorf("a sweep every %d min, a death after %d: execution-Failed rings at %v", every, died-began, at)
			}
			if at := silent.rings(t, r, upTo); at != nil {
				t.Errorf("a sweep every %d min, a death after %d: rule-silent rings at %v", every, died-began, at)
			}
			for other := range upTo - quarter/60 {
				d, r = canary()
				d.put(other, failed, 1)
				r.put(other, 1, 1)
				if monitoring(s).executionFailedAlarm().rings(t, d, upTo) == nil {
					t.Errorf("a sweep every %d min, a canary's death at %d: another at %d does not ring without the rule", every, died, other)
				}
				d, _ = canary()
				d.put(other, counted, 1)
				if monitoring(s).executionFailedAlarm().rings(t, d, upTo) == nil {
					t.Errorf("another death at %d, of which revoke was told, does not ring", other)
				}
				delete(r[died+1], 0)
				if silent.rings(t, r, upTo) == nil {
					t.Errorf("a sweep every %d min, a canary's death at %d: no beat for another at %d, and rule-silent does not ring", every, died, other)
				}
			}
		}
	}
	if d := (minutes{died0: {failed: 1}}); monitoring(s).executionFailedAlarm().rings(t, d, upTo) == nil {
		t.Error("a death without a sweep does not ring")
	}
}

const died0 = 20
