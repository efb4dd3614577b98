package trail

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unsafe"
)

// Bounds of what is read.
const (
	maxRecord   = 2 << 20 // bytes of one record. CloudTrail's own bound is 256 KB, 1 MB for some enriched ones
	maxUnzipped = 1 << 30 // bytes of one gzip file: CloudTrail's files have a few megabytes
	chunk       = 64 << 10
	maxHead     = 200 // bytes kept of what could not be read
	maxKept     = 1000
)

// Reason is why something could not be read as a record. The set is closed.
type Reason string

// The reasons.
const (
	NotJSON   Reason = "not JSON"
	Truncated Reason = "ends inside a value"
	TooLarge  Reason = "larger than a record may be"
	TooDeep   Reason = "nested too deeply"
	NoRecord  Reason = "JSON, but no CloudTrail record"
	Digest    Reason = "a digest file"
	Insight   Reason = "an Insight event"
	Forged    Reason = "an envelope that is not AWS's" // its source is not one that only AWS may use
	BadGzip   Reason = "broken gzip"
	GzipBomb  Reason = "gzip that unpacks to more than is read"
	ReadError Reason = "cannot be read"
)

// Unread is something that could not be read as a record: where it is, why, and how it begins.
type Unread struct {
	File   string
	Offset int64 // byte of the unpacked text
	Reason Reason
	Head   string // at most 200 bytes
}

// Counts are what a Reader saw.
type Counts struct {
	Files, Bytes, Records int64
	Odd                   map[Odd]int64 // records with each irregularity
	Unread                map[Reason]int64
	Kept                  []Unread // the first 1,000
}

// Reader reads CloudTrail records from files of any form in which they come: CloudTrail's own files (gzip or not), EventBridge's
// envelopes, answers of LookupEvents, lists, JSON lines. Nothing is dropped in silence: what is not read is counted by reason.
// It is not safe for concurrent use.
type Reader struct {
	Counts Counts
}

// Read reads all records of one file and gives each to a function, which keeps no part of it without cloning it. An error of the
// function stops the reading and is returned; what cannot be read stops nothing and is counted.
func (r *Reader) Read(file string, in io.Reader, each func(*Record) error) error {
	r.begin()
	buffered := bufio.NewReaderSize(in, chunk)
	w := &window{in: buffered}
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			r.unread(file, 0, BadGzip, err.Error())
			return nil
		}
		w.in, w.left, w.bounded = unzipped, maxUnzipped, true
	}
	f := &fileReader{Reader: r, window: w, file: file, each: each}
	err := f.all()
	r.Counts.Bytes += w.base + int64(len(w.s))
	return err
}

// ReadText is Read of a text that is at hand whole: an event of a bus, a message of a queue.
func (r *Reader) ReadText(file, text string, each func(*Record) error) error {
	r.begin()
	f := &fileReader{Reader: r, window: &window{scan: scan{s: text}, ended: true}, file: file, each: each}
	err := f.all()
	r.Counts.Bytes += int64(len(text))
	return err
}

func (r *Reader) begin() {
	if r.Counts.Unread == nil {
		r.Counts.Unread, r.Counts.Odd = map[Reason]int64{}, map[Odd]int64{}
	}
	r.Counts.Files++
}

func (r *Reader) unread(file string, offset int64, why Reason, head string) {
	r.Counts.Unread[why]++
	if len(r.Counts.Kept) < maxKept {
		r.Counts.Kept = append(r.Counts.Kept, Unread{file, offset, why, strings.Clone(strings.ToValidUTF8(head[:min(len(head), maxHead)], "\ufffd"))})
	}
}

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

// fileReader reads one file.
type fileReader struct {
	*Reader
	*window
	file string
	each func(*Record) error
	rec  Record
}

func (f *fileReader) all() error {
	f.more()
	if strings.HasPrefix(f.s, "\ufeff") {
		f.i = len("\ufeff")
	}
	for {
		f.blank()
		if f.i == len(f.s) {
			break
		}
		if err := f.value(); err != nil {
			return err
		}
	}
	switch {
	case f.failed == nil:
	case errors.Is(f.failed, errBomb):
		f.unread(f.file, f.base, GzipBomb, "")
	case f.bounded:
		f.unread(f.file, f.base, BadGzip, f.failed.Error())
	default:
		f.unread(f.file, f.base, ReadError, f.failed.Error())
	}
	return nil
}

// blank passes over what may stand between values.
func (f *fileReader) blank() {
	for {
		f.space()
		if f.i < len(f.s) && f.s[f.i] == ',' {
			f.i++
			continue
		}
		if f.i < len(f.s) || !f.more() {
			return
		}
	}
}

