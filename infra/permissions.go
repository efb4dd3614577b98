package main

import "slices"

// This file is the only place where an IAM statement is written; permissions_test.go sees to it. The CDK's Grant methods,
// which add statements out of sight, are called nowhere. Who may do what is a function of the settings alone, and needs no
// stack to be read or tested.

// --- the functions, at home -------------------------------------------------------------------------------------------

// permissions gives what each function may do in the account that Curfew lives in. None of them has a right on IAM there.
func (s Settings) permissions() map[string][]statement {
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

func join(parts ...[]statement) []statement {
	var all []statement
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// functionBasics is its own log, and the key of the tables, usable through DynamoDB alone.
func (s Settings) functionBasics(function string) []statement {
	return []statement{{
		sid: "OwnLog", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		resources: []string{inHome("logs", "log-group:"+s.logGroup(function)+":*")},
	}, {
		sid: "TableKey", actions: []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
		resources: []string{"${Key.Arn}"},
		when:      conditions{"StringEquals": {"kms:ViaService": {"dynamodb.${AWS::Region}.amazonaws.com"}}},
	}}
}

// readsAccess: there is no Scan, so that nobody reads what he has no key for.
func (s Settings) readsAccess(actions ...string) []statement {
	return []statement{{sid: "ReadRecords", actions: actions, resources: []string{s.tableARN("access")}}}
}

// listsAccess is for one index, or all of them (*).
func (s Settings) listsAccess(index string) []statement {
	return []statement{{
		sid: "ListRecords", actions: []string{"dynamodb:Query"}, resources: []string{s.tableARN("access") + "/index/" + index},
	}}
}

func storeWrites() []string {
	return []string{"dynamodb:DeleteItem", "dynamodb:PutItem"}
}

// soleWriters are the partitions of the access table that one function alone may write, and by which the others are bounded:
// whoever could write them would decide, lift what is suspended, contain without bound, or keep the sweep from reading IAM.
// The directory of callers (seen) has a second writer, decide, which names what it writes one by one.
func soleWriters() [][2]string {
	return [][2]string{
		{"decision#*", "decide"}, {"suspended", "api"}, {"seen", "api"}, {"contained#*", "contain"}, {"canary#*", "reconcile"}, {"sweep#*", "reconcile"},
	}
}

// writesAccess is everything but what others alone write: partitions are the finest that IAM can tell apart. A function's own
// are put over and never removed: a suspension that is lifted stays, and says so.
func (s Settings) writesAccess(function string) []statement {
	all := []statement{{
		sid: "WriteRecords", actions: storeWrites(), resources: []string{s.tableARN("access")},
		when: conditions{"Null": {"dynamodb:LeadingKeys": {"false"}}},
	}, s.neverOthers(function)}
	var own []string
	for _, p := range soleWriters() {
		if p[1] == function {
			own = append(own, p[0])
		}
	}
	if own == nil {
		return all
	}
	return append(all, statement{
		sid: "NeverRemove", effect: deny, actions: []string{"dynamodb:DeleteItem"}, resources: []string{s.tableARN("access")}, when: anyIn(own...),
	})
}

// neverOthers keeps a function off the partitions that another alone writes.
func (s Settings) neverOthers(function string) statement {
	var others []string
	for _, p := range soleWriters() {
		if p[1] != function {
			others = append(others, p[0])
		}
	}
	return statement{
		sid: "NeverOthers", effect: deny, actions: append(storeWrites(), "dynamodb:UpdateItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"),
		resources: []string{s.tableARN("access")}, when: anyIn(others...),
	}
}

// anyIn are requests that name a key in one of these partitions. It says ForAnyValue, because a Deny must hit a request that
// names even one; a request that names none, for which it would be false, is not allowed in the first place.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func anyIn(partitions ...string) conditions {
	return conditions{"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": partitions}}
}

// onlyIn are requests that name keys, and none outside of these partitions. ForAllValues is true of a request without
// keys, so Null demands them.
func onlyIn(partitions ...string) conditions {
	return conditions{
		"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions},
		"Null":                    {"dynamodb:LeadingKeys": {"false"}},
	}
}

// decides holds the only statement that lets anybody write decision#…; none lets anybody remove one. What else a decision
// moves lies in the partitions named here.
func (s Settings) decides() []statement {
	return []statement{
		{
			sid: "PutDecisions", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
			when: onlyIn("decision#*", "elevation#*", "caller#*", "seen"),
		},
		{
			sid: "FreePending", actions: []string{"dynamodb:DeleteItem"}, resources: []string{s.tableARN("access")},
			when: onlyIn("pending#*"),
		},
	}
}

