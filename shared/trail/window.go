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

// window is the part of a text in memory. A record that ends behind it is read again after [window.more].
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

// source remembers why its input ended. A gzip reader says the same of a broken file and of a broken connection.
type source struct {
	io.Reader
	failed error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
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
	for n < size && !w.ended { // as much as there is room for: a record is read again after each part
		got, err := w.in.Read(w.buf[len(rest)+n:])
		n += got
		if err != nil {
			w.ended = true
			if !errors.Is(err, io.EOF) {
				w.failed = err
			}
		}
	}
	if w.bounded {
		if w.left -= int64(n); w.left < 0 {
			w.failed, w.ended = errBomb, true
		}
	}
	// The text is the buffer itself: a copy takes a third of all the time. See [Record] for what may be kept.
	w.s, w.i = unsafe.String(unsafe.SliceData(w.buf), len(rest)+n), 0
	return n > 0
}
