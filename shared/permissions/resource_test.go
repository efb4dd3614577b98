package permissions

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// logAccount has the log's bucket in the template curfew-log.
const logAccount = "555566667777"

// resourcePolicy returns those statements of a resource's policy that are about a principal, without the element Principal: "*", or the
// root of the principal's account.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func resourcePolicy(t *testing.T, tpl template, id, property, principal string) *iampolicy.Document {
	t.Helper()
	var p map[string]json.RawMessage
	if err := json.Unmarshal(tpl.Resources[id].Properties, &p); err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal(p[property], &policy); err != nil {
		t.Fatalf("%s of %s: %v", property, id, err)
	}
	policy.Statement = slices.DeleteFunc(policy.Statement, func(st map[string]any) bool {
		who, ok := st["Principal"].(map[string]any)["AWS"].(string)
		if !ok {
			t.Fatalf("%s: principal %v is not understood", id, st["Principal"])
		}
		delete(st, "Principal")
		return who != "*" && who != "arn:aws:iam::"+accountOf(principal)+":root"
	})
	text, err := json.Marshal(policy)
	if err != nil {
		t.Fatal(err)
	}
	return mustParse(t, iampolicy.Parse, text)
}

// logResource is a bucket or key, and its policy.
type logResource struct {
	file, id, property, account string
	isKey                       bool
}

// decides reports whether a principal may make a call. S3 needs the resource's Allow only for another account, KMS always. An Allow for an
// account's root leaves the decision to the account's policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func (r logResource) decides(t *testing.T, identity *iampolicy.Document, c iampolicy.Call) bool {
	t.Helper()
	by := c.Context["aws:PrincipalArn"][0]
	policy := resourcePolicy(t, readTemplate(t, r.file, r.account), r.id, r.property, by)
	own := iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: identity}}}, c).Outcome
	theirs := iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: policy}}}, c).Outcome
	if !r.isKey && accountOf(by) == r.account && theirs == iampolicy.ImplicitDeny {
		theirs = iampolicy.Allowed
	}
	return own == iampolicy.Allowed && theirs == iampolicy.Allowed
}

// The callers of the log. All but archive have AdministratorAccess.
const (
	theArchive     = homeRole + "archive"
	homeDeployer   = "arn:aws:iam::" + home + ":role/cdk-hnb659fds-cfn-exec-role-" + home + "-us-east-1"
	homeAdmin      = "arn:aws:iam::" + home + ":role/admin"
	logDeployer    = "arn:aws:iam::" + logAccount + ":role/deployer"
	logAdmin       = "arn:aws:iam::" + logAccount + ":role/admin"
	anAuditor      = "arn:aws:iam::777788889999:role/auditor"
	anotherAuditor = "arn:aws:iam::888899990000:role/examiner"
	aColleague     = "arn:aws:iam::777788889999:role/colleague"
)

// logCalls are one kind of call each, and who may make them: of the callers named.
type logCalls struct {
	what    string
	on      logResource
	actions []string
	of      []string // resources
	context iampolicy.Context
	may     []string
}

func (l logCalls) wantOf(t *testing.T, callers ...string) {
	t.Helper()
	archive := roles(t)["curfew-archive"].policy
	for _, by := range callers {
		identity := allowAll(t)
		if by == theArchive && l.on.account == home { // its permissions name the bucket at home
			identity = archive
		}
		for _, action := range l.actions {
			for _, resource := range l.of {
				context := iampolicy.Context{"aws:PrincipalArn": {by}, "aws:PrincipalOrgID": {"o-abc1234567"}, "aws:ResourceAccount": {l.on.account}, "aws:SecureTransport": {"true"}}
				maps.Copy(context, l.context)
				want := slices.Contains(l.may, by)
				if got := l.on.decides(t, identity, iampolicy.Call{Action: action, Resource: resource, Context: context}); got != want {
					t.Errorf("%s: %s of %s by %s = %v, want %v", l.what, action, resource, by, got, want)
				}
			}
		}
	}
}

