package detection

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"pgregory.net/rapid"

	"curfew/shared/finding"
	"curfew/shared/trail"
)

const begin = 1_795_428_000 // 2026-11-23T10:00:00Z

// read reads one record with the defaults of tests.
func read(t testing.TB, more string) *trail.Record {
	t.Helper()
	text := `{"eventID":"e1","eventTime":"2026-11-23T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1",` +
		`"recipientAccountId":"111122223333","eventType":"AwsApiCall","sourceIPAddress":"203.0.113.7","userAgent":"cli",` +
		`"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE0000000001:ana","arn":"arn:aws:sts::111122223333:assumed-role/app/ana","accountId":"111122223333",` +
		`"sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/app","principalId":"AROAEXAMPLE0000000001"},"attributes":{"creationDate":"2026-11-23T09:00:00Z"}}}}`
	var all, changes map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte("{"+more+"}"), &changes); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		all[name] = value
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var found *trail.Record
	var r trail.Reader
	if err := r.ReadText("test", string(b), func(r *trail.Record) error { c := *r; found = &c; return nil }); err != nil || found == nil {
		t.Fatal(err, r.Counts.Kept)
	}
	return found
}

func event(t testing.TB, more string) *Event { return &Event{Record: read(t, more), Class: Other} }

func compiledOf(t testing.TB, all ...Detection) *Set {
	t.Helper()
	for i := range all {
		if all[i].Name == "" {
			all[i].Name = fmt.Sprint("d", i)
		}
		if all[i].Pattern == nil {
			all[i].Pattern = json.RawMessage(`{"source":[{"prefix":"aws."}]}`)
		}
	}
	s, err := Compile(all)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func judge(t testing.TB, s *Set, h History, events ...*Event) (all []Hit) {
	t.Helper()
	for _, e := range events {
		hits, err := Judge(context.Background(), h, s.Match(e))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hits...)
	}
	return all
}

func TestAnErrorOfAWhenIsAHit(t *testing.T) {
	s := compiledOf(t, Detection{Name: "broken", When: `context.error == "x"`, Severity: finding.Low})
	hits := judge(t, s, &Memory{}, event(t, ``))
	if len(hits) != 1 || hits[0].Kind != KindError || hits[0].Severity != finding.High || hits[0].Subject != "broken" {
		t.Fatalf("hits = %+v, want one of kind %s", hits, KindError)
	}
}

func TestAnErrorOfAPatternIsAHit(t *testing.T) {
	s := compiledOf(t, Detection{Name: "deep", Pattern: json.RawMessage(`{"region":["us-east-1"]}`)})
	deep := strings.Repeat(`{"a":`, 120) + "1" + strings.Repeat("}", 120)
	e := event(t, ``)
	e.Record.Text = strings.TrimSuffix(e.Record.Text, "}") + `,"requestParameters":` + deep + "}"
	if hits := judge(t, s, &Memory{}, e); len(hits) != 1 || hits[0].Kind != KindError {
		t.Fatalf("hits = %+v, want one of kind %s", hits, KindError)
	}
}

func TestAWhenIsOneExpression(t *testing.T) {
	for _, text := range []string{
		"true };\npermit (principal, action, resource) when { true", "true } unless { false", "true } when { true", "true } advice { 1", "",
		"context == context", `principal == Caller::"x" };`,
	} {
		_, err := Compile([]Detection{{Name: "a", Pattern: json.RawMessage(`{"source":["aws.iam"]}`), When: text}})
		if (err == nil) != (text == "") {
			t.Errorf("Compile(when %q): %v", text, err)
		}
	}
}

