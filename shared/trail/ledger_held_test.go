package trail

import (
	"fmt"
	"testing"
	"time"
)

const allowS3 = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`

// surveyed is what the role has by itself, as surveys saw it until an instant.
func surveyed(t *testing.T, until time.Time, statements string) Baseline {
	t.Helper()
	b := ownPolicies(t, statements)
	b.Until = until
	return b
}

// A call was counted by the rights that were known when its record came, and stayed so when its grant became known.
func TestCallIsCountedByItsFinalRight(t *testing.T) {
	own := `{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`
	early := NewRights(nil, []Baseline{surveyed(t, noon, own)})
	l := NewLedger(early, Key{})
	l.Now = func() time.Time { return noon.Add(time.Hour) }
	if v, counted := l.Add(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket")); counted || !v.Provisional {
		t.Errorf("%+v, counted %t, before any survey confirms the rights", v, counted)
	}
	l.Add(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"))
	if len(l.Unresolved) != 0 || l.Doubles != 1 {
		t.Errorf("unresolved %v, %d doubles, want none and 1", l.Unresolved, l.Doubles)
	}
	final := NewRights([]Grant{grantOf(t, "e1", "", allowS3)}, []Baseline{surveyed(t, noon.Add(time.Hour), own)})
	if err := l.Revise(final); err != nil {
		t.Fatal(err)
	}
	if u := l.Elevations["e1"]; u == nil || u.Events != 1 || len(l.Held) != 0 || l.heldBytes != 0 {
		t.Errorf("elevation %+v, held %v, %d bytes; want one use, nothing held", u, l.Held, l.heldBytes)
	}
}

// A double with a final verdict counts the record that is held.
func TestDoubleWithAFinalVerdictCounts(t *testing.T) {
	l := NewLedger(NewRights(nil, []Baseline{{PrincipalID: roleID}}), Key{})
	l.Now = func() time.Time { return noon.Add(time.Hour) }
	l.Add(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"))
	l.Rights = NewRights([]Grant{grantOf(t, "e1", "", allowS3)}, []Baseline{{PrincipalID: roleID, Unknown: true, Until: noon.Add(time.Hour)}})
	for n, want := range []bool{true, false} {
		if _, counted := l.Add(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket")); counted != want {
			t.Errorf("double %d is counted: %t, want %t", n, counted, want)
		}
	}
	if l.Elevations["e1"].Events != 1 || len(l.Held) != 0 {
		t.Errorf("%+v, held %v", l.Elevations["e1"], l.Held)
	}
}

func TestRecordThatFindsNoRoomToBeHeldIsTold(t *testing.T) {
	l := NewLedger(NewRights(nil, []Baseline{{PrincipalID: roleID}}), Key{})
	l.Now = func() time.Time { return noon.Add(time.Hour) }
	l.heldBytes = maxHeld
	if _, counted := l.Add(called(noon, "ana", "s3.amazonaws.com", "CreateBucket")); counted || l.Unheld != 1 || len(l.Held) != 0 {
		t.Errorf("counted %t, unheld %d, held %d", counted, l.Unheld, len(l.Held))
	}
}

func TestRecordIsHeldForDaysAtMost(t *testing.T) {
	l := NewLedger(NewRights([]Grant{grantOf(t, "e1", "", allowS3)}, nil), Key{})
	l.Now = func() time.Time { return noon.Add(20 * 24 * time.Hour) }
	l.Add(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"))
	l.Add(called(noon.Add(10*24*time.Hour), "ana", "s3.amazonaws.com", "CreateBucket"))
	if u := l.Elevations["e1"]; u == nil || u.Events != 1 || len(l.Held) != 1 {
		t.Errorf("%+v, held on %d days; want one use, and one day", u, len(l.Held))
	}
}

// A verdict on a session whose opening may still come is provisional, and counts: its right does not depend on who opened it.
func TestVerdictOfASessionWithoutItsOpeningIsProvisional(t *testing.T) {
	rights := NewRights([]Grant{grantOf(t, "e1", "", allowS3)}, []Baseline{{PrincipalID: roleID, Unknown: true, Until: noon.Add(time.Hour)}})
	for after, want := range map[time.Duration]bool{9 * time.Minute: true, 11 * time.Minute: false} {
		l := NewLedger(rights, Key{})
		l.Now = func() time.Time { return noon.Add(time.Minute + after) }
		if v, counted := l.Add(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket")); v.Provisional != want || !counted {
			t.Errorf("%s later: provisional %t, counted %t; want %t, true", after, v.Provisional, counted, want)
		}
	}
}

// Usage of elevations never left the ledger.
func TestUsageOfAnElevationCanLeaveTheLedger(t *testing.T) {
	rights := NewRights([]Grant{grantOf(t, "e1", "", allowS3)}, []Baseline{{PrincipalID: roleID, Unknown: true, Until: noon.Add(time.Hour)}})
	whole, parts := NewLedger(rights, Key{}), NewLedger(rights, Key{})
	sum := NewUsage(Key{})
	for n := range 6 {
		r := called(noon.Add(time.Duration(n+1)*time.Minute), "ana", "s3.amazonaws.com", "CreateBucket")
		whole.Add(r)
		parts.Add(r)
		if n%2 == 0 {
			for _, u := range parts.Forget(noon.Add(time.Hour)) {
				sum.Merge(u)
			}
		}
	}
	if early := parts.Forget(noon); len(early) != 0 {
		t.Errorf("%v are forgotten that were used later", early)
	}
	sum.Merge(parts.Elevations["e1"])
	if got, want := fmt.Sprint(sum.Events, sum.First, sum.Last, len(sum.Sessions.Rows)), fmt.Sprint(6, whole.Elevations["e1"].First, whole.Elevations["e1"].Last, 1); got != want {
		t.Errorf("in parts %s, want %s", got, want)
	}
}

// Openings of anybody were kept for 10 days.
func TestOpeningsThatCannotMatterAreForgotten(t *testing.T) {
	l := NewLedger(NewRights(nil, []Baseline{{PrincipalID: roleID, Unknown: true, Until: noon.Add(1000 * time.Hour)}}), Key{})
	l.Now = func() time.Time { return noon.Add(100 * 24 * time.Hour) }
	add := func(role string, at time.Time, by Identity) {
		r := opening(role+fmt.Sprint(at.Unix()), at, by)
		r.Response = `{"assumedRoleUser":{"assumedRoleId":"` + role + `"}}`
		l.Add(r)
	}
	person := Identity{Type: "IAMUser", PrincipalID: "AIDAEXAMPLE0000000001", ARN: "arn:aws:iam::111122223333:user/ana", Account: "111122223333"}
	first := Identity{Type: "AssumedRole", PrincipalID: "AROAFIRST:f", CreatedAt: noon.Add(time.Second)}
	add("AROAFIRST:f", noon, person)
	add("AROAOTHER:o", noon, person)
	add(roleID+":ana", noon.Add(time.Hour), first)
	if len(l.Sessions) != 3 {
		t.Fatalf("%d sessions", len(l.Sessions))
	}
	add("AROALATER:l", noon.Add(4*24*time.Hour), person)
	add("AROAEARLY:e", noon, person)
	if l.Sessions[SessionKey{"AROAOTHER:o", noon.Unix()}] != nil || len(l.Sessions) != 3 {
		t.Errorf("%d sessions: %v; want the marked role's, the one that opened it, and the latest", len(l.Sessions), l.Sessions)
	}
	used := Identity{Type: "AssumedRole", PrincipalID: roleID + ":ana", CreatedAt: noon.Add(time.Hour)}
	if who := l.Sessions.Who(&used); who.Name != person.ARN || who.Hops != 2 {
		t.Errorf("%+v, want the user behind two sessions", who)
	}
}
