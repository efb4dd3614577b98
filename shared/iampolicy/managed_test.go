package iampolicy_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"curfew/shared/iampolicy"
)

// A managed policy of a grant has 6,144 characters, and a grant up to three.
const (
	managedLimit = 6144
	managedParts = 3
)

type managedPolicy struct {
	VersionID string          `json:"VersionId"`
	Document  json.RawMessage `json:"Document"`
}

func loadManaged(t *testing.T) map[string]managedPolicy {
	t.Helper()
	path := os.Getenv("CURFEW_MANAGED_POLICIES")
	if path == "" {
		t.Skip("set CURFEW_MANAGED_POLICIES to a .json.gz of AWS's managed policies (ARN to VersionId and Document) to run this")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]managedPolicy
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every policy that AWS publishes parses and evaluates. With a fence it fits into at most three managed policies, or is
// refused with its size and the room.
func TestManagedPolicies(t *testing.T) {
	outcomes := make(map[iampolicy.Outcome]int)
	var parts [managedParts + 1]int
	conflicts := 0
	for arn, policy := range loadManaged(t) {
		d, err := iampolicy.Parse(policy.Document)
		if err != nil {
			t.Errorf("%s: %v", arn, err)
			continue
		}
		call := iampolicy.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::example/key"}
		outcomes[iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}}, call).Outcome]++
		compiled, err := iampolicy.Compile(d, unfilledFence())
		if _, ok := errors.AsType[*iampolicy.FenceError](err); ok {
			conflicts++
			continue
		}
		if err != nil {
			t.Errorf("%s: compile: %v", arn, err)
			continue
		}
		parts[splitManaged(t, arn, compiled)]++
	}
	t.Logf("s3:GetObject: %v", outcomes)
	t.Logf("fenced into 1, 2, 3 policies: %v; refused for size: %d; refused for a fence key: %d", parts[1:], parts[0], conflicts)
}

// splitManaged returns the number of parts, or 0 for a refusal.
func splitManaged(t *testing.T, arn string, d *iampolicy.Document) int {
	t.Helper()
	parts, err := iampolicy.Split(d, managedLimit, managedParts)
	if e, ok := errors.AsType[*iampolicy.SizeError](err); ok {
		if e.Size <= managedLimit || e.Room != managedLimit*managedParts {
			t.Errorf("%s: refused with %v", arn, e)
		}
		return 0
	}
	if err != nil {
		t.Errorf("%s: split: %v", arn, err)
		return 0
	}
	for _, p := range parts {
		if size := iampolicy.Size(p.Bytes()); size > managedLimit {
			t.Errorf("%s: a part has %d characters", arn, size)
		}
	}
	return len(parts)
}

// unfilledFence is a role's unfilled fence.
func unfilledFence() iampolicy.Fence {
	return iampolicy.Fence{
		NotBefore:   iampolicy.MarkNotBefore,
		NotAfter:    iampolicy.MarkNotAfter,
		PrincipalID: roleID,
	}
}

const roleID = "AROAEXAMPLEEXAMPLE123"
