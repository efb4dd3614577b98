package accesstest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// refusals are the actions that AWS refuses now.
type refusals struct {
	mu  sync.Mutex
	all map[string]int // by action: number of calls to refuse; below zero: all
}

func (r *refusals) set(action string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]int{}
	}
	r.all[action] = n
}

func (r *refusals) fault(action string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.all[action]
	if n == 0 {
		return ""
	}
	if n > 0 {
		r.all[action]--
	}
	return "AccessDenied"
}

// withRefusals runs a story with an IAM that refuses these actions. A grant may stay as long as the story lasts.
func withRefusals(t *testing.T, f func(*story, *refusals)) {
	t.Helper()
	r := &refusals{}
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: 12 * time.Hour, IAM: inprocess.IAMSettings{Fault: r.fault}}, func(s *story) {
		f(s, r)
	})
}

// tells reports whether the elevation has a record of this kind with these words.
func tells(s *story, id, kind, words string) bool {
	for _, r := range s.Receipt(id).Timeline {
		if r.Kind == kind && strings.Contains(string(r.Detail), words) {
			return true
		}
	}
	return false
}

// policiesOf returns the names of our policies on a principal.
func policiesOf(s *story, arn string) []string {
	var names []string
	for _, f := range s.Cloud.Grants() {
		if f.Principal.ARN == arn {
			names = append(names, f.Grant)
		}
	}
	slices.Sort(names)
	return names
}

func TestGrantThatMayNotBeRemovedIsClosed(t *testing.T) {
	withRefusals(t, func(s *story, r *refusals) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.WantCan(accesstest.Engineer, "ana", true)
		r.set("iam:DeleteRolePolicy", -1)
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(5 * time.Second)
		s.WantCan(accesstest.Engineer, "ana", false)
		if got, want := policiesOf(s, accesstest.Engineer), []string{"curfew-" + id}; !slices.Equal(got, want) {
			t.Errorf("policies = %v, want only the grant, closed: %v", got, want)
		}
		s.Advance(10 * time.Minute)
		s.Want(id, "stuck released")
		if !tells(s, id, "elevation.containing", "deadline") || !tells(s, id, "elevation.contained", "fence") {
			t.Error("the evidence has no containment")
		}
		r.set("iam:DeleteRolePolicy", 0)
		s.Advance(6 * time.Minute)
		s.Want(id, "ended released")
		s.WantClean()
	})
}

// An old grant is contained too. Each attempt of Revoke orders it again.
func TestFenceThatIsClosedIsNotWrittenAgain(t *testing.T) {
	withRefusals(t, func(s *story, r *refusals) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10 * time.Minute)
		r.set("iam:DeleteRolePolicy", -1)
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(5 * time.Second)
		s.WantCan(accesstest.Engineer, "ana", false)
		puts := s.IAM.Calls()["iam:PutRolePolicy"]
		s.Advance(15 * time.Minute)
		if more := s.IAM.Calls()["iam:PutRolePolicy"] - puts; more != 0 {
			t.Errorf("it was written %d times more, want none: it is closed", more)
		}
		r.set("iam:DeleteRolePolicy", 0)
		s.Advance(6 * time.Minute)
		s.Want(id, "ended released")
	})
}

