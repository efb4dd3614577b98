package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"curfew/shared/backoff"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

// lambda is a function on Lambda, with the metrics of
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
type lambda struct {
	*plant
	name   string
	handle onaws.Handler
}

var errThrottled = fault.Errorf("Lambda.TooManyRequestsException", "throttled")

func (l *lambda) count(name string, v float64) {
	l.watch.put(named("AWS/Lambda", name, dimensions{"FunctionName": installation + "-" + l.name}), v)
}

// invoke makes one synchronous invocation. A throttled one is none.
func (l *lambda) invoke(ctx context.Context, payload []byte) (out []byte, err error) {
	if l.isDown("throttle " + l.name) {
		l.count("Throttles", 1)
		return nil, errThrottled
	}
	l.count("Invocations", 1)
	if l.isDown("errors " + l.name) {
		err = fault.Errorf(fault.Internal, "the function crashed")
	} else {
		out, err = l.handle(ctx, payload)
	}
	if err != nil {
		l.count("Errors", 1)
	}
	return out, err
}

// async accepts an asynchronous invocation. Throttled ones are tried again with a growing delay, failed ones as often as
// the template says, after one and two minutes.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
func (l *lambda) async(payload []byte) {
	set := l.template.async[l.name]
	l.running.Go(func() {
		accepted, wait, tries := time.Now(), time.Second, 0
		for {
			_, err := l.invoke(l.alive, payload)
			pause := wait
			switch {
			case err == nil || l.alive.Err() != nil:
				return
			case errors.Is(err, errThrottled):
				wait = min(2*wait, 5*time.Minute)
			default:
				tries++
				pause = time.Duration(tries) * time.Minute
			}
			if tries > set.MaximumRetryAttempts || time.Since(accepted)+pause > set.age() {
				break
			}
			if backoff.Pause(l.alive, pause) != nil {
				return
			}
		}
		if set.MaximumRetryAttempts > 0 { // others have no destination
			l.queues["dead-"+l.name].send("{}")
		}
	})
}

// mapping is an event source mapping of the access table's stream: one shard, in order.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
type mapping struct {
	*lambda
	set     retries
	matches func(inprocess.StreamRecord) bool
	records chan streamed
}

type streamed struct {
	inprocess.StreamRecord
	at time.Time
}

func (m *mapping) run() {
	for n := 1; ; n++ {
		select {
		case <-m.alive.Done():
			return
		case r := <-m.records:
			if m.awaits("stream "+m.name) != nil {
				return
			}
			m.watch.put(named("AWS/Lambda", "PolledEventCount", dimensions{"EventSourceMappingUUID": m.set.id}), 1) // before the filter
			if m.matches(r.StreamRecord) && !m.take(r, n) {
				return
			}
		}
	}
}

// take invokes the function until it handles the record, or the record is given up. The delay between tries is not
// documented.
func (m *mapping) take(r streamed, n int) bool {
	payload := streamPayload(r, n)
	for try, wait := 0, time.Second; ; try++ {
		m.count("IteratorAge", float64(time.Since(r.at)/time.Millisecond))
		out, err := m.invoke(m.alive, payload)
		if err == nil && !hasFailures(out) {
			return true
		}
		if try == m.set.MaximumRetryAttempts && !errors.Is(err, errThrottled) || time.Since(r.at) > m.set.age() {
			m.queues["dead-"+m.name].send("{}")
			return true
		}
		if backoff.Pause(m.alive, wait) != nil {
			return false
		}
		wait = min(2*wait, time.Minute)
	}
}

func hasFailures(answer []byte) bool {
	var a struct {
		BatchItemFailures []any `json:"batchItemFailures"`
	}
	return json.Unmarshal(answer, &a) != nil || len(a.BatchItemFailures) > 0
}

type object = map[string]any

func streamPayload(r streamed, n int) []byte {
	change := object{"SequenceNumber": strconv.Itoa(n), "Keys": object{
		record.PartitionAttribute: object{"S": r.Key.Partition}, record.SortAttribute: object{"S": r.Key.Sort},
	}}
	if r.Old != nil {
		change["OldImage"] = image(*r.Old)
	}
	if r.New != nil {
		change["NewImage"] = image(*r.New)
	}
	one := object{"eventID": strconv.Itoa(n), "eventName": r.Kind, "eventSourceARN": "arn:aws:dynamodb:us-east-1:" + account + ":table/" + string(r.Key.Table) + "/stream/1", "dynamodb": change}
	if r.TTL {
		one["userIdentity"] = object{"type": "Service", "principalId": "dynamodb.amazonaws.com"}
	}
	return encode(object{"Records": []any{one}})
}

func image(r record.Row) object {
	number := func(n int64) object { return object{"N": strconv.FormatInt(n, 10)} }
	return object{
		record.PartitionAttribute: object{"S": r.Key.Partition}, record.SortAttribute: object{"S": r.Key.Sort},
		record.VersionAttribute: number(r.Version), record.FormAttribute: number(record.Form), record.BodyAttribute: object{"S": string(r.Body)},
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // cannot fail: text and numbers
		panic(err)
	}
	return b
}