var (
	first, next = iampolicy.Context{"s3:if-none-match": {"*"}}, iampolicy.Context{"s3:if-match": {"tag"}}

	// What curfew log hold, curfew log export, curfew verify and aws s3 sync call.
	versionsOf = []string{"s3:ListBucket", "s3:ListBucketVersions"}
	readsOf    = []string{"s3:GetObject", "s3:GetObjectVersion"}
	settingsOf = []string{"s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration", "s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration", "s3:DeleteBucket"}
	tampers    = []string{"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:ReplicateObject"}
)

// TestALegalHoldOfTheLogWasDeniedToAll: the policy had no exemption for the only call of "curfew log hold".
func TestALegalHoldOfTheLogWasDeniedToAll(t *testing.T) {
	for _, c := range []struct {
		on                     logResource
		bucket, admin, deploys string
		readers                []string
	}{
		{logResource{"curfew-data.golden.json", "LogBucketPolicy", "PolicyDocument", home, false}, logBucketARN, homeAdmin, homeDeployer, nil},
		{logResource{"curfew-log.golden.json", "LogBucketPolicy", "PolicyDocument", logAccount, false}, "arn:aws:s3:::evidence-of-curfew", logAdmin, logDeployer, []string{anAuditor, anotherAuditor}},
	} {
		admins := []string{c.admin, c.deploys}
		callers := []string{theArchive, homeAdmin, homeDeployer, logAdmin, logDeployer, anAuditor, anotherAuditor, aColleague}
		tile, checkpoint := []string{c.bucket + "/tile/0/000"}, []string{c.bucket + "/checkpoint"}
		all := append(slices.Clone(tile), checkpoint...)
		both := append([]string{c.bucket}, all...)
		readers := append(slices.Clone(admins), c.readers...)
		for _, l := range []logCalls{
			{"hold", c.on, []string{"s3:PutObjectLegalHold"}, all, nil, []string{c.deploys}},
			{"list", c.on, versionsOf[:1], []string{c.bucket}, nil, append([]string{theArchive}, readers...)},
			{"list versions", c.on, versionsOf[1:], []string{c.bucket}, nil, readers},
			{"read", c.on, readsOf[:1], all, nil, append([]string{theArchive}, readers...)},
			{"read versions", c.on, append(readsOf[1:], "s3:GetObjectRetention"), all, nil, readers},
			{"read settings", c.on, []string{"s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning"}, []string{c.bucket}, nil, readers},
			{"without TLS", c.on, append(slices.Clone(versionsOf), readsOf...), both, iampolicy.Context{"aws:SecureTransport": {"false"}}, nil},
			{"write", c.on, []string{"s3:PutObject"}, all, first, []string{theArchive}},
			{"replace the checkpoint", c.on, []string{"s3:PutObject"}, checkpoint, next, []string{theArchive}},
			{"replace a tile", c.on, []string{"s3:PutObject"}, tile, next, nil},
			{"write without condition", c.on, []string{"s3:PutObject"}, all, nil, nil},
			{"tamper", c.on, tampers, all, nil, nil},
			{"settings", c.on, settingsOf, []string{c.bucket}, nil, []string{c.deploys}},
		} {
			l.wantOf(t, callers...)
		}
	}
}

// TestWhatWasStagedCouldBeDeletedByAnyAdministrator: only the lifecycle deletes it, and only deployers change that.
func TestWhatWasStagedCouldBeDeletedByAnyAdministrator(t *testing.T) {
	on := logResource{"curfew-data.golden.json", "StageBucketPolicy", "PolicyDocument", home, false}
	staged := []string{stageBucketARN + "/stage/1"}
	for _, l := range []logCalls{
		{"delete", on, tampers, staged, nil, nil},
		{"stage", on, []string{"s3:PutObject"}, staged, first, []string{theArchive}},
		{"replace", on, []string{"s3:PutObject"}, staged, next, nil},
		{"read", on, readsOf[:1], staged, nil, []string{theArchive}},
		{"list", on, versionsOf[:1], []string{stageBucketARN}, nil, []string{theArchive, homeAdmin, homeDeployer}},
		{"settings", on, settingsOf, []string{stageBucketARN}, nil, []string{homeDeployer}},
	} {
		l.wantOf(t, theArchive, homeAdmin, homeDeployer, logDeployer, anAuditor)
	}
}

