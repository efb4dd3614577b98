package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/valyala/fastjson"

	"curfew/shared/trail"
	"curfew/shared/trail/trailtest"
)

// rounds are run in turn, and the best of each counts: the machine is shared.
const rounds = 5

func run(out io.Writer, records, elevations, stream int) error {
	d, err := trailtest.NewDay(0, 50, 20)
	if err != nil {
		return err
	}
	var lines [][]byte
	var file bytes.Buffer
	zip := gzip.NewWriter(&file)
	fmt.Fprint(zip, `{"Records":[`)
	size := 0
	for text := range d.Records(records) {
		if size > 0 {
			fmt.Fprint(zip, ",")
		}
		lines = append(lines, bytes.Clone(text))
		size += len(text)
		if _, err := zip.Write(text); err != nil {
			return err
		}
	}
	fmt.Fprint(zip, "]}")
	if err := zip.Close(); err != nil {
		return err
	}
	text := bytes.Join(lines, []byte("\n"))
	rights := trail.NewRights(d.Grants, d.Baselines)
	fmt.Fprintf(out, "%d records of %d bytes, one core\n\n", len(lines), size/len(lines))
	w, err := newWatch()
	if err != nil {
		return err
	}
	best := map[string]time.Duration{}
	for range rounds {
		for name, work := range map[string]func() error{
			"fastjson, 12 fields":   func() error { return fast(lines) },
			"read":                  func() error { return read(text, func(*trail.Record) error { return nil }) },
			"read and attribute":    func() error { return attribute(text, rights) },
			"read to hits":          func() error { return w.detect(text, rights) },
			"gunzip and fastjson":   func() error { return fastFile(file.Bytes()) },
			"gzip file to verdicts": func() error { return attribute(file.Bytes(), rights) },
		} {
			runtime.GC()
			begun := time.Now()
			if err := work(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if took := time.Since(begun); best[name] == 0 || took < best[name] {
				best[name] = took
			}
		}
	}
	line := func(name, beside string) {
		fmt.Fprintf(out, "%-24s %9.0f records/s   %.2f x %s\n", name, float64(len(lines))/best[name].Seconds(), best[beside].Seconds()/best[name].Seconds(), beside)
	}
	line("fastjson, 12 fields", "fastjson, 12 fields")
	line("read", "fastjson, 12 fields")
	line("read and attribute", "fastjson, 12 fields")
	line("read to hits", "fastjson, 12 fields")
	line("gunzip and fastjson", "gunzip and fastjson")
	line("gzip file to verdicts", "gunzip and fastjson")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := attribute(text, rights); err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	fmt.Fprintf(out, "allocations                   %.2f a record\n", float64(after.Mallocs-before.Mallocs)/float64(len(lines)))
	if err := w.print(out, text, rights); err != nil {
		return err
	}
	if err := flat(out, stream); err != nil {
		return err
	}
	return index(out, elevations)
}

func read(text []byte, each func(*trail.Record) error) error {
	var r trail.Reader
	if err := r.Read("day", bytes.NewReader(text), each); err != nil {
		return err
	}
	if len(r.Counts.Unread) > 0 {
		return fmt.Errorf("not read: %v", r.Counts.Kept)
	}
	return nil
}

func attribute(text []byte, rights *trail.Rights) error {
	l := trail.NewLedger(rights, trail.Key{})
	return read(text, func(r *trail.Record) error { l.Add(r); return nil })
}

// fields are the twelve that fastjson reads.
var fields = [12][]string{
	{"eventID"}, {"eventTime"}, {"eventSource"}, {"eventName"}, {"awsRegion"}, {"recipientAccountId"}, {"errorCode"}, {"sourceIPAddress"},
	{"userIdentity", "type"}, {"userIdentity", "principalId"}, {"userIdentity", "sessionContext", "sessionIssuer", "arn"}, {"userIdentity", "sessionContext", "attributes", "creationDate"},
}

var kept int // keeps the compiler from leaving the reading out

func fast(lines [][]byte) error {
	var p fastjson.Parser
	for _, line := range lines {
		v, err := p.ParseBytes(line)
		if err != nil {
			return err
		}
		for _, f := range fields {
			kept += len(v.GetStringBytes(f...))
		}
	}
	return nil
}

func fastFile(file []byte) error {
	zip, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		return err
	}
	var p fastjson.Parser
	v, err := p.ParseBytes(text)
	if err != nil {
		return err
	}
	for _, r := range v.GetArray("Records") {
		for _, f := range fields {
			kept += len(r.GetStringBytes(f...))
		}
	}
	return nil
}
