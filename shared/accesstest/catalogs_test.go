package accesstest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/catalog"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/release"
)

// Stories of a deployed catalog that waits for a signature.

// packed is a catalog with one entitlement, admin.
func packed(t testing.TB, maximum, operators string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(fstest.MapFS{
		"catalog.yaml": {Data: []byte("zone: UTC\n")},
		"identities.yaml": {Data: []byte(`
claims: {session: preferred_username, groups: groups}
operators: [` + operators + `]
groups: [engineers, leads, platform, security]
principals: ["` + accesstest.Engineer + `"]
`)},
		"entitlements/admin.yaml": {Data: []byte(`
about: Read plans
owners: [group:platform]
principals: ["` + accesstest.Engineer + `"]
requesters: [group:engineers]
tasks: [change]
max: ` + maximum + `
approval: {need: 1, of: ["group:leads"], within: 1h}
session: userid
policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::deployments/*"}]}
`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// deployers are who deployed.
type deployers string

func (d deployers) Deployers(_ context.Context, _, to time.Time) ([]release.Deployer, error) {
	return []release.Deployer{{Session: string(d), Event: "ExecuteChangeSet", At: to}}, nil
}

// deploy packs catalogs with a service.
func deploy(s *access.Service, by string, newest *catalog.Catalog, older ...*catalog.Catalog) {
	set := catalog.NewSet(newest, older...)
	r := release.New(s, set, true)
	r.Deployments = deployers(by)
	s.Decider, s.Catalogs = set, r
}

// waits is a story in which a wider catalog, which dee deployed, waits. Grant has used the old one.
func waits(t *testing.T, f func(s *story, old, wide *catalog.Catalog)) {
	tell(t, func(s *story) {
		old, wide := packed(t, "1h", "group:security"), packed(t, "8h", "group:security, group:platform")
		deploy(s.Service, "ana", old)
		s.Sweeps()
		id := s.As("ana").Asks("admin", 10*time.Minute)
		s.WantKind(s.As("ben").Approves(id), "")
		s.WantKind(s.As("ana").Ends(id), "")
		deploy(s.Service, "dee", wide, old)
		s.Sweeps()
		f(s, old, wide)
	})
}

// signs lets CloudTrail deliver, and an operator sign.
func signs(s *story, c identity.Caller, wide *catalog.Catalog) error {
	s.Advance(16 * time.Minute)
	s.Sweeps()
	_, err := access.CatalogSigning{Service: access.ForCall(s.Context(), s.Service)}.Sign(s.Context(), c, wide.Hash(), "8h was agreed")
	return err
}

func anotherOperator(s *story) identity.Caller {
	c := s.As("dee").Caller
	c.ID, c.Name = identity.PersonID("https://id.example.com", "kim"), "kim"
	return c
}

func TestWiderCatalogIsUsedOnlyAfterASecondPersonSigned(t *testing.T) {
	waits(t, func(s *story, old, wide *catalog.Catalog) {
		before := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(s.As("ben").Approves(before), "")
		s.Want(before, "active")
		s.WantKind(s.As("ana").Ends(before), "")
		_, err := s.As("ana").Tries("admin", 2*time.Hour)
		s.WantKind(err, fault.Denied)

		s.WantKind(signs(s, s.As("dee").Caller, wide), fault.Denied) // deployed it
		s.WantKind(signs(s, s.As("ben").Caller, wide), fault.Denied) // an operator of the one that waits
		s.WantKind(signs(s, anotherOperator(s), wide), "")
		after := s.As("ana").Asks("admin", 2*time.Hour)
		s.WantKind(s.As("ben").Approves(after), "")
		s.Want(after, "active")
	})
}

// The functions api and reconcile were taken over: they ask by the wide catalog, and say that it is in force.
func TestGrantRefusesAWaitingCatalogThatOthersSayIsInForce(t *testing.T) {
	waits(t, func(s *story, old, wide *catalog.Catalog) {
		key := record.HeadKey(evidence.CatalogChain())
		rows, err := s.Store.Read(s.Context(), key)
		s.WantKind(err, "")
		forged := rows[key]
		forged.Body = json.RawMessage(strings.ReplaceAll(string(forged.Body), old.Hash(), wide.Hash()))
		s.Store.Overwrite(forged, record.Form)

		api := *s.Service
		api.Decider, api.Catalogs = catalog.NewSet(wide, old), nil
		_, e, err := api.Submit(s.Context(), s.As("ana").Caller, deploys(func(r *access.Request) { r.Entitlement, r.Duration = "admin", 2*time.Hour }))
		s.WantKind(err, "")
		_, err = api.Decide(s.Context(), s.As("ben").Caller, e.ID, s.Digest(e.ID), true, "fine")
		s.WantKind(err, "")
		s.Advance(time.Minute)
		s.Want(e.ID, "ended refused")
		s.WantCan(accesstest.Engineer, "ana", false)
	})
}

// In the middle of a deployment Grant still has the old package.
func TestGrantOfTheOldPackageRefusesASignedCatalogThatItDoesNotHave(t *testing.T) {
	waits(t, func(s *story, old, wide *catalog.Catalog) {
		s.WantKind(signs(s, anotherOperator(s), wide), "")
		api := *s.Service
		deploy(s.Service, "dee", old)
		_, e, err := api.Submit(s.Context(), s.As("ana").Caller, deploys(func(r *access.Request) { r.Entitlement, r.Duration = "admin", 2*time.Hour }))
		s.WantKind(err, "")
		_, err = api.Decide(s.Context(), s.As("ben").Caller, e.ID, s.Digest(e.ID), true, "fine")
		s.WantKind(err, "")
		s.Advance(time.Minute)
		s.Want(e.ID, "ended refused")
		id := s.As("ana").Asks("admin", time.Hour) // by the old terms
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "active")
	})
}

// unsure fails every call, as without a catalog in force.
type unsure struct{}

var errUnsure = fault.Errorf(fault.Transient, "no catalog is in force")

func (unsure) Note(context.Context) error                 { return errUnsure }
func (unsure) Accept(context.Context, access.Terms) error { return errUnsure }
func (unsure) Operators(context.Context) []string         { return nil }
func (unsure) State(context.Context) (s access.CatalogState, err error) {
	return s, errUnsure
}
func (unsure) Sign(context.Context, identity.Caller, string, string) error { return errUnsure }

// Ending depends on no catalog: not by people, not by the deadline, and not by the sweep.
func TestAccessEndsWithoutACatalogInForce(t *testing.T) {
	for name, end := range map[string]func(s *story, id string) string{
		"the holder":  func(s *story, id string) string { s.WantKind(s.As("ana").Ends(id), ""); return "ended released" },
		"an owner":    func(s *story, id string) string { s.WantKind(s.As("ben").Ends(id), ""); return "ended revoked" },
		"the clock":   func(s *story, id string) string { s.Advance(11 * time.Minute); return "ended deadline" },
		"an operator": func(s *story, id string) string { return endsBy(s, id, "dee") },
		"an operator of the catalog that waits": func(s *story, id string) string {
			return endsBy(s, id, "zoe")
		},
		"the sweep, of a stopped execution": func(s *story, id string) string {
			s.WantKind(s.Workflow.Engine().Stop(s.Workflow.Execution(id), "Stopped", "by hand"), "")
			s.Sweeps()
			return "ended failed"
		},
	} {
		t.Run(name, func(t *testing.T) {
			waits(t, func(s *story, old, wide *catalog.Catalog) {
				id := s.As("ana").Asks("admin", 10*time.Minute)
				s.WantKind(s.As("ben").Approves(id), "")
				s.Want(id, "active")
				s.Service.Catalogs, s.Service.Settings.Operators = unsure{}, []string{"group:security", s.As("zoe").ID}
				want := end(s, id)
				s.Advance(2 * time.Minute)
				s.Want(id, want)
				s.WantClean()
			})
		})
	}
}

func endsBy(s *story, id, who string) string {
	call := access.ForCall(s.Context(), s.Service)
	if s.As(who).In(call.Settings.Operators) {
		s.WantKind(fault.Errorf(fault.Internal, "%s is an operator without a catalog in force", who), "")
	}
	_, err := call.End(s.Context(), s.As(who).Caller, id)
	s.WantKind(err, "")
	return "ended revoked"
}