// TestNamesThatACallerChoosesAreNoPolicyText holds hostile values against a when that compares them.
func TestNamesThatACallerChoosesAreNoPolicyText(t *testing.T) {
	hostile := `x" } ; permit(principal,action,resource); //\u0007\u001b[31m`
	s := compiledOf(t, Detection{Name: "a", When: `context.parameters.hasTag("userName") && context.parameters.getTag("userName") like "x*" && context has agent`, About: "A"})
	e := event(t, fmt.Sprintf(`"userAgent":%q,"requestParameters":{"userName":%q},"errorCode":"\u0000\u0085\u202e"`, strings.Repeat("é", 5000), hostile))
	e.Who = trail.Who{Kind: trail.WhoUser, Name: "a\nb\x1b[0m\xff" + strings.Repeat("z", 9000)}
	hits := judge(t, s, &Memory{}, e)
	if len(hits) != 1 || hits[0].Kind != KindDetection {
		t.Fatalf("hits = %+v", hits)
	}
	for _, text := range []string{hits[0].What, hits[0].Subject} {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x85 || r == 0x202e || r == 0x7f }) || len(text) > 2000 {
			t.Errorf("%q has control characters, or %d bytes", text, len(text))
		}
	}
}

func TestAllowExceptsByIdUntilItsEnd(t *testing.T) {
	end := time.Unix(begin, 0)
	for _, c := range []struct {
		name  string
		allow Allow
		want  int
	}{
		{"principal", Allow{Principal: "AROAEXAMPLE0000000001", Until: end.Add(1)}, 0},
		{"ended", Allow{Principal: "AROAEXAMPLE0000000001", Until: end}, 1},
		{"other principal", Allow{Principal: "AROAEXAMPLE0000000002", Until: end.Add(1)}, 1},
		{"account", Allow{Account: "111122223333", Until: end.Add(1)}, 0},
		{"both must fit", Allow{Account: "111122223333", Elevation: "x", Until: end.Add(1)}, 1},
	} {
		s := compiledOf(t, Detection{Allow: []Allow{c.allow}})
		if hits := judge(t, s, &Memory{}, event(t, ``)); len(hits) != c.want {
			t.Errorf("%s: %d hits, want %d", c.name, len(hits), c.want)
		}
	}
}

// TestTheGateSaysWhatCedarSays holds the conjuncts that Go decides against Cedar, on events with every combination of facts.
func TestTheGateSaysWhatCedarSays(t *testing.T) {
	var whens, cedars []*when
	for _, text := range []string{
		`context.allowed && context.outside`, `!context.readOnly && context.ownResource`, `context has elevation && context.state == "ended"`, `!(context has ended) && !(context.class == "own") && context has deadline`,
		`context.class == "marked" && context.right != "other"`, `context has error && context.error == "AccessDenied"`, `context has address && context.origin == "new"`,
		`context has document && context.document.admin`, `(context.allowed && context.class != "own") && (context has expires && !context.late)`,
		`context.type == "Root" && context has at`, `context has unresolved && context.unresolved == "time"`, `context has whoName && context.permissions`,
	} {
		w, err := compileWhen(text)
		if err != nil || len(w.gate) == 0 {
			t.Fatalf("%s: %v, gate of %d", text, err, len(w.gate))
		}
		whens = append(whens, w)
		p, err := ParseWhen(text)
		if err != nil {
			t.Fatal(err)
		}
		cedars = append(cedars, &when{policy: p, named: attributesOf((*ast.Policy)(p.AST()).Conditions[0].Body)})
	}
	rapid.Check(t, func(t *rapid.T) {
		one := func(values ...string) string { return rapid.SampledFrom(values).Draw(t, "value") }
		e := event(&testing.T{}, one(`"readOnly":true`, `"readOnly":false`, `"errorCode":"AccessDenied"`, `"sourceIPAddress":"AWS Internal"`, `"userIdentity":{"type":"Root"}`,
			`"requestParameters":{"policyDocument":"{}"}`, `"requestParameters":{"policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}`,
			`"eventTime":"never"`, `"userIdentity":{"type":"AWSService","invokedBy":"x"}`, `"responseElements":{"credentials":{"expiration":"Jul 10, 2027, 12:09:47 PM"}}`))
		e.Class = Class(one("marked", "own", "iac", "other"))
		e.Origin = Origin(one("", "new", "known"))
		e.Verdict.Right, e.Verdict.Why = trail.Right(one("other", "service", "unresolved")), trail.Why(one("", "time"))
		e.Who.Name = one("", "ana")
		e.OwnResource, e.Verdict.Late = rapid.Bool().Draw(t, "own"), rapid.Bool().Draw(t, "late")
		if rapid.Bool().Draw(t, "elevation") {
			e.Elevation = &Elevation{ID: "e", State: one("active", "ended")}
		}
		for i, w := range whens {
			v := &view{Event: e}
			want, err := cedars[i].ask(v)
			if err != nil {
				t.Fatalf("when %d: %v", i, err)
			}
			got := w.passes(v)
			if got {
				got, err = w.ask(v)
			}
			if got != want || err != nil {
				t.Fatalf("when %d: %v with the gate, %v by Cedar alone: %v", i, got, want, err)
			}
		}
	})
}