// notesContainments is what contain stores: what became of an elevation, how many it contained in this hour, and what it
// found. It can remove none of that, and nobody's expiry, suspension or review.
func (s Settings) notesContainments() []statement {
	return []statement{{
		sid: "NoteContainments", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
		when: onlyIn("elevation#*", "contained#*", "finding#*"),
	}, s.neverOthers("contain")}
}

// appendsEvidence can add and cannot take away. That nothing is put over what is there is the condition in each call of
// ours, and a MODIFY in the table's stream is a finding.
func (s Settings) appendsEvidence() []statement {
	return []statement{{sid: "AppendEvidence", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("audit")}}}
}

func (s Settings) readsEvidence() []statement {
	return []statement{{sid: "ReadEvidence", actions: []string{"dynamodb:Query"}, resources: []string{s.tableARN("audit")}}}
}

func (s Settings) readsStream() []statement {
	return []statement{{
		sid: "ReadStream", actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
		resources: []string{s.tableARN("access") + "/stream/*"},
	}, {
		// It takes no resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
		sid: "FindStream", actions: []string{"dynamodb:ListStreams"}, resources: []string{"*"},
	}}
}

func (s Settings) startsExecutions() []statement {
	return []statement{
		{sid: "Start", actions: []string{"states:StartExecution"}, resources: []string{s.machineARN()}},
		{sid: "LookAtExecution", actions: []string{"states:DescribeExecution"}, resources: []string{s.executionARN()}},
	}
}

// answersTasks: these actions take neither a resource nor a condition. A token gives no authority, because Grant and
// Revoke act on the record.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
func (s Settings) answersTasks(actions ...string) []statement {
	return []statement{{sid: "AnswerTasks", actions: actions, resources: []string{"*"}}}
}

func (s Settings) invokes(functions ...string) []statement {
	var arns []string
	for _, f := range functions {
		arns = append(arns, s.functionARN(f))
	}
	return []statement{{sid: "Invoke", actions: []string{"lambda:InvokeFunction"}, resources: arns}}
}

func (s Settings) sends(queue string) []statement {
	return []statement{{sid: logicalID("send", queue), actions: []string{"sqs:SendMessage"}, resources: []string{s.queueARN(queue)}}}
}

func (s Settings) receives(queue string) []statement {
	return []statement{{
		sid: logicalID("receive", queue), actions: []string{"sqs:DeleteMessage", "sqs:ReceiveMessage"},
		resources: []string{s.queueARN(queue)},
	}}
}

// tells is for notify, the only function that tells anybody anything.
func (s Settings) tells() []statement {
	return []statement{
		{sid: "Tell", actions: []string{"sns:Publish"}, resources: []string{s.topicARN("messages")}},
		{
			sid: "TopicKey", actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, resources: []string{"${Key.Arn}"},
			when: conditions{"StringEquals": {"kms:ViaService": {"sns.${AWS::Region}.amazonaws.com"}}},
		},
		{sid: "PutEvents", actions: []string{"events:PutEvents"}, resources: []string{s.busARN("")}},
	}
}

// entersAccounts is nothing as long as there are no member accounts: then nobody can be elevated.
func (s Settings) entersAccounts(function string) []statement {
	if len(s.Accounts) == 0 {
		return nil
	}
	return []statement{{sid: "EnterAccounts", actions: []string{"sts:AssumeRole"}, resources: s.memberRoleARNs(function)}}
}

// --- the other roles and the resource policies, at home ---------------------------------------------------------------

