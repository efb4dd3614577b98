package main

// Only permissions*.go may contain IAM statements; permissions_test.go checks this. The CDK's Grant methods add
// statements out of sight and are not used.

func (s homeRoles) permissions() map[string][]statement {
	const rows, row, partition = "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"
	return map[string][]statement{
		"api": join(s.functionBasics("api"), s.allowReadAccess(rows, row, partition), s.allowListAccess("*"), s.allowWriteAccess("api"), s.allowAppendEvidence(), s.allowReadEvidence(),
			s.allowStartExecutions(), s.allowAnswerTasks("states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"),
			s.allowInvoke("revoke"), s.allowAssumeMemberRoles("api")),
		"decide": join(s.functionBasics("decide"), s.allowReadAccess(rows, row, partition), s.allowDecide(), s.allowAppendEvidence(), s.allowReadEvidence(),
			s.allowAnswerTasks("states:SendTaskSuccess", "states:SendTaskFailure")),
		"wait": join(s.functionBasics("wait"), s.allowReadAccess(row, partition), s.allowWriteAccess("wait"), s.allowAppendEvidence(),
			s.allowAnswerTasks("states:SendTaskSuccess", "states:SendTaskFailure")),
		"grant": join(s.functionBasics("grant"), s.allowReadAccess(rows, row, partition), s.allowWriteAccess("grant"), s.allowAppendEvidence(),
			s.allowInvoke("revoke"), s.allowAssumeMemberRoles("grant")),
		"revoke": join(s.functionBasics("revoke"), s.allowReadAccess(row, partition), s.allowListAccess("principal"), s.allowWriteAccess("revoke"), s.allowAppendEvidence(),
			s.allowSend("late"), s.allowSend("dead-revoke"), s.allowInvoke("contain"), s.allowAssumeMemberRoles("revoke")),
		"contain": join(s.functionBasics("contain"), s.allowReadAccess(row, partition), s.allowListAccess("principal"), s.allowRecordContainments(), s.allowAppendEvidence(),
			s.allowAssumeMemberRoles("contain")),
		"expire": join(s.functionBasics("expire"), s.allowReadAccess(partition), s.allowReadStream("access"), s.allowSend("dead-expire"), s.allowInvoke("revoke")),
		"reconcile": join(s.functionBasics("reconcile"), s.allowReadAccess(rows, row, partition), s.allowListAccess("*"), s.allowWriteAccess("reconcile"), s.allowAppendEvidence(),
			s.allowStartExecutions(), s.allowAnswerTasks("states:SendTaskSuccess", "states:SendTaskFailure"),
			s.allowReceive("late"), s.allowLookUpDeployers(), s.allowInvoke("revoke"), s.allowAssumeMemberRoles("reconcile")),
		"trigger": join(s.functionBasics("trigger"), s.allowReadAccess(rows, row, partition), s.allowWriteAccess("trigger"), s.allowAppendEvidence(), s.allowReadEvidence(),
			s.allowStartExecutions(), s.allowAnswerTasks("states:SendTaskSuccess"), // ends a wait; decides nothing
			s.allowPoll("triggers"), s.allowInvoke("revoke"), s.allowAssumeMemberRoles("trigger")),
		"correlate": join(s.functionBasics("correlate"), s.allowReadAccess(rows, row, partition), s.allowListAccess("principal"), s.allowRecordUsage("correlate"), s.allowAppendEvidence(),
			s.allowPoll("trail"), s.allowInvoke("revoke", "contain")),
		"backfill": join(s.functionBasics("backfill"), s.allowReadAccess(rows, row, partition), s.allowListAccess("principal"), s.allowRecordUsage("backfill"), s.allowAppendEvidence(), s.allowReadEvidence(),
			s.allowReadTrail()),
		"archive": join(s.functionBasics("archive"), s.allowReadAccess(rows, row, partition), logWriter(s).allowReadAllEvidence(), s.allowReadStream("access", "audit"), logWriter(s).allowEnterLog(), s.allowAppendEvidence(),
			logWriter(s).allowKeepLog(), logWriter(s).allowKeepLake()),
		"review": join(s.functionBasics("review"), s.allowReadAccess(rows, row, partition), s.allowListAccess("principal"), reviewer(s).allowReview(), s.allowAppendEvidence(),
			s.allowSend("reviews"), s.allowPoll("reviews"), s.allowAssumeMemberRoles("review")),
		"console": ownLog(s.Names, "console"),
		"notify":  join(s.functionBasics("notify"), s.allowReadAccess(partition), s.allowReadStream("access"), s.allowSend("dead-notify"), s.allowPublish(), s.allowImportFindings()),
	}
}

func (s homeRoles) machinePermissions() []statement {
	return join(s.allowInvoke("wait", "grant", "revoke"), []statement{{
		// Log delivery actions take no resource. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		sid: "Log",
		actions: []string{"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"},
		resources: []string{"*"},
	}, {
		sid:       "Trace",
		actions:   []string{"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"},
		resources: []string{"*"},
	}})
}

// gatewayPermissions: API Gateway requires all log groups.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
func gatewayPermissions() []statement {
	return []statement{{
		sid: "AccessLogs",
		actions: []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
			"logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents"},
		resources: []string{"*"},
	}}
}

// trustedService restricts to this account where the service sends the account.
func trustedService(service string) []statement {
	s := statement{sid: "Trust", principal: map[string]string{"Service": service}, actions: []string{"sts:AssumeRole"}}
	switch service {
	case "states.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com":
		s.when = conditions{"StringEquals": {"aws:SourceAccount": {"${AWS::AccountId}"}}}
	}
	return []statement{s}
}

func (s homeRoles) schedulerPermissions() []statement {
	return join(s.allowSend("triggers"), s.allowSend("dead-triggers"))
}

func (s memberRoles) permissions() map[string][]statement {
	return map[string][]statement{
		"api":       join(s.allowRead(), s.allowReadQuotas(), s.denyOwnThings()),
		"grant":     join(s.allowRead(), s.allowReadOwnPolicies(), s.allowAttach(), s.denyOwnThings()),
		"revoke":    join(s.allowRead(), s.allowReadOwnPolicies(), s.allowRemove(), s.denyOwnThings()),
		"contain":   join(s.allowRead(), s.allowReadOwnPolicies(), s.allowContain(), s.denyOwnThings()),
		"reconcile": join(s.allowRead(), s.allowReadOwnPolicies(), s.allowSurvey(), s.denyOwnThings()),
		// Curfew's own roles are privileged too: one refused job would leave others of its part without data.
		"review":  join(s.allowSurvey(), s.allowAccessed(), s.denyOwnThings(startAccessed)),
		"trigger": join(s.allowRead(), s.allowReadQuotas(), s.allowConfirm(), s.allowStartJobs(), s.denyOwnThings()),
	}
}
