package trail

import (
	"errors"
	"fmt"
	"strings"
)

// maxRecord bounds one record, in bytes. CloudTrail's own bound is 256 KB, 1 MB for enriched ones.
const maxRecord = 2 << 20

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
		f.counts.unread(f.file, f.base, GzipBomb, "")
	case f.bounded:
		f.counts.unread(f.file, f.base, BadGzip, f.failed.Error())
	default:
		f.counts.unread(f.file, f.base, ReadError, f.failed.Error())
	}
	return nil
}

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

// value reads one value at the file's top: a list of records item by item, anything else as a whole.
func (f *fileReader) value() error {
	switch f.s[f.i] {
	case '[':
		f.i++
		return f.items()
	case '{':
		list, known := f.listed()
		for !known && len(f.s)-f.i <= maxRecord && f.more() {
			list, known = f.listed()
		}
		if list {
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

// listed reports whether an object is a list of records (Records, Events), and enters it. Not known: the window ends
// before.
func (f *fileReader) listed() (list, known bool) {
	look := f.scan
	look.i++
	for range 8 {
		name, more, err := look.member()
		if err != nil || !more {
			return false, !errors.Is(err, errShort)
		}
		if recordNames[name] {
			return false, true
		}
		b, err := look.peek()
		if err != nil {
			return false, !errors.Is(err, errShort)
		}
		if name == "Records" || name == "Events" {
			if b == '[' {
				f.i = look.i + 1
			}
			return b == '[', true
		}
		if err := look.skip(); err != nil {
			return false, !errors.Is(err, errShort)
		}
	}
	return false, true
}

// recordNames begin most records: listed then stops early.
var recordNames = map[string]bool{"eventVersion": true, "awsRegion": true, "eventID": true, "eventTime": true, "digestStartTime": true}

// items reads the items of a list up to its end.
func (f *fileReader) items() error {
	f.inList = true
	defer func() { f.inList = false }()
	for {
		f.blank()
		if f.i == len(f.s) {
			if !f.cut {
				f.counts.unread(f.file, f.base+int64(f.i), Truncated, "the list of records has no end")
			}
			return nil
		}
		if f.s[f.i] == ']' {
			f.i++
			f.tail()
			return nil
		}
		if err := f.whole(); err != nil {
			return err
		}
	}
}

// tail skips the members after the list: a token for the next page.
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
	f.counts.unread(f.file, at, why, head)
}

func (f *fileReader) whole() error {
	for {
		from := f.i
		err := f.unit()
		if err == nil || !errors.Is(err, errShort) {
			return f.unreadable(from, err)
		}
		f.i = from
		tooLarge := len(f.s)-from > maxRecord
		if !tooLarge && f.more() {
			continue
		}
		switch {
		case f.resume():
		case tooLarge:
			f.pass()
		default:
			f.counts.unread(f.file, f.base+int64(f.i), Truncated, f.s[f.i:])
			f.i, f.cut = len(f.s), true
		}
		return nil
	}
}

// resume continues at the next line after a line that was cut, which would swallow all later lines. False: this is no
// file of lines.
func (f *fileReader) resume() bool {
	if f.inList {
		return false
	}
	for at := f.i; ; {
		n := strings.Index(f.s[at:], "\n{")
		if n < 0 {
			return false
		}
		at += n + 1
		next := scan{s: f.s, i: at}
		if next.skip() == nil { // a whole line
			f.counts.unread(f.file, f.base+int64(f.i), Truncated, f.s[f.i:at])
			f.i = at
			return true
		}
	}
}

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
		f.counts.unread(f.file, at, TooDeep, head)
		f.i = from
		if f.skip(); f.i == from {
			f.i++
		}
	case errors.Is(err, errSyntax):
		f.i = from
		if f.inList && f.skip() == nil && f.i > from { // the next item may be well
			f.counts.unread(f.file, at, NotJSON, head)
			return nil
		}
		f.i = from
		f.line(NotJSON)
	default:
		return fmt.Errorf("%s: %w", f.file, err)
	}
	return nil
}

// pass skips a value that is larger than a record may be.
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
				f.counts.unread(f.file, at, TooLarge, head)
				return
			}
		}
		if !f.more() {
			f.counts.unread(f.file, at, Truncated, head)
			return
		}
	}
}
