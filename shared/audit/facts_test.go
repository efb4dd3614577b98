package audit

import (
	"testing"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
)

// Package correlate writes who opened a session as an object.
func TestWhoOpenedASessionIsInItsRow(t *testing.T) {
	const detail = `{"account":"111122223333","day":"2026-11-30","events":3,"more":{"actions":2},"actions":[{"name":"s3:GetObject","events":1}],
		"sessions":[{"name":"AROAEXAMPLE:ana","events":2,"who":{"kind":"identity center","name":"ana","hops":1}},{"name":"AROAEXAMPLE:job","events":1}]}`
	record, _, err := evidence.Append("usage#e1", evidence.Head{}, evidence.Entry{At: time.Unix(0, 0), Kind: "usage.counted", Detail: jsonText(detail)})
	if err != nil {
		t.Fatal(err)
	}
	_, rows := RowsOf(7, record.Text())
	got := map[string]string{}
	for _, u := range rows.Usage {
		got[u.Item+" "+u.Name] = u.Who
	}
	if len(got) != 4 || got["session AROAEXAMPLE:ana"] != "identity center:ana" || got["session AROAEXAMPLE:job"] != "" {
		t.Errorf("rows = %q", got)
	}
	if total := rows.Usage[0]; total.Item != "total" || *total.Events != 3 || *total.Unlisted != 2 {
		t.Errorf("total = %+v", total)
	}
}

type jsonText string

func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }

// The answer to a campaign's item is about no elevation.
func TestAnAnswerToACampaignIsInItsRow(t *testing.T) {
	const item = "2026-11-AROAEXAMPLE0000000001"
	record, _, err := evidence.Append("signature#campaign#"+item, evidence.Head{}, evidence.Entry{At: time.Unix(60, 0), Kind: "campaign.signed", Actor: "person:ben",
		Detail: map[string]any{"item": item, "says": "signed", "digest": "d", "reason": "it stays", "account": "111122223333"}})
	if err != nil {
		t.Fatal(err)
	}
	row, err := log.Entry{Row: &log.Row{Partition: "signature#campaign#" + item, Sort: "signature", Version: 1,
		Body: `{"item":"` + item + `","says":"signed","by":{"id":"person:ben","name":"ben"},"digest":"d","reason":"it stays","at":"1970-01-01T00:01:00Z"}`}}.Text()
	if err != nil {
		t.Fatal(err)
	}
	for kind, text := range map[string][]byte{"campaign.signed": record.Text(), "row.signature": row} {
		_, rows := RowsOf(1, text)
		if r := rows.Evidence[0]; r.Kind != kind || r.Elevation != "" || r.Subject != item || r.Actor != "person:ben" || r.Digest != "d" || r.Reason != "it stays" || r.Recorded != 60 {
			t.Errorf("%s: %+v", kind, r)
		}
	}
}
