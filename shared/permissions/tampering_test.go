package permissions

import (
	"slices"

	"curfew/shared/iampolicy"
)

// aLog is a log file of the trail.
const aLog = "arn:aws:s3:::logs-444455556666/AWSLogs/o-abc1234567/111122223333/CloudTrail/us-east-1/2026/11/05/f"

// Why the boundary omits some resources at home.
const whyHome = "the boundary does not name it: it is at home, where there are no elevations, and nothing there lets another account in"

// keys are the partitions that a request names.
func keys(all ...string) iampolicy.Context { return iampolicy.Context{"dynamodb:LeadingKeys": all} }

// onRecords are attempts to change evidence, decisions and due ends.
func onRecords() []attempt {
	accessTable, audit := atHome("dynamodb", "table/curfew-access"), atHome("dynamodb", "table/curfew-audit")
	writers := []string{"api", "grant", "reconcile", "revoke", "trigger", "wait"}
	return slices.Concat(
		each(attempt{resource: audit, context: keys("elevation#1")}, "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem",
			"dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert"),
		each(attempt{resource: audit, context: keys("elevation#1"), may: append([]string{"archive", "backfill", "contain", "correlate", "decide", "review"}, writers...),
			why: "evidence is added by the function that changes a state, in the same transaction; that nothing is put over it is watched in the table's stream"}, "dynamodb:PutItem"),
		each(attempt{resource: audit}, "dynamodb:DeleteTable", "dynamodb:UpdateTable", "dynamodb:UpdateContinuousBackups", "dynamodb:PutResourcePolicy"),
		each(attempt{resource: accessTable}, "dynamodb:DeleteTable", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive", "dynamodb:Scan", "dynamodb:RestoreTableToPointInTime"),
		each(attempt{resource: accessTable, context: keys("decision#1"), what: "of a decision", may: []string{"decide"}, why: "the only writer of decisions"}, "dynamodb:PutItem"),
		each(attempt{resource: accessTable, context: keys("decision#1"), what: "of a decision"}, "dynamodb:DeleteItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem",
			"dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"),
		each(attempt{resource: accessTable, context: keys("elevation#1", "decision#1"), what: "of a decision among others", may: []string{"decide"}, why: "the only writer of decisions"}, "dynamodb:PutItem"),
		each(attempt{resource: accessTable, what: "without saying whose"}, "dynamodb:PutItem", "dynamodb:DeleteItem"),
		each(attempt{resource: accessTable, context: keys("elevation#1"), what: "of an elevation"}, "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"),
		each(attempt{resource: accessTable, context: keys("expiry#1"), what: "of a TTL record", may: writers, why: "partitions are the finest that IAM tells apart: these write every partition without a sole writer"}, "dynamodb:PutItem"),
		each(attempt{resource: accessTable, context: keys("expiry#1"), what: "of a TTL record", may: []string{"revoke", "trigger"}, why: "revoke removes it at the end; trigger removes tasks that left a shared elevation"}, "dynamodb:DeleteItem"),
		onSoleWriters(),
		onLog(),
		each(attempt{resource: atHome("sqs", "curfew-late")}, "sqs:PurgeQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue"),
		each(attempt{resource: atHome("sqs", "curfew-late"), may: []string{"reconcile"}, why: "it stores what was late"}, "sqs:DeleteMessage"),
		each(attempt{resource: atHome("sqs", "curfew-dead-revoke")}, "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:PurgeQueue"),
		each(attempt{resource: keyARN, may: []string{elevated}, why: whyHome}, "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy", "kms:Decrypt"),
	)
}

// onLog are attempts to change what the log keeps, or to sign another. The policies of buckets and keys deny more.
func onLog() []attempt {
	const log, stage = logBucketARN, stageBucketARN
	own := iampolicy.Context{"aws:ResourceAccount": {home}}
	signing := iampolicy.Context{"kms:SigningAlgorithm": {"ED25519_SHA_512"}, "kms:MessageType": {"RAW"}}
	archive := attempt{context: own, may: []string{"archive"}, why: "it writes the log"}
	at := func(resource string, actions ...string) []attempt {
		a := archive
		a.resource = resource
		return each(a, actions...)
	}
	const whyKey = whyHome + "; the policy of the key allows archive alone"
	return slices.Concat(
		at(log+"/tile/0/000", "s3:PutObject", "s3:GetObject"), at(log+"/checkpoint", "s3:PutObject"), at(log+"/altered/0", "s3:PutObject"), at(stage+"/stage/1", "s3:PutObject"),
		each(attempt{resource: log + "/others", context: own}, "s3:PutObject"),
		each(attempt{resource: log + "/tile/0/000"}, "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:BypassGovernanceRetention"),
		each(attempt{resource: log}, "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration", "s3:PutLifecycleConfiguration"),
		each(attempt{resource: stage + "/stage/1"}, "s3:DeleteObject"),
		at(lakeBucketARN+"/compacted/1", "s3:PutObject", "s3:GetObject"),
		each(attempt{resource: lakeBucketARN + "/compacted/1"}, "s3:PutObject", "s3:DeleteObject"),
		each(attempt{resource: logKeyARN, context: signing, may: []string{"archive", elevated}, why: "it signs checkpoints; " + whyKey}, "kms:Sign"),
		each(attempt{resource: logKeyARN, what: "with another algorithm", may: []string{elevated}, why: whyKey}, "kms:Sign"),
		each(attempt{resource: logKeyARN, may: []string{elevated}, why: whyHome}, "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy"),
	)
}

// onSoleWriters are attempts on partitions that bound the other functions: each has its writers,
// and none may delete.
func onSoleWriters() []attempt {
	var all []attempt
	for _, p := range []struct {
		key, what string
		writers   []string
		why       string
	}{
		{"catalog", "which catalogs were seen", []string{"reconcile"}, "the sweep notes what was deployed"},
		{"granted#catalog", "which catalog Grant uses", []string{"grant"}, "it believes its own row"},
		{"budget#admin", "what was given of a budget", []string{"grant"}, "it charges what it gives"},
		{"signature#catalog#1", "who signed a catalog", []string{"decide"}, "the only writer of signatures"},
		{"known#1", "which tasks are known", []string{"trigger"}, "it hears that they start"},
		{"suspended", "who is suspended", []string{"api"}, "operators suspend and lift by it; lifting is a put"},
		{"seen", "which callers were seen", []string{"api", "decide"}, "they note who calls, by what the door's authorizer says"},
		{"contained#principals", "how many were contained", []string{"contain"}, "it counts, so that it stops"},
		{"canary#turn", "whose turn it is", []string{"reconcile"}, "the sweep sees to the canaries"},
		{"usage#1", "what was used", []string{"backfill", "correlate"}, "they count what CloudTrail shows"},
		{"session#1", "which sessions there are", []string{"backfill", "correlate"}, "they note what CloudTrail shows"},
		{"history#1", "what was done before", []string{"backfill", "correlate"}, "they note what CloudTrail shows"},
		{"log#head", "the head of the log", []string{"archive"}, "it enters evidence in the log"},
		{"review#1", "what must be signed", []string{"api", "decide", "revoke"}, "they open reviews, and take signed ones off the lists"},
		{"signature#1", "who signed", []string{"decide"}, "the only writer of signatures"},
		{"campaign#1", "which privilege stands", []string{"review"}, "it reads the accounts"},
		{"signature#campaign#1", "who signed that privilege stays", []string{"decide"}, "the only writer of signatures"},
		{"closing#1", "which findings are closed", []string{"api"}, "operators acknowledge and close by it"},
		{"baseline#1", "what principals may do by themselves", []string{"reconcile"}, "the sweep reads IAM"},
		{"sweep#survey", "how far IAM was read", []string{"reconcile"}, "the sweep goes on where it stopped"},
	} {
		like := attempt{resource: atHome("dynamodb", "table/curfew-access"), context: keys(p.key), what: "of " + p.what}
		all = append(all, each(like, "dynamodb:DeleteItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete")...)
		like.context, like.what = keys("elevation#1", p.key), like.what+", among others"
		all = append(all, each(like, "dynamodb:DeleteItem")...)
		like.context, like.what, like.may, like.why = keys(p.key), "of "+p.what, p.writers, p.why
		all = append(all, each(like, "dynamodb:PutItem")...)
	}
	return all
}

// onMachinery are attempts to stop, silence or replace what ends access.
func onMachinery() []attempt {
	machine, execution := atHome("states", "stateMachine:curfew-elevation"), atHome("states", "execution:curfew-elevation:1")
	function := func(name string) string { return atHome("lambda", "function:curfew-"+name) }
	mapping := iampolicy.Context{"lambda:FunctionArn": {function("expire")}}
	log := func(function string) string { return atHome("logs", "log-group:/aws/lambda/curfew-"+function+":*") }
	return slices.Concat(
		each(attempt{resource: execution}, "states:StopExecution", "states:RedriveExecution"),
		each(attempt{resource: machine}, "states:UpdateStateMachine", "states:DeleteStateMachine"),
		each(attempt{resource: machine, may: []string{"api", "reconcile", "trigger"}, why: "api and trigger start, and the sweep repeats it"}, "states:StartExecution"),
		each(attempt{resource: "*", may: []string{"api", "decide", "wait", "reconcile", "trigger", elevated}, why: whyTasks}, "states:SendTaskSuccess"),
		each(attempt{resource: "*", may: []string{"api", "decide", "wait", "reconcile", elevated}, why: whyTasks}, "states:SendTaskFailure"),
		each(attempt{resource: atHome("events", "rule/curfew-execution-closed")}, "events:DisableRule", "events:DeleteRule", "events:PutRule", "events:RemoveTargets"),
		each(attempt{resource: atHome("events", "rule/curfew-changed-lambda")}, "events:DisableRule", "events:DeleteRule", "events:RemoveTargets"),
		each(attempt{resource: atHome("sqs", "curfew-changes")}, "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"),
		each(attempt{resource: atHome("events", "event-bus/curfew"), may: []string{"notify"}, why: "the only one that tells"}, "events:PutEvents"),
		each(attempt{resource: atHome("events", "event-bus/curfew-members"), may: []string{"member-forward"}, why: "it forwards what AWS says"}, "events:PutEvents"),
		each(attempt{resource: atHome("events", "event-bus/curfew-trail"), may: []string{"route-us-east-1"}, why: "it forwards what AWS says"}, "events:PutEvents"),
		each(attempt{resource: atHome("events", "event-bus/curfew-tasks"), what: "by whom its policy does not name"}, "events:PutEvents"),
		each(attempt{resource: atHome("events", "event-bus/curfew-tasks")}, "events:DeleteEventBus", "events:PutPermission", "events:RemovePermission"),
		each(attempt{resource: atHome("events", "rule/curfew-members/curfew-on-backup-f4463b68")}, "events:DisableRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"),
		each(attempt{resource: inMember("events", "rule/curfew-on-backup-f4463b68")}, "events:DisableRule", "events:PutRule", "events:RemoveTargets"),
		each(attempt{resource: atHome("scheduler", "schedule/default/curfew-ahead-nightly-backup")}, "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"),
		each(attempt{resource: atHome("sqs", "curfew-triggers"), may: []string{"scheduler"}, why: "it opens windows; what else is in it comes by rules"}, "sqs:SendMessage"),
		each(attempt{resource: atHome("sqs", "curfew-triggers"), may: []string{"trigger"}, why: "Lambda takes them for it"}, "sqs:ReceiveMessage", "sqs:DeleteMessage"),
		each(attempt{resource: atHome("sqs", "curfew-trail"), may: []string{"correlate"}, why: "Lambda takes them for it"}, "sqs:ReceiveMessage", "sqs:DeleteMessage"),
		each(attempt{resource: atHome("sqs", "curfew-trail")}, "sqs:SendMessage", "sqs:PurgeQueue", "sqs:SetQueueAttributes", "sqs:AddPermission"),
		each(attempt{resource: inMember("events", "rule/curfew-route-principals")}, "events:DisableRule", "events:PutRule", "events:RemoveTargets"),
		each(attempt{resource: aLog, context: iampolicy.Context{"aws:ResourceOrgID": {"o-abc1234567"}}, may: []string{"backfill", elevated}, why: whyTrail + "; backfill reads"}, "s3:GetObject"),
		each(attempt{resource: aLog, context: iampolicy.Context{"aws:ResourceOrgID": {"o-another123"}}, what: "in a bucket of others", may: []string{elevated}, why: whyTrail}, "s3:GetObject"),
		each(attempt{resource: aLog, may: []string{elevated}, why: whyTrail}, "s3:PutObject", "s3:DeleteObject"),
		each(attempt{resource: "arn:aws:s3:::logs-444455556666/others", may: []string{elevated}, why: whyTrail}, "s3:GetObject"),
		each(attempt{resource: atHome("sqs", "curfew-reviews"), may: []string{"review"}, why: "it sends itself the accounts, and Lambda takes them for it"}, "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
		each(attempt{resource: atHome("sqs", "curfew-reviews")}, "sqs:PurgeQueue", "sqs:SetQueueAttributes", "sqs:AddPermission"),
		each(attempt{resource: atHome("sqs", "curfew-triggers")}, "sqs:PurgeQueue", "sqs:SetQueueAttributes", "sqs:AddPermission"),
		each(attempt{resource: function("trigger")}, "lambda:UpdateFunctionCode", "lambda:InvokeFunction", "lambda:UpdateFunctionConfiguration"),
		each(attempt{resource: atHome("sns", "curfew-messages"), may: []string{"notify"}, why: "the only one that tells"}, "sns:Publish"),
		each(attempt{resource: atHome("sns", "curfew-approvals"), may: []string{"notify"}, why: "the only one that tells"}, "sns:Publish"),
		each(attempt{resource: atHome("sns", "curfew-alarms")}, "sns:Publish", "sns:DeleteTopic", "sns:SetTopicAttributes"),
		each(attempt{resource: function("grant")}, "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:AddPermission", "lambda:DeleteFunction"),
		each(attempt{resource: function("contain")}, "lambda:PutFunctionConcurrency", "lambda:UpdateFunctionCode"),
		each(attempt{resource: function("revoke")}, "lambda:PutFunctionConcurrency", "lambda:DeleteFunction", "lambda:PutFunctionEventInvokeConfig"),
		each(attempt{resource: function("decide")}, "lambda:InvokeFunction"),
		each(attempt{resource: function("api")}, "lambda:InvokeFunction"),
		each(attempt{resource: function("grant"), may: []string{"elevation"}, why: "Grant of the state machine"}, "lambda:InvokeFunction"),
		each(attempt{resource: function("contain"), may: []string{"correlate", "revoke"}, why: "a removal is refused, or others changed a principal that the catalog quarantines"}, "lambda:InvokeFunction"),
		each(attempt{resource: function("wait"), may: []string{"elevation"}, why: "AskApprovers, Hold and Lapse of the state machine"}, "lambda:InvokeFunction"),
		each(attempt{resource: function("revoke"), may: []string{"api", "correlate", "elevation", "expire", "grant", "reconcile", "trigger"}, why: "every net may end, and so may the end of a task, and a call that should not be"}, "lambda:InvokeFunction"),
		each(attempt{resource: atHome("lambda", "event-source-mapping:1"), context: mapping, what: "of expire"}, "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"),
		each(attempt{resource: "*", context: mapping, what: "of expire"}, "lambda:CreateEventSourceMapping"),
		each(attempt{resource: atHome("cloudwatch", "alarm:curfew-overdue")}, "cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:SetAlarmState", "cloudwatch:PutMetricAlarm"),
		each(attempt{resource: log("grant")}, "logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:PutRetentionPolicy"),
		each(attempt{resource: log("grant"), may: []string{"grant", "gateway"}, why: "its own log; API Gateway demands all of them"}, "logs:PutLogEvents"),
		each(attempt{resource: "*", may: []string{"elevation", elevated}, why: "deliveries of logs take no resource, and Step Functions demands them"}, "logs:PutResourcePolicy", "logs:DeleteLogDelivery"),
		each(attempt{resource: atHome("cloudformation", "stack/curfew/1")}, "cloudformation:DeleteStack", "cloudformation:UpdateStack", "cloudformation:SetStackPolicy"),
		each(attempt{resource: inMember("cloudformation", "stack/curfew-member/1")}, "cloudformation:DeleteStack", "cloudformation:UpdateStack"),
		each(attempt{resource: "arn:aws:apigateway:" + region + "::/restapis/1", may: []string{elevated}, why: whyHome}, "apigateway:DELETE", "apigateway:PATCH"),
		each(attempt{resource: inMember("cloudtrail", "trail/others"), may: []string{elevated}, why: whyTrail}, "cloudtrail:StopLogging", "cloudtrail:DeleteTrail"),
		each(attempt{resource: "*", may: []string{elevated}, why: whyTrail}, "organizations:LeaveOrganization"),
	)
}

const whyTasks = "it takes no resource, and a token gives no authority: Grant and Revoke act on the record"

// Why the boundary omits the organization's own safeguards.
const whyTrail = "it is the organization's: its trail and its SCPs stand above every boundary, and nothing of Curfew's rests on the account's own"
