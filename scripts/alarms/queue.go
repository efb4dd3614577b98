package main

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"curfew/shared/backoff"
	"curfew/shared/onaws"
)

// queue is a standard queue of SQS, with the metrics of
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
type queue struct {
	*plant
	name   string
	hidden time.Duration // visibility time-out
	tries  int           // then to its dead-letter queue; 0: it has no receiver
	to     *lambda       // nil: no event source mapping

	mu       sync.Mutex
	messages []*message
	last     int
	active   time.Time // when it became active
}

type message struct {
	id, body  string
	sent      time.Time
	receives  int
	visibleAt time.Time
}

func (q *queue) send(body string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	m := &message{id: strconv.Itoa(q.last), body: body, sent: time.Now()}
	if len(q.messages) == 0 {
		q.active = time.Now()
	}
	q.messages = append(q.messages, m)
	if q.to != nil {
		q.running.Go(func() { q.poll(m) })
	}
}

func (q *queue) remove(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return m.id == id })
}

func (q *queue) purge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = nil
}

// receive counts a receive, or moves the message to the dead-letter queue.
func (q *queue) receive(m *message) bool {
	q.mu.Lock()
	m.receives++
	m.visibleAt = time.Now().Add(q.hidden)
	dead := m.receives > q.tries
	q.mu.Unlock()
	if dead {
		q.remove(m.id)
		q.queues["dead-"+q.name].send(m.body)
	}
	return !dead
}

// poll is the event source mapping: it brings the message until the function handles it.
func (q *queue) poll(m *message) {
	for q.awaits("sqs") == nil && q.receive(m) {
		out, err := q.to.invoke(q.alive, encode(object{"Records": []any{object{"messageId": m.id, "body": m.body}}}))
		if err == nil && !hasFailures(out) {
			q.remove(m.id)
			return
		}
		if backoff.Pause(q.alive, q.hidden) != nil {
			return
		}
	}
}

// hiddenByReceives: a message that was received three times is no longer in the age of the oldest message.
const hiddenByReceives = 3

// activeAfter is the largest delay of the metrics of a queue that was not active: no call for six hours, and no message.
// A queue with a receiver is always active.
const activeAfter = 15 * time.Minute

// measure writes the metrics of this minute.
func (q *queue) measure() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tries == 0 && (len(q.messages) == 0 || time.Since(q.active) < activeAfter) {
		return
	}
	var oldest time.Duration
	visible := 0
	for _, m := range q.messages {
		if m.receives < hiddenByReceives {
			oldest = max(oldest, time.Since(m.sent))
		}
		if !m.visibleAt.After(time.Now()) {
			visible++
		}
	}
	of := dimensions{"QueueName": installation + "-" + q.name}
	q.watch.put(named("AWS/SQS", "ApproximateAgeOfOldestMessage", of), oldest.Seconds())
	q.watch.put(named("AWS/SQS", "ApproximateNumberOfMessagesVisible", of), float64(visible))
}

// Receive is [onaws.LateQueue.Receive].
func (q *queue) Receive(context.Context) (all []onaws.LateMessage, err error) {
	if q.isDown("sqs") {
		return nil, errDown
	}
	q.mu.Lock()
	var now []*message
	for _, m := range q.messages {
		if len(now) < 10 && !m.visibleAt.After(time.Now()) {
			now = append(now, m)
		}
	}
	q.mu.Unlock()
	for _, m := range now {
		if q.receive(m) {
			all = append(all, onaws.LateMessage{Body: m.body, Receipt: m.id})
		}
	}
	return all, nil
}

// Delete is [onaws.LateQueue.Delete].
func (q *queue) Delete(_ context.Context, receipt string) error {
	q.remove(receipt)
	return nil
}

// Send is [accountreview.Queue.Send].
func (q *queue) Send(_ context.Context, body string) error {
	if q.isDown("sqs") {
		return errDown
	}
	q.send(body)
	return nil
}
