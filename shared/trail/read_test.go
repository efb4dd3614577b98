package trail

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const simple = `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000001"},"eventTime":"2026-11-29T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","eventID":"e1","recipientAccountId":"111122223333"}`

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// readAll reads a text in pieces of any size, and gives the ids of its records and what could not be read.
func readAll(t *testing.T, in io.Reader) (ids string, c Counts) {
	t.Helper()
	var r Reader
	var all []string
	if err := r.Read("file", in, func(r *Record) error { all = append(all, strings.Clone(r.ID)); return nil }); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " "), r.Counts
}

func TestFormsOfFiles(t *testing.T) {
	second := strings.Replace(simple, `"e1"`, `"e2"`, 1)
	for _, c := range []struct{ name, text, ids, unread string }{
		{"CloudTrail's file", `{"Records":[` + simple + `,` + second + `]}`, "e1 e2", ""},
		{"with members around the list", `{"version":1,"Records":[` + simple + `],"x":{"y":[1]}} `, "e1", ""},
		{"gzip", zipped(`{"Records":[` + simple + `]}`), "e1", ""},
		{"two gzip members", zipped(simple+"\n") + zipped(second), "e1 e2", ""},
		{"a list", `[` + simple + `, ` + second + `]`, "e1 e2", ""},
		{"JSON lines", simple + "\r\n\n" + second + "\n", "e1 e2", ""},
		{"a byte order mark", "\ufeff" + simple, "e1", ""},
		{"an envelope", `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"111122223333","detail":` + simple + `}`, "e1", ""},
		{"an envelope of another account than the record's", `{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"444455556666","detail":` + simple + `}`, "", "an envelope that is not AWS's 1"},
		{"an envelope without an account", `{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":` + simple + `}`, "", "an envelope that is not AWS's 1"},
		{"an envelope that anybody may send", `{"detail-type":"AWS API Call via CloudTrail","source":"my.app","detail":` + simple + `}`, "", "an envelope that is not AWS's 1"},
		{"LookupEvents", `{"Events":[{"EventId":"e1","EventName":"x","CloudTrailEvent":` + quote(simple) + `}],"NextToken":"t"}`, "e1", ""},
		{"strings that are records", `[` + quote(simple) + `]`, "e1", ""},
		{"a digest", `{"awsAccountId":"1","digestStartTime":"2026-11-29T10:00:00Z","logFiles":[]}`, "", "a digest file 1"},
		{"an Insight", strings.Replace(simple, `"eventID"`, `"eventCategory":"Insight","eventID"`, 1), "", "an Insight event 1"},
		{"an empty file", "", "", ""},
		{"an empty list", `{"Records":[]}`, "", ""},
		{"other JSON", `{"a":1}` + "\n" + simple, "e1", "JSON, but no CloudTrail record 1"},
		{"CSV", "eventTime,eventName\n2026,ListBuckets\n", "", "not JSON 2"},
		{"CSV between lines", simple + "\na,b,c\n" + second, "e1 e2", "not JSON 1"},
		{"a cut line between lines", simple + "\n" + `{"a":[` + "\n" + second + "\n", "e1 e2", "ends inside a value 1"},
		{"an item that is not JSON", `{"Records":[` + simple + `,{"a" 1},` + second + `]}`, "e1 e2", "not JSON 1"},
		{"a second file behind the first, over the end of what is at hand", `{"Records":[` + simple + `]}` + strings.Repeat(" ", 64<<10-len(simple)-len(`{"Records":[]}`)-8) + `{"Records":[` + second + `]}`, "e1 e2", ""},
		{"an envelope of a partner", `{"detail-type":"AWS API Call via CloudTrail","source":"aws.partner/x","detail":` + simple + `}`, "", "an envelope that is not AWS's 1"},
		{"a number in a list", `[1,` + simple + `,null]`, "e1", "JSON, but no CloudTrail record 2"},
		{"cut in the middle", `{"Records":[` + simple + `,` + second[:40], "e1", "ends inside a value 1"},
		{"cut gzip", zipped(`{"Records":[` + simple + `,` + second + `]}`)[:150], "", "broken gzip 1"},
		{"no gzip after its first bytes", "\x1f\x8bnothing", "", "broken gzip 1"},
		{"another encoding", "\xff\xfe{\x00\"\x00", "", "not JSON 1"},
		{"lower-case names", strings.NewReplacer("principalId", "principalid", "eventID", "eventid").Replace(simple), "e1", ""},
		{"nested 10,000 deep", `[` + strings.Repeat(`{"a":`, 10_000) + `1` + strings.Repeat(`}`, 10_000) + `,` + simple + `]`, "e1", "nested too deeply 1"},
		{"brackets that do not close", `[` + strings.Repeat(`[`, 10_000), "", "ends inside a value 1"},
		{"20 MB in one record", `[{"eventID":"` + strings.Repeat("x", 20<<20) + `"},` + simple + `]`, "e1", "larger than a record may be 1"},
		{"half an escape", `{"eventID":"e1\`, "", "ends inside a value 1"},
	} {
		pieces := []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }}
		if len(c.text) < 1<<20 {
			pieces = append(pieces, iotest.OneByteReader, iotest.DataErrReader)
		}
		for _, in := range pieces {
			ids, counts := readAll(t, in(strings.NewReader(c.text)))
			var unread []string
			for why, n := range counts.Unread {
				unread = append(unread, fmt.Sprintf("%s %d", why, n))
			}
			if got := strings.Join(unread, ", "); got != c.unread && !(c.name == "cut gzip" && strings.Contains(got, c.unread)) || c.name != "cut gzip" && ids != c.ids {
				t.Errorf("%s: read %q, not read %q; want %q, %q", c.name, ids, got, c.ids, c.unread)
			}
		}
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`).Replace(s) + `"`
}

// A file that unpacks to more than is read must not fill the memory.
func TestGzipBombIsCountedAndStops(t *testing.T) {
	in, out := io.Pipe()
	go func() {
		w := gzip.NewWriter(out)
		zeros := bytes.Repeat([]byte(" "), 1<<20)
		for range 10 {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
		w.Close()
		out.Close()
	}()
	r := Reader{most: 8 << 20}
	err := r.Read("bomb", in, func(*Record) error { return nil })
	in.Close()
	if err != nil || r.Counts.Unread[GzipBomb] != 1 {
		t.Errorf("%v, not read: %v, want one bomb", err, r.Counts.Unread)
	}
}

func TestReadErrorIsCounted(t *testing.T) {
	gone := errors.New("the disk is gone")
	for name, text := range map[string]string{"plain": simple + "\n", "gzip": zipped(simple + "\n")[:100], "nothing": ""} {
		var r Reader
		err := r.Read("file", io.MultiReader(strings.NewReader(text), iotest.ErrReader(gone)), func(*Record) error { return nil })
		if !errors.Is(err, gone) {
			t.Errorf("%s: %v, want the input's own error: the file is to be read again", name, err)
		}
	}
}

func TestErrorOfTheFunctionStopsTheReading(t *testing.T) {
	var r Reader
	stop := errors.New("enough")
	if err := r.Read("file", strings.NewReader(simple+"\n"+simple), func(*Record) error { return stop }); !errors.Is(err, stop) || r.Counts.Records != 1 {
		t.Errorf("error %v after %d records, want one and the function's own", err, r.Counts.Records)
	}
}

func TestOddRecordsAreReadAndCounted(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		odd            Odd
	}{
		{"an identity that is a string", `{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000001"}`, `"root"`, OddType | OddIdentity},
		{"no identity", `"userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000001"},`, ``, OddIdentity},
		{"type null", `"IAMUser"`, `null`, OddIdentity},
		{"milliseconds", `10:00:00Z`, `10:00:00.734Z`, OddTime},
		{"an export's time", `2026-11-29T10:00:00Z`, `2026-11-29 10:00:00.000000000`, OddTime},
		{"no time", `2026-11-29T10:00:00Z`, `yesterday`, OddTime | OddAbsent},
		{"a day that is none", `2026-11-29T`, `2026-02-30T`, OddTime | OddAbsent},
		{"another case", `principalId`, `principalid`, OddCase},
		{"twice", `"eventID":"e1"`, `"eventID":"e1","eventID":"e9"`, OddTwice},
		{"a number", `"e1"`, `17`, OddType},
	} {
		var r Reader
		var got Odd
		_ = r.ReadText("x", strings.Replace(simple, c.from, c.to, 1), func(r *Record) error { got = r.Odd; return nil })
		if got != c.odd || r.Counts.Records != 1 {
			t.Errorf("%s: odd %b, %d records, want %b, 1", c.name, got, r.Counts.Records, c.odd)
		}
	}
}

func TestFlagsAndTexts(t *testing.T) {
	for text, want := range map[string]Flag{`true`: True, `false`: False, `"true"`: True, `"False"`: False, `null`: Unsaid, `7`: Unsaid} {
		var r Reader
		_ = r.ReadText("x", strings.Replace(simple, `"eventID"`, `"readOnly":`+text+`,"eventID"`, 1), func(r *Record) error {
			if r.ReadOnly != want {
				t.Errorf("readOnly %s is %d, want %d", text, r.ReadOnly, want)
			}
			return nil
		})
	}
}

// What is kept beyond the function is cloned: the buffer that the strings stand in is used again.
func TestNothingKeptStandsInTheBuffer(t *testing.T) {
	rights := NewRights([]Grant{grantOf(t, "e1", "", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)}, []Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)})
	texts := []string{simple}
	for i := range 40 {
		texts = append(texts, fmt.Sprintf(`{"userIdentity":{"type":"AssumedRole","principalId":"%s:s%d","accountId":"111122223333","sessionContext":{"attributes":{"creationDate":"2026-11-29T11:59:00Z"}}},`+
			`"eventTime":"2026-11-29T12:00:%02dZ","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","eventID":"e%d","recipientAccountId":"111122223333","sourceIPAddress":"198.51.100.%d","requestParameters":{"bucketName":"b%d"}}`, roleID, i, i+1, i, i, i))
	}
	clean, reused := NewLedger(rights, Key{}), NewLedger(rights, Key{})
	for _, text := range texts {
		var r Reader
		_ = r.ReadText("x", text, func(r *Record) error { clean.Add(r); return nil })
	}
	buffer := make([]byte, 64<<10)
	for _, text := range texts {
		w := &window{in: strings.NewReader(text), buf: buffer}
		f := &fileReader{counts: &Counts{}, window: w, file: "x", each: func(r *Record) error { reused.Add(r); return nil }}
		if err := f.all(); err != nil {
			t.Fatal(err)
		}
		for i := range w.buf[:cap(w.buf)] {
			w.buf[:cap(w.buf)][i] = '#'
		}
		buffer = w.buf
	}
	want, _ := clean.Save()
	got, _ := reused.Save()
	if !bytes.Equal(got, want) {
		t.Errorf("kept %s, want %s", got, want)
	}
}

