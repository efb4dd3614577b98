package main

// The files permissions*.go are the only place where an IAM statement is written; permissions_test.go sees to it. The CDK's Grant methods,
// which add statements out of sight, are called nowhere. Who may do what is a function of the settings alone, and needs no
// stack to be read or tested.

// permissions gives what each function may do in the account that Curfew lives in. None of them has a right on IAM there.
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
			s.startsExecutions(), s.answersTasks("states:SendTaskSuccess"), // it ends what is held, and decides nothing
			s.polls("triggers"), s.invokes("revoke"), s.entersAccounts("trigger")),
		"notify": join(s.functionBasics("notify"), s.readsAccess(partition), s.readsStream(), s.sends("dead-notify"), s.tells()),
	}
}

// machinePermissions is for the state machine: three functions, its log and its trace.
func (s homeRoles) machinePermissions() []statement {
	return join(s.invokes("wait", "grant", "revoke"), []statement{{
		// Deliveries of logs take no resource. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
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

// gatewayPermissions let API Gateway write access logs; it demands them on all log groups.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
func gatewayPermissions() []statement {
	return []statement{{
		sid: "AccessLogs",
		actions: []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
			"logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents"},
		resources: []string{"*"},
	}}
}

// trustedService lets a service assume a role, for this account alone where the service says for whom it acts.
func trustedService(service string) []statement {
	s := statement{sid: "Trust", principal: map[string]string{"Service": service}, actions: []string{"sts:AssumeRole"}}
	switch service {
	case "states.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com":
		s.when = conditions{"StringEquals": {"aws:SourceAccount": {"${AWS::AccountId}"}}}
	}
	return []statement{s}
}

// schedulerPermissions: a window that opens, or that could not be told of.
func (s homeRoles) schedulerPermissions() []statement {
	return join(s.sends("triggers"), s.sends("dead-triggers"))
}

// permissions gives what each function that looks at principals may do in a member account.
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
