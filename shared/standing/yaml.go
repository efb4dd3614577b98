package standing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"curfew/shared/iampolicy"
)

// planName is a name for the catalog, unique for the ARN.
func planName(arn string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(lastName(arn)) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			b.WriteByte('-')
		}
	}
	name := b.String()
	sum := sha256.Sum256([]byte(arn))
	return "jit-" + name[:min(len(name), 40)] + "-" + hex.EncodeToString(sum[:4])
}

// quoted is a text in YAML: JSON's quotes are YAML's.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		return `""` // no string fails
	}
	return string(b)
}

func quotedList(all []string) string {
	var parts []string
	for _, text := range all {
		parts = append(parts, quoted(text))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (b *builder) most() string {
	if b.job == nil {
		return "1h"
	}
	minutes := max(15, (b.job.longest*3/2+59)/60)
	return fmt.Sprintf("%dm", min(minutes, int64(12*time.Hour/time.Minute)))
}

func (b *builder) entitlementYAML(names []string) string {
	var w strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&w, format+"\n", a...) }
	line("about: %s", quoted("What "+b.p.Name+" could do at all times before"))
	line("owners: [%s]", quoted("group:"+orElse(b.o.Owners, "platform")))
	line("principals: [%s]", quoted(b.p.ARN))
	if b.job != nil {
		line("requesters: [%s]", quoted("trigger:"+b.plan.Name))
		line("tasks: [%s]", b.job.of.kind)
		line("max: %s", b.most())
		line("session: none")
	} else {
		line("requesters: [%s]", quoted("group:"+orElse(b.o.Requesters, "engineers")))
		line("tasks: [change, incident]")
		line("max: %s", b.most())
		line("approval: {need: 1, of: [%s], within: 4h}", quoted("group:"+orElse(b.o.Approvers, "leads")))
		if b.kind == Human && !b.p.User {
			line("session: userid")
			line("binding: weak # until the trust policy pins the name of the session")
		} else {
			line("session: none")
		}
	}
	if len(names) > 0 {
		line("names: %s", quotedList(names))
	}
	line("policy:")
	line("  Version: %s", quoted(iampolicy.Version))
	line("  Statement:")
	for _, s := range b.entitlement.Statements {
		writeStatement(line, s)
	}
	return w.String()
}

func writeStatement(line func(string, ...any), s iampolicy.Statement) {
	line("    - Effect: %s", s.Effect)
	line("      Action: %s", quotedList(s.Actions))
	if len(s.NotResources) > 0 {
		line("      NotResource: %s", quotedList(s.NotResources))
	} else {
		line("      Resource: %s", quotedList(s.Resources))
	}
	if len(s.Conditions) == 0 {
		return
	}
	line("      Condition:")
	operator := ""
	for _, c := range s.Conditions { // sorted by operator
		if c.Operator != operator {
			operator = c.Operator
			line("        %s:", quoted(operator))
		}
		line("          %s: %s", quoted(c.Key), quotedList(c.Values))
	}
}

// start is the pattern of the job's start.
func (g group) start() (detail []string, principal string) {
	switch g.source {
	case "aws.backup":
		state := "state"
		if strings.HasPrefix(g.detailType, "Restore") {
			state = "status"
		}
		return []string{state + ": [RUNNING]", "iamRoleArn: [" + quoted(g.role) + "]"}, "detail.iamRoleArn"
	case "aws.batch":
		return []string{"status: [RUNNING]", "jobDefinition: [{prefix: " + quoted(allRevisions(g.resource)) + "}]"}, "detail.container.jobRoleArn"
	case "aws.ecs":
		return []string{"lastStatus: [RUNNING]", "taskDefinitionArn: [{prefix: " + quoted(allRevisions(g.resource)) + "}]"}, ""
	}
	return []string{"status: [RUNNING]", "stateMachineArn: [" + quoted(g.resource) + "]"}, ""
}

// allRevisions is a definition's ARN until its revision.
func allRevisions(arn string) string { return arn[:strings.LastIndexByte(arn, ':')+1] }

func (b *builder) triggerYAML() string {
	var w strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&w, format+"\n", a...) }
	detail, principal := b.job.of.start()
	line("about: %s", quoted("What "+b.p.Name+" needs while its job runs"))
	line("entitlement: %s", b.plan.Name)
	line("principals: [%s]", quoted(b.p.ARN))
	if principal != "" {
		line("principal: %s", principal)
	}
	line("start:")
	line("  source: [%s]", b.job.of.source)
	line("  detail-type: [%s]", quoted(b.job.of.detailType))
	line("  detail:")
	for _, d := range detail {
		line("    %s", d)
	}
	if b.job.unconfirmed {
		line("unconfirmed: true")
	}
	line("reason: %s", quoted("A job of "+b.p.Name+" runs"))
	line("max: %s", b.most())
	return w.String()
}

// identitiesYAML are lines for identities.yaml: a trigger's principals are machines.
func (b *builder) identitiesYAML() string {
	if b.job == nil {
		return "principals:\n  - " + quoted(b.p.ARN) + "\n"
	}
	return fmt.Sprintf("principals:\n  - %s\nmachines:\n  - {name: %s, principal: %s, groups: [jobs]}\ngroups: [jobs]\n", quoted(b.p.ARN), b.plan.Name, quoted(b.p.ARN))
}
