package permissions

// exceptions are permissions that no recorded call used, with the reason: another caller, or a case that no emulator
// can cause.
func exceptions() []exception {
	functions := []string{"api", "archive", "backfill", "contain", "correlate", "decide", "expire", "grant", "notify", "reconcile", "revoke", "review", "trigger", "wait"}
	return []exception{
		{
			why: "Lambda writes the log, with the function's role", roles: append(functions, "console"), sid: "OwnLog",
			actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		},
		{
			why: "DynamoDB uses the table's key, with the function's role", roles: functions, sid: "TableKey",
			actions: []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
		},
		{
			why: "SNS uses the topic's key, with the function's role", roles: []string{"notify"}, sid: "TopicKey",
			actions: []string{"kms:Decrypt", "kms:GenerateDataKey"},
		},
		{
			why: "Lambda reads the stream for the function, with its role", roles: []string{"archive", "expire", "notify"}, sid: "ReadStream",
			actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
		},
		{
			why: "Lambda looks for the stream for the function, with its role", roles: []string{"archive", "expire", "notify"}, sid: "FindStream",
			actions: []string{"dynamodb:ListStreams"},
		},
		{
			why: "Lambda sends what could not be handled, with the function's role", roles: []string{"expire"}, sid: "SendDeadExpire", actions: []string{"sqs:SendMessage"},
		},
		{
			why: "Lambda sends what could not be handled, with the function's role", roles: []string{"notify"}, sid: "SendDeadNotify", actions: []string{"sqs:SendMessage"},
		},
		{
			why: "Lambda sends what could not be handled, with the function's role", roles: []string{"revoke"}, sid: "SendDeadRevoke", actions: []string{"sqs:SendMessage"},
		},
		{
			why: "Step Functions invokes: the state machine names these three, and no recorder is in its engine", roles: []string{"elevation"}, sid: "Invoke",
			actions: []string{"lambda:InvokeFunction"},
		},
		{
			why: "Step Functions sets up the delivery of its log", roles: []string{"elevation"}, sid: "Log",
			actions: []string{"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
				"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"},
		},
		{
			why: "Step Functions sends its trace", roles: []string{"elevation"}, sid: "Trace",
			actions: []string{"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"},
		},
		{
			why: "API Gateway writes access logs, and demands these", roles: []string{"gateway"}, sid: "AccessLogs",
			actions: []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
				"logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents"},
		},
		{
			why: "a name is refused only if its execution is closed, or has other input: a start is then of what is over", roles: []string{"api", "reconcile", "trigger"}, sid: "LookAtExecution",
			actions: []string{"states:DescribeExecution"},
		},
		{
			why:   "the function that stores a token passes a refusal on only if it came between the two",
			roles: []string{"wait"}, sid: "AnswerTasks", actions: []string{"states:SendTaskFailure"},
		},
		{
			why:   "only for an elevation that could not start in time, which the sweep lapses",
			roles: []string{"reconcile"}, sid: "AnswerTasks", actions: []string{"states:SendTaskFailure"},
		},
		{
			why:   "only a Grant that attached and then lost its compare-and-swap gives the order",
			roles: []string{"grant"}, sid: "Invoke", actions: []string{"lambda:InvokeFunction"},
		},
		{
			why:   "the stand-in keeps no boundary of a user, so that none is granted anything there: the calls are those on roles, under the user's name",
			roles: []string{"member-grant"}, sid: "Look", actions: []string{"iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"},
		},
		{
			why: "as for Look of the same role", roles: []string{"member-grant"}, sid: "AddInline", actions: []string{"iam:PutUserPolicy"},
		},
		{
			why: "as for Look of the same role", roles: []string{"member-grant"}, sid: "AddManaged", actions: []string{"iam:AttachUserPolicy"},
		},
		{
			why:   "only of a user from whom the grant went while the sweep looked",
			roles: []string{"member-reconcile"}, sid: "Look", actions: []string{"iam:GetUser"},
		},
		{
			why:   "only while IAM still shows a managed policy that was removed",
			roles: []string{"member-revoke"}, sid: "ReadOwnPolicies", actions: []string{"iam:GetPolicy", "iam:GetPolicyVersion"},
		},
		{
			why:   "only where somebody gave a managed policy of ours another version",
			roles: []string{"member-revoke"}, sid: "DeletePolicies", actions: []string{"iam:DeletePolicyVersion", "iam:ListPolicyVersions"},
		},
		{why: notContained, roles: []string{"revoke"}, sid: "Invoke", actions: []string{"lambda:InvokeFunction"}},
		{why: "only for reviews a week after the end", roles: []string{"revoke"}, sid: "ListRecords", actions: []string{"dynamodb:Query"}},
		{why: "only for reviews a week after the end", roles: []string{"revoke"}, sid: "ReadRecords", actions: []string{"dynamodb:GetItem"}},
		{why: notContained, roles: []string{"contain"}, sid: "ReadRecords", actions: []string{"dynamodb:GetItem", "dynamodb:Query"}},
		{why: notContained, roles: []string{"contain"}, sid: "ListRecords", actions: []string{"dynamodb:Query"}},
		{why: notContained, roles: []string{"contain"}, sid: "NoteContainments", actions: []string{"dynamodb:PutItem"}},
		{why: notContained, roles: []string{"contain"}, sid: "AppendEvidence", actions: []string{"dynamodb:PutItem"}},
		{why: notContained, roles: []string{"contain"}, sid: "EnterAccounts", actions: []string{"sts:AssumeRole"}},
		{
			why: notContained, roles: []string{"member-contain"}, sid: "Look",
			actions: []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"},
		},
		{why: notContained, roles: []string{"member-contain"}, sid: "ReadOwnPolicies", actions: []string{"iam:GetPolicy", "iam:GetPolicyVersion"}},
		{why: notContained, roles: []string{"member-contain"}, sid: "AddInline", actions: []string{"iam:PutRolePolicy", "iam:PutUserPolicy"}},
		{why: "Lambda takes messages for the function, with its role", roles: []string{"trigger"}, sid: "PollTriggers", actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}},
		{why: "Lambda takes messages for the function, with its role", roles: []string{"correlate"}, sid: "PollTrail", actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}},
		{why: "Lambda takes messages for the function, with its role", roles: []string{"review"}, sid: "PollReviews", actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}},
		{why: "no recorded story has a call that a detection answers", roles: []string{"correlate"}, sid: "Invoke", actions: []string{"lambda:InvokeFunction"}},
		{why: "only where the stream lost the record before one", roles: []string{"archive"}, sid: "ReadEvidence", actions: []string{"dynamodb:BatchGetItem", "dynamodb:GetItem"}},
		{why: "only after a crash between the head and the checkpoint", roles: []string{"archive"}, sid: "Stage", actions: []string{"s3:GetObject"}},
		{why: notListed, roles: []string{"archive"}, sid: "SeeLog", actions: []string{"s3:ListBucket"}},
		{why: notListed, roles: []string{"archive"}, sid: "SeeStage", actions: []string{"s3:ListBucket"}},
		{why: "moto has no digests of CloudTrail, and no keys", roles: []string{"backfill"}, sid: "TrailKeys", actions: []string{"cloudtrail:ListPublicKeys"}},
		{why: "moto has no last-accessed data", roles: []string{"member-review"}, sid: "StartAccessed", actions: []string{"iam:GenerateServiceLastAccessedDetails"}},
		{why: "moto has no last-accessed data", roles: []string{"member-review"}, sid: "ReadAccessed", actions: []string{"iam:GetServiceLastAccessedDetails"}},
		{why: "moto has no event history of CloudTrail", roles: []string{"reconcile"}, sid: "LookUpDeployers", actions: []string{"cloudtrail:LookupEvents"}},
		{why: "S3 uses the key of the files, with the function's role", roles: []string{"backfill"}, sid: "TrailKey", actions: []string{"kms:Decrypt"}},
		{why: "rows are written by what is not recorded yet", roles: []string{"archive"}, sid: "KeepLake", actions: []string{"s3:GetObject", "s3:PutObject"}},
		{why: notListed, roles: []string{"archive"}, sid: "SeeLake", actions: []string{"s3:ListBucket"}},
		{why: "EventBridge forwards, and no recorder is in it", roles: []string{"route-us-east-1"}, sid: "Forward", actions: []string{"events:PutEvents"}},
		{why: "EventBridge Scheduler sends, and no stand-in opens a window", roles: []string{"scheduler"}, sid: "SendTriggers", actions: []string{"sqs:SendMessage"}},
		{why: "EventBridge Scheduler sends, and no stand-in opens a window", roles: []string{"scheduler"}, sid: "SendDeadTriggers", actions: []string{"sqs:SendMessage"}},
		{why: "EventBridge forwards, and no recorder is in it", roles: []string{"member-forward"}, sid: "Forward", actions: []string{"events:PutEvents"}},
		{
			why:   "only where a task leaves an elevation that another task began",
			roles: []string{"trigger"}, sid: "WriteRecords", actions: []string{"dynamodb:DeleteItem"},
		},
		{
			why: notUsers, roles: []string{"member-trigger"}, sid: "Look", actions: []string{"iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"},
		},
		{why: notUsers, roles: []string{"member-trigger"}, sid: "Measure", actions: []string{"iam:ListUserPolicies"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "ConfirmBatch", actions: []string{"batch:DescribeJobs"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "ConfirmAlarms", actions: []string{"cloudwatch:DescribeAlarms"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "ConfirmDeployments", actions: []string{"codedeploy:GetDeployment"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "ConfirmPipelines", actions: []string{"codepipeline:GetPipelineExecution"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "ConfirmTasks", actions: []string{"ecs:DescribeTasks"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "RoleOfTasks", actions: []string{"ecs:DescribeTaskDefinition"}},
		{why: "only where the event picks the role of its execution", roles: []string{"member-trigger"}, sid: "RoleOfExecutions", actions: []string{"states:DescribeStateMachineForExecution"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "StartBackups", actions: []string{"backup:StartBackupJob"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "PassToBackup", actions: []string{"iam:PassRole"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "StartJobs", actions: []string{"batch:SubmitJob"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "LookForJobs", actions: []string{"batch:ListJobs"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "StartBuilds", actions: []string{"codebuild:StartBuild"}},
		{why: notAsked, roles: []string{"member-trigger"}, sid: "PassToBuild", actions: []string{"iam:PassRole"}},
	}
}

const notListed = "it is no call: without it S3 denies the read of an object that is not there"

const notUsers = "the principals of the stories that begin by events are roles: the calls are those on them, under the user's name"

// notAsked: package tests compare facts and jobs with HTTP fakes.
const notAsked = "no recorded story is about a task of this service"

// notContained: if a recorded story has IAM refuse a removal, its calls are recorded, and these exceptions go.
const notContained = "no recorded story has IAM refuse a removal, and nothing else is contained"

// knownDenials are calls that a role should be allowed and is not, with the reason. If the role is allowed one, the
// test fails.
func knownDenials() map[deniedCall]string {
	return map[deniedCall]string{}
}
