package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
)

// logData adds what outlives home: the keys of checkpoints and the buckets.
func logData(stack awscdk.Stack, s Settings) {
	for _, n := range s.Log.made() {
		k := awskms.NewCfnKey(stack, str("LogKey"+n), &awskms.CfnKeyProps{
			Description: str("Curfew: signs checkpoints of the log"), KeySpec: str("ECC_NIST_EDWARDS25519"), KeyUsage: str("SIGN_VERIFY"),
			KeyPolicy: document(resourcePolicies(s).logKeyPolicy()...),
		})
		k.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
		publish(stack, s, "log-key-"+n, k.Ref())
	}
	if s.Log.Bucket == "" {
		logBucket(stack, s)
		lakeBucket(stack, s)
	}
	resultsBucket(stack, s)
	bucket(stack, "StageBucket", s.Log.stage(s.Names), resourcePolicies(s).stageBucketPolicy(), &awss3.CfnBucketProps{
		LifecycleConfiguration: &awss3.CfnBucket_LifecycleConfigurationProperty{Rules: []any{&awss3.CfnBucket_RuleProperty{
			Id: str("staged"), Status: str("Enabled"), ExpirationInDays: num(stageDays),
		}}},
	})
}

// stageDays: what is staged is needed for seconds, and after a crash until archive runs again.
const stageDays = 30

// newLog is for the account of logBucket. It has no assets and needs no bootstrap.
func newLog(app awscdk.App, s Settings) {
	stack := awscdk.NewStack(app, str(s.resource("log")), &awscdk.StackProps{
		Description: str("Curfew: the bucket of the log of evidence, outside home"), Synthesizer: awscdk.NewBootstraplessSynthesizer(nil),
		Env: &awscdk.Environment{Account: str(s.Log.Account), Region: str(s.HomeRegion)},
	})
	logBucket(stack, s)
	lakeBucket(stack, s)
	logChanged(s).parts(stack, s)
}

const logAlarm = "log-changed" // rule and topic

// logChanged is the alarm on changes of the bucket in its account, whose events home's alarm changed does not see.
func logChanged(s Settings) mailed {
	pattern := watch{"s3", "", []string{"DeleteBucket", "PutBucket"}, []member{{"requestParameters", "bucketName", []any{s.Log.Bucket, s.Log.lake(s.Names)}}}}.pattern()
	return mailed{logAlarm, "the bucket of the log or of its rows was changed", "ENABLED", pattern,
		message(`"<call> on the log's bucket <bucket> at <time> by <caller>, address <address>, error <error>, event <event>. Was it announced? If not: infra/README.md, The log."`, map[string]string{
			"call": "eventName", "bucket": "requestParameters.bucketName", "time": "eventTime", "caller": "userIdentity.arn", "address": "sourceIPAddress", "error": "errorCode", "event": "eventID",
		})}
}

func logBucket(stack awscdk.Stack, s Settings) {
	keep := &awss3.CfnBucket_DefaultRetentionProperty{Mode: str(strings.ToUpper(s.Log.Lock))}
	if days, years := s.Log.retention(); years > 0 {
		keep.Years = num(years)
	} else {
		keep.Days = num(days)
	}
	bucket(stack, "LogBucket", s.Log.bucket(s.Names), resourcePolicies(s).logBucketPolicy(), &awss3.CfnBucketProps{
		VersioningConfiguration: &awss3.CfnBucket_VersioningConfigurationProperty{Status: str("Enabled")},
		ObjectLockEnabled:       jsii.Bool(true),
		ObjectLockConfiguration: &awss3.CfnBucket_ObjectLockConfigurationProperty{
			ObjectLockEnabled: str("Enabled"), Rule: &awss3.CfnBucket_ObjectLockRuleProperty{DefaultRetention: keep},
		},
	})
}

const (
	jsonDays   = 400 // JSON rows are in Parquet after a day, but not of a day whose compaction fails: archive-undone rings then
	leastDays  = 30  // for the compaction to succeed, if the log keeps less
	resultDays = 7
)

// lakeBucket is where the bucket of the log is. It has no versions: it can be rebuilt from the log. Its rows have personal data,
// and expire when the log's Object Lock ends. Markers stay: without one, the rows in JSON would count again.
func lakeBucket(stack awscdk.Stack, s Settings) {
	days, years := s.Log.retention()
	keep := max(leastDays, days+years*366)
	bucket(stack, "LakeBucket", s.Log.lake(s.Names), resourcePolicies(s).lakeBucketPolicy(), expiring(
		expiry{"json/", min(jsonDays, keep)}, expiry{"parquet/", keep}, expiry{"ocsf/", keep}))
}

// resultsBucket has what queries answered.
func resultsBucket(stack awscdk.Stack, s Settings) {
	bucket(stack, "ResultsBucket", s.Log.results(s.Names), resourcePolicies(s).resultsBucketPolicy(), expiring(expiry{"", resultDays}))
}

// expiry is how many days objects under a prefix are kept.
type expiry struct {
	prefix string
	days   int
}

