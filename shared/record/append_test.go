package record

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/shared/evidence"
)

// appendDetail appends a record with this detail and returns it as stored.
func appendDetail(t *testing.T, detail any) evidence.Record {
	t.Helper()
	chain := "caller#" + strings.Repeat(`"`, 2000)
	head := evidence.Head{Seq: 7, Hash: strings.Repeat("0", 64)}
	c, err := Append(chain, &head, evidence.Entry{At: time.Unix(1, 0), Kind: "elevation.ended", Actor: strings.Repeat("a", 2048), Detail: detail})
	if err != nil {
		t.Fatal(err)
	}
	r, err := DecodeRecord(c.Row)
	if err != nil || r.Hash != head.Hash || c.If != Absent {
		t.Fatalf("%v, %v", c, err)
	}
	return r
}

// A detail that is too long, or that JSON cannot keep, is recorded in a shorter form.
func TestNoDetailKeepsARecordFromBeingMade(t *testing.T) {
	many := map[string]int{}
	for i := range 30_000 {
		many[fmt.Sprintf("member-%d", i)] = i
	}
	for name, detail := range map[string]any{
		"a long text":                strings.Repeat("x", 1<<20),
		"a text that JSON escapes":   strings.Repeat("\x01\"\\", 1<<18),
		"text that is not UTF-8":     strings.Repeat("\xff", 1<<18),
		"runes of four bytes":        strings.Repeat("😀", 1<<16),
		"many texts":                 strings.Split(strings.Repeat("twelve bytes,", 1<<14), ","),
		"many long texts":            []string{strings.Repeat("a", 1<<16), strings.Repeat("b", 1<<16)},
		"many members":               many,
		"long names":                 map[string]int{strings.Repeat("\x01", 1<<16): 1, "b": 2},
		"many numbers":               make([]float64, 1<<17),
		"a number beyond a double":   json.RawMessage(`{"n":1e999,"b":1}`),
		"a number beyond JCS":        json.RawMessage(`{"n":12345678901234567890,"b":1}`),
		"many numbers beyond JCS":    json.RawMessage("[1e300" + strings.Repeat(",1e300", 1<<14) + "]"),
		"half a surrogate pair":      json.RawMessage(`{"a":"\ud800"}`),
		"a name given twice":         json.RawMessage(`{"a":1,"a":2}`),
		"deep":                       json.RawMessage(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)),
		"deep and wide":              json.RawMessage(strings.Repeat(`{"b":[1,2,3],"a":`, 5000) + "1" + strings.Repeat("}", 5000)),
		"deeper than JSON is read":   json.RawMessage(strings.Repeat("[", 20000) + strings.Repeat("]", 20000)),
		"no JSON":                    json.RawMessage(`{`),
		"what cannot be JSON at all": func() {},
	} {
		t.Run(name, func(t *testing.T) {
			r := appendDetail(t, detail)
			if r.Untruncated == 0 || len(r.Detail) == 0 {
				t.Errorf("%.300s does not say that it is shortened", r.Text())
			}
		})
	}
}

func TestDetailThatFitsIsKeptWhole(t *testing.T) {
	why := strings.Repeat("x", 40_000)
	r := appendDetail(t, map[string]string{"why": why})
	if r.Untruncated != 0 || !strings.Contains(string(r.Detail), why) {
		t.Errorf("%.100s was shortened", r.Text())
	}
}