// TestTheIndexLosesNoMatch holds the index against asking every detection.
func TestTheIndexLosesNoMatch(t *testing.T) {
	var all []Detection
	for i, p := range []string{
		`{"source":["aws.iam"],"detail":{"eventSource":["iam.amazonaws.com"],"eventName":["CreateUser","CreateRole"]}}`, `{"detail":{"eventName":["CreateUser"]}}`,
		`{"source":["aws.sts"],"detail":{"eventSource":["iam.amazonaws.com"],"eventName":["CreateUser"]}}`, `{"detail":{"eventSource":["iam.amazonaws.com"]}}`,
		`{"detail":{"$or":[{"eventSource":["iam.amazonaws.com"],"eventName":["CreateRole"]},{"eventSource":["transfer.amazonaws.com"],"eventName":["CreateUser"]}]}}`,
		`{"region":["us-east-1"]}`, `{"detail":{"eventSource":["iam.amazonaws.com"],"eventName":[{"prefix":"Create"}]}}`,
		`{"account":["111122223333"],"detail":{"eventSource":["iam.amazonaws.com"],"eventName":["CreateUser"]}}`, `{"detail-type":["AWS API Call via CloudTrail"]}`,
	} {
		all = append(all, Detection{Name: fmt.Sprint("d", i), Pattern: json.RawMessage(p)})
	}
	s := compiledOf(t, all...)
	for _, source := range []string{"iam.amazonaws.com", "transfer.amazonaws.com", "sts.amazonaws.com"} {
		for _, name := range []string{"CreateUser", "CreateRole", "GetUser"} {
			e := event(t, fmt.Sprintf(`"eventSource":%q,"eventName":%q`, source, name))
			var got, want []string
			for _, m := range s.Match(e) {
				got = append(got, m.detection.Name)
			}
			for i := range s.all {
				if ok, err := s.all[i].pattern.Match(e.envelope()); err != nil {
					t.Fatal(err)
				} else if ok {
					want = append(want, s.all[i].Name)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: matches %v, want %v", source, name, got, want)
			}
		}
	}
}

// at is the event of a test n seconds after the beginning.
func at(t testing.TB, seconds int, id, name string) *Event {
	return event(t, fmt.Sprintf(`"eventID":%q,"eventName":%q,"eventTime":%q`, id, name, time.Unix(int64(begin+seconds), 0).UTC().Format(time.RFC3339)))
}

// TestBurstIsThatOfTheSetOfEvents holds bursts against a search of all spans, with events in any order, some of them twice.
func TestBurstIsThatOfTheSetOfEvents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		distinct := rapid.Bool().Draw(rt, "distinct")
		need, within := rapid.IntRange(2, 6).Draw(rt, "need"), rapid.IntRange(5, 60).Draw(rt, "within")
		b := Burst{Events: need, Within: time.Duration(within) * time.Second, By: BySession}
		if distinct {
			b.Events, b.Distinct, b.Of = 0, need, "detail.eventName"
		}
		s := compiledOf(t, Detection{Burst: &b})
		n := rapid.IntRange(1, 14).Draw(rt, "events")
		var events []*Event
		times, names := make([]int, n), make([]string, n)
		for i := range n {
			times[i], names[i] = rapid.IntRange(0, 200).Draw(rt, "at"), fmt.Sprint("n", rapid.IntRange(0, 7).Draw(rt, "name"))
			events = append(events, at(t, times[i], fmt.Sprint("e", i), names[i]))
		}
		want := false
		for _, from := range times {
			seen := map[string]bool{}
			for i := range n {
				if times[i] >= from && times[i] <= from+within {
					seen[map[bool]string{true: names[i], false: fmt.Sprint(i)}[distinct]] = true
				}
			}
			want = want || len(seen) >= need
		}
		events = append(events, events[:rapid.IntRange(0, n).Draw(rt, "doubles")]...)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 1))
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		h := &Memory{}
		if got := len(judge(t, s, h, events...)) > 0; got != want {
			rt.Fatalf("hit = %v, want %v: at %v %v, need %d within %d", got, want, times, names, need, within)
		}
		for k, state := range h.states {
			if len(state.Marks) > 2*2*need {
				rt.Fatalf("%v has %d marks", k, len(state.Marks))
			}
		}
	})
}

