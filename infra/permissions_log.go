package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// logObjects are all that archive writes to the log's bucket.
func (s resourcePolicies) logObjects() []string {
	bucket := "arn:aws:s3:::" + s.Log.bucket(s.Names)
	return []string{bucket + "/tile/*", bucket + "/" + checkpoint, bucket + "/altered/*"}
}

// checkpoint is the only object that is replaced: shared/evidence/log.
const checkpoint = "checkpoint"

// logWriter is archive.
type logWriter Settings

// allowEnterLog cannot delete, and cannot touch what it enters.
func (s logWriter) allowEnterLog() []statement {
	return []statement{{
		sid: "EnterLog", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
		when: partitionCondition("log#*", "finding#*"),
	}, homeRoles(s).denyOtherPartitions("archive")}
}

// allowReadAllEvidence is for the daily pass, and for records whose predecessors the stream lost.
func (s logWriter) allowReadAllEvidence() []statement {
	return []statement{{
		sid: "ReadEvidence", actions: []string{"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"}, resources: []string{s.tableARN("audit")},
	}}
}

// allowKeepLog cannot delete, nor change a retention. Without ListBucket, S3 answers 403 for an object that is not there, as for
// one that is denied.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (s logWriter) allowKeepLog() []statement {
	const home = "${AWS::AccountId}"
	log, stage := "arn:aws:s3:::"+s.Log.bucket(s.Names), "arn:aws:s3:::"+s.Log.stage(s.Names)
	return []statement{
		{sid: "KeepLog", actions: []string{"s3:GetObject", "s3:PutObject"}, resources: resourcePolicies(s).logObjects(), when: inAccount(cmp.Or(s.Log.Account, home))},
		{sid: "SeeLog", actions: []string{"s3:ListBucket"}, resources: []string{log}, when: inAccount(cmp.Or(s.Log.Account, home))},
		{sid: "Stage", actions: []string{"s3:GetObject", "s3:PutObject"}, resources: []string{stage + "/stage/*"}, when: inAccount(home)},
		{sid: "SeeStage", actions: []string{"s3:ListBucket"}, resources: []string{stage}, when: inAccount(home)},
		{sid: "Sign", actions: []string{"kms:Sign"}, resources: s.Log.keyARNs(), when: onlyEd25519()},
		{sid: "PublicKeys", actions: []string{"kms:GetPublicKey"}, resources: s.Log.keyARNs()},
	}
}

// inAccount: another account may have taken a bucket's name, which can be guessed.
func inAccount(id string) conditions {
	return conditions{"StringEquals": {"aws:ResourceAccount": {id}}}
}

// onlyEd25519 is the one kind of signature of the log.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func onlyEd25519() conditions {
	return conditions{"StringEquals": {"kms:SigningAlgorithm": {"ED25519_SHA_512"}, "kms:MessageType": {"RAW"}}}
}

// logKeyPolicy lets no principal sign but archive: IAM policies can allow only what the first statement names.
func (s resourcePolicies) logKeyPolicy() []statement {
	account := map[string]string{"AWS": "arn:aws:iam::${AWS::AccountId}:root"}
	sign := onlyEd25519()
	sign["ArnEquals"] = map[string][]string{"aws:PrincipalArn": {s.archiveRole("${AWS::AccountId}")}}
	all := []statement{
		{sid: "Account", principal: account, resources: []string{"*"}, actions: []string{
			"kms:CancelKeyDeletion", "kms:Describe*", "kms:DisableKey", "kms:EnableKey", "kms:Get*", "kms:List*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
			"kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription",
		}},
		{sid: "Archive", principal: account, actions: []string{"kms:Sign"}, resources: []string{"*"}, when: sign},
	}
	if s.OrgID != "" {
		all = append(all, statement{
			sid: "Organization", principal: map[string]string{"AWS": "*"}, actions: []string{"kms:DescribeKey", "kms:GetPublicKey"}, resources: []string{"*"},
			when: conditions{"StringEquals": {"aws:PrincipalOrgID": {s.OrgID}}},
		})
	}
	return all
}

func (s resourcePolicies) archiveRole(account string) string {
	return "arn:aws:iam::" + account + ":role/" + s.resource("archive")
}

