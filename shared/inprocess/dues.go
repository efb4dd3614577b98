package inprocess

import (
	"time"

	"curfew/shared/record"
)

// expiry schedules the removal of rows.
type expiry struct {
	due   dues
	timer *time.Timer
	next  time.Time // when the timer fires; zero: not set
}

func (e *expiry) stop() {
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer, e.next = nil, time.Time{}
}

// due is the expiry of a row. It is ignored if the stored row expires at another time.
type due struct {
	at  time.Time
	key record.Key
}

// dues is a heap by time.
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
