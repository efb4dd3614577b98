package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
)

// ended is an elevation that is over, as an honest server shows it.
func ended(t *testing.T) Detail {
	t.Helper()
	var d Detail
	terms := access.Terms{ID: "01k6y3m1x8q2v4t6w8y0a2c4e6", Reason: "<&>", StartAt: time.Unix(0, 0), LatestEnd: time.Unix(9, 0), DecideBy: time.Unix(5, 0)}
	d.ID, d.State, d.Reason, d.Digest, d.Terms.Document = terms.ID, "ended", "<&>", terms.Digest(), string(terms.Document())
	d.StartAt, d.LatestEnd, d.DecideBy = terms.StartAt, terms.LatestEnd, terms.DecideBy
	d.Receipt = &Receipt{Elevation: d.ID, By: "ana", Seen: "not there", GoneAt: time.Unix(5, 0).UTC(), Digest: d.Digest}
	for i, kind := range []string{"requested", "approval", "approved", "granting", "active", "revoking", "ended"} {
		detail := map[string]any{"reason": "<&>\u2028", "digest": d.Digest}
		if kind == "ended" {
			b, _ := json.Marshal(d.Receipt)
			_ = json.Unmarshal(b, &detail)
		}
		r, head, err := evidence.Append(evidence.ElevationChain(d.ID), d.Evidence.Head, evidence.Entry{At: time.Unix(int64(i), 0), Kind: "elevation." + kind, Actor: "ana", Detail: detail})
		if err != nil {
			t.Fatal(err)
		}
		d.Timeline, d.Evidence.Head = append(d.Timeline, r), head
	}
	d.Evidence.State = evidence.Verified
	b, _ := json.MarshalIndent(d, "", " ")
	var got Detail
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// edit is what a server shows that changes the text of one record.
func edit(i int, old, new string) func(*Detail) {
	return func(d *Detail) {
		d.Timeline[i] = evidence.DecodeLenient([]byte(strings.Replace(string(d.Timeline[i].Text()), old, new, 1)))
	}
}

// cut is what a server shows that takes the last records away, and keeps its head in step.
func cut(d *Detail, n int) {
	d.Timeline = d.Timeline[:len(d.Timeline)-n]
	last := d.Timeline[len(d.Timeline)-1]
	d.Evidence.Head = evidence.Head{Seq: last.Seq, Hash: last.Hash}
}

func TestEvidenceIsCheckedHere(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Detail)
		want   evidence.State
	}{
		{"honest", func(*Detail) {}, evidence.Verified},
		{"grown since", func(d *Detail) {
			d.State = "revoking"
			d.Evidence.Head = evidence.Head{Seq: 6, Hash: d.Timeline[5].Hash}
		}, evidence.Verified},
		{"a changed actor", edit(0, `"actor":"ana"`, `"actor":"ben"`), evidence.Broken},
		{"a changed detail", edit(1, `"reason":"`, `"reason":"other`), evidence.Broken},
		{"a changed field", func(d *Detail) { d.Timeline[0].Actor = "ben" }, evidence.Broken},
		{"other bytes", edit(1, `"reason":`, `"reason": `), evidence.Broken},
		{"a removed record", func(d *Detail) { d.Timeline = d.Timeline[1:] }, evidence.Broken},
		{"another elevation", func(d *Detail) { d.ID = "01k6y3m1x8q2v4t6w8y0a2c4e7" }, evidence.Broken},
		{"a record, not JSON", edit(0, `{"attestation_list"`, `{`), evidence.Broken},
		{"a tail cut off", func(d *Detail) { d.Timeline = d.Timeline[:6] }, evidence.Truncated},
		{"a tail and the head", func(d *Detail) { cut(d, 1); d.Receipt = nil }, evidence.Truncated},
		{"all but the request", func(d *Detail) { cut(d, 6); d.State, d.Receipt = "active", nil }, evidence.Truncated},
		{"all of it", func(d *Detail) { d.Timeline, d.Evidence.Head = nil, evidence.Head{} }, evidence.Truncated},
		{"no head", func(d *Detail) { d.Evidence.Head = evidence.Head{} }, evidence.Truncated},
		{"a head below nought", func(d *Detail) { d.Evidence.Head.Seq = -1 }, evidence.Truncated},
		{"a head of another chain", func(d *Detail) { d.Evidence.Head.Hash = d.Timeline[1].Hash }, evidence.Broken},
		{"an earlier state", func(d *Detail) { d.State = "active" }, evidence.Broken},
		{"a state that there is not", func(d *Detail) { d.State = "over" }, evidence.Truncated},
		{"another digest", func(d *Detail) { d.Digest = d.Timeline[0].Hash }, evidence.Broken},
		{"other terms", func(d *Detail) { d.Reason = "other" }, evidence.Broken},
		{"another receipt", func(d *Detail) { d.Receipt.Seen = "there" }, evidence.Broken},
		{"no receipt", func(d *Detail) { d.Receipt = nil }, evidence.Broken},
		{"the API says broken", func(d *Detail) { d.Evidence.State = evidence.Broken }, evidence.Broken},
		{"the API says truncated", func(d *Detail) { d.Evidence.State = evidence.Truncated }, evidence.Truncated},
		{"the API says nothing", func(d *Detail) { d.Evidence.State = "" }, evidence.Broken},
	} {
		d := ended(t)
		d.Timeline = slices.Clone(d.Timeline)
		c.change(&d)
		if got := d.Check(); got.State != c.want || (got.Why == "") != (c.want == evidence.Verified) {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}