func TestTheSameEventTwiceCountsOnce(t *testing.T) {
	s := compiledOf(t, Detection{Burst: &Burst{Events: 2, Within: time.Minute, By: BySession}})
	h := &Memory{}
	e := at(t, 0, "a", "X")
	if hits := judge(t, s, h, e, e, e); len(hits) != 0 {
		t.Errorf("hits = %+v, want none", hits)
	}
	hits := judge(t, s, h, at(t, 1, "b", "X"))
	if len(hits) != 1 || !slices.Equal(hits[0].Events, []string{"a", "b"}) {
		t.Errorf("hits = %+v, want one of a and b", hits)
	}
	if hits := judge(t, s, h, at(t, 1, "b", "X")); len(hits) != 1 {
		t.Errorf("the event that hit hits again after a crash: %+v", hits)
	}
}

func TestFirstHasABaselineAndForgets(t *testing.T) {
	s := compiledOf(t, Detection{First: &First{Of: "detail.eventName", For: 10 * 24 * time.Hour, By: ByPrincipal}})
	h := &Memory{}
	for _, c := range []struct {
		day  int
		name string
		want int
	}{{0, "A", 0}, {0, "A", 0}, {1, "B", 1}, {1, "B", 1}, {2, "B", 0}, {2, "A", 0}, {11, "A", 0}, {13, "B", 1}} {
		if hits := judge(t, s, h, at(t, c.day*day, fmt.Sprint(c.day, c.name), c.name)); len(hits) != c.want {
			t.Errorf("day %d %s: %d hits, want %d", c.day, c.name, len(hits), c.want)
		}
	}
	for i := range 2 * maxMarks {
		judge(t, s, h, at(t, 14*day+i, fmt.Sprint("m", i), fmt.Sprint("m", i)))
	}
	for k, state := range h.states {
		if len(state.Marks) > maxMarks {
			t.Errorf("%v has %d marks", k, len(state.Marks))
		}
	}
}

func TestVolumeIsComparedWithTheDaysBefore(t *testing.T) {
	s := compiledOf(t, Detection{Volume: &Volume{Floor: 5, Times: 2, Within: time.Hour, By: ByPrincipal}})
	h := &Memory{}
	n := 0
	calls := func(onDay, count int) (hits int) {
		for i := range count {
			n++
			hits += len(judge(t, s, h, at(t, onDay*day+i, fmt.Sprint(n), "X")))
		}
		return hits
	}
	if got := calls(0, 9); got != 0 {
		t.Errorf("9 of a floor of 5 times 2: %d hits", got)
	}
	if got := calls(1, 18); got != 1 {
		t.Errorf("18 after a day of 9: %d hits, want 1", got)
	}
	if got := calls(2, 35); got != 0 {
		t.Errorf("35 after a day of 18: %d hits, want none", got)
	}
}

