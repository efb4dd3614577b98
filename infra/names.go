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
func (s Settings) busARN(bus string) string     { return inHome("events", "event-bus/"+s.busName(bus)) }
func (s Settings) machineARN() string {
	return inHome("states", "stateMachine:"+s.resource("elevation"))
}
func (s Settings) executionARN() string {
	return inHome("states", "execution:"+s.resource("elevation")+":*")
}
func (s Settings) functionARN(f string) string { return inHome("lambda", "function:"+s.resource(f)) }
func (s Settings) logGroup(f string) string    { return "/aws/lambda/" + s.resource(f) }

// ruleARN is of a rule of the default bus, or of one of our own: "bus/rule".
func (s Settings) ruleARN(rule string) string {
	if bus, rule, own := strings.Cut(rule, "/"); own {
		return inHome("events", "rule/"+s.busName(bus)+"/"+s.resource(rule))
	}
	return inHome("events", "rule/"+s.resource(rule))
}

// busName is the name of one of the buses; the one without a name of its own has the installation's.
func (s Settings) busName(bus string) string {
	if bus == "" {
		return s.Name
	}
	return s.resource(bus)
}

// homeBusARN is a bus of home as seen from a member account, whose stack is in home's Region.
func (s Settings) homeBusARN(bus string) string {
	return "arn:aws:events:${AWS::Region}:" + s.Home + ":event-bus/" + s.busName(bus)
}

// canaryRole is the principal of canaries in a member account. Its path keeps it apart from Curfew's own roles, which are
// nobody's to change, Curfew's functions included.
func (s Settings) canaryRole() (path, name string) { return "/canary/", s.resource("canary") }

// canaryARN is the one that canaries are begun on: the first account's. Empty: there are none.
func (s Settings) canaryARN() string {
	if !s.Canary || len(s.Accounts) == 0 {
		return ""
	}
	path, name := s.canaryRole()
	return "arn:aws:iam::" + s.Accounts[0] + ":role" + path + name
}

// sings reports whether there are canaries: the catalog must have an entitlement for exactly that principal.
func (s Settings) sings() bool {
	return s.canaryARN() != "" && s.catalog.isFor("canary", s.canaryARN())
}

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
