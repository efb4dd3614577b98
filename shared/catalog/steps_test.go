package catalog

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// then returns the small catalog with later approvers.
func then(text string) map[string]string {
	files := smallCatalog()
	files[entitlementFile] = strings.Replace(files[entitlementFile], "need: 1", "need: 1, then: "+text, 1)
	return files
}

func TestLaterGroupsApproveFromTheirTimeOn(t *testing.T) {
	c := load(t, then("[{after: 10m, of: ['group:heads']}, {after: 20m, of: ['group:board']}]"))
	for _, x := range []struct {
		group string
		after time.Duration
		want  bool
	}{{"leads", 0, true}, {"heads", 10*time.Minute - time.Second, false}, {"heads", 10 * time.Minute, true}, {"board", 10 * time.Minute, false}, {"board", 20 * time.Minute, true}, {"leads", 20 * time.Minute, true}} {
		q := questionOfAna(t, c)
		q.Terms.RequestedAt = q.At
		q.Action, q.At = access.ActApprove, q.At.Add(x.after)
		q.Caller = identity.Caller{ID: "person:x|y", Kind: identity.Person, Name: "y", Groups: []string{x.group}}
		if got, err := c.Decide(q); err != nil || got.Allow != x.want {
			t.Errorf("%s after %s: %+v, %v", x.group, x.after, got, err)
		}
		q.Action, q.At = access.ActRead, q.Terms.RequestedAt
		if got, err := c.Decide(q); err != nil || !got.Allow {
			t.Errorf("%s reads at once: %+v, %v", x.group, got, err)
		}
	}
	if named, err := c.NamedGroups(); err != nil || !strings.Contains(strings.Join(named, " "), "group:heads") {
		t.Errorf("the named groups are %v, %v", named, err)
	}
}

func TestStepsOfAnApprovalAreInOrderAndWithin(t *testing.T) {
	for text, want := range map[string]string{
		"[{after: 10m, of: ['group:heads']}, {after: 10m, of: ['group:board']}]": "is not later than 10m",
		"[{after: 20m, of: ['group:heads']}, {after: 10m, of: ['group:board']}]": "is not later than 20m",
		"[{after: 100h, of: ['group:heads']}]":                                   "is not within",
		"[{after: 10m, of: ['group:leads']}]":                                    "is asked before",
		"[{after: 10m, of: ['group:a']}, {after: 20m, of: ['group:a']}]":         "is asked before",
		"[{after: 30s, of: ['group:heads']}]":                                    "30s",
		"[{after: 10m, of: []}]":                                                 "is empty",
		"[{after: 10m}]":                                                         "of",
		"[]":                                                                     "is empty",
		"[{after: 10m, of: ['group:backup-jobs-of-machines'], x: 1}]":            "not a field",
	} {
		_, err := Load(fileSystem(then(text)))
		if all := Problems(err); len(all) != 1 || !strings.HasPrefix(all[0].Field, "approval.then") || !strings.Contains(all[0].Error(), want) {
			t.Errorf("then: %s: %v, want %s", text, err, want)
		}
	}
}

func TestDiffSaysWhenGroupsMayDecide(t *testing.T) {
	early, late, none := load(t, then("[{after: 10m, of: ['group:heads']}]")), load(t, then("[{after: 20m, of: ['group:heads']}]")), load(t, smallCatalog())
	for _, x := range []struct {
		was, is *Catalog
		want    string
	}{
		{early, late, "narrowed: approval.then: group:heads: after 20m, was after 10m"}, {late, early, "widened: approval.then: group:heads: after 10m, was after 20m"},
		{none, late, "widened: approval.then: group:heads: after 20m, was not asked"}, {late, none, "narrowed: approval.then: group:heads: not asked, was after 20m"},
	} {
		if got := Diff(x.was, x.is); len(got) != 1 || got[0].String() != "entitlement read: "+x.want {
			t.Errorf("%v, want %s", got, x.want)
		}
	}
}
