package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/delegation"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/message"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// zoe is an engineer of these stories, whom the directory has.
func zoe(s *story) accesstest.Actor {
	who := grouped(s, "zoe", "engineers")
	signsIn(s, who.Caller)
	return who
}

// delegates makes a delegation from now on.
func delegates(s *story, of, to accesstest.Actor, long time.Duration) (delegation.Delegation, error) {
	d, err := access.Delegations{Service: s.Service}.Make(s.Context(), of.Caller, to.ID, time.Time{}, time.Now().Add(long), "on holiday")
	s.CheckWorld()
	return d, err
}

// away makes a delegation of a week that must succeed.
func away(s *story, of, to accesstest.Actor) delegation.Delegation {
	d, err := delegates(s, of, to, 7*24*time.Hour)
	s.WantKind(err, "")
	s.Advance(time.Second)
	return d
}

// known stores people in the directory by a call of theirs.
func known(s *story, names ...string) {
	for _, name := range names {
		groups := slices.Concat(s.As(name).Groups, []string{"engineers"})
		signsIn(s, grouped(s, name, groups...).Caller)
	}
}

func ends(s *story, by accesstest.Actor, d delegation.Delegation) error {
	_, err := access.Delegations{Service: s.Service}.End(s.Context(), by.Caller, d.Of.ID, d.ID, "")
	s.CheckWorld()
	return err
}

func TestADelegateDecidesWhileAnApproverIsAway(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		d := away(s, s.As("ben"), z)
		id := s.As("ana").Asks("admin", time.Hour)
		if !slices.ContainsFunc(s.Notifier.Messages(), func(m access.Message) bool {
			return m.Kind == message.Decide && m.Elevation == id && slices.Equal(m.To, []string{"group:leads", z.ID})
		}) {
			t.Errorf("not asked to decide: %+v", s.Notifier.Messages())
		}
		if mine, err := s.Service.List(s.Context(), z.Caller, access.Filter{ToDecide: true}); err != nil || len(mine.Lives) != 1 {
			t.Errorf("to decide: %v, %v", mine.Lives, err)
		}
		seen, err := s.Service.Show(s.Context(), z.Caller, id)
		if err != nil || seen.Difference == nil {
			t.Errorf("shown %v, %v", seen.Difference, err)
		}
		if err := z.Approves(id); err != nil {
			t.Fatal(err)
		}
		s.Advance(time.Minute)
		s.Want(id, "active")
		all := s.Receipt(id).Decisions
		if len(all) != 1 || all[0].By.ID != z.ID || all[0].For == nil || all[0].For.Of.ID != d.Of.ID || all[0].For.Delegation != d.ID {
			t.Errorf("decided: %+v", all)
		}
		s.WantKind(ends(s, s.As("ben"), d), "")
		s.WantKind(ends(s, s.As("ben"), d), "")
		rows, err := s.Store.Partition(s.Context(), record.AuditTable, delegation.Chain(d.Of.ID), "")
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d records, %v", len(rows), err)
		}
		for i, kind := range []string{"delegation.made", "delegation.ended"} {
			if r := evidence.DecodeLenient(rows[i].Body); r.Kind != kind || r.Actor != d.Of.ID {
				t.Errorf("record %d is %s by %s", i, r.Kind, r.Actor)
			}
		}
		if _, err := s.Service.Show(s.Context(), s.As("zoe").Caller, id); fault.KindOf(err) != fault.NotFound {
			t.Errorf("shown after the end: %v", err)
		}
	})
}

func TestADenialByADelegateIsADenial(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		away(s, s.As("ben"), z)
		id := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(z.Denies(id), "")
		s.Want(id, "denied")
	})
}

