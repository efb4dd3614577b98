package iampolicy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"curfew/shared/iampolicy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	noon      = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	oneOClock = noon.Add(time.Hour)
)

// fences are the ways to bind a grant, by golden file.
func fences() map[string]iampolicy.Fence {
	user := unfilledFence()
	user.PrincipalID, user.User = "AIDAEXAMPLEEXAMPLE123", true
	session := unfilledFence()
	session.SessionName = "ana@example.org"
	all := session
	all.SourceIdentity, all.VPCEndpoint, all.MFA = "ana", "vpce-0123456789abcdef0", true
	filled := unfilledFence()
	filled.NotBefore, filled.NotAfter = "2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z"
	return map[string]iampolicy.Fence{"role": unfilledFence(), "user": user, "session": session, "everything": all, "filled": filled}
}

func TestCompileGolden(t *testing.T) {
	inputs, err := filepath.Glob("testdata/compile/*.json")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	for _, input := range inputs {
		text, err := os.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range fences() {
			d, err := iampolicy.Compile(parse(t, string(text)), f)
			if err != nil {
				t.Fatalf("%s, %s: %v", input, name, err)
			}
			golden(t, strings.TrimSuffix(input, ".json")+"."+name+".golden", d.Bytes())
		}
	}
}

// golden compares with an indented file.
func golden(t *testing.T, path string, compact []byte) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, compact, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s:\n got %s\nwant %s", path, got.Bytes(), want)
	}
}

func TestCompileRefusesKeysOfTheFence(t *testing.T) {
	every := fences()["everything"]
	for _, tt := range []struct {
		name, condition string
		fence           iampolicy.Fence
		refused         bool
	}{
		{"time", `{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`, unfilledFence(), true},
		{"time in other case", `{"DateLessThan":{"AWS:CURRENTTIME":"2030-01-01T00:00:00Z"}}`, unfilledFence(), true},
		{"time if exists", `{"DateLessThanIfExists":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`, unfilledFence(), true},
		{"time for all values", `{"ForAllValues:DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`, unfilledFence(), true},
		{"absent time", `{"Null":{"aws:CurrentTime":"true"}}`, unfilledFence(), true},
		{"epoch", `{"NumericLessThan":{"aws:EpochTime":"1"}}`, unfilledFence(), true},
		{"userid", `{"StringLike":{"aws:UserId":"*"}}`, unfilledFence(), true},
		{"userid for any value", `{"ForAnyValue:StringNotLikeIfExists":{"aws:userid":"x"}}`, unfilledFence(), true},
		{"source identity", `{"StringEquals":{"aws:sourceidentity":"ana"}}`, every, true},
		{"source identity, not in the fence", `{"StringEquals":{"aws:SourceIdentity":"ana"}}`, unfilledFence(), false},
		{"endpoint", `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, every, true},
		{"endpoint, not in the fence", `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, unfilledFence(), false},
		{"MFA", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, every, true},
		{"MFA, not in the fence", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, unfilledFence(), false},
		{"a mark", `{"StringEquals":{"aws:x":"<not-after--instant>"}}`, unfilledFence(), true},
		{"a mark as date", `{"DateLessThan":{"aws:TokenIssueTime":"<not-after--instant>"}}`, unfilledFence(), true},
		{"another key", `{"DateLessThan":{"aws:TokenIssueTime":"2030-01-01T00:00:00Z"}}`, every, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := parse(t, `{"Statement":[{"Effect":"Allow","Action":"a:*","Resource":"*"},{"Effect":"Deny","Action":"b:*","Resource":"*","Condition":`+tt.condition+`}]}`)
			_, err := iampolicy.Compile(d, tt.fence)
			e, ok := errors.AsType[*iampolicy.FenceError](err)
			if ok != tt.refused || ok && e.Statement != 1 {
				t.Errorf("error = %v, want refused %v at statement 1", err, tt.refused)
			}
		})
	}
}