// logBucketPolicy binds all of the bucket's account, but its root user. To delete evidence or shorten its retention takes two
// steps: a deployer changes this policy, which the alarm on changes reports, and then deletes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
func (s resourcePolicies) logBucketPolicy() []statement {
	bucket, home := "arn:aws:s3:::"+s.Log.bucket(s.Names), "${AWS::AccountId}"
	if s.Log.Bucket != "" {
		home = s.Home
	}
	anyone, objects := map[string]string{"AWS": "*"}, []string{bucket + "/*"}
	missing := func(headers ...string) conditions {
		null := map[string][]string{}
		for _, h := range headers {
			null[h] = []string{"true"}
		}
		return conditions{"Null": null}
	}
	all := []statement{
		denyWithoutTLS("s3:*", bucket, bucket+"/*"),
		{sid: "OnlyArchive", effect: deny, principal: anyone, actions: []string{"s3:PutObject"}, resources: objects, when: conditions{"ArnNotEquals": {"aws:PrincipalArn": {s.archiveRole(home)}}}},
		// Parts of an upload have no such header, so there are no uploads in parts.
		{sid: "WriteOnce", effect: deny, principal: anyone, actions: []string{"s3:PutObject"}, resources: []string{bucket + "/tile/*", bucket + "/altered/*"}, when: missing("s3:if-none-match")},
		{sid: "Replace", effect: deny, principal: anyone, actions: []string{"s3:PutObject"}, resources: []string{bucket + "/" + checkpoint}, when: missing("s3:if-none-match", "s3:if-match")},
		// No deletion, retention or ACL, and no replica.
		{sid: "NothingElse", effect: deny, principal: anyone, notActions: []string{"s3:Get*", "s3:PutObject", "s3:PutObjectLegalHold"}, resources: objects},
		{sid: "Hold", effect: deny, principal: anyone, actions: []string{"s3:PutObjectLegalHold"}, resources: objects, when: s.allButDeployers()},
		s.onlyDeployers(bucket),
	}
	if s.Log.Bucket != "" {
		archive := conditions{"ArnEquals": {"aws:PrincipalArn": {s.archiveRole(home)}}}
		if s.OrgID != "" {
			archive["StringEquals"] = map[string][]string{"aws:PrincipalOrgID": {s.OrgID}}
		}
		root := map[string]string{"AWS": "arn:aws:iam::" + home + ":root"}
		all = append(all,
			statement{sid: "Archive", principal: root, actions: []string{"s3:GetObject", "s3:PutObject"}, resources: s.logObjects(), when: archive},
			statement{sid: "ArchiveLists", principal: root, actions: []string{"s3:ListBucket"}, resources: []string{bucket}, when: archive})
	}
	return append(all, s.logReaders(bucket)...)
}

// logReaders let roles of any account read all versions. They need permission there too. With Principal *, S3 may call the
// policy public, even under a condition, and BlockPublicPolicy would refuse it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
func (s resourcePolicies) logReaders(bucket string) (all []statement) {
	of := map[string][]string{}
	for _, arn := range s.Log.Readers {
		account := strings.Split(arn, ":")[4]
		of[account] = append(of[account], arn)
	}
	for _, account := range slices.Sorted(maps.Keys(of)) {
		root, readers := map[string]string{"AWS": "arn:aws:iam::" + account + ":root"}, conditions{"ArnEquals": {"aws:PrincipalArn": of[account]}}
		all = append(all,
			statement{sid: "Read" + account, principal: root, actions: []string{"s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"}, resources: []string{bucket + "/*"}, when: readers},
			statement{sid: "List" + account, principal: root, actions: []string{"s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"}, resources: []string{bucket}, when: readers})
	}
	return all
}

// onlyDeployers lets others only read the settings of a bucket and list it.
func (s resourcePolicies) onlyDeployers(bucket string) statement {
	return statement{sid: "OnlyDeployers", effect: deny, principal: map[string]string{"AWS": "*"}, notActions: []string{"s3:Get*", "s3:List*"}, resources: []string{bucket}, when: s.allButDeployers()}
}

// allButDeployers: without home, the roles of the CDK are not known by their account.
func (s resourcePolicies) allButDeployers() conditions {
	deployers := s.Deployers
	if s.Home == "" {
		deployers = append(slices.Clone(deployers), Settings(s).cdkRoles("${AWS::AccountId}")+"*")
	}
	return conditions{"ArnNotLike": {"aws:PrincipalArn": deployers}}
}

// stageBucketPolicy lets only the lifecycle delete, which no policy binds.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
func (s resourcePolicies) stageBucketPolicy() []statement {
	bucket, anyone := "arn:aws:s3:::"+s.Log.stage(s.Names), map[string]string{"AWS": "*"}
	objects := []string{bucket + "/*"}
	return []statement{
		denyWithoutTLS("s3:*", bucket, bucket+"/*"),
		{sid: "OnlyArchive", effect: deny, principal: anyone, actions: []string{"s3:GetObject*", "s3:PutObject*"}, resources: objects, when: conditions{"ArnNotEquals": {"aws:PrincipalArn": {s.archiveRole("${AWS::AccountId}")}}}},
		{sid: "WriteOnce", effect: deny, principal: anyone, actions: []string{"s3:PutObject"}, resources: objects, when: conditions{"Null": {"s3:if-none-match": {"true"}}}},
		{sid: "NothingElse", effect: deny, principal: anyone, notActions: []string{"s3:GetObject", "s3:PutObject"}, resources: objects},
		s.onlyDeployers(bucket),
	}
}
