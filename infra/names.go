package main

import "strings"

// This file names what the stacks make. Every name is made of the setting name alone, so that statements, members and
// the functions' variables can say a name before, and without, the thing itself: there are no circles between stacks and
// resources. References in ${} are CloudFormation's own, filled in by Fn::Sub.

// Names are the settings that names are made of.
type Names struct {
	// Name stands before every name that is made in AWS, so that two installations in one account never meet.
	// [a-z][a-z0-9-]*, at most 20 characters, and not …-q: a containment of the installation "a" is called a-q-<id>, as a
	// grant of one called "a-q" would be.
	Name string
	// Home is the account that Curfew lives in, 12 digits. The roles in member accounts trust functions of it and nobody
	// else; without it the stack for member accounts is left out.
	Home string
	// Accounts are the member accounts in which principals may be elevated. None: nobody can be.
	Accounts []string
	// Boundaries are the names, with a path if they have one, of the permissions boundaries under which a principal may be
	// granted anything, in each member account. Default: the one that the member stack makes.
	Boundaries []string
}

// resource is the name of something of this installation.
func (n Names) resource(what string) string { return n.Name + "-" + what }

// inHome is an ARN in the account and Region of the stack.
func inHome(service, resource string) string {
	return "arn:aws:" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource
}

func (n Names) tableARN(table string) string {
	return inHome("dynamodb", "table/"+n.resource(table))
}
func (n Names) queueARN(queue string) string { return inHome("sqs", n.resource(queue)) }
func (n Names) topicARN(topic string) string { return inHome("sns", n.resource(topic)) }
func (n Names) busARN(bus string) string     { return inHome("events", "event-bus/"+n.busName(bus)) }
func (n Names) machineARN() string {
	return inHome("states", "stateMachine:"+n.resource("elevation"))
}
func (n Names) executionARN() string {
	return inHome("states", "execution:"+n.resource("elevation")+":*")
}
func (n Names) functionARN(f string) string { return inHome("lambda", "function:"+n.resource(f)) }
func (n Names) logGroup(f string) string    { return "/aws/lambda/" + n.resource(f) }

// ruleARN is of a rule of the default bus, or of one of our own: "bus/rule".
func (n Names) ruleARN(rule string) string {
	if bus, rule, own := strings.Cut(rule, "/"); own {
		return inHome("events", "rule/"+n.busName(bus)+"/"+n.resource(rule))
	}
	return inHome("events", "rule/"+n.resource(rule))
}

// busName is the name of one of the buses; the one without a name of its own has the installation's.
func (n Names) busName(bus string) string {
	if bus == "" {
		return n.Name
	}
	return n.resource(bus)
}

// homeBusARN is a bus of home as seen from a member account, whose stack is in home's Region.
func (n Names) homeBusARN(bus string) string {
	return "arn:aws:events:${AWS::Region}:" + n.Home + ":event-bus/" + n.busName(bus)
}

// canaryRole is the principal of canaries in a member account. Its path keeps it apart from Curfew's own roles, which are
// nobody's to change, Curfew's functions included.
func (n Names) canaryRole() (path, name string) { return "/canary/", n.resource("canary") }

func (n Names) queueURL(queue string) string {
	return "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/" + n.resource(queue)
}

// memberRole is the role that a function of home assumes in a member account.
func (n Names) memberRole(function string) string { return n.resource("member-" + function) }

// memberRoleARNs are that role in every member account.
func (n Names) memberRoleARNs(function string) []string {
	var all []string
	for _, account := range n.Accounts {
		all = append(all, "arn:aws:iam::"+account+":role/"+n.memberRole(function))
	}
	return all
}

// boundaryARNs are the accepted boundaries of one account, which may be a reference.
func (n Names) boundaryARNs(account string) []string {
	var all []string
	for _, b := range n.Boundaries {
		all = append(all, "arn:aws:iam::"+account+":policy/"+b)
	}
	return all
}

// tag marks a principal as one that this installation may elevate; its value is "true".
func (n Names) tag() string { return n.Name + ":managed" }

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

// marked is a principal that bears the tag; bounded one under an accepted boundary.
func (n Names) marked() (key string, values []string) {
	return "aws:ResourceTag/" + n.tag(), []string{"true"}
}

func (n Names) bounded() (key string, values []string) {
	return "iam:PermissionsBoundary", n.boundaryARNs("${AWS::AccountId}")
}

// namesTheMark is the condition on the tag keys of a request. IAM compares tag keys of roles and users without case: a tag
// "CURFEW:managed" replaces "curfew:managed". The operator decides how the values of aws:TagKeys are compared, so it must be
// one that ignores case. It takes no wildcards, so the key is written in full; Curfew has no other tag.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func (n Names) namesTheMark() map[string][]string {
	return map[string][]string{"aws:TagKeys": {n.tag()}}
}

func (n Names) ownPolicies() string {
	return "arn:aws:iam::${AWS::AccountId}:policy/" + n.Name + "/*"
}

// ownThings are what no function and no elevated principal may change: Curfew's roles and the boundaries.
func (n Names) ownThings(account string) []string {
	return append([]string{"arn:aws:iam::" + account + ":role/" + n.resource("*")}, n.boundaryARNs(account)...)
}

// everywhere is all of one kind that bears this installation's name, in any Region and account.
func (n Names) everywhere(service, kind string) string {
	return "arn:aws:" + service + ":*:*:" + kind + n.resource("*")
}
