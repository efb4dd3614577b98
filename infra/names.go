package main

import "strings"

// Every name depends on the setting name alone: statements can use it before its resource exists, and stacks need no
// references to each other. CloudFormation fills in ${}.

type Names struct {
	// Name is the prefix of every name in AWS. [a-z][a-z0-9-]*, at most 20 characters, not ending in -q: containments
	// of "a" are named a-q-<id>, like grants of "a-q".
	Name string
	// Home is the account that Curfew runs in. Empty: no member stack.
	Home string
	// Boundaries are the names, with path, of the accepted permissions boundaries.
	Boundaries []string
}

func (n Names) resource(what string) string { return n.Name + "-" + what }

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

// keyARN is of the key of the tables and topics.
const keyARN = "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}"

func (n Names) parameter(what string) string { return "/" + n.Name + "/" + what }

func (n Names) logGroup(f string) string { return "/aws/lambda/" + n.resource(f) }

// ruleARN takes "rule" on the default bus, or "bus/rule".
func (n Names) ruleARN(rule string) string {
	if bus, rule, own := strings.Cut(rule, "/"); own {
		return inHome("events", "rule/"+n.busName(bus)+"/"+n.resource(rule))
	}
	return inHome("events", "rule/"+n.resource(rule))
}

func (n Names) busName(bus string) string {
	if bus == "" {
		return n.Name
	}
	return n.resource(bus)
}

func (n Names) homeBusARN(bus string) string {
	return "arn:aws:events:${AWS::Region}:" + n.Home + ":event-bus/" + n.busName(bus)
}

// canaryRole has a path that separates it from Curfew's roles, which no function may change.
func (n Names) canaryRole() (path, name string) { return "/canary/", n.resource("canary") }

func (n Names) queueURL(queue string) string {
	return "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/" + n.resource(queue)
}

func (n Names) memberRole(function string) string { return n.resource("member-" + function) }

// inEveryAccount returns the ARN of a role that has the same name in each. Conditions limit it to the organization.
func inEveryAccount(role string) string { return "arn:aws:iam::*:role/" + role }

func (n Names) boundaryARNs(account string) []string {
	var all []string
	for _, b := range n.Boundaries {
		all = append(all, "arn:aws:iam::"+account+":policy/"+b)
	}
	return all
}

func (n Names) tag() string { return n.Name + ":managed" }

// logicalID returns the CloudFormation name: "execution-closed" becomes ExecutionClosed.
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

func (n Names) markCondition() (key string, values []string) {
	return "aws:ResourceTag/" + n.tag(), []string{"true"}
}

func (n Names) boundaryCondition() (key string, values []string) {
	return "iam:PermissionsBoundary", n.boundaryARNs("${AWS::AccountId}")
}

// tagKeyCondition needs an operator that ignores case: for IAM, tag "CURFEW:managed" replaces "curfew:managed". Such an
// operator takes no wildcards.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func (n Names) tagKeyCondition() map[string][]string {
	return map[string][]string{"aws:TagKeys": {n.tag()}}
}

func (n Names) ownPolicies() string {
	return "arn:aws:iam::${AWS::AccountId}:policy/" + n.Name + "/*"
}

// protectedARNs: no function and no elevated principal may change these.
func (n Names) protectedARNs(account string) []string {
	return append([]string{"arn:aws:iam::" + account + ":role/" + n.resource("*")}, n.boundaryARNs(account)...)
}

func (n Names) inAnyAccount(service, kind string) string {
	return "arn:aws:" + service + ":*:*:" + kind + n.resource("*")
}

// rulesOfBus are the rules of the bus that has the installation's own name: inAnyAccount does not match them.
func (n Names) rulesOfBus() string { return "arn:aws:events:*:*:rule/" + n.Name + "/*" }
