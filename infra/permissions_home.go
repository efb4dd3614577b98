package main

type homeRoles Settings

func (s homeRoles) functionBasics(function string) []statement {
	return append(ownLog(s.Names, function), statement{
		sid: "TableKey", actions: []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
		resources: []string{keyARN},
		when:      conditions{"StringEquals": {"kms:ViaService": {"dynamodb.${AWS::Region}.amazonaws.com"}}},
	})
}

func ownLog(n Names, function string) []statement {
	return []statement{{
		sid: "OwnLog", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		resources: []string{inHome("logs", "log-group:"+n.logGroup(function)+":*")},
	}}
}

func (s homeRoles) allowStartExecutions() []statement {
	return []statement{
		{sid: "Start", actions: []string{"states:StartExecution"}, resources: []string{s.machineARN()}},
		{sid: "LookAtExecution", actions: []string{"states:DescribeExecution"}, resources: []string{s.executionARN()}},
	}
}

// allowAnswerTasks takes neither resource nor condition. A token gives no authority: Grant and Revoke act on the
// record.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
func (s homeRoles) allowAnswerTasks(actions ...string) []statement {
	return []statement{{sid: "AnswerTasks", actions: actions, resources: []string{"*"}}}
}

func (s homeRoles) allowInvoke(functions ...string) []statement {
	var arns []string
	for _, f := range functions {
		arns = append(arns, s.functionARN(f))
	}
	return []statement{{sid: "Invoke", actions: []string{"lambda:InvokeFunction"}, resources: arns}}
}

func (s homeRoles) allowSend(queue string) []statement {
	return []statement{{sid: logicalID("send", queue), actions: []string{"sqs:SendMessage"}, resources: []string{s.queueARN(queue)}}}
}

func (s homeRoles) allowReceive(queue string) []statement {
	return []statement{{
		sid: logicalID("receive", queue), actions: []string{"sqs:DeleteMessage", "sqs:ReceiveMessage"},
		resources: []string{s.queueARN(queue)},
	}}
}

// allowPoll is what Lambda's poller does with the function's role.
func (s homeRoles) allowPoll(queue string) []statement {
	return []statement{{
		sid: logicalID("poll", queue), actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
		resources: []string{s.queueARN(queue)},
	}}
}

func (s homeRoles) allowPublish() []statement {
	return []statement{
		{sid: "Tell", actions: []string{"sns:Publish"}, resources: []string{s.topicARN("messages"), s.topicARN("approvals")}},
		{
			sid: "TopicKey", actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, resources: []string{keyARN},
			when: conditions{"StringEquals": {"kms:ViaService": {"sns.${AWS::Region}.amazonaws.com"}}},
		},
		{sid: "PutEvents", actions: []string{"events:PutEvents"}, resources: []string{s.busARN("")}},
	}
}

// productARN is the home account's own product in Security Hub.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html
const productARN = "arn:aws:securityhub:${AWS::Region}:${AWS::AccountId}:product/${AWS::AccountId}/default"

func (s homeRoles) allowImportFindings() []statement {
	if !s.SecurityHub {
		return nil
	}
	return []statement{{sid: "ImportFindings", actions: []string{"securityhub:BatchImportFindings"}, resources: []string{productARN}}}
}

// allowLookUpDeployers: the event history of management events takes no resource.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
func (s homeRoles) allowLookUpDeployers() []statement {
	return []statement{{sid: "LookUpDeployers", actions: []string{"cloudtrail:LookupEvents"}, resources: []string{"*"}}}
}

// allowAssumeMemberRoles names the role of one function, in the organization's accounts. The role's trust policy names
// home. Which accounts are governed is for the registry to say: Revoke must not depend on it. AWS documents the condition
// for AssumeRole.
// https://aws.amazon.com/about-aws/whats-new/2022/04/iam-access-resource-organization
func (s homeRoles) allowAssumeMemberRoles(function string) []statement {
	if s.OrgID == "" {
		return nil
	}
	return []statement{{
		sid: "EnterAccounts", actions: []string{"sts:AssumeRole"}, resources: []string{inEveryAccount(s.memberRole(function))},
		when: conditions{"StringEquals": {"aws:ResourceOrgID": {s.OrgID}}},
	}}
}