func expiring(all ...expiry) *awss3.CfnBucketProps {
	var rules []any
	for _, e := range all {
		rules = append(rules, &awss3.CfnBucket_RuleProperty{
			Id: str("expire" + e.prefix), Status: str("Enabled"), Prefix: str(e.prefix), ExpirationInDays: num(e.days),
			AbortIncompleteMultipartUpload: &awss3.CfnBucket_AbortIncompleteMultipartUploadProperty{DaysAfterInitiation: num(1)},
		})
	}
	return &awss3.CfnBucketProps{LifecycleConfiguration: &awss3.CfnBucket_LifecycleConfigurationProperty{Rules: rules}}
}

// bucket is private. S3's own keys encrypt it: a key of KMS could be deleted, and the evidence with it, and an auditor of
// another account would need it.
func bucket(stack awscdk.Stack, id, name string, policy []statement, props *awss3.CfnBucketProps) {
	props.BucketName = str(name)
	if hasReference(name) {
		props.BucketName = substitute(name)
	}
	props.BucketEncryption = &awss3.CfnBucket_BucketEncryptionProperty{ServerSideEncryptionConfiguration: []any{
		&awss3.CfnBucket_ServerSideEncryptionRuleProperty{ServerSideEncryptionByDefault: &awss3.CfnBucket_ServerSideEncryptionByDefaultProperty{SseAlgorithm: str("AES256")}},
	}}
	props.PublicAccessBlockConfiguration = &awss3.CfnBucket_PublicAccessBlockConfigurationProperty{
		BlockPublicAcls: jsii.Bool(true), BlockPublicPolicy: jsii.Bool(true), IgnorePublicAcls: jsii.Bool(true), RestrictPublicBuckets: jsii.Bool(true),
	}
	props.OwnershipControls = &awss3.CfnBucket_OwnershipControlsProperty{Rules: []any{
		&awss3.CfnBucket_OwnershipControlsRuleProperty{ObjectOwnership: str("BucketOwnerEnforced")},
	}}
	b := awss3.NewCfnBucket(stack, str(id), props)
	p := awss3.NewCfnBucketPolicy(stack, str(id+"Policy"), &awss3.CfnBucketPolicyProps{Bucket: b.Ref(), PolicyDocument: document(policy...)})
	b.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	p.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
}

func logVars(s Settings, _ string) map[string]string {
	return map[string]string{
		"CURFEW_LOG_BUCKET": s.Log.bucket(s.Names), "CURFEW_STAGE_BUCKET": s.Log.stage(s.Names), "CURFEW_LOG_ORIGIN": s.Log.origin(s.Names),
		"CURFEW_LOG_KEYS": strings.Join(s.Log.keyARNs(), ","), "CURFEW_LOG_WITNESS": s.Log.Witness, "CURFEW_LOG_WITNESS_KEY": s.Log.WitnessKey,
	}
}

// onEvidence adds what invokes archive: both streams, and the daily pass, which finds what they lost. A pass looks two days
// back, so one may fail.
func onEvidence(stack awscdk.Stack, s Settings) {
	toArchive(stack, "access", reference("Stream"), evidenceRows...)
	toArchive(stack, "audit", reference("AuditStream"))
	rule(stack, s, net{name: "archive-pass", function: "archive", about: "the daily comparison of evidence and log", schedule: "rate(1 day)", input: `{"pass":true}`, repeats: true})
}

// evidenceRows are filters of the access table's stream: HasRow of shared/evidence/log. A record passes by any of them.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
var evidenceRows = []string{
	`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"request#"},{"prefix":"decision#"},{"prefix":"signature#"}]}}}}`,
	`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"delegation#"}]},"sk":{"S":[{"prefix":"made#"},{"prefix":"ended#"}]}}}}`,
	`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"elevation#"}]},"sk":{"S":["terms"]}}}}`,
	`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"canary#"}]},"sk":{"S":["request"]}}}}`,
}

// archiveWindow is how many seconds records are collected for one checkpoint.
const archiveWindow = 15

// toArchive retries a batch until its records leave the stream, after 24 hours: evidence has an order, so none is skipped.
func toArchive(stack awscdk.Stack, table string, stream *string, filters ...string) {
	props := &awslambda.CfnEventSourceMappingProps{
		FunctionName: reference("Archive"), EventSourceArn: stream, StartingPosition: str("TRIM_HORIZON"),
		BatchSize: num(100), MaximumBatchingWindowInSeconds: num(archiveWindow), MaximumRetryAttempts: num(-1), MaximumRecordAgeInSeconds: num(-1),
	}
	if len(filters) > 0 {
		var any []any
		for _, f := range filters {
			any = append(any, &awslambda.CfnEventSourceMapping_FilterProperty{Pattern: str(f)})
		}
		props.FilterCriteria = &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{Filters: any}
	}
	awslambda.NewCfnEventSourceMapping(stack, str(logicalID("archive-from", table)), props)
}
