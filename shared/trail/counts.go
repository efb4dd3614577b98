package trail

import (
	"strings"
)

// maxKept and maxHead bound the samples of unread input: their number, and the bytes of each.
const (
	maxKept = 1000
	maxHead = 200
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
	Forged    Reason = "an envelope that is not AWS's" // its source is not one that only AWS may use, or its account is not the record's
	BadGzip   Reason = "broken gzip"
	GzipBomb  Reason = "gzip that unpacks to more than is read"
	ReadError Reason = "cannot be read"
)

// Unread is something that could not be read as a record.
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

func (c *Counts) unread(file string, offset int64, why Reason, head string) {
	if c.Unread == nil {
		c.Unread = map[Reason]int64{}
	}
	c.Unread[why]++
	if len(c.Kept) < maxKept {
		c.Kept = append(c.Kept, Unread{file, offset, why, strings.Clone(strings.ToValidUTF8(head[:min(len(head), maxHead)], "\ufffd"))})
	}
}

func (c *Counts) record(odd Odd) {
	c.Records++
	if odd == 0 {
		return
	}
	if c.Odd == nil {
		c.Odd = map[Odd]int64{}
	}
	for bit := Odd(1); bit <= OddIdentity; bit <<= 1 {
		if odd&bit != 0 {
			c.Odd[bit]++
		}
	}
}
