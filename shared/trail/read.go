package trail

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"hash"
	"io"
)

// Reader reads CloudTrail records from files of any form in which they come: CloudTrail's own files (gzip or not), EventBridge's
// envelopes, answers of LookupEvents, lists, JSON lines. Nothing is dropped in silence: what is not read is counted by reason.
// It is not safe for concurrent use.
type Reader struct {
	Counts Counts
	// Sum gets the text of each file, not compressed; nil: it is not wanted.
	Sum hash.Hash

	most int64 // bytes of one gzip file, for tests; 0: maxUnzipped
}

// Read reads all records of one file and gives each to a function, which keeps no part of it without cloning it. An error of the
// function stops the reading and is returned, as is an error of the input: the file is to be read again. What cannot be read stops nothing
// and is counted.
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

// ReadText is Read of a text that is at hand whole: an event of a bus, a message of a queue.
func (r *Reader) ReadText(file, text string, each func(*Record) error) error {
	r.Counts.Files++
	f := &fileReader{counts: &r.Counts, window: &window{scan: scan{s: text}, ended: true}, file: file, each: each}
	err := f.all()
	r.Counts.Bytes += int64(len(text))
	return err
}
