package api

import (
	"slices"
	"testing"

	"curfew/shared/access"
)

func TestAllowedActionsThatCloudTrailDoesNotShowAreNotUnused(t *testing.T) {
	terms := access.Terms{Policies: []string{`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["s3:GetObject","s3:Get*","ec2:Describe*","ec2:StopInstances","s3:GetObject"],"Resource":"*"},
		{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"},
		{"Effect":"Deny","Action":"ec2:TerminateInstances","Resource":"*"}]}`}}
	uses := func(u Usage) (all []string) {
		for _, a := range allowed(terms, u) {
			all = append(all, a.Action+": "+a.Use)
		}
		return all
	}
	used := Usage{Actions: UsedNames{Names: []UsedName{{Name: "ec2:DescribeInstances", Events: 3}, {Name: "ec2:DescribeVpcs", Events: 1}}}}
	want := []string{"s3:GetObject: not shown", "s3:Get*: unused", "ec2:Describe*: used", "ec2:StopInstances: unused", "all but iam:*, sts:*: used"}
	if got := uses(used); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, a := range allowed(terms, used) {
		if a.Action == "ec2:Describe*" && a.Calls != 4 || a.Action == "s3:Get*" && a.Hidden == 0 {
			t.Errorf("%+v", a)
		}
	}
	used.Actions.More = 1 // of names that are not kept
	want[1], want[3] = "s3:Get*: unknown", "ec2:StopInstances: unknown"
	if got := uses(used); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := uses(Usage{Denials: used.Actions}); got[2] != "ec2:Describe*: unused" {
		t.Errorf("a refused call was a use: %q", got)
	}
	logged := Usage{Actions: UsedNames{Names: []UsedName{{Name: "s3:GetObject", Events: 1}}}} // data events are on
	if got := uses(logged); got[0] != "s3:GetObject: used" {
		t.Errorf("%q", got)
	}
}
