package main

import "strings"

// This file names what the stacks make. Every name is made of the setting name alone, so that statements, members and
// the functions' variables can say a name before, and without, the thing itself: there are no circles between stacks and
// resources. References in ${} are CloudFormation's own, filled in by Fn::Sub.

// resource is the name of something of this installation.
func (s Settings) resource(what string) string { return s.Name + "-" + what }

// inHome is an ARN in the account and Region of the stack.
func inHome(service, resource string) string {
	return "arn:aws:" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource
}

func (s Settings) tableARN(table string) string {
	return inHome("dynamodb", "table/"+s.resource(table))
}
func (s Settings) queueARN(queue string) string { return inHome("sqs", s.resource(queue)) }
func (s Settings) topicARN(topic string) string { return inHome("sns", s.resource(topic)) }
func (s Settings) ruleARN(rule string) string   { return inHome("events", "rule/"+s.resource(rule)) }
func (s Settings) busARN() string               { return inHome("events", "event-bus/"+s.Name) }
func (s Settings) machineARN() string {
	return inHome("states", "stateMachine:"+s.resource("elevation"))
}
func (s Settings) executionARN() string {
	return inHome("states", "execution:"+s.resource("elevation")+":*")
}
func (s Settings) functionARN(f string) string { return inHome("lambda", "function:"+s.resource(f)) }
func (s Settings) logGroup(f string) string    { return "/aws/lambda/" + s.resource(f) }

func (s Settings) queueURL(queue string) string {
	return "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/" + s.resource(queue)
}

// memberRole is the role that a function of home assumes in a member account.
func (s Settings) memberRole(function string) string { return s.resource("member-" + function) }

// memberRoleARNs are that role in every member account.
func (s Settings) memberRoleARNs(function string) []string {
	var all []string
	for _, account := range s.Accounts {
		all = append(all, "arn:aws:iam::"+account+":role/"+s.memberRole(function))
	}
	return all
}

// boundaryARNs are the accepted boundaries of one account, which may be a reference.
func (s Settings) boundaryARNs(account string) []string {
	var all []string
	for _, b := range s.Boundaries {
		all = append(all, "arn:aws:iam::"+account+":policy/"+b)
	}
	return all
}

// tag marks a principal as one that this installation may elevate; its value is "true".
func (s Settings) tag() string { return s.Name + ":managed" }

// logicalID makes CloudFormation's name of a thing from ours: "execution-closed" is ExecutionClosed.
func logicalID(parts ...string) string {
	var id strings.Builder
	for _, part := range parts {
		for word := range strings.SplitSeq(part, "-") {
			if word != "" {
				id.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
	}
	return id.String()
}
