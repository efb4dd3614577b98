package trail

import (
	"errors"
	"io"
	"slices"
	"unsafe"
)

const (
	chunk       = 64 << 10
	maxUnzipped = 1 << 30 // bytes of one gzip file: CloudTrail's files have a few megabytes
)

// window is the part of a text that is at hand. A record that ends behind it is read again after [window.more].
type window struct {
	scan
	in      io.Reader
	base    int64 // offset of s
	buf     []byte
	ended   bool
	failed  error // why it ended, if not by its end
	left    int64 // of a gzip file, how much more is read
	bounded bool
}

var errBomb = errors.New("too much")

// more drops what was read and reads on. False: there is no more.
func (w *window) more() bool {
	if w.ended {
		return false
	}
	rest := w.s[w.i:]
	w.base += int64(w.i)
	size := max(chunk, len(rest)) // doubles while one record does not fit
	w.buf = slices.Grow(w.buf[:0], len(rest)+size)[:len(rest)+size]
	copy(w.buf, rest)
	n := 0
	for n == 0 && !w.ended {
		var err error
		n, err = io.ReadFull(w.in, w.buf[len(rest):])
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && !w.bounded:
			w.ended = true
		case errors.Is(err, io.ErrUnexpectedEOF):
			// ReadFull's own, or that of a gzip file that is cut: the next read tells.
			if _, err := w.in.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				w.failed = err
			}
			w.ended = true
		case err != nil:
			w.failed, w.ended = err, true
		}
	}
	if w.bounded {
		if w.left -= int64(n); w.left < 0 {
			w.failed, w.ended = errBomb, true
		}
	}
	// The text is the buffer itself: a copy takes a third of all the time. Hence the rule of [Record] about what is kept.
	w.s, w.i = unsafe.String(unsafe.SliceData(w.buf), len(rest)+n), 0
	return n > 0
}