func TestVolumeEstimatesWhatItCannotHold(t *testing.T) {
	var s State
	var got int64
	const calls = 20_000
	for range 2 {
		for i := range calls {
			got = count(&s, hash(fmt.Sprint(i)))
		}
	}
	if len(s.Sketch) > 8*maxHashes || got < calls*9/10 || got > calls*11/10 {
		t.Errorf("%d calls are counted as %d, with a state of %d bytes", calls, got, len(s.Sketch))
	}
}

func TestDormantPrincipalWakes(t *testing.T) {
	s := compiledOf(t, Detection{Dormant: &Dormant{For: 90 * 24 * time.Hour, By: ByPrincipal}})
	h := &Memory{}
	for _, c := range []struct{ day, want int }{{0, 0}, {80, 0}, {169, 0}, {262, 1}, {262, 1}, {263, 0}} {
		if hits := judge(t, s, h, at(t, c.day*day, fmt.Sprint(c.day), "X")); len(hits) != c.want {
			t.Errorf("day %d: %d hits, want %d", c.day, len(hits), c.want)
		}
	}
}

func TestSilence(t *testing.T) {
	s := compiledOf(t, Detection{Silence: &Silence{For: 15 * time.Minute, By: ByAccount}}, Detection{Silence: &Silence{For: 15 * time.Minute, By: ByElevation}})
	h := &Memory{}
	e := at(t, 0, "a", "X")
	e.Elevation = &Elevation{ID: "used"}
	judge(t, s, h, e)
	silent := func(by By, subject string, since, now int) int {
		hits, err := Silent(context.Background(), h, &s.Silences(by)[0], []Expected{{subject, time.Unix(int64(begin+since), 0)}}, time.Unix(int64(begin+now), 0))
		if err != nil {
			t.Fatal(err)
		}
		return len(hits)
	}
	for _, c := range []struct {
		by         By
		subject    string
		since, now int
		want       int
	}{
		{ByAccount, "111122223333", -3600, 14 * 60, 0}, {ByAccount, "111122223333", -3600, 15 * 60, 1}, {ByAccount, "444455556666", 0, 15 * 60, 1},
		{ByElevation, "used", 0, 3600, 0}, {ByElevation, "never", 0, 3600, 1}, {ByElevation, "never", 0, 60, 0},
	} {
		if got := silent(c.by, c.subject, c.since, c.now); got != c.want {
			t.Errorf("%+v: %d hits", c, got)
		}
	}
}

// racing is a History whose first saves meet another writer.
type racing struct {
	Memory
	left int
}

func (r *racing) Save(ctx context.Context, states map[Key]State) error {
	if r.left > 0 {
		r.left--
		for k := range states {
			r.Memory.states = map[Key]State{k: {Version: states[k].Version + 1, Marks: []Mark{{Value: "other", At: begin, Event: "other"}}}}
		}
	}
	return r.Memory.Save(ctx, states)
}

func TestAConflictIsJudgedAgain(t *testing.T) {
	s := compiledOf(t, Detection{Burst: &Burst{Events: 2, Within: time.Hour, By: BySession}})
	hits := judge(t, s, &racing{left: 1}, at(t, 0, "a", "X"))
	if len(hits) != 1 || !slices.Equal(hits[0].Events, []string{"a", "other"}) {
		t.Errorf("hits = %+v, want one with the event of the other writer", hits)
	}
}

func TestAStateIsSmallJSON(t *testing.T) {
	s := compiledOf(t, Detection{Burst: &Burst{Distinct: 100, Of: "detail.eventName", Within: time.Hour, By: BySession}})
	h := &Memory{}
	for i := range 99 {
		judge(t, s, h, at(t, i, fmt.Sprintf("00000000-0000-4000-8000-%012d", i), fmt.Sprint("n", i)))
	}
	for k, state := range h.states {
		b, err := json.Marshal(state)
		var again State
		if err != nil || json.Unmarshal(b, &again) != nil || len(again.Marks) != len(state.Marks) || len(b) > 40_000 {
			t.Errorf("%v: %d bytes, %v", k, len(b), err)
		}
	}
}

