package evidence_test

import (
	"encoding/json"
	"testing"

	"curfew/shared/evidence"
)

// grantDetail has about the size and the shape of the detail of a grant.
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

func BenchmarkDecode(b *testing.B) {
	body := []byte(`{"chain":"01k6y3m1x80000000000000001","seq":7,"at":"2026-10-05T09:00:00Z","kind":"elevation.granted","actor":"curfew","detail":` + grantDetail +
		`,"prev":"a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986","hash":"a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986a3f5c1e07b2d4986"}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := evidence.Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}
