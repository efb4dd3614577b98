package main

type resourcePolicies Settings

// keyPolicy delegates to the account's IAM, and lets CloudWatch publish to the encrypted topic.
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

func denyWithoutTLS(action string, resources ...string) statement {
	return statement{
		sid: "OnlyTLS", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{action},
		resources: resources, when: conditions{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}

func (s resourcePolicies) queuePolicy(q queue) []statement {
	all := []statement{denyWithoutTLS("sqs:*", s.queueARN(q.name))}
	if q.isClosed {
		all = append(all, s.denyOtherSenders(q.name))
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

// denyOtherSenders: a sender to a queue of events could claim any task or call, or have all accounts read again and again.
func (s resourcePolicies) denyOtherSenders(queue string) statement {
	when := conditions{"Bool": {"aws:PrincipalIsAWSService": {"false"}}}
	if queue == "triggers" && intake(s).opensWindows() {
		when["ArnNotEquals"] = map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::${AWS::AccountId}:role/" + s.resource("scheduler")}}
	}
	if queue == "reviews" { // one message for each account
		when["ArnNotEquals"] = map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::${AWS::AccountId}:role/" + s.resource("review")}}
	}
	return statement{
		sid: "NobodyElse", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"sqs:SendMessage"},
		resources: []string{s.queueARN(queue)}, when: when,
	}
}

func (s resourcePolicies) topicPolicy(topic string) []statement {
	all := []statement{denyWithoutTLS("sns:Publish", s.topicARN(topic))}
	if topic != "alarms" {
		return all
	}
	return append(all, statement{
		sid: "Alarms", principal: map[string]string{"Service": "cloudwatch.amazonaws.com"}, actions: []string{"sns:Publish"},
		resources: []string{s.topicARN(topic)}, when: conditions{"StringEquals": {"aws:SourceAccount": {"${AWS::AccountId}"}}},
	})
}

// restAPIPolicy: a caller from another account also needs permission there.
func (s resourcePolicies) restAPIPolicy() []statement {
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

// membersBusPolicy: PutEvents refuses AWS's sources, and rules of this bus match no others. The function trigger takes
// only events of governed accounts.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (s resourcePolicies) membersBusPolicy() []statement {
	return s.organizationSends("members", s.memberRole("forward"))
}

// organizationSends admits the role of the rules that forward events. A rule whose target is in another account of the
// organization sends with its role.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
func (s resourcePolicies) organizationSends(bus, role string) []statement {
	return []statement{{
		sid: "Organization", principal: map[string]string{"AWS": "*"}, actions: []string{"events:PutEvents"}, resources: []string{s.busARN(bus)},
		when: conditions{"StringEquals": {"aws:PrincipalOrgID": {s.OrgID}}, "ArnLike": {"aws:PrincipalArn": {inEveryAccount(role)}}},
	}}
}

// trailBusPolicy: as membersBusPolicy, and home's own events of other Regions. Only the roles of the Regions' rules may
// send: such a rule forwards what AWS sent to its own account.
func (s resourcePolicies) trailBusPolicy() []statement {
	home := statement{
		sid: "Home", principal: map[string]string{"AWS": "arn:aws:iam::${AWS::AccountId}:root"},
		actions: []string{"events:PutEvents"}, resources: []string{s.busARN("trail")},
	}
	return append(append([]statement{home}, s.organizationSends("trail", s.resource("route-*"))...), statement{
		sid: "OnlyRoutes", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"events:PutEvents"}, resources: []string{s.busARN("trail")},
		when: conditions{"ArnNotLike": {"aws:PrincipalArn": {inEveryAccount(s.resource("route-*"))}}},
	})
}

// tasksBusPolicy denies all but the senders, also in home. A sender from another account also needs permission there.
//
// One call puts several events: ForAllValues requires each source to be one that the catalog waits for. It is true
// without the key, so Null requires the key.
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
