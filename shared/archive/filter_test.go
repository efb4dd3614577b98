package archive_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"curfew/shared/archive"
	"curfew/shared/eventpattern"
	"curfew/shared/record"
)

// TestTheFilterOfTheStreamPassesWhatIsEvidence: and nothing else, of all kinds of rows.
func TestTheFilterOfTheStreamPassesWhatIsEvidence(t *testing.T) {
	text, err := os.ReadFile("../../infra/testdata/curfew.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources map[string]struct {
			Properties struct {
				FilterCriteria struct{ Filters []struct{ Pattern string } }
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var filters []*eventpattern.Pattern
	for _, f := range doc.Resources["ArchiveFromAccess"].Properties.FilterCriteria.Filters {
		p, err := eventpattern.Parse([]byte(f.Pattern))
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, p)
	}
	n := 0
	for _, of := range record.Partitions() {
		partition := strings.Replace(of.Prefix, "*", "01jd2q7v3x0000000000000000", 1)
		for _, sort := range []string{"terms", "elevation", "request", "signature", "token#ask#1", "person:https://id.example.com|1", "turn"} {
			event := `{"dynamodb":{"Keys":{"pk":{"S":"` + partition + `"},"sk":{"S":"` + sort + `"}}}}`
			passes := false
			for _, p := range filters {
				match, err := p.Match([]byte(event))
				if err != nil {
					t.Fatal(err)
				}
				passes = passes || match
			}
			if want := archive.IsEvidence(record.AccessKey(partition, sort)); passes != want {
				t.Errorf("%s %s: passes = %t, want %t", partition, sort, passes, want)
			} else if want {
				n++
			}
		}
	}
	if n == 0 {
		t.Error("no row of all passes")
	}
}