func TestPolicyFacts(t *testing.T) {
	for _, c := range []struct {
		policy                   string
		admin, foreign, readable bool
	}{
		{`"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"`, true, false, true},
		{`"%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22iam%3A*%22%2C%22Resource%22%3A%22*%22%7D%7D"`, true, false, true},
		{`{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`, false, false, true},
		{`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}}`, false, false, true},
		{`{"Statement":{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}}`, true, false, true},
		{`{"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","444455556666"]},"Action":"sts:AssumeRole"}}`, false, true, true},
		{`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/a","Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`, false, false, true},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*"}}`, false, true, true},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}}`, false, false, true},
		{`{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"s3:*"}}`, false, true, true},
		{`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/111122223333"},"Action":"sts:AssumeRole"}}`, false, true, true},
		{`"not a policy"`, false, false, false}, {`{"Statement":7}`, false, false, false}, {`"%zz"`, false, false, false},
	} {
		admin, foreign, readable := readPolicy(json.RawMessage(c.policy), "111122223333")
		if admin != c.admin || foreign != c.foreign || readable != c.readable {
			t.Errorf("%s: admin %v, foreign %v, readable %v", c.policy, admin, foreign, readable)
		}
	}
}

// TestAnOddRecordIsMatchedWhole has a list where a text is documented: EventBridge tests its items.
func TestAnOddRecordIsMatchedWhole(t *testing.T) {
	s := compiledOf(t, Detection{Pattern: json.RawMessage(`{"detail":{"errorCode":["AccessDenied"]}}`)})
	for _, text := range []string{`"errorCode":["AccessDenied"]`, `"errorCode":"AccessDenied"`} {
		if hits := judge(t, s, &Memory{}, event(t, text)); len(hits) != 1 {
			t.Errorf("%s: %d hits, want 1", text, len(hits))
		}
	}
}

func TestFindingOfAChainedSessionNamesTheCommandThatStopsIt(t *testing.T) {
	s := compiledOf(t, Detection{Do: "Look."})
	for name, c := range map[string]struct {
		role, expires string
		want          bool
	}{
		"outlives":                {"arn:aws:iam::111122223333:role/team/target", "Nov 23, 2026, 11:00:00 AM", true},
		"ends with it":            {"arn:aws:iam::111122223333:role/target", "Nov 23, 2026, 10:30:00 AM", false},
		"hostile":                 {"arn:aws:iam::111122223333:role/x'; rm -rf ~; '", "Nov 23, 2026, 11:00:00 AM", false},
		"of Identity Center":      {"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x", "Nov 23, 2026, 11:00:00 AM", false},
		"no role is named at all": {"", "Nov 23, 2026, 11:00:00 AM", false},
	} {
		e := event(t, fmt.Sprintf(`"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{"roleArn":%q},"responseElements":{"credentials":{"expiration":%q}}`, c.role, c.expires))
		e.Elevation = &Elevation{ID: "e", Deadline: time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC)}
		hits := judge(t, s, &Memory{}, e)
		if len(hits) != 1 {
			t.Fatalf("%s: hits = %+v", name, hits)
		}
		_, document, has := strings.Cut(hits[0].Do, "--role-name 'target' --policy-name DenySessionsBefore-20261123T100001Z --policy-document '")
		document, _, _ = strings.Cut(document, "'")
		if has != c.want || has && !(json.Valid([]byte(document)) && strings.Contains(document, `"aws:TokenIssueTime":"2026-11-23T10:00:01Z"`)) || !has && hits[0].Do != "Look." {
			t.Errorf("%s: do = %s", name, hits[0].Do)
		}
	}
}
