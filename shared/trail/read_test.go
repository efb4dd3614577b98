package trail

import (
	"os"
	"strings"
	"testing"
)

func TestDataFolder(t *testing.T) {
	for _, name := range []string{"records.jsonl", "odd-shapes.jsonl", "envelopes.jsonl"} {
		in, err := os.Open("/work/shared/data/cloudtrail/" + name)
		if err != nil {
			t.Skip(err)
		}
		var r Reader
		types := map[string]int{}
		if err := r.Read(name, in, func(r *Record) error { types[strings.Clone(r.Identity.Type)]++; return nil }); err != nil {
			t.Fatal(err)
		}
		t.Log(name, r.Counts.Records, r.Counts.Odd, r.Counts.Unread, types)
		for _, u := range r.Counts.Kept[:min(5, len(r.Counts.Kept))] {
			t.Log(u)
		}
	}
}
