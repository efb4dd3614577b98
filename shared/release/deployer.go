package release

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// cdkSession begins the session name of a role that the CDK assumed. The rest is the name of the person's local user.
const cdkSession = "aws-cdk-"

func (d Deployer) is(name string) bool {
	return slices.ContainsFunc([]string{d.Session, strings.TrimPrefix(d.Session, cdkSession), d.SourceIdentity}, func(s string) bool { return identity.SameName(s, name) })
}

// When deployers are looked up, from the first sight of a catalog. CloudTrail delivers within 15 minutes. What is found
// earlier may be another deployment.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
const (
	takes     = 2 * time.Hour // from the call to the first sight
	delivered = 15 * time.Minute
	unsigned  = 20 * time.Minute // until then only a known deployer lets others sign
	givenUp   = 24 * time.Hour
)

// mostDeployments and mostDeployers bound the row.
const (
	mostDeployments = 10
	mostDeployers   = 20
)

// OwnSignature is a catalog that its deployer signed.
var OwnSignature = finding.Kind{
	Name: "catalog-own-signature", PageInterval: finding.Daily, Severity: finding.High,
	Why: "The signature of a wider catalog counted before its deployer was known, and they are one person.",
	Do:  "Read the changes (curfew catalog diff). If they are not right, deploy the old catalog and end what was granted.",
}

// UnknownDeployer is a catalog whose deployer was not found.
var UnknownDeployer = finding.Kind{
	Name: "catalog-deployer-unknown", PageInterval: finding.Daily, Severity: finding.High,
	Why: "A new catalog is packed, and CloudTrail of this account has no call that deployed it. Its deployer may have signed it.",
	Do:  "Ask who deployed it, and look for UpdateFunctionCode and ExecuteChangeSet in CloudTrail's event history. If it was no deployer of yours, deploy the old catalog.",
}

func (s *seen) deployed(hash string, at time.Time) {
	pending := slices.DeleteFunc(slices.Clone(s.Deployments), func(d deployment) bool { return d.Done })
	pending = append(pending, deployment{Catalog: hash, At: at, Next: at.Add(delivered)})
	s.Deployments = pending[max(0, len(pending)-mostDeployments):]
}

// of returns the last deployment of a catalog.
func (s seen) of(hash string) (deployment, bool) {
	for _, d := range slices.Backward(s.Deployments) {
		if d.Catalog == hash {
			return d, true
		}
	}
	return deployment{}, false
}

// lookUp asks for the deployers of one deployment that is due, the newest first: its signature may wait for that.
func (r *Releases) lookUp(ctx context.Context) error {
	was, err := record.Get[seen](ctx, r.Store, seenKey())
	if err != nil {
		return err
	}
	at := len(was.Value.Deployments) - 1
	for ; at >= 0; at-- {
		if d := was.Value.Deployments[at]; !d.Done && !r.Now().Before(d.Next) {
			break
		}
	}
	if at < 0 {
		return nil
	}
	d := was.Value.Deployments[at]
	if d.By, err = r.deployers(ctx, d.At); err != nil {
		r.Log.WarnContext(ctx, "who deployed was not looked up", "catalog", d.Catalog, "error", err)
	}
	age := r.Now().Sub(d.At)
	d.Done = len(d.By) > 0 || age >= givenUp
	d.Next = r.Instant().Add(max(0, age-unsigned) / 2)
	next := was.Value
	next.Deployments = slices.Clone(next.Deployments)
	next.Deployments[at] = d
	var changes []record.Change
	if d.Done {
		proof, err := record.Append(evidence.CatalogChain(), &next.Head, evidence.Entry{
			At: r.Instant(), Kind: "catalog.deployed", Actor: "reconcile", Detail: map[string]any{"catalog": d.Catalog, "seen_at": d.At, "deployed_by": orUnknown(d.By)},
		})
		if err != nil {
			return err
		}
		changes = append(changes, proof)
		if err := r.tell(ctx, d); err != nil {
			return err
		}
	}
	put, err := was.Put(next, time.Time{})
	if err != nil {
		return err
	}
	return fault.Unless(fault.Wrap(r.Store.Write(ctx, append(changes, put)...), "storing who deployed a catalog"), fault.Conflict) // another sweep did
}

func (r *Releases) deployers(ctx context.Context, at time.Time) ([]Deployer, error) {
	if r.Deployments == nil {
		return nil, nil
	}
	all, err := r.Deployments.Deployers(ctx, at.Add(-takes), at)
	if err != nil {
		return nil, err
	}
	var by []Deployer // the newest call of each
	for _, d := range all {
		if !slices.ContainsFunc(by, func(o Deployer) bool {
			return o.Principal == d.Principal && o.Session == d.Session && o.SourceIdentity == d.SourceIdentity
		}) {
			by = append(by, d)
		}
	}
	if len(by) > mostDeployers {
		return nil, fault.Errorf(fault.Quota, "%d callers deployed within %s of %s", len(by), takes, at.Format(time.RFC3339))
	}
	return by, nil
}

// tell raises the findings of a deployment. It comes before the record, so that a crash between them repeats it.
func (r *Releases) tell(ctx context.Context, d deployment) error {
	if len(d.By) == 0 {
		return finding.Report(ctx, r.Base, UnknownDeployer, finding.Occurrence{Subject: d.Catalog, What: "who deployed catalog " + d.Catalog[:12] + " is not known"})
	}
	signed, err := record.Get[signature](ctx, r.Store, signatureKey(d.Catalog))
	if err != nil || !signed.Exists() || !slices.ContainsFunc(d.By, func(by Deployer) bool { return by.is(signed.Value.Name) }) {
		return err
	}
	return finding.Report(ctx, r.Base, OwnSignature, finding.Occurrence{Subject: d.Catalog, What: signed.Value.Name + " deployed and signed catalog " + d.Catalog[:12]})
}

func orUnknown(by []Deployer) any {
	if len(by) == 0 {
		return "not known"
	}
	return by
}

// mayFollow refuses the deployer's signature, and one before the deployer can be known.
func (s seen) mayFollow(hash, name string, now time.Time) (by []Deployer, err error) {
	d, ok := s.of(hash)
	switch open := d.At.Add(unsigned); {
	case !ok:
		return nil, fault.Errorf(fault.Conflict, "the sweep has not recorded catalog %.12s yet: try again in 2 min", hash)
	case !d.Done && now.Before(open):
		return nil, fault.Errorf(fault.Conflict, "who deployed catalog %.12s is not known yet: sign it after %s (in %s)", hash, open.Format(time.RFC3339), open.Sub(now).Round(time.Second))
	}
	if slices.ContainsFunc(d.By, func(by Deployer) bool { return by.is(name) }) {
		return nil, fault.Deny("curfew.deployer", "%s deployed catalog %.12s: another operator must sign it", name, hash)
	}
	return d.By, nil
}
