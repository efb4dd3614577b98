package trail

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"hash"
	"io"
)

// Reader reads CloudTrail records from all forms: CloudTrail's files (gzip or not), EventBridge's envelopes, answers of
// LookupEvents, lists, JSON lines. What it cannot read is counted by reason. It is not safe for concurrent use.
type Reader struct {
	Counts Counts
	// Sum gets the uncompressed text of each file; nil: not wanted.
	Sum hash.Hash

	most int64 // bytes of one gzip file, for tests; 0: maxUnzipped
}

// Read gives each record of one file to each, which must clone the parts that it keeps. It stops at and returns an
// error of each or of the input: read the file again. What cannot be read is counted.
func (r *Reader) Read(file string, in io.Reader, each func(*Record) error) error {
	r.Counts.Files++
	from := &source{Reader: in}
	buffered := bufio.NewReaderSize(from, chunk)
	w := &window{in: buffered}
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			r.Counts.unread(file, 0, BadGzip, err.Error())
			return from.failed
		}
		w.in, w.left, w.bounded = unzipped, cmp.Or(r.most, maxUnzipped), true
	}
	if r.Sum != nil {
		w.in = io.TeeReader(w.in, r.Sum)
	}
	f := &fileReader{counts: &r.Counts, window: w, file: file, each: each}
	err := f.all()
	r.Counts.Bytes += w.base + int64(len(w.s))
	if err == nil && from.failed != nil {
		err = fmt.Errorf("reading %s: %w", file, from.failed)
	}
	return err
}

// ReadText is Read of a text in memory.
func (r *Reader) ReadText(file, text string, each func(*Record) error) error {
	r.Counts.Files++
	f := &fileReader{counts: &r.Counts, window: &window{scan: scan{s: text}, ended: true}, file: file, each: each}
	err := f.all()
	r.Counts.Bytes += int64(len(text))
	return err
}
