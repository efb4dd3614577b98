package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/baseline"
	"curfew/shared/correlate"
	"curfew/shared/detection"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// TestEveryDetectionOfTheExampleIsReached makes the facts of each test of a detection true in a store, and brings its records by the bus to
// the service that judges them on AWS. A detection whose facts that service never gives hits in "curfew catalog test" alone.
func TestEveryDetectionOfTheExampleIsReached(t *testing.T) {
	c := example(t)
	set, err := detection.Compile(c.Detections())
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	for _, x := range c.expectations {
		if x.records == nil {
			continue
		}
		got := newReach(t, set, x.records).run()
		if want := x.records.detects; !slices.Equal(got, want) {
			t.Errorf("%s: the service %s, want %s", x.name, detectsText(got), detectsText(want))
		}
		for _, name := range got {
			reached[name] = true
		}
	}
	for _, d := range c.Detections() {
		if !reached[d.Name] {
			t.Errorf("%s is not reached", d.Name)
		}
	}
}

// home is Curfew's account, and the one of the records.
const home = "111122223333"

// reach is one test of detections on the service.
type reach struct {
	*testing.T
	*recordTest
	set   *detection.Set
	store *inprocess.Store
	base  record.Base
	in    correlate.Installation
	at    time.Time // of the clock
	first time.Time // the first record
	texts []map[string]any
	n     int
}

func newReach(t *testing.T, set *detection.Set, of *recordTest) *reach {
	s := &reach{T: t, recordTest: of, set: set, in: correlate.Installation{Name: "curfew", Home: home}}
	s.store = inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: func() time.Time { return s.at }})
	t.Cleanup(s.store.Close)
	s.base = record.Base{Store: s.store, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.at }, NewID: func() string { s.n++; return fmt.Sprintf("%026d", s.n) }}
	for i := range of.repeat {
		for _, text := range of.records {
			r := s.object(text)
			at := s.instant(r["eventTime"]).Add(time.Duration(i) * of.every)
			r["eventTime"] = at.Format(time.RFC3339)
			s.texts = append(s.texts, r)
			if s.first.IsZero() || at.Before(s.first) {
				s.first = at
			}
			if at.After(s.at) {
				s.at = at
			}
		}
	}
	if len(s.texts) == 0 {
		s.first, s.at = of.since.Add(-time.Hour), of.since
	}
	s.at = s.at.Add(time.Minute)
	return s
}

func (s *reach) fact(i int) detection.Event {
	return s.facts[min(i%max(1, len(s.records)), len(s.facts)-1)]
}

func (s *reach) object(text json.RawMessage) (o map[string]any) {
	if err := json.Unmarshal(text, &o); err != nil {
		s.Fatal(err)
	}
	return o
}

func (s *reach) instant(v any) time.Time {
	at, err := time.Parse(time.RFC3339, fmt.Sprint(v))
	if err != nil {
		s.Fatal(err)
	}
	return at
}

// run returns the detections of the findings, sorted.
func (s *reach) run() (names []string) {
	s.Helper()
	var before []map[string]any
	for i, r := range s.texts {
		e := s.fact(i)
		if e.Class == detection.Own {
			r["userIdentity"] = map[string]any{"type": "AssumedRole", "principalId": "AROAEXAMPLE0000GRANT1:curfew-grant", "accountId": home,
				"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::" + home + ":role/curfew-grant"}}}
		}
		who := s.read(r).Identity
		if e.Class == detection.IaC {
			s.in.IaC = append(s.in.IaC, who.Actor().ARN)
		}
		s.baseline(e, who.Actor())
		s.elevations(e, r, who)
		before = append(before, s.openings(e, who)...)
		if call := s.earlier(i, r); call != nil {
			before = append(before, call)
		}
	}
	own := func(ctx context.Context, id string, from, to time.Time) ([]trail.Baseline, error) {
		return baseline.Load(ctx, s.store, id, from, to)
	}
	service := correlate.New(&access.Service{Base: s.base, Settings: access.DefaultSettings()}, []string{home}, own, s.in, s.set)
	silence := s.beginsToWatch(service)
	for some := range slices.Chunk(append(before, s.texts...), 10) { // as the queue brings them
		var events []string
		for _, r := range some {
			events = append(events, s.envelope(r))
		}
		if err := errors.Join(service.Deliver(s.Context(), events)...); err != nil {
			s.Fatal(err)
		}
	}
	if s.silent != "" {
		s.ends(service, silence)
	}
	return s.found()
}

// expected is one account with one Region.
var expected = correlate.Expected{Accounts: []string{home}, Regions: []string{"eu-west-1"}}

// beginsToWatch makes the sweep's first check, before anything.
func (s *reach) beginsToWatch(service *correlate.Service) correlate.Silences {
	now := s.at
	s.at = s.first.Add(-100 * time.Hour)
	silence := correlate.Silences{Service: &access.Service{Base: s.base}, Set: s.set}
	s.beats(service, silence)
	s.at = now
	return silence
}

