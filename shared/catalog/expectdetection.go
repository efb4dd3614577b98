package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"curfew/shared/detection"
	"curfew/shared/trail"
)

const maxRepeat = 1000

// expectedHits reads an entry with records and what they hit.
func (l testsReader) expectedHits(v value) expectation {
	f := v.fields("name", "record", "records", "facts", "repeat", "every", "silent", "detects")
	x := expectation{records: &recordTest{repeat: 1, every: time.Second}}
	t := x.records
	x.line, _ = v.place()
	if name, ok := f.need("name"); ok {
		x.name, _ = name.text()
	}
	if each, ok := f.get("record"); ok {
		t.records = append(t.records, testRecord(each))
	}
	if all, ok := f.get("records"); ok {
		for _, each := range all.nonEmptyList() {
			t.records = append(t.records, testRecord(each))
		}
	}
	facts, ok := f.get("facts")
	switch {
	case !ok:
		t.facts = []detection.Event{{Class: detection.Other}}
	case facts.kind() == "a list":
		for _, each := range facts.list() {
			t.facts = append(t.facts, readFacts(each))
		}
		if len(t.facts) != len(t.records) {
			facts.report("has %d items, and records has %d", len(t.facts), len(t.records))
		}
	default:
		t.facts = []detection.Event{readFacts(facts)}
	}
	if repeat, ok := f.get("repeat"); ok {
		t.repeat = repeat.number(1, maxRepeat)
	}
	if every, ok := f.get("every"); ok {
		t.every = every.duration(time.Second, longestHistory)
	}
	if silent, ok := f.get("silent"); ok {
		g := silent.fields("subject", "since", "now")
		if subject, ok := g.need("subject"); ok {
			t.silent, _ = subject.text()
		}
		if since, ok := g.need("since"); ok {
			t.since = since.instant()
		}
		if now, ok := g.need("now"); ok {
			t.now = now.instant()
		}
	}
	if len(t.records) == 0 && t.silent == "" {
		v.report("needs a record, records or silent")
	}
	if detects, ok := f.need("detects"); ok {
		t.detects = l.detectionNames(detects)
	}
	return x
}

func (l testsReader) detectionNames(v value) (names []string) {
	items := []value{v}
	if v.kind() == "a list" {
		items = v.nonEmptyList()
	} else if word, _ := v.text(); word == "nothing" {
		return nil
	}
	for _, each := range items {
		name, ok := each.text()
		if _, there := l.c.detections[name]; ok && !there {
			known := make([]string, 0, len(l.c.detections))
			for _, d := range l.c.Detections() {
				known = append(known, d.Name)
			}
			each.report("%q is not a detection%s", name, suggest(name, known, nil))
		}
		names = append(names, name)
	}
	return v.set(names)
}

// testRecord reads a record, with the members that every record has and this one does not say.
func testRecord(v value) json.RawMessage {
	text, ok := asJSON(v).document()
	var r map[string]any
	if !ok || json.Unmarshal(text, &r) != nil {
		return nil
	}
	for name, value := range map[string]any{
		"eventVersion": "1.11", "eventTime": "2026-11-23T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "eventType": "AwsApiCall",
		"managementEvent": true, "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.31.0",
		"userIdentity": map[string]any{"type": "IAMUser", "principalId": "AIDAEXAMPLE0000000001", "arn": "arn:aws:iam::111122223333:user/mallory",
			"accountId": "111122223333", "userName": "mallory", "accessKeyId": "AKIAEXAMPLE000000001"},
	} {
		if _, said := r[name]; !said {
			r[name] = value
		}
	}
	b, err := canonical(r)
	if err != nil {
		v.report("is not a record: %v", err)
	}
	return b
}

// run returns the names of the detections that hit, sorted. An error of a detection is a hit of another name.
func (t *recordTest) run(c *Catalog) ([]string, error) {
	set, err := detection.Compile(c.Detections())
	if err != nil {
		return nil, err
	}
	ctx, memory := context.Background(), &detection.Memory{}
	var hits []detection.Hit
	n := 0
	for i := range t.repeat {
		for j, text := range t.records {
			n++
			found, err := judgeText(ctx, set, memory, t.facts[min(j, len(t.facts)-1)], text, n, time.Duration(i)*t.every)
			if err != nil {
				return nil, err
			}
			hits = append(hits, found...)
		}
	}
	if t.silent != "" {
		for _, d := range slices.Concat(set.Silences(detection.ByAccount), set.Silences(detection.ByElevation)) {
			found, err := detection.Silent(ctx, memory, &d, []detection.Expected{{Subject: t.silent, Since: t.since}}, t.now)
			if err != nil {
				return nil, err
			}
			hits = append(hits, found...)
		}
	}
	var names []string
	for _, h := range hits {
		if h.Kind == detection.KindError {
			names = append(names, h.What)
			continue
		}
		names = append(names, h.Detection)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// judgeText reads a record as the trail's reader does, later by so much, and judges it with its facts. Each has its own id.
func judgeText(ctx context.Context, set *detection.Set, h detection.History, e detection.Event, text json.RawMessage, n int, later time.Duration) (hits []detection.Hit, err error) {
	var r map[string]any
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	if _, said := r["eventID"]; !said {
		r["eventID"] = fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	}
	if at, ok := r["eventTime"].(string); ok && later > 0 {
		if parsed, err := time.Parse(time.RFC3339, at); err == nil {
			r["eventTime"] = parsed.Add(later).Format(time.RFC3339)
		}
	}
	b, err := canonical(r)
	if err != nil {
		return nil, err
	}
	var reader trail.Reader
	err = reader.ReadText("tests.yaml", string(b), func(record *trail.Record) error {
		e.Record = record
		switch {
		case e.Verdict.Right != "":
		case record.ByService():
			e.Verdict.Right = trail.Service
		default:
			e.Verdict.Right = trail.Other
		}
		found, err := detection.Judge(ctx, h, set.Match(&e))
		hits = append(hits, found...)
		return err
	})
	return hits, err
}
