package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Events of IAM come to us-east-1 only, whichever Regions are governed.
func TestUSEast1IsAlwaysGoverned(t *testing.T) {
	s := exampleSettings(t, "homeRegion", "eu-central-1", "regions", "eu-west-1,eu-central-1")
	if got, want := routes(s).regions(), []string{"eu-central-1", "eu-west-1", "us-east-1"}; !slices.Equal(got, want) {
		t.Errorf("regions = %v, want %v", got, want)
	}
	named := func(region string) bool {
		return slices.ContainsFunc(routes(s).rules(region), func(r route) bool { return r.name == "route-identity" })
	}
	if !named("us-east-1") || named("eu-central-1") {
		t.Error("want changes in IAM from us-east-1, and from there alone")
	}
}

// A pattern holds 2,048 characters. What does not fit is refused, with what to do.
func TestPrincipalsThatNoPatternHoldsAreRefused(t *testing.T) {
	s := exampleSettings(t)
	for i := range 40 {
		s.catalog.Entitlements = append(s.catalog.Entitlements, entitlement{Principals: []string{fmt.Sprintf("arn:aws:iam::*:role/a-role-of-its-own-%d", i)}})
	}
	err := s.limits()
	if err == nil || !strings.Contains(err.Error(), "the pattern of curfew-route-principals has") || !strings.Contains(err.Error(), "role/elevated/*") {
		t.Errorf("error = %v, want the pattern, and the remedy", err)
	}
	for _, e := range s.catalog.Entitlements[4:] {
		e.Principals[0] = "arn:aws:iam::*:role/elevated/*"
	}
	if err := s.limits(); err != nil {
		t.Errorf("after the remedy: %v", err)
	}
}

func TestReadsOfAnUnknownEntitlementAreRefused(t *testing.T) {
	s := exampleSettings(t, "readsOf", "debug,bebug")
	if err := s.limits(); err == nil || !strings.Contains(err.Error(), `the catalog has no entitlement "bebug"`) {
		t.Errorf("error = %v, want the unknown entitlement", err)
	}
}

// Without a trail nothing reads its files, so no alarm may wait for that.
func TestWithoutATrailNoAlarmWaitsForItsFiles(t *testing.T) {
	for trail, want := range map[string]bool{"": false, "s3://logs/AWSLogs": true} {
		s := exampleSettings(t, "trail", trail, "trailKey", "")
		home := templates(t, s)["curfew"]
		_, waits := home.resourcesOf("AWS::CloudWatch::CompositeAlarm")["AlarmBackfillSilent"]
		_, runs := home.resourcesOf("AWS::Events::Rule")["TrailFiles"]
		reads := anyOf(homeRoles(s).permissions(), "s3:")("backfill")
		if waits != want || runs != want || reads != want {
			t.Errorf("trail %q: an alarm = %v, a schedule = %v, permission to read = %v, want %v", trail, waits, runs, reads, want)
		}
	}
}

// Each form of an entitlement's principal, with the account of the stack for any.
func TestPrincipalsAreMatchedAsIAMDoes(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::*:role/engineer-*":         `map[prefix:map[Fn::Sub:arn:aws:iam::${AWS::AccountId}:role/engineer-]]`,
		"arn:aws:iam::1111*:role/a":              `map[Fn::Sub:arn:aws:iam::${AWS::AccountId}:role/a]`,
		"arn:aws:iam::111122223333:role/a":       `arn:aws:iam::111122223333:role/a`,
		"arn:aws:iam::111122223333:role/a?/b**c": `map[wildcard:arn:aws:iam::111122223333:role/a*/b*c]`,
	} {
		if got := fmt.Sprint(matchers([]string{arn})[0]); got != want {
			t.Errorf("%s: %s, want %s", arn, got, want)
		}
	}
}
