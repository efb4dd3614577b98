package release

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// installation is one store with functions of several deployments.
type installation struct {
	*testing.T
	store record.Store
	now   time.Time
}

func newInstallation(t *testing.T) *installation {
	s := inprocess.NewStore(inprocess.StoreSettings{})
	t.Cleanup(s.Close)
	return &installation{t, s, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

// deployed are the functions with these catalogs, the newest first.
func (i *installation) deployed(sign bool, newest *catalog.Catalog, older ...*catalog.Catalog) (*Releases, *catalog.Set) {
	s := &access.Service{Base: record.Base{Store: i.store, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return i.now }}}
	set := catalog.NewSet(newest, older...)
	r := New(s, set, sign)
	s.Settings.Operators = newest.Operators()
	return r, set
}

// asked are terms of now that need no approval.
func (i *installation) asked(c *catalog.Catalog) access.Terms {
	return access.Terms{Catalog: c.Hash(), RequestedAt: i.now}
}

// catalogWith is a catalog with one entitlement.
func catalogWith(t *testing.T, maximum, requesters string) *catalog.Catalog {
	t.Helper()
	return catalogOf(t, maximum, requesters, "group:security")
}

func catalogOf(t *testing.T, maximum, requesters, operators string) *catalog.Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"catalog.yaml": "zone: UTC\n",
		"identities.yaml": `
claims: {session: preferred_username, groups: groups}
operators: [` + operators + `]
groups: [a, b, platform, security, mallory]
principals: ["arn:aws:iam::111122223333:role/app"]
`,
		"entitlements/a.yaml": `
about: Read orders
owners: [group:platform]
principals: ["arn:aws:iam::111122223333:role/app"]
requesters: [` + requesters + `]
tasks: [change]
max: ` + maximum + `
session: none
policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::orders/*"}]}
`,
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := catalog.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (i *installation) want(r *Releases, c *catalog.Catalog, waits bool) {
	i.Helper()
	s, err := r.State(i.Context())
	if err != nil || s.InForce != c.Hash() || s.Waits != waits {
		i.Errorf("in force %.12s, waits %t, %v; want %.12s, %t", s.InForce, s.Waits, err, c.Hash(), waits)
	}
}

func (i *installation) wantKind(err error, kind fault.Kind) {
	i.Helper()
	if fault.KindOf(err) != kind {
		i.Errorf("%v, want %q", err, kind)
	}
}

func (i *installation) chain(chain string) []evidence.Record {
	i.Helper()
	rows, err := i.store.Partition(i.Context(), record.AuditTable, chain, "")
	if err != nil {
		i.Fatal(err)
	}
	var all []evidence.Record
	for _, row := range rows {
		r, err := record.DecodeRecord(row)
		if err != nil {
			i.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func (i *installation) kinds(chain string) string {
	var all []string
	for _, r := range i.chain(chain) {
		all = append(all, r.Kind)
	}
	return strings.Join(all, " ")
}

var eva = identity.Caller{ID: identity.PersonID("https://idp.example", "eva"), Kind: identity.Person, Name: "eva", Groups: []string{"security"}, MFA: true}

// A merged catalog was in use a minute after its deployment, even if it allowed more.
func TestWiderCatalogIsNotUsedUntilASecondPersonSigns(t *testing.T) {
	i := newInstallation(t)
	old, wide := catalogWith(t, "30m", "group:a"), catalogWith(t, "8h", "group:a, group:b")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	i.wantKind(before.Accept(t.Context(), i.asked(old)), "")

	r, set := i.deployed(true, wide, old)
	i.wantKind(r.Note(t.Context()), "")
	i.want(r, old, true)
	if e, err := set.Entitlement(t.Context(), "", "a"); err != nil || e.Max != 30*time.Minute {
		t.Errorf("max %s, %v; want the one in force", e.Max, err)
	}
	i.wantKind(r.Accept(t.Context(), i.asked(old)), "")
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), fault.Denied) // what a function that was taken over asked for
	if was, err := finding.ReadOne(t.Context(), i.store, finding.IDOf(finding.Key(Waits, wide.Hash()))); err != nil || !was.Exists() {
		t.Errorf("no person was told: %v", err)
	}

	i.now = i.now.Add(unsigned)
	i.wantKind(r.Sign(t.Context(), eva, wide.Hash(), "max 8h was agreed"), "")
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), "")
	i.wantKind(r.Accept(t.Context(), i.asked(old)), "") // asked for before
	i.wantKind(r.Note(t.Context()), "")
	i.want(r, wide, false)
	if got := i.kinds(evidence.CatalogChain()); got != "catalog.changed catalog.changed catalog.accepted" {
		t.Errorf("evidence: %s", got)
	}
	if got := i.kinds(evidence.CatalogSignatureChain(wide.Hash())); got != "catalog.signed" {
		t.Errorf("evidence of the signature: %s", got)
	}
}