func TestWhoMayNotDelegate(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		known(s, "ben", "eva", "ana")
		lead, hour := s.As("ben"), time.Hour
		twin := lead
		twin.ID = identity.PersonID("https://other.example.com", "0001")
		nameless := lead
		nameless.Name = ""
		machine := s.As("backup")
		machine.Groups = []string{"leads"}
		for name, c := range map[string]struct {
			of   identity.Caller
			to   string
			from time.Duration // from now; 0: not given
			long time.Duration
			want fault.Kind
		}{
			"to oneself":               {lead.Caller, lead.ID, 0, hour, fault.Denied},
			"to one's other account":   {twin.Caller, lead.ID, 0, hour, fault.Denied},
			"to a machine":             {lead.Caller, machine.ID, 0, hour, fault.Denied},
			"to somebody never seen":   {lead.Caller, "person:https://id.example.com|nobody", 0, hour, fault.Invalid},
			"to an unknown name":       {lead.Caller, "nobody", 0, hour, fault.Invalid},
			"of a machine":             {machine.Caller, z.ID, 0, hour, fault.Denied},
			"of somebody without name": {nameless.Caller, z.ID, 0, hour, fault.Denied},
			"of no approver":           {s.As("ana").Caller, z.ID, 0, hour, fault.Denied},
			"for more than 30 days":    {lead.Caller, z.ID, 0, 30*24*hour + time.Second, fault.Invalid},
			"for no time":              {lead.Caller, z.ID, 0, 0, fault.Invalid},
			"from the past":            {lead.Caller, z.ID, -hour, 2 * hour, fault.Invalid},
			"from far ahead":           {lead.Caller, z.ID, 31 * 24 * hour, hour, fault.Invalid},
		} {
			from := time.Time{}
			if c.from != 0 {
				from = time.Now().Add(c.from)
			}
			_, err := access.Delegations{Service: s.Service}.Make(s.Context(), c.of, c.to, from, time.Now().Add(c.from+c.long), "away")
			if fault.KindOf(err) != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		}
		_, err := access.Delegations{Service: s.Service}.Make(s.Context(), lead.Caller, "ZOE", time.Time{}, time.Now().Add(time.Hour), "")
		s.WantKind(err, fault.Invalid)
		_, err = access.Delegations{Service: s.Service}.Make(s.Context(), lead.Caller, "ZOE", time.Time{}, time.Now().Add(30*24*time.Hour), "away")
		s.WantKind(err, "")
		_, err = delegates(s, lead, s.As("eva"), time.Hour)
		s.WantKind(err, fault.Conflict)
	})
}

func TestASuspendedPersonIsNoDelegateAndNamesNone(t *testing.T) {
	for _, who := range []string{"ben", "zoe"} {
		t.Run(who, func(t *testing.T) {
			tell(t, func(s *story) {
				z := zoe(s)
				known(s, "ben")
				_, err := s.Service.Suspensions().Suspend(s.Context(), s.As("dee").Caller, suspension.Scope{Requester: s.As(who).ID}, "lost laptop", suspension.Meant{})
				s.WantKind(err, "")
				_, err = delegates(s, s.As("ben"), z, time.Hour)
				s.WantKind(err, fault.Denied)
			})
		})
	}
}

// What ben gained by a delegation is not eva's to have, and zoe stands for one person at a time.
func TestDelegationsMakeNoChain(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		known(s, "ana", "dee")
		away(s, s.As("ben"), z)
		_, err := delegates(s, z, s.As("dee"), time.Hour) // zoe is no approver
		wantReason(t, err, "curfew.approvers")
		lent := grouped(s, "zoe", "engineers")
		id := s.As("ana").Asks("admin-two", time.Hour)
		s.WantKind(lent.Approves(id), "")
		s.WantKind(lent.Approves(id), "")
		s.Want(id, "requested")
		s.WantKind(grouped(s, "dee", "security").Approves(id), fault.Denied)
	})
}

// cem is away and ben stands for them; ben is away, too, and zoe stands for ben alone.
func TestADelegateWhoIsAwayPassesNothingOn(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", func(e *access.Entitlement) {
			rule := *e.Approval
			rule.Of = []string{"group:security"}
			e.Approval = &rule
		})
		z := zoe(s)
		known(s, "ben")
		away(s, s.As("dee"), s.As("ben")) // ben is lead, and stands for security
		away(s, s.As("ben"), z)
		id := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(z.Approves(id), fault.NotFound)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

