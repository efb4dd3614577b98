package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
)

const fromHere = "../../" + golden

func readGolden(t *testing.T) template {
	t.Helper()
	tpl, err := readTemplate(fromHere)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// Five days have an outage of each service, and changes. The command plays the month.
func TestEachAlarmRingsForItsCauseAndForNoOther(t *testing.T) {
	if testing.Short() {
		t.Skip("five days with 450 elevations: not with -short")
	}
	r, err := week().play(t, readGolden(t))
	if err != nil {
		t.Fatal(err)
	}
	rows, wrong := r.check()
	var text strings.Builder
	if err := r.print(&text, rows, wrong); err != nil {
		t.Fatal(err)
	}
	if len(wrong) > 0 {
		t.Errorf("%d things are wrong\n%s", len(wrong), &text)
	}
	if r.refused*8 > r.elevations {
		t.Errorf("%d of %d elevations were refused, want an eighth at most", r.refused, r.elevations)
	}
	for _, c := range []access.Cause{access.Deadline, access.Released, access.Completed, access.HeartbeatLost} {
		if r.ends[c] == 0 {
			t.Errorf("ends = %v, want some by %s", r.ends, c)
		}
	}
}

// Canaries alone make no alarm ring.
func TestInstallationWithoutTrafficIsQuiet(t *testing.T) {
	s := settings{days: 2}
	tpl := readGolden(t)
	for _, a := range tpl.alarms {
		s.idle = append(s.idle, a.name)
	}
	r, err := s.play(t, tpl)
	if err != nil {
		t.Fatal(err)
	}
	if _, wrong := r.check(); len(wrong) > 0 {
		t.Errorf("wrong = %q, want no alarm", wrong)
	}
}

// written is a month with these points.
func written(days int, points ...func(*cloudWatch)) rehearsal {
	r := rehearsal{settings: settings{days: days}, watch: &cloudWatch{all: map[metric]*series{}}}
	for _, f := range points {
		f(r.watch)
	}
	r.watch.sumUp()
	return r
}

// every writes a value in minutes from..to-1, each so many minutes.
func every(m metric, from, to, step int, v func(minute int) float64) func(*cloudWatch) {
	return func(c *cloudWatch) {
		for minute := from; minute < to; minute += step {
			c.putAt(m, v(minute), c.began.Add(time.Duration(minute)*time.Minute))
		}
	}
}

func one(int) float64 { return 1 }

// found returns the alarm of the template.
func found(t *testing.T, name string) *alarm {
	t.Helper()
	all := readGolden(t).alarms
	i := slices.IndexFunc(all, func(a *alarm) bool { return a.name == name })
	if i < 0 {
		t.Fatalf("the template has no alarm %s", name)
	}
	return all[i]
}

// wantFirst checks that the alarm first rings in these minutes, under each behaviour of CloudWatch that its pages leave open.
func wantFirst(t *testing.T, r rehearsal, name string, from, to int) {
	t.Helper()
	for _, b := range behaviours() {
		all := found(t, name).rings(r.watch, b, r.days*24*60)
		if len(all) == 0 || all[0].from < from || all[0].from > to {
			t.Errorf("%+v: %s rings at %v, want first from minute %d to %d", b, name, all, from, to)
		}
	}
}

func ofCurfew(name string, of dimensions) metric {
	of["Installation"] = installation
	return named("Curfew", name, of)
}

func TestChangeIsSeenIfItsMetricComesLate(t *testing.T) {
	m := named("AWS/Events", "TriggeredRules", dimensions{"RuleName": "curfew-changed-iam"})
	wantFirst(t, written(1, every(m, 500, 501, 1, one)), "changed", 501, 505)
}

func TestFailingMessageIsSeenBeforeItLeavesTheMetric(t *testing.T) {
	m := named("AWS/SQS", "ApproximateAgeOfOldestMessage", dimensions{"QueueName": "curfew-triggers"})
	age := func(minute int) float64 { return float64(minute-500) * 60 }
	wantFirst(t, written(1, every(m, 500, 504, 1, age), every(m, 504, 600, 1, func(int) float64 { return 0 })), "triggers-behind", 503, 510)
}

func TestOneFailingMessageRingsCorrelateErrors(t *testing.T) {
	m := named("AWS/Lambda", "Errors", dimensions{"FunctionName": "curfew-correlate"})
	wantFirst(t, written(1, every(m, 500, 531, 4, one)), "correlate-errors", 505, 520)
}

func TestBackfillIsMissedAfterAQuarterOfAnHour(t *testing.T) {
	m := ofCurfew("Beat", dimensions{"Net": "backfill"})
	r := written(1, every(m, 0, 600, 5, one))
	for _, b := range behaviours() {
		all := found(t, "backfill-silent").rings(r.watch, b, 24*60)
		if len(all) > 1 && all[0].until < 10 {
			all = all[1:] // until the first heartbeat
		}
		if len(all) != 1 || all[0].from < 605 || all[0].from > 615 {
			t.Errorf("%+v: it rings at %v, want from minute 605 to 615", b, all)
		}
	}
}

// The sweep runs, and each net has ended one canary in its turn: TTL's may take two days.
func TestCanaryAlarmsAreQuietInTheFirstWeek(t *testing.T) {
	points := []func(*cloudWatch){every(ofCurfew("Beat", dimensions{"Net": "sweep"}), 0, 20*24*60, 1, one)}
	ends := map[string]int{"workflow": 0, "execution": 1, "sweep": 2, "ttl": 5}
	for net, after := range ends {
		points = append(points, every(ofCurfew("CanaryLateSeconds", dimensions{"Net": net}), after*24*60+5, after*24*60+6, 1, one))
	}
	r := written(20, points...)
	for net, after := range ends {
		wantFirst(t, r, "canary-"+net+"-silent", (after+7)*24*60, (after+8)*24*60)
	}
}

// The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html for three of
// three data points, and a range of five.
func TestMissingDataIsTreatedAsDocumented(t *testing.T) {
	for _, c := range []struct {
		points, ignore      string // the newest last; ignore: "was" keeps the state
		breaching, notBreak bool
	}{
		{"0-X-X", "ok", false, false}, {"0----", "ok", false, false}, {"-----", "was", true, false}, {"0XX-X", "rings", true, true}, {"--X--", "was", true, false},
	} {
		m := metric("m {}")
		var points []func(*cloudWatch)
		for i, p := range c.points {
			if p != '-' {
				points = append(points, every(m, i, i+1, 1, func(int) float64 { return map[rune]float64{'0': 0, 'X': 1}[p] }))
			}
		}
		r := written(1, points...)
		for _, was := range []bool{true, false} {
			for missing, want := range map[string]bool{
				"breaching": c.breaching, "notBreaching": c.notBreak, "ignore": c.ignore == "rings" || c.ignore == "was" && was,
			} {
				f, err := parseFormula("m")
				if err != nil {
					t.Fatal(err)
				}
				a := alarm{period: 1, times: 3, comparison: "GreaterThanThreshold", missing: missing, formula: f, inputs: map[string]input{"m": {m, "Sum"}}}
				if got := a.evaluate(map[string]*series{"m": r.watch.all[m]}, behaviour{more: 2}, 5, was); got != want {
					t.Errorf("%s, %s, rang %t: rings = %t, want %t", c.points, missing, was, got, want)
				}
			}
		}
	}
}

func TestMetricMath(t *testing.T) {
	of := map[string]point{"m0": {0, true}, "m1": {3, true}}
	for text, want := range map[string]point{
		"m1": {3, true}, "m9": {}, "m1+m9": {}, "FILL(m9,0)+m1": {3, true}, "IF(m9, 1, 0)": {}, "2+3*4-(1-3)": {16, true}, "m1 == 3": {1, true},
		"IF(FILL(m1,0) > 0 AND FILL(m0,0) == 0, 1, 0)": {1, true}, "IF(m0 > 0 OR m1-2 > 0, 1, 0)": {1, true}, "m0 > 0 AND m1 > 0": {0, true}, "0 OR 1 AND 0": {0, true},
	} {
		f, err := parseFormula(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := f(func(id string) point { return of[id] }); got.ok != want.ok || got.ok && got != want {
			t.Errorf("%s = %+v, want %+v", text, got, want)
		}
	}
	for _, text := range []string{"", "m0 +", "RATE(m0)", "IF(m0, 1)", "(m0", "m0 m1", "m0 % 2"} {
		if _, err := parseFormula(text); err == nil {
			t.Errorf("%q was understood", text)
		}
	}
}

func TestCheckFinds(t *testing.T) {
	f, err := parseFormula("m")
	if err != nil {
		t.Fatal(err)
	}
	a := &alarm{name: "a", period: 1, times: 1, comparison: "GreaterThanThreshold", missing: "notBreaching", formula: f, inputs: map[string]input{"m": {"AWS/X m {}", "Sum"}}}
	caused := func(at time.Duration) *cause {
		return &cause{name: "c", rings: []string{"a"}, from: at, until: at + time.Hour}
	}
	for _, c := range []struct {
		want   string
		causes []*cause
		metric metric
		minute int
		to     int
	}{
		{"", []*cause{caused(hour)}, "AWS/X m {}", 70, 71},
		{"no code and no service writes AWS/X m {}", []*cause{caused(hour)}, "AWS/X n {}", 70, 71},
		{"no cause of the month is for it", nil, "AWS/X m {}", 70, 71},
		{"without a cause", []*cause{caused(hour)}, "AWS/X m {}", 200, 201},
		{`did not ring for "c"`, []*cause{caused(5 * hour)}, "AWS/X m {}", 70, 71},
		{`the cause "c" did not begin`, []*cause{caused(0)}, "AWS/X m {}", 70, 71},
		{`still rang at day 1 06:41 for "c"`, []*cause{caused(hour)}, "AWS/X m {}", 70, 400},
	} {
		r := written(1, every(c.metric, c.minute, c.to, 1, one))
		r.causes, r.template.alarms = c.causes, []*alarm{a}
		if _, wrong := r.check(); !strings.Contains(fmt.Sprint(wrong), c.want) || c.want == "" && len(wrong) > 0 {
			t.Errorf("wrong = %q, want %q", wrong, c.want)
		}
	}
}