// TestAnyAdministratorCouldFalsifyTheLake: only archive writes it, and deployers, who rebuild it.
func TestAnyAdministratorCouldFalsifyTheLake(t *testing.T) {
	for _, c := range []struct {
		on             logResource
		bucket         string
		deploys, reads []string
	}{
		{logResource{"curfew-data.golden.json", "LakeBucketPolicy", "PolicyDocument", home, false}, lakeBucketARN, []string{homeDeployer}, []string{theArchive, homeAdmin, homeDeployer}},
		{logResource{"curfew-log.golden.json", "LakeBucketPolicy", "PolicyDocument", logAccount, false}, "arn:aws:s3:::evidence-of-curfew-lake", []string{logDeployer}, []string{theArchive, logAdmin, logDeployer}},
	} {
		rows := []string{c.bucket + "/parquet/1", c.bucket + "/compacted/1"}
		for _, l := range []logCalls{
			{"write", c.on, []string{"s3:PutObject"}, rows, next, append([]string{theArchive}, c.deploys...)},
			{"delete", c.on, []string{"s3:DeleteObject", "s3:PutObjectAcl"}, rows, nil, c.deploys},
			{"read", c.on, readsOf[:1], rows, nil, c.reads},
			{"list", c.on, versionsOf[:1], []string{c.bucket}, nil, c.reads},
			{"settings", c.on, settingsOf, []string{c.bucket}, nil, c.deploys},
		} {
			l.wantOf(t, theArchive, homeAdmin, homeDeployer, logAdmin, logDeployer, anAuditor)
		}
	}
}

// TestTheKeyOfTheLogSignsForArchiveAlone: not for the deployer or an administrator, and only with the log's algorithm.
func TestTheKeyOfTheLogSignsForArchiveAlone(t *testing.T) {
	on := logResource{"curfew-data.golden.json", "LogKey1", "KeyPolicy", home, true}
	key, signing := []string{logKeyARN}, iampolicy.Context{"kms:SigningAlgorithm": {"ED25519_SHA_512"}, "kms:MessageType": {"RAW"}}
	admins := []string{homeAdmin, homeDeployer}
	for _, l := range []logCalls{
		{"sign", on, []string{"kms:Sign"}, key, signing, []string{theArchive}},
		{"sign a digest", on, []string{"kms:Sign"}, key, iampolicy.Context{"kms:SigningAlgorithm": {"ED25519_PH_SHA_512"}, "kms:MessageType": {"DIGEST"}}, nil},
		{"public key", on, []string{"kms:GetPublicKey"}, key, nil, []string{theArchive, homeAdmin, homeDeployer, logDeployer, anAuditor}},
		{"of another organization", on, []string{"kms:GetPublicKey"}, key, iampolicy.Context{"aws:PrincipalOrgID": {"o-another123"}}, append([]string{theArchive}, admins...)},
		{"manage", on, []string{"kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"}, key, nil, admins},
		{"delegate", on, []string{"kms:CreateGrant", "kms:ReplicateKey"}, key, nil, nil},
	} {
		l.wantOf(t, theArchive, homeAdmin, homeDeployer, logDeployer, anAuditor)
	}
}

// TestABucketThatAnotherAccountTookGetsNothing: archive's permissions refuse it, even if that bucket's policy allows it.
func TestABucketThatAnotherAccountTookGetsNothing(t *testing.T) {
	for _, c := range roles(t)["curfew-archive"].policy.Statements {
		if !strings.HasPrefix(c.Actions[0], "s3:") {
			continue
		}
		call := iampolicy.Call{Action: c.Actions[0], Resource: c.Resources[0], Context: iampolicy.Context{"aws:ResourceAccount": {member}, "aws:ResourceOrgID": {"o-abc1234567"}}}
		if d := iampolicy.Evaluate(roles(t)["curfew-archive"].policies(), call); d.Outcome == iampolicy.Allowed {
			t.Errorf("%s is allowed in another account: %v", c.Sid, d.By)
		}
	}
}
