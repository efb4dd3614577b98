package accesstest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/accountreview"
	"curfew/shared/authdetails"
	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/standing"
)

// process is function review, which may crash before any call of its ports that writes, sends or reads IAM: a crash after one call is one
// before the next.
type process struct {
	*accountreview.Service
	queue *inprocess.Reviews
	calls int
	at    int // the call that crashes; 0: none
	read  int // principals whose last-accessed data were asked for
}

type crashed struct{}

func (p *process) call(do func() error) error {
	if p.calls++; p.calls == p.at {
		panic(crashed{})
	}
	return do()
}

// inProcess is the reader and queue below the process's own.
type inProcess struct {
	*process
	accountreview.Reader
}

func (r inProcess) Details(ctx context.Context, account string) (d *authdetails.Details, err error) {
	err = r.call(func() (err error) { d, err = r.Reader.Details(ctx, account); return err })
	return d, err
}

func (r inProcess) Accessed(ctx context.Context, account string, arns []string) (all map[string]*standing.Accessed, err error) {
	r.read += len(arns)
	err = r.call(func() (err error) { all, err = r.Reader.Accessed(ctx, account, arns); return err })
	return all, err
}

func (r inProcess) Send(ctx context.Context, body string) error {
	return r.call(func() error { return r.queue.Send(ctx, body) })
}

type crashingStore struct {
	record.Store
	*process
}

func (s crashingStore) Write(ctx context.Context, changes ...record.Change) error {
	return s.call(func() error { return s.Store.Write(ctx, changes...) })
}

func newProcess(s *story, at int) *process {
	of, q := reviews(s)
	p := &process{Service: of, queue: q, at: at}
	ports := inProcess{p, of.Reader}
	inner := *s.Service
	inner.Store = crashingStore{s.Service.Store, p}
	of.Service, of.Reader, of.Queue, of.Parts, of.Size = &inner, ports, ports, 1, 2
	return p
}

// handle reports whether the process did not crash. The queue keeps the message until then.
func (p *process) handle(ctx context.Context, body string) (err error) {
	defer func() {
		switch c := recover().(type) {
		case nil:
		case crashed:
			err = fault.Errorf(fault.Transient, "crashed at call %d", p.at)
		default:
			panic(c)
		}
	}()
	_, err = p.Handle(ctx, []byte(body))
	return err
}

// run delivers all messages, each as often as copies says, and those that fail again.
func (p *process) run(s *story, copies int) {
	s.WantKind(p.queue.Send(s.Context(), accountreview.Begin), "")
	for n := 0; len(p.queue.Waiting) > 0; n++ {
		if n > 500 {
			panic("the review does not end")
		}
		body := p.queue.Waiting[0]
		var err error
		for range copies {
			err = p.handle(s.Context(), body)
		}
		if err == nil {
			p.queue.Waiting = p.queue.Waiting[1:]
		}
	}
}

// outcome is what a review leaves: items, evidence, score.
func outcome(s *story, principals ...string) string {
	var all strings.Builder
	for _, arn := range principals {
		i := item(s, idOfStory(s, arn))
		fmt.Fprintf(&all, "%s %s %d %s; ", arn, i.State(), i.Value.Score, i.Value.Why)
	}
	for _, row := range s.Store.All(record.AuditTable) {
		if strings.HasPrefix(row.Key.Partition, "campaign#") {
			fmt.Fprintf(&all, "%s %s; ", row.Key.Partition, row.Key.Sort)
		}
	}
	trend, err := campaign.ReadTrend(s.Context(), s.Store, reviewedAccount)
	s.WantKind(err, "")
	for _, of := range trend.Scores {
		of.Began = time.Time{}
		fmt.Fprintf(&all, "%+v; ", of)
	}
	return all.String()
}

func idOfStory(s *story, arn string) string {
	d, err := inprocess.Reader{Cloud: s.Cloud}.Details(s.Context(), reviewedAccount)
	s.WantKind(err, "")
	for _, p := range d.Principals {
		if p.ARN == arn {
			return p.ID
		}
	}
	return ""
}

// twoStop gives two roles privilege that leads to no other role: a review of it is quick.
func twoStop(s *story) { put(s, stop) }

const stop = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudtrail:StopLogging","Resource":"*"}]}`

func twoAdmins(s *story) { put(s, admin) }

func put(s *story, text string) {
	for _, arn := range []string{accesstest.Engineer, accesstest.Backup} {
		s.ByHand(arn, func(iam *inprocess.IAM) error { return iam.PutRolePolicyByHand(arn, "forever", text) })
	}
}

