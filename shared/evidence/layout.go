package evidence

import (
	"strconv"
	"time"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// fromLayout decodes the layout that [Append] writes, in one pass and without an allocation. ok is false for any other
// text, also for one that [Decode] refuses: the general way says why. The fields share the text.
func fromLayout(body []byte, text string) (r Record, gap int, ok bool) {
	if !utf8.ValidString(text) {
		return r, 0, false
	}
	c := strictjson.Cutter{Text: text}
	r.Chain = c.After(`{"attestation_list":[{"chain_uid":`).Plain()
	gap = c.At
	r.Hash = c.After("," + fingerprintStart).Plain()
	c.After("}")
	prev := ""
	linked := c.Begins(`,"prev_event":`)
	if linked {
		r.Prev = c.After(`,"prev_event":{` + fingerprintStart).Plain()
		prev = c.After(`},"uid":`).Plain()
		c.After("}")
	}
	r.Kind = c.After(`}],"metadata":{"event_code":`).Plain()
	truncated := c.Begins(`,"is_truncated":true`)
	if truncated {
		c.After(`,"is_truncated":true`)
	}
	r.Seq = c.After(`,"sequence":`).Counter()
	own := c.After(`,"uid":`).Plain()
	if truncated {
		r.Untruncated = c.After(`,"untruncated_size":`).Counter()
	}
	r.At = time.UnixMilli(c.After(`},"time":`).Counter()).UTC()
	r.Actor = c.After(`,"unmapped":{"actor":`).Plain()
	if c.Begins(`,"detail":`) {
		from := c.After(`,"detail":`).At
		to := from + len(c.Value())
		r.Detail = body[from:to:to]
	}
	if r.Late = c.Begins(`,"late":true`); r.Late {
		c.After(`,"late":true`)
	}
	c.After("}}")
	r.text = body
	return r, gap, c.Ended() && len(r.Hash) == len(noHash) && r.Seq > 0 && isUID(own, r.Chain, r.Seq) &&
		linked == (r.Seq > 1) && (!linked || isUID(prev, r.Chain, r.Seq-1)) && truncated == (r.Untruncated > 0) && r.At.Year() <= 9999
}

// isUID compares with [uid] without an allocation.
func isUID(text, chain string, seq int64) bool {
	var room [20]byte
	digits := strconv.AppendInt(room[:0], seq, 10)
	n := len(chain)
	return len(text) == n+1+len(digits) && text[:n] == chain && text[n] == '#' && text[n+1:] == string(digits)
}
