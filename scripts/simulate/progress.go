package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// progress is one line that is written over.
type progress struct {
	to io.Writer

	mu    sync.Mutex // guards what follows
	began time.Time
	last  time.Time
}

// width is that of the bar, in characters.
const width = 30

// show writes how much is done, a few times a second.
func (p *progress) show(done, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.began.IsZero() {
		p.began = now
	}
	if done < of && now.Sub(p.last) < 250*time.Millisecond {
		return
	}
	p.last = now
	full := width * done / max(1, of)
	left := time.Duration(float64(now.Sub(p.began)) / float64(max(1, done)) * float64(of-done)).Round(time.Second)
	fmt.Fprintf(p.to, "\r[%s%s] %d of %d, %s left   ", strings.Repeat("=", full), strings.Repeat(" ", width-full), done, of, left)
	if done >= of {
		fmt.Fprintln(p.to)
	}
}
