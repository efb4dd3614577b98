package evidence_test

import (
	"encoding/json"
	"testing"
	"time"

	"curfew/shared/evidence"
)

// grantDetail has about the size and the shape of a grant's detail.
const grantDetail = `{"elevation":"01k6y3m1x80000000000000001","principal":{"type":"role","account":"111122223333","arn":"arn:aws:iam::111122223333:role/backup-runner"},` +
	`"policies":[{"name":"curfew-01k6y3m1x80000000000000001","digest":"a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986"}],` +
	`"ends":"2026-10-05T09:00:00Z","reason":"stuck: \"job 7\" \u2192 restart","attempt":3,"approved":true,"note":null}`

func BenchmarkCanonical(b *testing.B) {
	b.SetBytes(int64(len(grantDetail)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := evidence.Canonical(json.RawMessage(grantDetail)); err != nil {
			b.Fatal(err)
		}
	}
}

// granted is a record of typical size.
func granted(b *testing.B) (evidence.Record, evidence.Head) {
	r, head, err := evidence.Append("elevation#01k6y3m1x80000000000000001",
		evidence.Head{Seq: 6, Hash: "a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986"},
		evidence.Entry{At: time.Unix(1791190800, 0), Kind: "elevation.granted", Actor: "curfew", Detail: json.RawMessage(grantDetail)})
	if err != nil {
		b.Fatal(err)
	}
	return r, head
}

func BenchmarkAppend(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		granted(b)
	}
}

func BenchmarkDecode(b *testing.B) {
	r, _ := granted(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := evidence.Decode(r.Text()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	r, head, err := evidence.Append("elevation#01k6y3m1x80000000000000001", evidence.Head{},
		evidence.Entry{Kind: "elevation.granted", Actor: "curfew", Detail: json.RawMessage(grantDetail)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := evidence.Verify(r.Chain, []evidence.Record{r}, head); err != nil {
			b.Fatal(err)
		}
	}
}
