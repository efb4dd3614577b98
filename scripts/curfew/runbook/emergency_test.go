package runbook

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"curfew/shared/eventpattern"
	"curfew/shared/iampolicy"
)

const emergencyRole = "curfew-emergency"

// emergencyTrust is the trust policy that the runbook uses.
func emergencyTrust(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../infra/emergency.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func emergencyEffects() map[string]effect {
	return map[string]effect{
		"iam create-role": func(s stage, c instruction) {
			s.file("emergency.json", emergencyTrust(s.T))
			s.output(c)
			if got := s.trustOf(emergencyRole); !strings.Contains(got, "aws:MultiFactorAuthPresent") {
				s.Errorf("trust policy = %s", got)
			}
		},
		"iam attach-role-policy": func(s stage, c instruction) {
			s.values[administrator] = s.policy("/", "runbook-administrator")
			s.output(c)
			if got := s.attached(emergencyRole); !slices.Equal(got, []string{s.values[administrator]}) {
				s.Errorf("policies = %v", got)
			}
		},
		"sts assume-role": func(s stage, c instruction) {
			s.values["USER"], s.values["MFA"], s.values["CODE"] = "ana", "arn:aws:iam::777788889999:mfa/ana", "123456"
			s.shows(c, []string{"assumed-role/curfew-emergency/ana", "SessionToken"})
		},
	}
}

// detachesTheEmergencyPolicy ends what the sessions of the role may do.
func detachesTheEmergencyPolicy(s stage, c instruction) {
	s.output(c)
	if got := s.attached(emergencyRole); len(got) != 0 {
		s.Errorf("policies = %v, want none", got)
	}
}

// TestTheEmergencyRoleNeedsMFAANameAndAnAlarmedRegion: each condition of its trust policy by itself.
func TestTheEmergencyRoleNeedsMFAANameAndAnAlarmedRegion(t *testing.T) {
	trust, err := iampolicy.ParseTrust([]byte(emergencyTrust(t)))
	if err != nil {
		t.Fatal(err)
	}
	p := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "trust", Document: trust}}}
	for _, c := range []struct {
		what, key, value string
		want             iampolicy.Outcome
	}{
		{"as the runbook says", "aws:RequestedRegion", "eu-west-1", iampolicy.Allowed},
		{"without MFA", "aws:MultiFactorAuthPresent", "false", iampolicy.ImplicitDeny},
		{"with long-lived credentials", "aws:MultiFactorAuthPresent", "", iampolicy.ImplicitDeny},
		{"with the name of another", "sts:RoleSessionName", "ben", iampolicy.ImplicitDeny},
		{"where it is not alarmed", "aws:RequestedRegion", "eu-north-1", iampolicy.ImplicitDeny},
	} {
		context := iampolicy.Context{"aws:username": {"ana"}, "sts:RoleSessionName": {"ana"}, "aws:MultiFactorAuthPresent": {"true"}, "aws:RequestedRegion": {"us-east-1"}}
		context[c.key] = []string{c.value}
		if c.value == "" {
			delete(context, c.key)
		}
		call := iampolicy.Call{Action: "sts:AssumeRole", Resource: "arn:aws:iam::" + scpMember + ":role/" + emergencyRole, Context: context}
		if d := iampolicy.Evaluate(p, call); d.Outcome != c.want {
			t.Errorf("%s: %s by %v, want %s", c.what, d.Outcome, d.By, c.want)
		}
	}
	if principals := regexp.MustCompile(`"arn:[^"]*"`).FindAllString(emergencyTrust(t), -1); len(principals) < 2 || strings.Contains(strings.Join(principals, " "), "*") || strings.Contains(strings.Join(principals, " "), ":root") {
		t.Errorf("principals = %v, want named users", principals)
	}
}