// CLOUDTRAIL_RECORDS names a folder of published records: all are read, or counted by reason.
func TestPublishedRecords(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("CLOUDTRAIL_RECORDS"), "*.jsonl"))
	if os.Getenv("CLOUDTRAIL_RECORDS") == "" || len(files) == 0 {
		t.Skip("set CLOUDTRAIL_RECORDS to a folder of *.jsonl")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r Reader
		classes := map[Right]int{}
		rights := NewRights(nil, nil)
		if err := r.Read(file, bytes.NewReader(text), func(r *Record) error { classes[rights.Attribute(r).Right]++; return nil }); err != nil {
			t.Fatal(err)
		}
		lines := int64(bytes.Count(bytes.TrimSpace(text), []byte("\n")) + 1)
		sum := r.Counts.Records
		for _, n := range r.Counts.Unread {
			sum += n
		}
		t.Logf("%s: %d lines, %d records, not read %v, odd %v, %v", filepath.Base(file), lines, r.Counts.Records, r.Counts.Unread, r.Counts.Odd, classes)
		if sum != lines {
			t.Errorf("%s: %d of %d lines are accounted for", file, sum, lines)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{simple, `{"Records":[` + simple + `]}`, zipped(simple), `[` + quote(simple) + `]`, `{"detail-type":"x","source":"aws.s3","account":"111122223333","detail":` + simple + `}`, `{"Records":[`, "a,b\n" + simple} {
		f.Add([]byte(text))
	}
	rights := NewRights(nil, nil)
	f.Fuzz(func(t *testing.T, text []byte) {
		var whole, pieces Reader
		l, m := NewLedger(rights, Key{}), NewLedger(rights, Key{})
		if err := whole.Read("x", bytes.NewReader(text), func(r *Record) error { l.Add(r); return nil }); err != nil {
			t.Fatal(err)
		}
		if err := pieces.Read("x", iotest.HalfReader(bytes.NewReader(text)), func(r *Record) error { m.Add(r); return nil }); err != nil {
			t.Fatal(err)
		}
		if whole.Counts.Records != pieces.Counts.Records {
			t.Errorf("%d records whole, %d in pieces", whole.Counts.Records, pieces.Counts.Records)
		}
	})
}