func TestCompileRefusesBadFences(t *testing.T) {
	for name, change := range map[string]func(*iampolicy.Fence){
		"no instant":            func(f *iampolicy.Fence) { f.NotAfter = "" },
		"marks swapped":         func(f *iampolicy.Fence) { f.NotBefore, f.NotAfter = f.NotAfter, f.NotBefore },
		"instant with a zone":   func(f *iampolicy.Fence) { f.NotAfter = "2026-11-23T12:00:00+00:00" },
		"parts of a second":     func(f *iampolicy.Fence) { f.NotAfter = "2026-11-23T12:00:00.5Z" },
		"ends as it begins":     func(f *iampolicy.Fence) { f.NotBefore, f.NotAfter = "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z" },
		"no principal":          func(f *iampolicy.Fence) { f.PrincipalID = "" },
		"wildcard in principal": func(f *iampolicy.Fence) { f.PrincipalID = "AROA*" },
		"role as user":          func(f *iampolicy.Fence) { f.User = true },
		"user as role":          func(f *iampolicy.Fence) { f.PrincipalID = "AIDAEXAMPLEEXAMPLE123" },
		"wildcard in session":   func(f *iampolicy.Fence) { f.SessionName = "ana*" },
		"session with colon":    func(f *iampolicy.Fence) { f.SessionName = "ana:ben" },
		"session too short":     func(f *iampolicy.Fence) { f.SessionName = "a" },
		"session of a user": func(f *iampolicy.Fence) {
			f.PrincipalID, f.User, f.SessionName = "AIDAEXAMPLEEXAMPLE123", true, "ana"
		},
		"variable in identity": func(f *iampolicy.Fence) { f.SourceIdentity = "${aws:username}" },
		"identity of AWS":      func(f *iampolicy.Fence) { f.SourceIdentity = "aws:ana" },
		"no endpoint":          func(f *iampolicy.Fence) { f.VPCEndpoint = "vpce-*" },
	} {
		t.Run(name, func(t *testing.T) {
			f := unfilledFence()
			change(&f)
			_, err := iampolicy.Compile(parse(t, allowAll), f)
			if e, ok := errors.AsType[*iampolicy.FenceError](err); !ok || e.Statement != -1 {
				t.Errorf("error = %v, want a *FenceError of the fence itself", err)
			}
		})
	}
}

// readNotDelete has two statements that cannot be joined.
const readNotDelete = `{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}`

func compiled(t testing.TB, text string) []byte {
	t.Helper()
	d, err := iampolicy.Compile(parse(t, text), unfilledFence())
	if err != nil {
		t.Fatal(err)
	}
	return d.Bytes()
}

func filled(t testing.TB, text string) []byte {
	t.Helper()
	b, err := iampolicy.Fill(compiled(t, text), noon, oneOClock)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFillAndReadBack(t *testing.T) {
	b := filled(t, readNotDelete)
	from, to, err := iampolicy.Fenced(b)
	if err != nil || from != noon || to != oneOClock {
		t.Errorf("Fenced = %s, %s, %v, want %s, %s", from, to, err, noon, oneOClock)
	}
	if !iampolicy.SameButInstants(b, compiled(t, readNotDelete)) || !iampolicy.SameButInstants(compiled(t, readNotDelete), b) {
		t.Error("a filled policy is not the same as the compiled one")
	}
	if iampolicy.SameButInstants(b, compiled(t, allowAll)) {
		t.Error("another policy is the same")
	}
	if iampolicy.SameButInstants([]byte(readNotDelete), []byte(readNotDelete)) {
		t.Error("an unfenced policy is fenced alike")
	}
}

func TestFillRefuses(t *testing.T) {
	whole := string(compiled(t, readNotDelete))
	for _, tt := range []struct {
		name, text string
		from, to   time.Time
	}{
		{"no marks", string(filled(t, readNotDelete)), noon, oneOClock},
		{"unfenced", readNotDelete, noon, oneOClock},
		{"one statement without a mark", strings.Replace(whole, iampolicy.MarkNotAfter, "2026-11-23T13:00:00Z", 1), noon, oneOClock},
		{"marks swapped", strings.NewReplacer(iampolicy.MarkNotAfter, iampolicy.MarkNotBefore, iampolicy.MarkNotBefore, iampolicy.MarkNotAfter).Replace(whole), noon, oneOClock},
		{"a mark in a resource", strings.Replace(whole, `"Resource":"*"`, `"Resource":"arn:aws:s3:::<not-after--instant>"`, 1), noon, oneOClock},
		{"a mark in a condition", strings.Replace(whole, `"StringLike":{`, `"StringLike":{"aws:x":"<not-before-instant>",`, 1), noon, oneOClock},
		{"a mark in a key", strings.Replace(whole, `"StringLike":{`, `"StringLike":{"aws:<not-before-instant>":"x",`, 1), noon, oneOClock},
		{"a mark in the id", strings.Replace(whole, `"Statement"`, `"Id":"<not-after--instant>","Statement"`, 1), noon, oneOClock},
		{"no policy", "{}", noon, oneOClock},
		{"ends as it begins", whole, noon, noon},
		{"ends before it begins", whole, oneOClock, noon},
		{"parts of a second", whole, noon, oneOClock.Add(time.Millisecond)},
		{"another zone", whole, noon.In(time.FixedZone("x", 3600)), oneOClock},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if b, err := iampolicy.Fill([]byte(tt.text), tt.from, tt.to); err == nil {
				t.Errorf("filled: %s", b)
			}
		})
	}
}