// Wherever a review crashes, the message that comes again continues: it leaves the same items, evidence and score, each once.
func TestAReviewThatCrashesContinues(t *testing.T) {
	want, calls, read := "", 0, 0
	tell(t, func(s *story) {
		twoStop(s)
		p := newProcess(s, 0)
		p.run(s, 1)
		want, calls, read = outcome(s, accesstest.Engineer, accesstest.Backup), p.calls, p.read
	})
	t.Logf("%d calls, %d principals", calls, read)
	if !strings.Contains(want, "open") || strings.Contains(want, "gone") || calls < 10 || read < 2 {
		t.Fatalf("%d calls, %d principals: %s", calls, read, want)
	}
	for at := 1; at <= calls; at++ {
		tell(t, func(s *story) {
			twoStop(s)
			p := newProcess(s, at)
			p.run(s, 1)
			if got := outcome(s, accesstest.Engineer, accesstest.Backup); got != want {
				t.Errorf("crash at call %d:\n%s\nwant\n%s", at, got, want)
			}
			if p.read > read+2 {
				t.Errorf("crash at call %d: data of %d principals were asked for, want at most %d", at, p.read, read+2)
			}
		})
	}
}

// SQS delivers at least once.
func TestAReviewWhoseMessagesComeTwice(t *testing.T) {
	want := ""
	tell(t, func(s *story) {
		twoStop(s)
		newProcess(s, 0).run(s, 1)
		want = outcome(s, accesstest.Engineer, accesstest.Backup)
	})
	tell(t, func(s *story) {
		twoStop(s)
		newProcess(s, 0).run(s, 2)
		if got := outcome(s, accesstest.Engineer, accesstest.Backup); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	})
}

// What IAM saw of use is in the item: an owner removes what was not used.
func TestAReviewSaysWhatIsUnused(t *testing.T) {
	tell(t, func(s *story) {
		twoAdmins(s)
		used := time.Now().Add(-time.Hour)
		s.WantKind(inprocess.Reader{Cloud: s.Cloud}.Use(accesstest.Engineer, "iam:CreateAccessKey", used), "")
		monthBegins(s)
		engineer, backup := item(s, idOfStory(s, accesstest.Engineer)).Value, item(s, idOfStory(s, accesstest.Backup)).Value
		for _, i := range []campaign.Item{engineer, backup} {
			if !strings.Contains(i.Why, "unused: ") {
				t.Errorf("%s: %s", i.Principal, i.Why)
			}
		}
		if engineer.Why == backup.Why {
			t.Errorf("use changed nothing: %s", engineer.Why)
		}
	})
}

// Last-accessed data are advice: without them a review finds what is privileged.
func TestAReviewWithoutLastAccessedData(t *testing.T) {
	for code, tries := range map[string]int{"AccessDenied": 1, "InvalidInput": 3} {
		tell(t, func(s *story) {
			twoAdmins(s)
			of, q := reviews(s)
			copied := s.Cloud.IAM.Copy()
			copied.Set(inprocess.IAMSettings{Fault: func(action string) string {
				if action == "iam:GenerateServiceLastAccessedDetails" {
					return code
				}
				return ""
			}})
			of.Reader = inprocess.Reader{Cloud: &inprocess.Cloud{IAM: copied, Name: s.Cloud.Name}}
			s.WantKind(q.Send(s.Context(), accountreview.Begin), "")
			n := 1
			for q.Deliver(s.Context(), of) != nil {
				if n++; n > 10 {
					t.Fatalf("%s: the review does not end", code)
				}
			}
			if i := item(s, idOfStory(s, accesstest.Engineer)); n < tries || !i.Exists() || strings.Contains(i.Value.Why, "unused") {
				t.Errorf("%s: %d tries, and the item is %+v", code, n, i.Value)
			}
		})
	}
}

// A review that an older message begins again, after a later one, changes nothing.
func TestALateMessageOfAnOlderReview(t *testing.T) {
	tell(t, func(s *story) {
		of, q := reviews(s)
		s.WantKind(q.Send(s.Context(), accountreview.Begin), "")
		_, err := of.Handle(s.Context(), []byte(q.Waiting[0]))
		s.WantKind(err, "")
		old := q.Waiting[1]
		q.Waiting = nil
		s.Advance(time.Minute)
		monthBegins(s)
		got, err := of.Handle(s.Context(), []byte(old))
		s.WantKind(err, "")
		if len(got) != 1 || got[0] != accountreview.Superseded {
			t.Errorf("the old message: %v", got)
		}
		_, err = of.Handle(s.Context(), []byte(`{"account":"111122223333","campaign":"2000-02"}`))
		s.WantKind(err, fault.Invalid)
	})
}