// ends stores the end of the elevation whose silence is asked about, and makes the sweep's check at the instant of the test.
func (s *reach) ends(service *correlate.Service, silence correlate.Silences) {
	s.at = s.recordTest.now
	s.elevation(detection.Elevation{ID: s.recordTest.silent, State: string(access.Ended), Deadline: s.since, EndedAt: s.since},
		access.Principal{ARN: "arn:aws:iam::" + home + ":role/engineer-deploy", ID: "AROAEXAMPLE0000000001", Account: home}, access.Session{Bind: access.BindUserID, Value: "ana"}, "*")
	s.beats(service, silence)
	s.beats(service, silence) // each elevation is judged once
}

// beats brings a heartbeat, and makes the sweep's check.
func (s *reach) beats(service *correlate.Service, silence correlate.Silences) {
	s.Helper()
	beat := map[string]any{
		"eventVersion": "1.11", "eventTime": s.at.Format(time.RFC3339), "eventSource": "sts.amazonaws.com", "eventName": "GetCallerIdentity", "awsRegion": "eu-west-1",
		"recipientAccountId": home, "eventType": "AwsApiCall", "managementEvent": true, "readOnly": true,
		"userIdentity": map[string]any{"type": "AssumedRole", "principalId": "AROAEXAMPLE00000SWEEP:x", "accountId": home,
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::" + home + ":role/curfew-reconcile"}}},
	}
	if err := errors.Join(append(service.Deliver(s.Context(), []string{s.envelope(beat)}), silence.Judge(s.Context(), expected))...); err != nil {
		s.Fatal(err)
	}
}

func (s *reach) found() (names []string) {
	for _, row := range s.store.All(record.AccessTable) {
		own := func(event string) bool { return !strings.HasPrefix(event, "before-") }
		if f, err := record.Decode[finding.Finding](row); err == nil && finding.Is(row.Key) && strings.HasPrefix(f.Kind, "detection") && slices.ContainsFunc(f.Events, own) {
			name, _, _ := strings.Cut(f.Subject, " ")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// envelope is what EventBridge puts around a record.
func (s *reach) envelope(r map[string]any) string {
	s.n++
	if r["eventID"] == nil {
		r["eventID"] = fmt.Sprintf("00000000-0000-4000-8000-%012d", s.n)
	}
	text, err := json.Marshal(map[string]any{"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.x", "account": home, "detail": r})
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

func (s *reach) read(r map[string]any) (found trail.Record) {
	text, err := json.Marshal(r)
	if err != nil {
		s.Fatal(err)
	}
	var reader trail.Reader
	if err := reader.ReadText("", string(text), func(r *trail.Record) error { found = *r.Clone(); return nil }); err != nil {
		s.Fatal(err)
	}
	return found
}

func (s *reach) put(k record.Key, v any, index map[record.Index]record.Place) {
	s.Helper()
	row, err := record.Encode(k, 1, v)
	row.Index = index
	if err == nil {
		err = s.store.Write(s.Context(), record.Change{Row: row})
	}
	if err != nil {
		s.Fatal(err)
	}
}

// allowing is a policy of one action.
func allowing(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

// other is what no record of the tests does.
const other = "ec2:DescribeHosts"

// baseline makes a marked principal what a survey saw: its own policies allow all if the right is standing.
func (s *reach) baseline(e detection.Event, a trail.Actor) {
	if e.Class != detection.Marked {
		return
	}
	may := other
	if e.Verdict.Right == trail.Standing {
		may = "*"
	}
	began := s.first.Add(-100 * time.Hour)
	err := baseline.Keep(s.Context(), s.store, baseline.Page{BeganAt: began, ReadAt: began, Account: home, Last: true, Entries: []*baseline.Entry{
		baseline.Encode(baseline.Value{ID: a.PrincipalID, ARN: a.ARN, Account: home, Inline: map[string]string{"own": allowing(may)}}),
	}})
	if err != nil {
		s.Fatal(err)
	}
}

// elevations stores the elevation of the facts, that of another session, and the one that explains a call of Curfew.
func (s *reach) elevations(e detection.Event, r map[string]any, who trail.Identity) {
	a := who.Actor()
	_, session, isRole := strings.Cut(who.PrincipalID, ":")
	bind := access.Session{Bind: access.BindNone}
	if isRole {
		bind = access.Session{Bind: access.BindUserID, Value: session}
	}
	if x := e.Elevation; x != nil {
		may := other
		if e.Verdict.Right == trail.ByElevation {
			may = "*"
		}
		s.elevation(*x, access.Principal{ARN: a.ARN, ID: a.PrincipalID, Account: home}, bind, may)
	}
	if e.OfOther != "" {
		active := detection.Elevation{ID: e.OfOther, State: string(access.Active), Deadline: s.at.Add(time.Hour)}
		s.elevation(active, access.Principal{ARN: a.ARN, ID: a.PrincipalID, Account: home}, access.Session{Bind: access.BindUserID, Value: "another"}, "*")
	}
	if e.Explained {
		x := detection.Elevation{ID: "01jd2q7v3x0000000000000abc", State: string(access.Active), Deadline: s.at.Add(time.Hour)}
		granted := s.elevation(x, access.Principal{ARN: "arn:aws:iam::" + home + ":role/app", ID: "AROAEXAMPLE0000000APP", Account: home}, bind, "*")
		parameters, _ := r["requestParameters"].(map[string]any)
		parameters["policyName"], parameters["policyDocument"] = access.GrantName("curfew", x.ID), granted
		if r["eventName"] == "CreatePolicy" {
			parameters["policyName"], parameters["path"] = access.GrantName("curfew", x.ID)+"-1", "/curfew/"
		}
	}
}

// elevation stores one that was granted days before the first record, and returns the document as it was attached.
func (s *reach) elevation(x detection.Elevation, p access.Principal, bind access.Session, may string) string {
	s.Helper()
	granted := s.first.Add(-72 * time.Hour)
	if !x.EndedAt.IsZero() {
		granted = x.EndedAt.Add(-10 * time.Minute)
	}
	user := p.ID
	if bind.Bind == access.BindUserID {
		user += ":" + bind.Value
	}
	document, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": may, "Resource": "*", "Condition": map[string]any{
		"DateGreaterThanEquals": map[string]any{"aws:CurrentTime": iampolicy.MarkNotBefore}, "DateLessThan": map[string]any{"aws:CurrentTime": iampolicy.MarkNotAfter},
		"StringEquals": map[string]any{"aws:userid": user},
	}}}})
	if err != nil {
		s.Fatal(err)
	}
	terms := access.Terms{ID: x.ID, Principal: p, Session: bind, Policies: []string{string(document)}, RequestedAt: granted.Add(-time.Minute)}
	if len(x.Approvers) > 0 {
		terms.Approval.Need = 1
	}
	for _, name := range x.Approvers {
		s.put(record.AccessKey("decision#"+x.ID, name), access.Decision{Elevation: x.ID, By: identity.Caller{ID: name, Name: name}, Approve: true}, nil)
	}
	index := map[record.Index]record.Place{record.ByPrincipal: {Partition: p.ARN, Sort: x.ID}}
	if x.State == string(access.Ended) {
		index[record.ByDue] = record.Place{Partition: access.EndedIn(home), Sort: x.EndedAt.Format(time.RFC3339) + "#" + x.ID}
	}
	s.put(access.TermsKey(x.ID), terms, nil)
	s.put(access.ElevationKey(x.ID), access.Elevation{
		ID: x.ID, State: access.State(x.State), GrantedAt: granted, ReadyAt: granted, AttachBy: s.at, Deadline: x.Deadline, GoneAt: x.EndedAt, EndedAt: x.EndedAt,
	}, index)
	filled, err := iampolicy.Fill(document, granted, x.Deadline)
	if err != nil {
		s.Fatal(err)
	}
	return string(filled)
}

// openings are the calls that opened a session: by one user, or by two in one second.
func (s *reach) openings(e detection.Event, who trail.Identity) (all []map[string]any) {
	users := map[trail.WhoKind][]string{trail.WhoUser: {"una"}, trail.WhoAmbiguous: {"una", "otto"}}[e.Who.Kind]
	if who.CreatedAt.IsZero() {
		return nil
	}
	for _, name := range users {
		all = append(all, map[string]any{
			"eventVersion": "1.11", "eventTime": who.CreatedAt.Format(time.RFC3339), "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "awsRegion": "eu-west-1",
			"recipientAccountId": home, "eventType": "AwsApiCall", "managementEvent": true, "eventID": "before-" + name,
			"userIdentity":      map[string]any{"type": "IAMUser", "principalId": "AIDAEXAMPLE00000" + strings.ToUpper(name), "arn": "arn:aws:iam::" + home + ":user/" + name, "accountId": home, "userName": name},
			"requestParameters": map[string]any{"roleArn": who.Issuer.ARN},
			"responseElements":  map[string]any{"assumedRoleUser": map[string]any{"assumedRoleId": who.PrincipalID}},
		})
	}
	return all
}

// earlier is the call by which the origin of a record is known: at its own address, or at another. Each is hours before.
func (s *reach) earlier(i int, r map[string]any) map[string]any {
	address := "192.0.2.1"
	switch cmp.Or(s.fact(i).Origin, detection.OriginUnknown) {
	case detection.OriginUnknown:
		return nil
	case detection.OriginKnown:
		address = fmt.Sprint(r["sourceIPAddress"])
	}
	return map[string]any{
		"eventVersion": "1.11", "eventTime": s.first.Add(-time.Duration(i+1) * 12 * time.Hour).Format(time.RFC3339), "eventSource": "ec2.amazonaws.com", "eventName": "DescribeHosts", "awsRegion": "eu-west-1",
		"recipientAccountId": home, "eventType": "AwsApiCall", "managementEvent": true, "readOnly": true, "eventID": fmt.Sprint("before-", i), "sourceIPAddress": address, "userIdentity": r["userIdentity"],
	}
}