// TestTheEmergencyRoleCannotSilenceItsAlarm in a member account, nor change Curfew there, itself or who may assume it.
func TestTheEmergencyRoleCannotSilenceItsAlarm(t *testing.T) {
	by := iampolicy.Context{"aws:PrincipalArn": {"arn:aws:iam::" + scpMember + ":role/" + emergencyRole}}
	in := func(service, resource string) string {
		return "arn:aws:" + service + ":us-east-1:" + scpMember + ":" + resource
	}
	for _, c := range [][2]string{
		{"events:DisableRule", in("events", "rule/curfew-emergency")}, {"events:EnableRule", in("events", "rule/curfew-emergency")}, {"events:RemoveTargets", in("events", "rule/curfew-emergency")},
		{"sns:DeleteTopic", in("sns", "curfew-emergency")}, {"sns:SetTopicAttributes", in("sns", "curfew-emergency")}, {"sns:Unsubscribe", in("sns", "curfew-emergency")},
		{"cloudformation:DeleteStack", in("cloudformation", "stack/curfew-region-us-east-1/1")},
		{"iam:UpdateAssumeRolePolicy", "arn:aws:iam::" + scpMember + ":role/curfew-emergency"}, {"iam:PutRolePolicy", "arn:aws:iam::" + scpMember + ":role/curfew-member-grant"},
	} {
		if d := iampolicy.Evaluate(scps(t, true), iampolicy.Call{Action: c[0], Resource: c[1], Context: by}); d.Outcome != iampolicy.ExplicitDeny {
			t.Errorf("%s on %s: %s", c[0], c[1], d.Outcome)
		}
	}
}

// TestEveryUseOfTheEmergencyRoleIsAlarmed by the rule of each governed Region, and only its use.
func TestEveryUseOfTheEmergencyRoleIsAlarmed(t *testing.T) {
	for _, of := range []string{"us-east-1", "eu-west-1"} {
		b, err := os.ReadFile("../../../infra/testdata/curfew-region-" + of + ".golden.json")
		if err != nil {
			t.Fatal(err)
		}
		var tpl struct {
			Resources map[string]struct {
				Properties struct {
					State        string
					EventPattern json.RawMessage
				}
			}
		}
		if err := json.Unmarshal(b, &tpl); err != nil {
			t.Fatal(err)
		}
		rule := tpl.Resources["Emergency"].Properties
		filled := regexp.MustCompile(`\{\s*"Fn::Sub":\s*("[^"]*")\s*\}`).ReplaceAll(rule.EventPattern, []byte("$1"))
		pattern, err := eventpattern.Parse([]byte(strings.ReplaceAll(string(filled), "${AWS::AccountId}", scpMember)))
		if err != nil {
			t.Fatal(err)
		}
		// AssumeRole is a read-only event.
		// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
		if rule.State != "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" {
			t.Errorf("%s: state = %s", of, rule.State)
		}
		for _, c := range []struct {
			name, role string
			want       bool
		}{
			{"AssumeRole", "arn:aws:iam::" + scpMember + ":role/curfew-emergency", true},
			{"AssumeRoleWithSAML", "arn:aws:iam::" + scpMember + ":role/curfew-emergency", true},
			{"AssumeRole", "arn:aws:iam::" + scpMember + ":role/curfew-emergency-2", false},
			{"AssumeRole", "arn:aws:iam::" + scpMember + ":role/others", false},
		} {
			if got, err := pattern.Match([]byte(assumption(t, c.name, c.role))); err != nil || got != c.want {
				t.Errorf("%s: %s of %s is alarmed = %v, %v", of, c.name, c.role, got, err)
			}
		}
	}
}

// assumption is CloudTrail's event in the role's account: a caller of another account has no ARN.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
func assumption(t *testing.T, name, role string) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"version": "0", "id": "0f5c3a52-1d2e-4f60-8b7a-93c4d5e6f708", "source": "aws.sts", "detail-type": "AWS API Call via CloudTrail",
		"account": scpMember, "region": "us-east-1", "time": "2026-11-05T12:00:00Z", "resources": []any{},
		"detail": map[string]any{
			"eventName": name, "eventSource": "sts.amazonaws.com", "readOnly": true, "recipientAccountId": scpMember,
			"userIdentity":      map[string]any{"type": "AWSAccount", "principalId": "AIDAQRSTUVWXYZEXAMPLE", "accountId": "777788889999"},
			"requestParameters": map[string]any{"roleArn": role, "roleSessionName": "ana"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
