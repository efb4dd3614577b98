package simulation

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Latency is a row of the table of latencies.
type Latency struct {
	What string
	// Half of all draws are between Least and Usual, one percent between Slow and Most.
	Least, Usual, Slow, Most time.Duration
	Source                   string
}

const (
	storeCall = iota
	iamRead
	iamWrite
	propagation
	readLag
	workflowCall
	invocation
	streamDelay
	ruleDelay
	indexLag
	ttlDelay
	scheduleDelay
	personDecides
	lateEffect
	retriedAsync
)

// Latencies returns the table. A row without a published AWS figure says so, and assumes slow.
func Latencies() []Latency {
	const ms, s, m, h = time.Millisecond, time.Second, time.Minute, time.Hour
	return []Latency{
		storeCall: {"DynamoDB, one call", 2 * ms, 6 * ms, 40 * ms, 400 * ms,
			"single-digit milliseconds: docs.aws.amazon.com/amazondynamodb/latest/developerguide/Introduction.html; the tail is assumed"},
		iamRead:  {"IAM, one read", 40 * ms, 90 * ms, 500 * ms, 2 * s, "AWS publishes none; assumed"},
		iamWrite: {"IAM, one write", 80 * ms, 180 * ms, 900 * ms, 3 * s, "AWS publishes none; assumed"},
		propagation: {"IAM, a write until a replica enforces it", 500 * ms, 4 * s, 30 * s, 3 * m,
			"a few minutes: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html; about 4 s measured by others (OFFENSAI, 2025)"},
		readLag: {"IAM, a read lags, in worlds where it does", 0, 1 * s, 8 * s, 20 * s,
			"eventually consistent: docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html; figures assumed"},
		workflowCall: {"Step Functions, one call", 10 * ms, 30 * ms, 200 * ms, 1 * s, "AWS publishes none; assumed"},
		invocation: {"Lambda, until the handler runs", 5 * ms, 20 * ms, 150 * ms, 1500 * ms,
			"tens of ms for a cold Go function by public measurements; the tail is assumed"},
		streamDelay: {"DynamoDB stream, until it is read", 50 * ms, 250 * ms, 1 * s, 5 * s,
			"near real time, polled four times a second: docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"},
		ruleDelay: {"EventBridge, event until target", 200 * ms, 500 * ms, 2 * s, 30 * s,
			"best effort, no promise: docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html; figures assumed"},
		indexLag: {"DynamoDB, an index lags", 0, 100 * ms, 2 * s, 30 * s,
			"eventually consistent: docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html; figures assumed"},
		ttlDelay: {"DynamoDB TTL, after the expiry", 1 * m, 30 * m, 24 * h, 48 * h,
			"within a few days: docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html"},
		scheduleDelay: {"schedule, fires late", 0, 500 * ms, 20 * s, 59 * s,
			"within the minute: docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html"},
		personDecides: {"a person decides", 2 * s, 40 * s, 5 * m, 15 * m, "assumed; what is later lapses"},
		lateEffect: {"an effect after its call was given up", 1 * s, 4 * s, 12 * s, 15 * s,
			"assumed; the settings allow for 30 s after the last instant to attach"},
		retriedAsync: {"a duplicate of an invocation", 0, 2 * s, 60 * s, 5 * m,
			"at least once: docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"},
	}
}

func (l Latency) draw(roll uint64) time.Duration {
	between := func(a, b time.Duration, part float64) time.Duration { return a + time.Duration(part*float64(b-a)) }
	switch u := toUnitInterval(roll); {
	case u < 0.5:
		return between(l.Least, l.Usual, u/0.5)
	case u < 0.99:
		return between(l.Usual, l.Slow, (u-0.5)/0.49)
	default:
		return between(l.Slow, l.Most, (u-0.99)/0.01)
	}
}

// PrintLatencies writes the table with its sources.
func PrintLatencies(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LATENCY\tleast\tusual\tslow\tmost\tsource")
	for _, l := range Latencies() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", l.What, l.Least, l.Usual, l.Slow, l.Most, l.Source)
	}
	return t.Flush()
}

// dice draws from a seed and the key of the draw only.
type dice uint64

func (d dice) roll(what string, numbers ...int) uint64 {
	return d.finish(d.read(d.start(), what), numbers...)
}

// ofCall is roll for a call, without joining strings: it runs for every port call.
func (d dice) ofCall(c Call) uint64 {
	return d.finish(d.read(d.read(d.start(), c.Function), c.Op), c.Life, c.N)
}

// start, read and finish are FNV-1a with a SplitMix64 finalizer.
func (d dice) start() uint64 { return uint64(14695981039346656037) ^ uint64(d) }

func (d dice) read(h uint64, what string) uint64 {
	for i := range len(what) {
		h = (h ^ uint64(what[i])) * 1099511628211
	}
	return h
}

func (d dice) finish(h uint64, numbers ...int) uint64 {
	for _, n := range numbers {
		h = (h ^ uint64(n)) * 1099511628211
		h ^= h >> 29
	}
	h ^= uint64(d) * 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func toUnitInterval(roll uint64) float64 { return float64(roll>>11) / (1 << 53) }

func (d dice) chance(p float64, what string, numbers ...int) bool {
	return toUnitInterval(d.roll(what, numbers...)) < p
}

func (d dice) pick(n int, what string, numbers ...int) int {
	return int(d.roll(what, numbers...) % uint64(n))
}

// span returns a duration in [least, most), in whole seconds.
func (d dice) span(least, most time.Duration, what string, numbers ...int) time.Duration {
	return (least + time.Duration(toUnitInterval(d.roll(what, numbers...))*float64(most-least))).Truncate(time.Second)
}