func TestEachNewCatalogIsEvidenceOnce(t *testing.T) {
	i := newInstallation(t)
	old, wide := catalogWith(t, "30m", "group:a"), catalogWith(t, "8h", "group:a")
	for _, c := range []*catalog.Catalog{old, wide} {
		r, _ := i.deployed(false, c, old)
		i.wantKind(r.Note(t.Context()), "")
		i.wantKind(r.Note(t.Context()), "")
		i.want(r, c, false)
	}
	all := i.chain(evidence.CatalogChain())
	if len(all) != 2 {
		t.Fatalf("%d records, want one for each catalog", len(all))
	}
	for _, want := range []string{old.Hash(), wide.Hash(), `"wider":true`, "max: 8h, was 30m"} {
		if !bytes.Contains(all[1].Detail, []byte(want)) {
			t.Errorf("%s\ndoes not say %s", all[1].Detail, want)
		}
	}
}

func TestNarrowerCatalogNeedsNoSignature(t *testing.T) {
	i := newInstallation(t)
	wide, narrow := catalogWith(t, "8h", "group:a"), catalogWith(t, "30m", "group:a")
	r, _ := i.deployed(true, wide)
	i.wantKind(r.Note(t.Context()), "")
	r, _ = i.deployed(true, narrow, wide)
	i.wantKind(r.Note(t.Context()), "")
	i.want(r, narrow, false)
	i.wantKind(r.Accept(t.Context(), i.asked(narrow)), "")
	r, _ = i.deployed(true, wide, narrow) // going back is wider
	i.want(r, narrow, true)
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), fault.Denied)
}

func TestOnlyAnotherOperatorWithMFASigns(t *testing.T) {
	i := newInstallation(t)
	old := catalogWith(t, "30m", "group:a")
	wide := catalogWith(t, "8h", "group:a")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	r, _ := i.deployed(true, wide, old)
	i.wantKind(r.Note(t.Context()), "")
	i.now = i.now.Add(unsigned)
	for name, edit := range map[string]func(*identity.Caller){
		"a machine":          func(c *identity.Caller) { c.Kind = identity.Machine },
		"without MFA":        func(c *identity.Caller) { c.MFA = false },
		"without a name":     func(c *identity.Caller) { c.Name = "" },
		"who is no operator": func(c *identity.Caller) { c.Groups = []string{"a"} },
	} {
		c := eva
		edit(&c)
		if err := r.Sign(t.Context(), c, wide.Hash(), "x"); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: %v, want Denied", name, err)
		}
	}
	i.wantKind(r.Sign(t.Context(), eva, old.Hash(), "x"), fault.NotFound)
	i.wantKind(r.Sign(t.Context(), eva, wide.Hash(), "x"), "")
	i.wantKind(r.Sign(t.Context(), eva, wide.Hash(), "x"), fault.Conflict)
}

// A catalog that makes its author an operator must not be signed by them.
func TestCatalogDoesNotNameWhoMaySignIt(t *testing.T) {
	i := newInstallation(t)
	old := catalogWith(t, "30m", "group:a")
	wide := catalogOf(t, "30m", "group:a", "group:security, group:mallory")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	r, _ := i.deployed(true, wide, old)
	mallory := eva
	mallory.Groups = []string{"mallory"}
	i.wantKind(r.Sign(t.Context(), mallory, wide.Hash(), "x"), fault.Denied)
}

// reconcile was taken over: it says that the wide catalog is in force.
func TestGrantDoesNotBelieveReconcile(t *testing.T) {
	i := newInstallation(t)
	old, wide := catalogWith(t, "30m", "group:a"), catalogWith(t, "8h", "group:a")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	i.wantKind(before.Accept(t.Context(), i.asked(old)), "")
	r, set := i.deployed(true, wide, old)
	lie, err := record.Encode(seenKey(), 99, seen{Newest: wide.Hash(), InForce: wide.Hash()})
	if err == nil {
		err = i.store.Write(t.Context(), record.Change{Row: lie})
	}
	i.wantKind(err, "")
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), fault.Denied)
	if e, err := set.Entitlement(t.Context(), "", "a"); err != nil || e.Max != 30*time.Minute {
		t.Errorf("max %s, %v; want the one in force", e.Max, err)
	}
}

// Nothing tells what an absent catalog allowed.
func TestCatalogInForceThatIsNotPackedStopsGrants(t *testing.T) {
	i := newInstallation(t)
	old, other := catalogWith(t, "30m", "group:a"), catalogWith(t, "20m", "group:a")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	i.wantKind(before.Accept(t.Context(), i.asked(old)), "")
	r, set := i.deployed(true, other)
	err := r.Accept(t.Context(), i.asked(other))
	i.wantKind(err, fault.Transient)
	if err != nil && !strings.Contains(err.Error(), "pack the one in force") {
		t.Errorf("%v does not say what to do", err)
	}
	_, err = set.Decide(t.Context(), access.Question{})
	i.wantKind(err, fault.Transient)
	if _, err := set.Claims(t.Context()); err != nil {
		t.Errorf("people could not end what is theirs: %v", err)
	}
}