// machinePermissions is for the state machine: three functions, its log and its trace.
func (s Settings) machinePermissions() []statement {
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

// keyPolicy leaves the key to the account's policies, and lets CloudWatch publish alarms to the encrypted topic.
func keyPolicy() []statement {
	return []statement{
		{sid: "Account", principal: map[string]string{"AWS": "arn:aws:iam::${AWS::AccountId}:root"}, actions: []string{"kms:*"}, resources: []string{"*"}},
		{
			sid: "Alarms", principal: map[string]string{"Service": "cloudwatch.amazonaws.com"},
			actions: []string{"kms:Decrypt", "kms:GenerateDataKey*"}, resources: []string{"*"},
			when: conditions{"StringEquals": {"aws:SourceAccount": {"${AWS::AccountId}"}}},
		},
	}
}

func onlyTLS(action, resource string) statement {
	return statement{
		sid: "OnlyTLS", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{action},
		resources: []string{resource}, when: conditions{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}

// queuePolicy demands TLS, and lets these rules deliver.
func (s Settings) queuePolicy(q queue) []statement {
	all := []statement{onlyTLS("sqs:*", s.queueARN(q.name))}
	if q.closed {
		all = append(all, s.nobodyElse(q.name))
	}
	if len(q.rules) == 0 {
		return all
	}
	var arns []string
	for _, r := range q.rules {
		arns = append(arns, s.ruleARN(r))
	}
	return append(all, statement{
		sid: "DeliveredByRules", principal: map[string]string{"Service": "events.amazonaws.com"}, actions: []string{"sqs:SendMessage"},
		resources: []string{s.queueARN(q.name)}, when: conditions{"ArnEquals": {"aws:SourceArn": arns}},
	})
}

// topicPolicy demands TLS; alarms of this account may be published to the topic of that name.
func (s Settings) topicPolicy(topic string) []statement {
	all := []statement{onlyTLS("sns:Publish", s.topicARN(topic))}
	if topic != "alarms" {
		return all
	}
	return append(all, statement{
		sid: "Alarms", principal: map[string]string{"Service": "cloudwatch.amazonaws.com"}, actions: []string{"sns:Publish"},
		resources: []string{s.topicARN(topic)}, when: conditions{"StringEquals": {"aws:SourceAccount": {"${AWS::AccountId}"}}},
	})
}

// machinesDoorPolicy opens the REST API to the organization. A principal of another account needs his own account's
// permission as well, and the call is signed as himself.
func (s Settings) machinesDoorPolicy() []statement {
	return []statement{
		{
			sid: "Organization", principal: map[string]string{"AWS": "*"}, actions: []string{"execute-api:Invoke"}, resources: []string{"execute-api:/*"},
			when: conditions{"StringEquals": {"aws:PrincipalOrgID": {s.OrgID}}},
		},
		{
			sid: "NobodyElse", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"execute-api:Invoke"}, resources: []string{"execute-api:/*"},
			when: conditions{"StringNotEquals": {"aws:PrincipalOrgID": {s.OrgID}}},
		},
	}
}

// --- the functions, in a member account -------------------------------------------------------------------------------

const (
	anyRole = "arn:aws:iam::${AWS::AccountId}:role/*"
	anyUser = "arn:aws:iam::${AWS::AccountId}:user/*"
)

func (s Settings) ownPolicies() string {
	return "arn:aws:iam::${AWS::AccountId}:policy/" + s.Name + "/*"
}

// ownThings are what no function and no elevated principal may change: Curfew's roles and the boundaries.
func (s Settings) ownThings(account string) []string {
	return append([]string{"arn:aws:iam::" + account + ":role/" + s.resource("*")}, s.boundaryARNs(account)...)
}

// memberPermissions gives what each function that looks at principals may do in a member account.
func (s Settings) memberPermissions() map[string][]statement {
	return map[string][]statement{
		"api":       join(s.looks(), s.measures(), s.neverOwn()),
		"grant":     join(s.looks(), s.readsOwnPolicies(), s.adds(), s.neverOwn()),
		"revoke":    join(s.looks(), s.readsOwnPolicies(), s.removes(), s.neverOwn()),
		"contain":   join(s.looks(), s.readsOwnPolicies(), s.contains(), s.neverOwn()),
		"reconcile": join(s.looks(), s.readsOwnPolicies(), s.surveys(), s.neverOwn()),
		"trigger":   join(s.looks(), s.measures(), s.confirms(), s.starts(), s.neverOwn()),
	}
}

// looks reads principals and what is on them.
func (s Settings) looks() []statement {
	return []statement{{
		sid: "Look", actions: []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
			"iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"},
		resources: []string{anyRole, anyUser},
	}}
}

// measures tells, at request, how much room there is on a principal.
func (s Settings) measures() []statement {
	return []statement{
		{sid: "Measure", actions: []string{"iam:ListRolePolicies", "iam:ListUserPolicies"}, resources: []string{anyRole, anyUser}},
		{sid: "Quotas", actions: []string{"iam:GetAccountSummary"}, resources: []string{"*"}},
	}
}

func (s Settings) readsOwnPolicies() []statement {
	return []statement{{sid: "ReadOwnPolicies", actions: []string{"iam:GetPolicy", "iam:GetPolicyVersion"}, resources: []string{s.ownPolicies()}}}
}

func (s Settings) surveys() []statement {
	return []statement{{sid: "Survey", actions: []string{"iam:GetAccountAuthorizationDetails"}, resources: []string{"*"}}}
}

// marked is a principal that bears the tag; bounded one under an accepted boundary.
func (s Settings) marked() (key string, values []string) {
	return "aws:ResourceTag/" + s.tag(), []string{"true"}
}

func (s Settings) bounded() (key string, values []string) {
	return "iam:PermissionsBoundary", s.boundaryARNs("${AWS::AccountId}")
}

// onlyMarkedAndBounded: IAM cannot see what an inline policy says, so the boundary is the cap, and a principal without
// both is never granted anything.
func (s Settings) onlyMarkedAndBounded() map[string][]string {
	tag, true_ := s.marked()
	boundary, accepted := s.bounded()
	return map[string][]string{tag: true_, boundary: accepted}
}

// addsInline is for grant and contain. IAM has no condition for the name or the content of an inline policy: both write
// none but <name>-<id> and <name>-q-<id>, because of their code alone, and whoever took over either could put anything on a
// marked principal, under any name, over its other policies too. What bounds that is the boundary, and neverOwn.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s Settings) addsInline() statement {
	return statement{
		sid: "AddInline", actions: []string{"iam:PutRolePolicy", "iam:PutUserPolicy"}, resources: []string{anyRole, anyUser},
		when: conditions{"StringEquals": s.onlyMarkedAndBounded()},
	}
}