func TestADelegateOfTheRequesterDoesNotCount(t *testing.T) {
	tell(t, func(s *story) {
		known(s, "ben", "eva", "ana")
		d := away(s, s.As("cem"), s.As("eva")) // eva is a lead too
		id := s.As("cem").Asks("admin", time.Hour)
		wantReason(t, s.As("eva").Approves(id), "curfew.delegate")
		s.WantKind(ends(s, s.As("cem"), d), "")
		wantReason(t, s.As("eva").Approves(id), "curfew.delegate") // it held as cem asked
		s.WantKind(s.As("eva").Denies(id), "")                     // which helps no requester
		s.Want(id, "denied")
		s.Advance(time.Second)
		again := s.As("cem").Asks("admin", time.Hour)
		s.WantKind(s.As("eva").Approves(again), "")
		s.Advance(time.Minute)
		s.Want(again, "active")
	})
}

func TestADelegateOfTheRequesterStandsForNobody(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		known(s, "ana", "ben")
		away(s, s.As("cem"), z)
		away(s, s.As("ben"), z)
		id := s.As("cem").Asks("admin", time.Hour)
		wantReason(t, z.Approves(id), "curfew.delegate")
		s.WantKind(ends(s, s.As("ben"), delegationsOf(s, "ben")[0]), "")
		away(s, s.As("ben"), s.As("ana"))
		own := s.As("ana").Asks("admin", time.Hour)
		wantReason(t, s.As("ana").Approves(own), "curfew.self") // the requester, as ben's delegate
		wantReason(t, s.As("cem").Approves(id), "curfew.self")
		s.Want(own, "requested")
	})
}

func delegationsOf(s *story, name string) []delegation.Delegation {
	of, err := delegation.Read(s.Context(), s.Store, s.As(name).ID)
	s.WantKind(err, "")
	return of.All
}

func TestAnApproverAndTheirDelegateAreOne(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		known(s, "eva", "dee")
		d := away(s, s.As("ben"), z)
		id := s.As("ana").Asks("admin-two", time.Hour)
		s.WantKind(z.Approves(id), "")
		s.WantKind(ends(s, s.As("ben"), d), "")
		away(s, s.As("ben"), s.As("dee"))
		s.WantKind(s.As("dee").Approves(id), fault.Conflict) // zoe has, in ben's stead
		s.WantKind(s.As("ben").Approves(id), "")             // replaces zoe's
		s.Want(id, "requested")
		s.WantKind(s.As("dee").Approves(id), fault.Conflict)
		s.WantKind(withdrawsApproval(s, s.As("ben").Caller, id), "")
		s.WantKind(s.As("eva").Approves(id), "")
		s.Want(id, "requested") // ben withdrew, and zoe's does not count again
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

// eva is a lead: their approval is their own, even if they stand for ben.
func TestAPersonCountsOnce(t *testing.T) {
	tell(t, func(s *story) {
		known(s, "eva")
		away(s, s.As("ben"), s.As("eva"))
		id := s.As("ana").Asks("admin-two", time.Hour)
		s.WantKind(s.As("eva").Approves(id), "")
		s.WantKind(s.As("eva").Approves(id), "")
		s.Want(id, "requested")
		if all := s.Receipt(id).Decisions; len(all) != 1 || all[0].For != nil {
			t.Errorf("%+v", all)
		}
		s.WantKind(s.As("ben").Approves(id), "")
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

func TestADelegationHoldsFromItsFirstToItsLastInstant(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		from := time.Now().Add(10 * time.Minute)
		d, err := access.Delegations{Service: s.Service}.Make(s.Context(), s.As("ben").Caller, z.ID, from, from.Add(10*time.Minute), "away")
		s.WantKind(err, "")
		s.Advance(time.Second)
		before := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(z.Approves(before), fault.NotFound)
		s.Advance(10 * time.Minute)
		s.WantKind(z.Approves(before), "")
		s.WantKind(s.As("ana").Ends(before), "")
		s.Advance(10 * time.Minute)
		after := s.As("ana").Asks("admin", time.Hour)
		s.WantKind(z.Approves(after), fault.NotFound)
		s.WantKind(ends(s, s.As("ben"), d), fault.Conflict)
	})
}

// An approval counts if the delegation held as it was made. Afterwards nothing is approved by it.
func TestTheEndOfADelegationTakesEffectAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		d := away(s, s.As("ben"), z)
		id := s.As("ana").Asks("admin-two", time.Hour, startsIn(30*time.Minute))
		other := s.As("cem").Asks("admin", time.Hour)
		s.WantKind(z.Approves(id), "")
		s.Advance(time.Second)
		s.WantKind(ends(s, z, d), fault.NotFound)
		s.WantKind(ends(s, s.As("eva"), d), fault.NotFound)
		s.WantKind(ends(s, s.As("dee"), d), "") // an operator
		s.WantKind(z.Approves(other), fault.NotFound)
		s.Want(other, "requested")
		s.WantKind(s.As("eva").Approves(id), "")
		s.Advance(31 * time.Minute)
		s.Want(id, "active")
		if all, err := (access.Delegations{Service: s.Service}).List(s.Context(), s.As("dee").Caller); err != nil || len(all) != 0 {
			t.Errorf("%v, %v", all, err)
		}
	})
}

