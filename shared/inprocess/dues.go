package inprocess

import (
	"time"

	"curfew/shared/record"
)

// expiry knows which rows are to be removed when.
type expiry struct {
	due   dues
	timer *time.Timer
	next  time.Time // when the timer fires; zero: it does not
}

func (e *expiry) stop() {
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer, e.next = nil, time.Time{}
}

// due is a row that expires. It counts only while the row that is there expires then.
type due struct {
	at  time.Time
	key record.Key
}

// dues is a heap, the earliest first.
type dues []due

func (d dues) Len() int { return len(d) }

func (d dues) Less(i, j int) bool { return d[i].at.Before(d[j].at) }

func (d dues) Swap(i, j int) { d[i], d[j] = d[j], d[i] }

func (d *dues) Push(x any) { *d = append(*d, x.(due)) }

func (d *dues) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	*d = (*d)[:last]
	return x
}
