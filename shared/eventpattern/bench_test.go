package eventpattern_test

import "testing"

// BenchmarkMatch matches a typical AWS Backup event against typical patterns.
func BenchmarkMatch(b *testing.B) {
	event := example(b, "backup-job-running")
	for _, bench := range []struct{ name, pattern string }{
		{"source and state", `{"source": ["aws.backup"], "detail-type": ["Backup Job State Change"], "detail": {"state": ["RUNNING"]}}`},
		{"another source", `{"source": ["aws.states"], "detail": {"status": ["FAILED"]}}`},
		{"operators", `{"source": ["aws.backup"], "detail": {"state": [{"anything-but": ["CREATED", "PENDING"]}], "resourceArn": [{"wildcard": "arn:aws:ec2:*:volume/*"}], "percentDone": [{"numeric": [">=", 0, "<", 50]}]}}`},
		{"or", `{"source": ["aws.backup"], "$or": [{"detail": {"state": ["FAILED"]}}, {"detail": {"resourceType": ["EBS"], "state": ["RUNNING"]}}]}`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			p := mustParse(b, bench.pattern)
			b.ReportAllocs()
			b.SetBytes(int64(len(event)))
			for b.Loop() {
				if _, err := p.Match(event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParse is the cost of reading a catalog's pattern.
func BenchmarkParse(b *testing.B) {
	pattern := []byte(`{"source": ["aws.backup"], "detail-type": ["Backup Job State Change"], "detail": {"state": ["RUNNING"]}}`)
	b.ReportAllocs()
	for b.Loop() {
		if p := mustParse(b, string(pattern)); p == nil {
			b.Fatal("no pattern")
		}
	}
}