func TestWhatForbidsEitherForbidsTheDelegate(t *testing.T) {
	for _, who := range []string{"ben", "zoe"} {
		for _, when := range []string{"at the decision", "at granting"} {
			t.Run(who+" "+when, func(t *testing.T) {
				tell(t, func(s *story) {
					z := zoe(s)
					away(s, s.As("ben"), z)
					id := s.As("ana").Asks("admin", time.Hour, startsIn(30*time.Minute))
					forbid := func() {
						s.Catalog.Refuse(func(q access.Question) bool { return q.Action == access.ActApprove && q.Caller.ID == s.As(who).ID })
					}
					if when == "at the decision" {
						forbid()
						s.WantKind(z.Approves(id), fault.Denied)
						s.Want(id, "requested")
						return
					}
					s.WantKind(z.Approves(id), "")
					forbid()
					s.Advance(31 * time.Minute)
					s.Want(id, "ended refused")
					s.WantClean()
				})
			})
		}
	}
}

func TestASuspensionOfEitherHolds(t *testing.T) {
	for _, who := range []string{"ben", "zoe"} {
		t.Run(who, func(t *testing.T) {
			tell(t, func(s *story) {
				z := zoe(s)
				known(s, "ben")
				away(s, s.As("ben"), z)
				id := s.As("ana").Asks("admin", time.Hour, startsIn(30*time.Minute))
				s.WantKind(z.Approves(id), "")
				_, err := s.Service.Suspensions().Suspend(s.Context(), s.As("dee").Caller, suspension.Scope{Requester: s.As(who).ID}, "lost laptop", suspension.Meant{})
				s.WantKind(err, "")
				wantReason(t, z.Approves(s.As("cem").Asks("admin", time.Hour)), "curfew.suspended")
				s.Advance(31 * time.Minute)
				s.Want(id, "ended refused")
			})
		})
	}
}

func TestTheStepUpIsTheDelegates(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		s.Catalog.Change("admin", steppedUp)
		_, err := delegates(s, signedIn(s, "ben", time.Minute), z, time.Hour)
		s.WantKind(err, "")
		id := s.As("ana").Asks("admin", time.Hour)
		wantReason(t, z.Approves(id), "curfew.step-up")
		z.MFAAt = s.Service.Instant()
		s.WantKind(z.Approves(id), "")
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

// ben leaves the leads, and calls before the grant.
func TestAnApproverWhoLeftTheGroupHasNoDelegate(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		away(s, s.As("ben"), z)
		id := s.As("ana").Asks("admin", time.Hour, startsIn(30*time.Minute))
		s.WantKind(z.Approves(id), "")
		s.Advance(time.Minute)
		signsIn(s, grouped(s, "ben", "engineers").Caller)
		wantReason(t, z.Approves(s.As("cem").Asks("admin", time.Hour)), "curfew.approvers")
		s.Advance(31 * time.Minute)
		s.Want(id, "ended refused")
	})
}

