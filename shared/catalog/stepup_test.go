package catalog

import (
	"strings"
	"testing"
	"time"
)

func stepUpWithin(text string) map[string]string {
	files := smallCatalog()
	files[entitlementFile] = strings.Replace(files[entitlementFile], "need: 1", "need: 1, mfaWithin: "+text, 1)
	return files
}

func TestApprovalMayAskForAFreshMFA(t *testing.T) {
	was, is := load(t, stepUpWithin("15m")), load(t, stepUpWithin("30m"))
	if e, _ := was.Entitlement("read"); e.Approval.MFAWithin != 15*time.Minute {
		t.Errorf("read as %s", e.Approval.MFAWithin)
	}
	for _, x := range []struct {
		was, is *Catalog
		want    string
	}{
		{was, is, "entitlement read: widened: approval.mfaWithin: 30m, was 15m"}, {is, was, "entitlement read: narrowed: approval.mfaWithin: 15m, was 30m"},
		{was, load(t, smallCatalog()), "entitlement read: widened: approval.mfaWithin: any, was 15m"},
	} {
		if got := Diff(x.was, x.is); len(got) != 1 || got[0].String() != x.want {
			t.Errorf("%v, want %s", got, x.want)
		}
	}
	for _, text := range []string{"30s", "25h", "15", "0s"} {
		_, err := Load(fileSystem(stepUpWithin(text)))
		if all := Problems(err); len(all) != 1 || all[0].Field != "approval.mfaWithin" {
			t.Errorf("mfaWithin: %s: %v", text, err)
		}
	}
}

func TestApprovalMayAskWhatWasSeen(t *testing.T) {
	with := func(text string) map[string]string {
		files := smallCatalog()
		files[entitlementFile] = strings.Replace(files[entitlementFile], "need: 1", "need: 1, seen: "+text, 1)
		return files
	}
	was, is := load(t, smallCatalog()), load(t, with("required"))
	if e, _ := is.Entitlement("read"); !e.Approval.Seen {
		t.Errorf("%+v", e.Approval)
	}
	if got := Diff(was, is); len(got) != 1 || got[0].String() != "entitlement read: narrowed: approval.seen: required, was not" {
		t.Errorf("%v", got)
	}
	if got := Diff(is, was); len(got) != 1 || got[0].String() != "entitlement read: widened: approval.seen: not required, was required" {
		t.Errorf("%v", got)
	}
	for _, text := range []string{"true", "maybe", `""`} {
		if _, err := Load(fileSystem(with(text))); len(Problems(err)) != 1 || Problems(err)[0].Field != "approval.seen" {
			t.Errorf("seen: %s: %v", text, err)
		}
	}
}