func TestGrantThatCanNeitherBeRemovedNorClosedIsDenied(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*access.Entitlement)
		puts   int // of refused policies
	}{
		{"one whose fence may not be closed", func(*access.Entitlement) {}, 1},
		{"a managed one", func(e *access.Entitlement) { e.Policy = large }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			withRefusals(t, func(s *story, r *refusals) {
				s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Contain = true; c.change(e) })
				id := s.As("ana").Asks("deploy", time.Hour)
				other := s.As("cem").Asks("deploy", time.Hour)
				for _, action := range []string{"iam:DeleteRolePolicy", "iam:DetachRolePolicy"} {
					r.set(action, -1)
				}
				r.set("iam:PutRolePolicy", c.puts)
				s.WantKind(s.As("ana").Ends(id), "")
				s.Advance(5 * time.Second)
				s.WantCan(accesstest.Engineer, "ana", false)
				s.WantCan(accesstest.Engineer, "cem", true) // cem has another session
				if !slices.Contains(policiesOf(s, accesstest.Engineer), "curfew-q-"+id) || !tells(s, id, "elevation.contained", "deny") {
					t.Errorf("policies = %v: want a containment, and evidence of it", policiesOf(s, accesstest.Engineer))
				}
				s.Sweeps() // leaves it while it is needed
				s.WantCan(accesstest.Engineer, "ana", false)
				r.set("iam:DeleteRolePolicy", 0)
				r.set("iam:DetachRolePolicy", 0)
				s.Advance(6 * time.Minute)
				s.Want(id, "ended released")
				s.WantKind(s.As("cem").Ends(other), "")
				s.Advance(time.Minute)
				s.WantClean()
				if got := policiesOf(s, accesstest.Engineer); len(got) > 0 {
					t.Errorf("policies = %v, want none: the containment goes when the grant has gone", got)
				}
			})
		})
	}
}

// large is a policy that does not fit inline.
var large = func() []byte {
	var buckets []string
	for i := range 180 {
		buckets = append(buckets, fmt.Sprintf(`"arn:aws:s3:::a-bucket-of-a-name-that-is-as-long-as-can-be-%03d/*"`, i))
	}
	return []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["*",` + strings.Join(buckets, ",") + `]}]}`)
}()

func TestContainmentThatIsNotPossiblePages(t *testing.T) {
	contain := func(e *access.Entitlement) { e.Contain = true }
	for _, c := range []struct {
		name, want string
		puts       int // of refused policies after the grant; below zero: all
		prepare    func(*story)
	}{
		{"an entitlement that does not say contain", "does not say contain", -1, func(*story) {}},
		{"everything is refused", "neither be removed nor contained", -1, func(s *story) { s.Catalog.Change("deploy", contain) }},
		{"a Deny that would take from another elevation", "would be denied too", -1, func(s *story) {
			s.Catalog.Change("deploy", contain)
			s.As("ana").Asks("long", time.Hour)
		}},
		{"five principals within the hour", "5 principals were contained", 0, fiveContained},
	} {
		t.Run(c.name, func(t *testing.T) {
			withRefusals(t, func(s *story, r *refusals) {
				c.prepare(s)
				id := s.As("ana").Asks("deploy", time.Hour)
				r.set("iam:DeleteRolePolicy", -1)
				r.set("iam:PutRolePolicy", c.puts)
				s.WantKind(s.As("ana").Ends(id), "")
				s.Advance(10 * time.Minute)
				s.WantPaged(c.want)
				s.Advance(time.Hour) // the fence ends the access
				s.WantCan(accesstest.Engineer, "ana", false)
				r.set("iam:DeleteRolePolicy", 0)
				s.Advance(10 * time.Minute)
				s.WantClean()
			})
		})
	}
}

// fiveContained is an hour with the maximum of contained principals.
func fiveContained(s *story) {
	now := record.Instant(time.Now())
	body, err := json.Marshal(map[string]any{"principals": map[string]time.Time{"AROA1": now, "AROA2": now, "AROA3": now, "AROA4": now, "AROA5": now}})
	key := record.Key{Table: record.AccessTable, Partition: "contained#principals", Sort: "principals"}
	s.WantKind(err, "")
	s.WantKind(s.Store.Write(s.Context(), record.Change{If: record.Absent, Row: record.Row{Key: key, Version: 1, Body: body}}), "")
}

func TestContainmentOfNothingIsTakenAway(t *testing.T) {
	for _, c := range []struct{ name, on string }{{"of an elevation that ended", accesstest.Engineer}, {"on another principal", accesstest.Agent}} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("deploy", 10*time.Minute)
				s.Advance(20 * time.Minute)
				s.Want(id, "ended deadline")
				s.WorldMayBeWrong(func() {
					s.ByHand(c.on, func(iam *inprocess.IAM) error {
						return iam.PutRolePolicyByHand(c.on, access.ContainmentName("curfew", id), rogue)
					})
					s.Sweeps()
					s.Advance(time.Second)
				})
				s.WantClean()
				s.WantPaged("q-" + id)
			})
		})
	}
}
