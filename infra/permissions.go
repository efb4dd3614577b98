package main

// Only permissions*.go may contain IAM statements; permissions_test.go checks this. The CDK's Grant methods add
// statements out of sight and are not used.

func (s homeRoles) permissions() map[string][]statement {
	const rows, row, partition = "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"
	return map[string][]statement{
		"api": join(s.functionBasics("api"), s.readsAccess(rows, row, partition), s.listsAccess("*"), s.writesAccess("api"), s.appendsEvidence(), s.readsEvidence(),
			s.startsExecutions(), s.answersTasks("states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"),
			s.invokes("revoke"), s.entersAccounts("api")),
		"decide": join(s.functionBasics("decide"), s.readsAccess(rows, row, partition), s.decides(), s.appendsEvidence(), s.readsEvidence(),
			s.answersTasks("states:SendTaskSuccess", "states:SendTaskFailure")),
		"wait": join(s.functionBasics("wait"), s.readsAccess(row, partition), s.writesAccess("wait"), s.appendsEvidence(),
			s.answersTasks("states:SendTaskSuccess", "states:SendTaskFailure")),
		"grant": join(s.functionBasics("grant"), s.readsAccess(rows, row, partition), s.writesAccess("grant"), s.appendsEvidence(),
			s.invokes("revoke"), s.entersAccounts("grant")),
		"revoke": join(s.functionBasics("revoke"), s.readsAccess(row, partition), s.writesAccess("revoke"), s.appendsEvidence(),
			s.sends("late"), s.sends("dead-revoke"), s.invokes("contain"), s.entersAccounts("revoke")),
		"contain": join(s.functionBasics("contain"), s.readsAccess(row, partition), s.listsAccess("principal"), s.notesContainments(), s.appendsEvidence(),
			s.entersAccounts("contain")),
		"expire": join(s.functionBasics("expire"), s.readsAccess(partition), s.readsStream(), s.sends("dead-expire"), s.invokes("revoke")),
		"reconcile": join(s.functionBasics("reconcile"), s.readsAccess(rows, row, partition), s.listsAccess("*"), s.writesAccess("reconcile"), s.appendsEvidence(),
			s.startsExecutions(), s.answersTasks("states:SendTaskSuccess", "states:SendTaskFailure"),
			s.receives("late"), s.invokes("revoke"), s.entersAccounts("reconcile")),
		"trigger": join(s.functionBasics("trigger"), s.readsAccess(rows, row, partition), s.writesAccess("trigger"), s.appendsEvidence(), s.readsEvidence(),
			s.startsExecutions(), s.answersTasks("states:SendTaskSuccess"), // ends a wait; decides nothing
			s.polls("triggers"), s.invokes("revoke"), s.entersAccounts("trigger")),
		"notify": join(s.functionBasics("notify"), s.readsAccess(partition), s.readsStream(), s.sends("dead-notify"), s.tells()),
	}
}

func (s homeRoles) machinePermissions() []statement {
	return join(s.invokes("wait", "grant", "revoke"), []statement{{
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
	return join(s.sends("triggers"), s.sends("dead-triggers"))
}

func (s memberRoles) permissions() map[string][]statement {
	return map[string][]statement{
		"api":       join(s.looks(), s.measures(), s.neverOwn()),
		"grant":     join(s.looks(), s.readsOwnPolicies(), s.adds(), s.neverOwn()),
		"revoke":    join(s.looks(), s.readsOwnPolicies(), s.removes(), s.neverOwn()),
		"contain":   join(s.looks(), s.readsOwnPolicies(), s.contains(), s.neverOwn()),
		"reconcile": join(s.looks(), s.readsOwnPolicies(), s.surveys(), s.neverOwn()),
		"trigger":   join(s.looks(), s.measures(), s.confirms(), s.starts(), s.neverOwn()),
	}
}
