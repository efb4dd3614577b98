package release

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

// deployers answers look-ups.
type deployers struct {
	by       []Deployer
	err      error
	from, to time.Time
	asked    int
}

func (d *deployers) Deployers(_ context.Context, from, to time.Time) ([]Deployer, error) {
	d.from, d.to = from, to
	d.asked++
	return d.by, d.err
}

// waiting is an installation in which wide waits.
func waiting(t *testing.T, d Deployments) (i *installation, r *Releases, old, wide *catalog.Catalog) {
	i = newInstallation(t)
	old, wide = catalogWith(t, "30m", "group:a"), catalogWith(t, "8h", "group:a")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	i.wantKind(before.Accept(t.Context(), i.asked(old)), "")
	i.now = i.now.Add(givenUp)
	before.Deployments = &deployers{by: []Deployer{{Session: "zoe"}}}
	i.wantKind(before.Note(t.Context()), "") // who deployed the first
	r, _ = i.deployed(true, wide, old)
	r.Deployments = d
	i.wantKind(r.Note(t.Context()), "")
	return i, r, old, wide
}

// sweepFor notes each minute.
func (i *installation) sweepFor(r *Releases, d time.Duration) {
	i.Helper()
	for end := i.now.Add(d); i.now.Before(end); {
		i.now = i.now.Add(time.Minute)
		i.wantKind(r.Note(i.Context()), "")
	}
}

func (i *installation) found(k finding.Kind, c *catalog.Catalog) bool {
	i.Helper()
	was, err := finding.ReadOne(i.Context(), i.store, finding.IDOf(finding.Key(k, c.Hash())))
	i.wantKind(err, "")
	return was.Exists()
}

// The evidence said of each catalog that its deployer is not known.
func TestWhoDeployedIsEvidence(t *testing.T) {
	d := &deployers{by: []Deployer{{Principal: "arn:aws:sts::111122223333:assumed-role/deploy/ben", Session: "ben", SourceIdentity: "ben@example.com", Event: "ExecuteChangeSet", EventID: "e-1"}}}
	i, r, _, wide := waiting(t, d)
	at := i.now
	i.sweepFor(r, delivered-time.Minute)
	if d.asked != 0 {
		t.Error("looked up before CloudTrail delivers: an earlier deployment would be taken for this one")
	}
	i.sweepFor(r, 10*time.Minute)
	if d.asked != 1 || !d.to.Equal(at) || !d.from.Equal(at.Add(-takes)) {
		t.Errorf("%d look-ups, %s to %s; want one, of the two hours before %s", d.asked, d.from, d.to, at)
	}
	all := i.chain(evidence.CatalogChain())
	last := all[len(all)-1]
	for _, want := range []string{wide.Hash(), `"principal":"arn:aws:sts::111122223333:assumed-role/deploy/ben"`, `"session":"ben"`, `"source_identity":"ben@example.com"`, `"event_id":"e-1"`} {
		if last.Kind != "catalog.deployed" || !strings.Contains(string(last.Detail), want) {
			t.Errorf("%s %s: want catalog.deployed with %s", last.Kind, last.Detail, want)
		}
	}
	if i.found(UnknownDeployer, wide) {
		t.Error("a finding says that the deployer is not known")
	}
}

func TestDeployerDoesNotSign(t *testing.T) {
	for name, by := range map[string]Deployer{
		"by session name":    {Session: "EVA"},
		"by the CDK's name":  {Session: "aws-cdk-eva"},
		"by source identity": {Session: "pipeline", SourceIdentity: "eva"},
	} {
		t.Run(name, func(t *testing.T) {
			i, r, _, wide := waiting(t, &deployers{by: []Deployer{{Session: "ben"}, by}})
			i.sweepFor(r, delivered)
			err := r.Sign(t.Context(), eva, wide.Hash(), "x")
			i.wantKind(err, fault.Denied)
			other := eva
			other.ID, other.Name = "person:https://idp.example#dee", "dee"
			i.wantKind(r.Sign(t.Context(), other, wide.Hash(), "x"), "")
		})
	}
}

// In the minutes before CloudTrail delivers, the deployer would be as good as any.
func TestSignatureWaitsForTheDeployer(t *testing.T) {
	d := &deployers{err: errors.New("throttled")}
	i, r, _, wide := waiting(t, d)
	i.sweepFor(r, unsigned-time.Minute)
	err := r.Sign(t.Context(), eva, wide.Hash(), "x")
	i.wantKind(err, fault.Conflict)
	if err != nil && !strings.Contains(err.Error(), "in 1m0s") {
		t.Errorf("%v does not say when", err)
	}
	i.sweepFor(r, time.Minute)
	i.wantKind(r.Sign(t.Context(), eva, wide.Hash(), "x"), "")
	signed := i.chain(evidence.CatalogSignatureChain(wide.Hash()))
	if !strings.Contains(string(signed[0].Detail), `"deployed_by":"not known"`) {
		t.Errorf("%s does not say that the deployer was not known", signed[0].Detail)
	}
	d.err, d.by = nil, []Deployer{{Session: "eva"}}
	i.sweepFor(r, 10*time.Minute)
	if !i.found(OwnSignature, wide) {
		t.Error("the deployer signed before they were known, and no person was told")
	}
}

func TestSignatureWaitsForTheSweep(t *testing.T) {
	i := newInstallation(t)
	old, wide := catalogWith(t, "30m", "group:a"), catalogWith(t, "8h", "group:a")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	r, _ := i.deployed(true, wide, old)
	i.wantKind(r.Sign(t.Context(), eva, wide.Hash(), "x"), fault.Conflict)
}