// contains closes the fence of a grant, under the grant's own name, or puts a Deny beside it. Both are inline: it needs no
// managed policy, and it can take nothing away, so that it is revoke that clears up after it.
func (s Settings) contains() []statement { return []statement{s.addsInline()} }

// adds can add and can take nothing away. Of managed policies it attaches only what lies under Curfew's own path.
func (s Settings) adds() []statement {
	return []statement{
		s.addsInline(),
		{
			sid: "AddManaged", actions: []string{"iam:AttachRolePolicy", "iam:AttachUserPolicy"}, resources: []string{anyRole, anyUser},
			when: conditions{"StringEquals": s.onlyMarkedAndBounded(), "ArnLike": {"iam:PolicyARN": {s.ownPolicies()}}},
		},
		{sid: "MakePolicies", actions: []string{"iam:CreatePolicy"}, resources: []string{s.ownPolicies()}},
	}
}

// removes can take away and can add nothing: grants, and what contain put there. The tag or the boundary is enough, in a statement each: taking one of them
// off a principal locks nobody in.
func (s Settings) removes() []statement {
	tag, true_ := s.marked()
	boundary, accepted := s.bounded()
	all := []statement{{
		sid: "DeletePolicies", actions: []string{"iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:ListEntitiesForPolicy", "iam:ListPolicyVersions"}, resources: []string{s.ownPolicies()},
	}}
	for _, by := range []struct {
		sid, key string
		values   []string
	}{{"ByTag", tag, true_}, {"ByBoundary", boundary, accepted}} {
		on := map[string][]string{by.key: by.values}
		all = append(all, statement{
			sid: "RemoveInline" + by.sid, actions: []string{"iam:DeleteRolePolicy", "iam:DeleteUserPolicy"}, resources: []string{anyRole, anyUser},
			when: conditions{"StringEquals": on},
		}, statement{
			sid: "RemoveManaged" + by.sid, actions: []string{"iam:DetachRolePolicy", "iam:DetachUserPolicy"}, resources: []string{anyRole, anyUser},
			when: conditions{"StringEquals": on, "ArnLike": {"iam:PolicyARN": {s.ownPolicies()}}},
		})
	}
	return all
}

// neverOwn keeps every function off Curfew's own roles and off the boundaries, whatever their tags say.
func (s Settings) neverOwn() []statement {
	return []statement{
		{sid: "NeverOwnThings", effect: deny, actions: []string{"iam:*"}, resources: s.ownThings("${AWS::AccountId}")},
		{sid: "NeverOtherRoles", effect: deny, actions: []string{"sts:AssumeRole"}, resources: []string{"*"}},
	}
}

// --- everybody else ---------------------------------------------------------------------------------------------------

