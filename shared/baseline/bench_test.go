package baseline_test

import (
	"bytes"
	"testing"
	"time"

	"curfew/shared/baseline"
	"curfew/shared/inprocess"
)

// BenchmarkKeep is the part of a survey in which nothing changed, as the simulator has it.
func BenchmarkKeep(b *testing.B) {
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		b.Fatal(err)
	}
	c := &inprocess.Cloud{IAM: iam, Name: "curfew"}
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: func() time.Time { return start }})
	defer s.Close()
	b.ReportAllocs()
	for i := range b.N {
		page, err := c.Survey(b.Context(), "111122223333", "")
		if err != nil {
			b.Fatal(err)
		}
		if err := baseline.Keep(b.Context(), s, baseline.Page{BeganAt: at(i), ReadAt: at(i), Account: page.Account, Entries: page.Own, Last: page.Last}); err != nil {
			b.Fatal(err)
		}
	}
}