func TestDeployerThatIsNotFoundInADayIsAFinding(t *testing.T) {
	d := &deployers{}
	i, r, _, wide := waiting(t, d)
	i.sweepFor(r, givenUp-2*time.Hour)
	if i.found(UnknownDeployer, wide) {
		t.Error("given up early")
	}
	i.sweepFor(r, 10*time.Hour)
	all := i.chain(evidence.CatalogChain())
	if last := all[len(all)-1]; last.Kind != "catalog.deployed" || !strings.Contains(string(last.Detail), `"not known"`) || !i.found(UnknownDeployer, wide) {
		t.Errorf("the last record is %s %s; want catalog.deployed, not known, and a finding", last.Kind, last.Detail)
	}
	if d.asked > 30 {
		t.Errorf("%d look-ups of one deployment: want them to become rare", d.asked)
	}
}

// A second deployment within minutes hid who made the first.
func TestEachOfTwoQuickDeploymentsHasItsDeployer(t *testing.T) {
	i, r, old, wide := waiting(t, &deployers{})
	i.sweepFor(r, time.Minute)
	wider := catalogWith(t, "9h", "group:a")
	r, _ = i.deployed(true, wider, wide, old)
	r.Deployments = &deployers{by: []Deployer{{Session: "ben"}}}
	i.sweepFor(r, 20*time.Minute)
	deployed := map[string]bool{}
	for _, one := range i.chain(evidence.CatalogChain()) {
		for _, c := range []*catalog.Catalog{wide, wider} {
			if one.Kind == "catalog.deployed" && strings.Contains(string(one.Detail), c.Hash()) {
				deployed[c.Hash()] = true
			}
		}
	}
	if len(deployed) != 2 {
		t.Errorf("%d of 2 deployments have their deployer", len(deployed))
	}
}

// A function api that was taken over asked by a policy that was accepted once, and has been narrowed since.
func TestNarrowedCatalogIsNotUsedForLaterRequests(t *testing.T) {
	i := newInstallation(t)
	wide, narrow := catalogWith(t, "8h", "group:a"), catalogWith(t, "30m", "group:a")
	before, _ := i.deployed(true, wide)
	i.wantKind(before.Note(t.Context()), "")
	i.wantKind(before.Accept(t.Context(), i.asked(wide)), "")
	waits, scheduled := i.asked(wide), i.asked(wide)
	waits.Approval.Need, waits.DecideBy = 1, i.now.Add(time.Hour)
	i.now = i.now.Add(30 * time.Minute)
	r, _ := i.deployed(true, narrow, wide)
	i.wantKind(r.Note(t.Context()), "")
	i.wantKind(r.Accept(t.Context(), waits), "") // an approver may still decide
	i.wantKind(r.Accept(t.Context(), scheduled), fault.Denied)
	i.now = i.now.Add(time.Minute)
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), fault.Denied)
	late := i.asked(wide)
	late.Approval.Need, late.DecideBy = 1, i.now.Add(time.Hour)
	i.wantKind(r.Accept(t.Context(), late), fault.Denied)
	i.now = waits.DecideBy.Add(inFlight + time.Second)
	i.wantKind(r.Accept(t.Context(), waits), fault.Denied)
}

// Grant had not run since: its first call would have counted the old catalog as in force until now.
func TestNarrowingCountsFromWhenTheSweepSawIt(t *testing.T) {
	i := newInstallation(t)
	wide, narrow := catalogWith(t, "8h", "group:a"), catalogWith(t, "30m", "group:a")
	before, _ := i.deployed(true, wide)
	i.wantKind(before.Note(t.Context()), "")
	i.wantKind(before.Accept(t.Context(), i.asked(wide)), "")
	i.now = i.now.Add(time.Hour)
	r, _ := i.deployed(true, narrow, wide)
	i.wantKind(r.Note(t.Context()), "")
	i.now = i.now.Add(time.Hour)
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), fault.Denied)
}

// Signed once, narrowed since: the signature brought it back.
func TestOldSignatureDoesNotBringAWideCatalogBack(t *testing.T) {
	i, r, old, wide := waiting(t, &deployers{})
	i.sweepFor(r, unsigned)
	i.wantKind(r.Sign(t.Context(), eva, wide.Hash(), "x"), "")
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), "")
	i.sweepFor(r, time.Minute)
	r, _ = i.deployed(true, old, wide)
	i.sweepFor(r, 2*time.Minute)
	i.want(r, old, false)
	i.wantKind(r.Accept(t.Context(), i.asked(wide)), fault.Denied)
}

// The newest catalog made its author an operator, who saw all and lifted suspensions before a person signed it.
func TestWaitingCatalogGivesNoOperator(t *testing.T) {
	i := newInstallation(t)
	old, wide := catalogWith(t, "30m", "group:a"), catalogOf(t, "30m", "group:a", "group:security, group:mallory")
	before, _ := i.deployed(true, old)
	i.wantKind(before.Note(t.Context()), "")
	r, _ := i.deployed(true, wide, old)
	r.Service.Catalogs = r
	mallory := eva
	mallory.ID, mallory.Name, mallory.Groups = "person:https://idp.example#mallory", "mallory", []string{"mallory"}
	s := access.ForCall(t.Context(), r.Service)
	if mallory.In(s.Settings.Operators) || !eva.In(s.Settings.Operators) {
		t.Errorf("the operators are %v, want those of the catalog in force", s.Settings.Operators)
	}
	_, err := access.CatalogSigning{Service: s}.State(t.Context(), mallory)
	i.wantKind(err, fault.Denied)
}
