package accesstest_test

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/sweep"
	"curfew/shared/task"
)

// withCanaries runs a story in an installation that tests its backstops every two hours. A canary may stay as long as
// its backstop may take.
func withCanaries(t *testing.T, store inprocess.StoreSettings, f func(s *story)) {
	accesstest.RunStory(t, accesstest.WorldSettings{Store: store, Slack: 51 * time.Hour}, func(s *story) {
		s.Catalog.Add(access.Entitlement{
			Name: access.CanaryEntitlement, Owners: []string{"group:platform"}, Principals: []string{accesstest.Backup}, Requesters: []string{"group:canary"},
			Tasks: []access.TaskRule{{Kind: "change"}}, Max: 5 * time.Minute, Session: access.BindNone,
			Policy: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}`),
		})
		s.Service.Settings.Canary = access.CanarySettings{Principal: accesstest.Backup, Every: 2 * time.Hour}
		f(s)
	})
}

// sweepsFor runs the sweep at this interval, and returns the canaries that it reported.
func sweepsFor(s *story, d, every time.Duration) (told []sweep.Canary) {
	for ; d > 0; d -= every {
		if sw := s.Sweeps(); sw.Canary != nil {
			told = append(told, *sw.Canary)
		}
		s.Advance(every)
	}
	return told
}

func TestEachNetEndsTheCanaryThatIsLeftToIt(t *testing.T) {
	late := 30 * time.Minute // of TTL
	withCanaries(t, inprocess.StoreSettings{TTLDelay: late}, func(s *story) {
		told := sweepsFor(s, 8*time.Hour, time.Minute)
		want := []struct {
			net        access.Net
			from, upTo int64
		}{{access.NetWorkflow, 0, 2}, {access.NetExecution, 0, 2}, {access.NetSweep, 0, 60}, {access.NetTTL, int64(late / time.Second), int64(late/time.Second) + 60}}
		if len(told) != len(want) {
			t.Fatalf("reported %+v, want one of each net", told)
		}
		for i, w := range want {
			if got := told[i]; got.Net != w.net || got.EndedBy != string(w.net) || got.Late < w.from || got.Late > w.upTo {
				t.Errorf("canary %d = %+v, want the %s to end it %d to %d s late", i+1, got, w.net, w.from, w.upTo)
			}
		}
		for _, m := range s.Notifier.Messages() {
			if m.Kind == "page" {
				t.Errorf("paged: %s", m.Line())
			}
		}
		s.WantClean()
	})
}

func TestSilentNetIsTold(t *testing.T) {
	never := inprocess.StoreSettings{TTLDelay: 100 * 24 * time.Hour}
	withCanaries(t, never, func(s *story) {
		told := sweepsFor(s, 57*time.Hour, 10*time.Minute)
		if len(told) < 4 || told[3].Net != access.NetTTL || told[3].EndedBy != string(access.NetSweep) {
			t.Errorf("reported %+v, want the fourth left to the ttl and ended by the sweep", told)
		}
		s.WantPaged("the ttl did not end a canary")
		s.WantClean()
	})
}

func TestNobodyElseGetsACanary(t *testing.T) {
	withCanaries(t, inprocess.StoreSettings{}, func(s *story) {
		for _, name := range []string{"ana", "backup", "dee"} {
			_, err := s.As(name).Tries(access.CanaryEntitlement, time.Minute, func(r *access.Request) {
				r.Principal, r.Session, r.Task = accesstest.Backup, "", task.Task{Kind: "change", ID: "ttl-1"}
			})
			s.WantKind(err, fault.Denied)
		}
	})
}
