package trail

import (
	"cmp"
	"strings"

	"curfew/shared/strictjson"
)

type fileReader struct {
	counts *Counts
	*window
	file string
	each func(*Record) error
	rec  Record
	cut  bool // the file ends inside a value, and that was counted
	// inList: the values are items of a list.
	inList bool
}

// stop is an error of the callback.
type stop struct{ error }

type envelope struct {
	detail     string // EventBridge
	detailType string
	source     string
	account    string
	record     string // CloudTrailEvent of LookupEvents: a record as a string
	digest     bool
	insight    bool
}

// unit reads one value: a record, an envelope with a record in it, or a string that is one.
func (f *fileReader) unit() error {
	if f.s[f.i] == '"' {
		text, err := f.quoted()
		if err != nil {
			return err
		}
		return f.inner(strictjson.Unescape(text), "")
	}
	from := f.i
	var around envelope
	f.rec.reset()
	err := f.object(&f.rec.Odd, false, func(name string) error {
		switch name {
		case "detail":
			return f.part(&around.detail, &f.rec.Odd)
		case "detail-type":
			return f.text(&around.detailType, &f.rec.Odd)
		case "source":
			return f.text(&around.source, &f.rec.Odd)
		case "account":
			return f.text(&around.account, &f.rec.Odd)
		case "CloudTrailEvent":
			return f.text(&around.record, &f.rec.Odd)
		case "digestStartTime", "digestEndTime", "logFiles":
			around.digest = true
			return f.skip()
		case "insightDetails":
			around.insight = true
			return f.skip()
		}
		return f.recordMember(&f.rec, name)
	})
	if err != nil {
		return err
	}
	at, head := f.base+int64(from), f.s[from:f.i]
	switch {
	case around.record != "":
		return f.inner(around.record, "")
	case around.detailType != "":
		// Only AWS can send events whose source begins with "aws.".
		// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
		// Those of a partner begin with "aws.partner/", and a partner chooses what is in them.
		if around.account == "" || !strings.HasPrefix(around.source, "aws.") || strings.HasPrefix(around.source, "aws.partner/") || !strings.HasSuffix(around.detailType, " via CloudTrail") {
			f.counts.unread(f.file, at, Forged, head)
			return nil
		}
		return f.inner(around.detail, around.account)
	case around.digest:
		f.counts.unread(f.file, at, Digest, head)
	case around.insight || f.rec.Category == "Insight" || f.rec.Type == "AwsCloudTrailInsight":
		f.counts.unread(f.file, at, Insight, head)
	case f.rec.Name == "" && f.rec.Source == "" && f.rec.ID == "":
		f.counts.unread(f.file, at, NoRecord, head)
	default:
		return f.give(head)
	}
	return nil
}

// inner reads an enclosed record. Its account must be that of EventBridge's envelope, which EventBridge sets; empty: no
// such envelope.
func (f *fileReader) inner(text, account string) error {
	c := scan{s: text}
	err := c.record(&f.rec)
	if err != nil || f.rec.Name == "" && f.rec.Source == "" {
		f.counts.unread(f.file, f.base+int64(f.i), NoRecord, text)
		return nil
	}
	if f.rec.Category == "Insight" || f.rec.Type == "AwsCloudTrailInsight" {
		f.counts.unread(f.file, f.base+int64(f.i), Insight, text)
		return nil
	}
	if f.rec.Account = cmp.Or(f.rec.Account, account); account != "" && f.rec.Account != account {
		f.counts.unread(f.file, f.base+int64(f.i), Forged, text)
		return nil
	}
	return f.give(text)
}

func (f *fileReader) give(text string) error {
	f.rec.Text = text
	f.rec.complete()
	f.counts.record(f.rec.Odd)
	if err := f.each(&f.rec); err != nil {
		return stop{err}
	}
	return nil
}
