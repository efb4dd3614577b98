package main

// resourcePolicies are the policies of queues, topics, buses and the machines' door.
type resourcePolicies Settings

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
func (s resourcePolicies) queuePolicy(q queue) []statement {
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

// nobodyElse keeps everybody off the queue of events but EventBridge, for which queuePolicy names the rules, and the
// schedules: who could put a message there could tell of any task.
func (s resourcePolicies) nobodyElse(queue string) statement {
	when := conditions{"Bool": {"aws:PrincipalIsAWSService": {"false"}}}
	if intake(s).opensWindows() {
		when["ArnNotEquals"] = map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::${AWS::AccountId}:role/" + s.resource("scheduler")}}
	}
	return statement{
		sid: "NobodyElse", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"sqs:SendMessage"},
		resources: []string{s.queueARN(queue)}, when: when,
	}
}

// topicPolicy demands TLS; alarms of this account may be published to the topic of that name.
func (s resourcePolicies) topicPolicy(topic string) []statement {
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
func (s resourcePolicies) machinesDoorPolicy() []statement {
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

// membersBusPolicy lets the member accounts forward. Whoever puts an event there himself can put none that a rule of this
// bus is for: PutEvents refuses the sources of AWS.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (s resourcePolicies) membersBusPolicy() []statement {
	var all []statement
	for _, account := range s.Accounts {
		all = append(all, statement{
			sid: "Account" + account, principal: map[string]string{"AWS": "arn:aws:iam::" + account + ":root"},
			actions: []string{"events:PutEvents"}, resources: []string{s.busARN("members")},
		})
	}
	return all
}

// tasksBusPolicy names who may send, and what; it denies everybody else, in home too. A sender of another account needs
// their own account's permission as well.
//
// One call puts several events, so the key events:source has several values: every one of them must be a source that the
// catalog waits for, and ForAllValues says so. It is true of a call without the key, so Null demands the key.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (s resourcePolicies) tasksBusPolicy() []statement {
	var all []statement
	for _, account := range intake(s).taskAccounts() {
		all = append(all, statement{
			sid: "Senders" + account, principal: map[string]string{"AWS": "arn:aws:iam::" + account + ":root"},
			actions: []string{"events:PutEvents"}, resources: []string{s.busARN("tasks")},
			when: conditions{
				"ArnEquals":                 {"aws:PrincipalArn": s.TaskSenders},
				"ForAllValues:StringEquals": {"events:source": s.catalog.others()},
				"Null":                      {"events:source": {"false"}},
			},
		})
	}
	return append(all, statement{
		sid: "NobodyElse", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"events:PutEvents"},
		resources: []string{s.busARN("tasks")}, when: conditions{"ArnNotEquals": {"aws:PrincipalArn": s.TaskSenders}},
	})
}