// value reads one value of the file's top: a list or a file of records item by item, anything else as a whole.
func (f *fileReader) value() error {
	switch f.s[f.i] {
	case '[':
		f.i++
		return f.items()
	case '{':
		if list := f.listed(); list {
			return f.items()
		}
		return f.whole()
	case ']', '}': // the end of a list, or of the object around it
		f.i++
		return nil
	}
	f.line(NotJSON)
	return nil
}

// listed looks whether an object is a list of records (Records, Events), as far as the text at hand shows, and enters it.
func (f *fileReader) listed() bool {
	look := f.scan
	look.i++
	for range 8 {
		name, more, err := look.member()
		if err != nil || !more {
			return false
		}
		if name == "Records" || name == "Events" {
			if b, err := look.peek(); err != nil || b != '[' {
				return false
			}
			f.i = look.i + 1
			return true
		}
		if b, err := look.peek(); err != nil || b == '{' || b == '[' || recordNames[name] || look.skip() != nil {
			return false
		}
	}
	return false
}

// recordNames begin most records, which listed then need not look through.
var recordNames = map[string]bool{"eventVersion": true, "awsRegion": true, "eventID": true, "eventTime": true, "version": true, "digestStartTime": true}

// items reads the items of a list up to its end. What follows the list in its object is passed over by [fileReader.value].
func (f *fileReader) items() error {
	for {
		f.blank()
		if f.i == len(f.s) {
			f.unread(f.file, f.base+int64(f.i), Truncated, "the list of records has no end")
			return nil
		}
		switch f.s[f.i] {
		case ']':
			f.i++
			f.tail()
			return nil
		case '{', '"':
			if err := f.whole(); err != nil {
				return err
			}
		default:
			at := f.base + int64(f.i)
			head := f.s[f.i:]
			if f.skip() != nil {
				f.line(NotJSON)
				continue
			}
			f.unread(f.file, at, NoRecord, head)
		}
	}
}

// tail passes over the members that stand behind the list in its object: a token for the next page.
func (f *fileReader) tail() {
	look := f.scan
	for {
		name, more, err := look.member()
		if err != nil {
			return
		}
		if !more {
			f.i = look.i
			return
		}
		if name == "" || look.skip() != nil {
			return
		}
	}
}

// line passes over the rest of a line that cannot be read.
func (f *fileReader) line(why Reason) {
	at, head := f.base+int64(f.i), f.s[f.i:]
	head = strings.Clone(head[:min(len(head), maxHead)])
	for {
		if n := strings.IndexByte(f.s[f.i:], '\n'); n >= 0 {
			f.i += n + 1
			break
		}
		f.i = len(f.s)
		if !f.more() {
			break
		}
	}
	f.unread(f.file, at, why, head)
}

// whole reads one value as a record, or as something that has one inside.
func (f *fileReader) whole() error {
	for {
		from := f.i
		err := f.unit()
		if err == nil || !errors.Is(err, errShort) {
			return f.unreadable(from, err)
		}
		f.i = from
		if len(f.s)-from > maxRecord {
			f.pass()
			return nil
		}
		if !f.more() {
			f.unread(f.file, f.base+int64(f.i), Truncated, f.s[f.i:])
			f.i = len(f.s)
			return nil
		}
	}
}

// stop is an error of the function that is given the records.
type stop struct{ error }

func (f *fileReader) unreadable(from int, err error) error {
	if err == nil {
		return nil
	}
	var stopped stop
	if errors.As(err, &stopped) {
		return stopped.error
	}
	at, head := f.base+int64(from), f.s[from:]
	switch {
	case errors.Is(err, errDeep):
		f.unread(f.file, at, TooDeep, head)
		f.i = from
		if f.skip(); f.i == from {
			f.i++
		}
	case errors.Is(err, errSyntax):
		f.i = from
		f.line(NotJSON)
	default:
		return fmt.Errorf("%s: %w", f.file, err)
	}
	return nil
}

// pass goes over a value that is larger than a record may be, without keeping it.
func (f *fileReader) pass() {
	at, head := f.base+int64(f.i), strings.Clone(f.s[f.i:f.i+maxHead])
	depth, quoted, escaped := 0, false, false
	for {
		for f.i < len(f.s) {
			b := f.s[f.i]
			f.i++
			switch {
			case escaped:
				escaped = false
			case quoted && b == '\\':
				escaped = true
			case b == '"':
				quoted = !quoted
			case quoted:
			case b == '{' || b == '[':
				depth++
			case b == '}' || b == ']':
				depth--
			}
			if depth == 0 && !quoted {
				f.unread(f.file, at, TooLarge, head)
				return
			}
		}
		if !f.more() {
			f.unread(f.file, at, Truncated, head)
			return
		}
	}
}