func TestFencedRefuses(t *testing.T) {
	whole := string(filled(t, readNotDelete))
	for name, text := range map[string]string{
		"unfenced":              readNotDelete,
		"not filled":            string(compiled(t, readNotDelete)),
		"no policy":             "{}",
		"instants differ":       strings.Replace(whole, "T13:00:00Z", "T14:00:00Z", 1),
		"principals differ":     strings.Replace(whole, roleID, "AROAOTHEROTHEROTHER12", 1),
		"any principal":         strings.ReplaceAll(whole, roleID+":*", "*"),
		"two instants":          strings.ReplaceAll(whole, `"2026-11-23T13:00:00Z"`, `["2026-11-23T13:00:00Z","2030-01-01T00:00:00Z"]`),
		"if exists":             strings.ReplaceAll(whole, `"DateLessThan"`, `"DateLessThanIfExists"`),
		"for all values":        strings.ReplaceAll(whole, `"StringLike"`, `"ForAllValues:StringLike"`),
		"another end":           strings.ReplaceAll(whole, `"DateLessThan"`, `"DateLessThanEquals"`),
		"one more condition":    strings.Replace(whole, `"DateLessThan":{`, `"DateNotEquals":{"aws:currenttime":"2030-01-01T00:00:00Z"},"DateLessThan":{`, 1),
		"time in other case":    strings.Replace(whole, "aws:CurrentTime", "aws:currenttime", 1),
		"an unfenced statement": strings.Replace(whole, `"Statement":[`, `"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if from, to, err := iampolicy.Fenced([]byte(text)); err == nil {
				t.Errorf("fenced from %s to %s: %s", from, to, text)
			}
			if iampolicy.SameButInstants([]byte(text), []byte(whole)) && name != "not filled" {
				t.Error("the same but for its instants")
			}
		})
	}
}

func TestCloseNeverWidens(t *testing.T) {
	for _, tt := range []struct {
		name     string
		at, want time.Time
	}{
		{"within", noon.Add(90 * time.Second), noon.Add(90 * time.Second)},
		{"within, cut to the second", noon.Add(1999 * time.Millisecond), noon.Add(time.Second)},
		{"in another zone", noon.Add(time.Minute).In(time.FixedZone("x", -3600)), noon.Add(time.Minute)},
		{"at its end", oneOClock, oneOClock},
		{"after its end", oneOClock.Add(time.Hour), oneOClock},
		{"before its begin", noon.Add(-time.Hour), noon.Add(-time.Hour)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := iampolicy.Close(filled(t, readNotDelete), tt.at)
			if err != nil {
				t.Fatal(err)
			}
			from, to, err := iampolicy.Fenced(b)
			if err != nil || from != noon || to != tt.want {
				t.Errorf("fence is %s to %s (%v), want %s to %s", from, to, err, noon, tt.want)
			}
			if !iampolicy.SameButInstants(b, filled(t, readNotDelete)) {
				t.Error("more than the instants changed")
			}
		})
	}
	if _, err := iampolicy.Close([]byte(readNotDelete), noon); err == nil {
		t.Error("an unfenced policy was closed")
	}
}

// The size of a policy is measured with marks. Filled instants must not make it larger.
func TestMarksAreAsLongAsInstants(t *testing.T) {
	for _, mark := range []string{iampolicy.MarkNotBefore, iampolicy.MarkNotAfter} {
		if got, want := len(mark), len("2026-11-23T12:00:00Z"); got != want {
			t.Errorf("%s has %d characters, want %d", mark, got, want)
		}
	}
}