// boundary is what a principal that may be elevated is bounded by: everything, but for what would outlive or undo the
// bound itself. It is intersected with what the principal is allowed, and allows nothing by itself.
func (s Settings) boundary() []statement {
	tag, true_ := s.marked()
	boundary, accepted := s.bounded()
	return []statement{
		{sid: "AllBut", actions: []string{"*"}, resources: []string{"*"}},
		{
			// True as well of a target without any boundary, because a negated operator is true of a missing key.
			sid: "UnboundedTargets", effect: deny, actions: principalWrites(), resources: []string{"*"},
			when: conditions{"StringNotEquals": {boundary: accepted}},
		},
		{
			// Only Curfew changes a marked principal: a change by an elevated session would outlive the elevation. Tags of any key
			// are among the changes: the mark would come off, and other tags may decide what the principal is allowed.
			sid: "MarkedTargets", effect: deny, resources: []string{"*"}, when: conditions{"StringEquals": {tag: true_}},
			actions: slices.Concat(principalWrites(), tagWrites(), []string{"iam:DeleteRole", "iam:DeleteUser", "iam:UpdateUser"}),
		},
		{
			// None of these can be told by the target's boundary: boundaries themselves, keys and passwords, groups, policies
			// that others bear, and who may sign in.
			sid: "BoundsAndCredentials", effect: deny, resources: []string{"*"},
			actions: []string{
				"iam:*PermissionsBoundary", "iam:*AccessKey", "iam:*LoginProfile", "iam:*ServiceSpecificCredential", "iam:ChangePassword",
				"iam:*MFADevice", "iam:UploadSSHPublicKey", "iam:UpdateSSHPublicKey", "iam:*SigningCertificate",
				"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
				"iam:CreateSAMLProvider", "iam:UpdateSAMLProvider", "iam:*OpenIDConnectProvider*", "iam:UpdateAccountPasswordPolicy",
			},
		},
		{
			sid: "CurfewsTags", effect: deny, actions: append(tagWrites(), "iam:CreateRole", "iam:CreateUser"), resources: []string{"*"},
			when: conditions{"ForAnyValue:StringEqualsIgnoreCase": s.namesTheMark()},
		},
		{
			// Everything but to look: to assume or pass its roles, to invoke its functions, to change any of it.
			sid: "CurfewsThings", effect: deny, but: []string{"iam:Get*", "iam:List*"},
			resources: append(s.ownThings("*"), "arn:aws:iam::*:policy/"+s.Name+"/*", s.everywhere("lambda", "function:"), s.everywhere("states", "*:"),
				s.everywhere("dynamodb", "table/"), s.everywhere("sqs", ""), s.everywhere("sns", ""), s.everywhere("events", "rule/"),
				"arn:aws:events:*:*:event-bus/"+s.Name, s.everywhere("events", "event-bus/"), s.everywhere("scheduler", "schedule/*/"), s.everywhere("logs", "log-group:/aws/*/"), s.everywhere("cloudwatch", "alarm:"),
				"arn:aws:cloudformation:*:*:stack/"+s.Name+"/*", s.everywhere("cloudformation", "stack/")),
		},
		s.mappings(nil),
	}
}

// mappings bear no name of ours, and are told by the function that they invoke.
func (s Settings) mappings(butBy map[string][]string) statement {
	when := conditions{"ArnLike": {"lambda:FunctionArn": {s.everywhere("lambda", "function:")}}}
	if butBy != nil {
		when["ArnNotLike"] = butBy
	}
	return statement{
		sid: "CurfewsMappings", effect: deny, actions: []string{"lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"},
		resources: []string{"*"}, when: when,
	}
}

// everywhere is all of one kind that bears this installation's name, in any Region and account.
func (s Settings) everywhere(service, kind string) string {
	return "arn:aws:" + service + ":*:*:" + kind + s.resource("*")
}

// principalWrites are the writes on a role or user for which IAM knows the target's boundary.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func principalWrites() []string {
	return []string{
		"iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy",
		"iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:UpdateAssumeRolePolicy",
	}
}

// tagWrites are the changes of the tags of a role or user. IAM knows the tags that the target bears.
func tagWrites() []string {
	return []string{"iam:TagRole", "iam:TagUser", "iam:UntagRole", "iam:UntagUser"}
}

// namesTheMark is the condition on the tag keys of a request. IAM compares tag keys of roles and users without case: a tag
// "CURFEW:managed" replaces "curfew:managed". The operator decides how the values of aws:TagKeys are compared, so it must be
// one that ignores case. It takes no wildcards, so the key is written in full; Curfew has no other tag.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func (s Settings) namesTheMark() map[string][]string {
	return map[string][]string{"aws:TagKeys": {s.tag()}}
}