// The newest catalog forbids a group that the row of the delegation does not have.
func TestACatalogThatNamesMoreGroupsVoidsADelegation(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		d, err := delegates(s, grouped(s, "ben", "leads", "contractors"), z, time.Hour)
		s.WantKind(err, "")
		if slices.Contains(d.Of.Groups, "contractors") {
			t.Errorf("%v", d.Of.Groups)
		}
		s.Advance(time.Second)
		s.Catalog.Forbid("contractors")
		wantReason(t, z.Approves(s.As("ana").Asks("admin", time.Hour)), "curfew.catalog")
	})
}

// A delegate of an owner is as the owner: both alone cannot approve what a machine asks.
func TestTheDelegateOfAnOwnerIsNoOther(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		away(s, s.As("ben"), z)
		id := s.As("agent").Asks("agent-asks", time.Hour)
		s.WantKind(z.Approves(id), "")
		s.Want(id, "requested")
		s.WantKind(s.As("dee").Approves(id), "")
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

func TestADelegateWithdrawsTheirApproval(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		d := away(s, s.As("ben"), z)
		id := s.As("ana").Asks("admin-two", time.Hour)
		s.WantKind(z.Approves(id), "")
		s.Advance(time.Second)
		s.WantKind(ends(s, s.As("ben"), d), "")
		s.WantKind(withdrawsApproval(s, z.Caller, id), "")
		s.WantKind(s.As("eva").Approves(id), "")
		s.Want(id, "requested")
	})
}

func TestTooManyDelegationsAreRefused(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		for range delegation.MostMade {
			s.WantKind(ends(s, s.As("ben"), away(s, s.As("ben"), z)), "")
		}
		if _, err := delegates(s, s.As("ben"), z, time.Hour); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "the limit") {
			t.Errorf("%v", err)
		}
	})
}

// Each damage of what decide stored makes the approval not count.
func TestADamagedDelegationGrantsNothing(t *testing.T) {
	for name, damage := range map[string]func(s *story, made record.Row, d delegation.Delegation){
		"taken out":       func(s *story, made record.Row, _ delegation.Delegation) { s.Store.Erase(made.Key) },
		"to another":      func(s *story, made record.Row, d delegation.Delegation) { rewritten(s, made, d.To.ID, s.As("eva").ID) },
		"of other groups": func(s *story, made record.Row, _ delegation.Delegation) { rewritten(s, made, "leads", "heads") },
		"of another id": func(s *story, made record.Row, d delegation.Delegation) {
			rewritten(s, made, d.ID, strings.Repeat("0", 26))
		},
		"unreadable": func(s *story, made record.Row, _ delegation.Delegation) { rewritten(s, made, `{"id":"`, `{"id":["`) },
		"over by then": func(s *story, made record.Row, d delegation.Delegation) {
			rewritten(s, made, d.Until.Format(time.RFC3339), d.At.Format(time.RFC3339))
		},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				z := zoe(s)
				d := away(s, s.As("ben"), z)
				id := s.As("ana").Asks("admin", time.Hour, startsIn(30*time.Minute))
				s.WantKind(z.Approves(id), "")
				made, there := s.Store.StoredRow(record.AccessKey(delegation.Chain(d.Of.ID), "made#"+d.ID))
				if !there {
					t.Fatal("there is no row")
				}
				s.OverwritesEvidence(made) // from now on the log may have more
				damage(s, made, d)
				s.Advance(31 * time.Minute)
				if e := s.Elevation(id); !e.GrantedAt.IsZero() {
					t.Errorf("granted at %s", e.GrantedAt)
				}
				s.WantClean()
			})
		})
	}
}

func rewritten(s *story, row record.Row, old, now string) {
	text := strings.Replace(string(row.Body), old, now, 1)
	if text == string(row.Body) {
		panic(old + " is not in " + text)
	}
	row.Body = []byte(text)
	s.Store.Overwrite(row, record.Form)
}
