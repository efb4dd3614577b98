package accesstest_test

import (
	"context"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/campaign"
	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

type withMachine struct {
	access.Decider
	machine access.CatalogMachine
}

func (d withMachine) Machines(context.Context) ([]access.CatalogMachine, error) {
	return []access.CatalogMachine{d.machine}, nil
}

// The principal of the item is a user that was renamed, and its entry in identities.yaml has a third name.
func TestCampaignIsNotSignedByThePrincipalUnderAnotherName(t *testing.T) {
	const user, userID = "arn:aws:iam::111122223333:user/ops-2", "AIDAEXAMPLE0000000042"
	tell(t, func(s *story) {
		s.Service.Decider = withMachine{s.Service.Decider, access.CatalogMachine{Name: "night-watch", Principal: user}}
		var seen record.Stored[directory.Entry]
		seen.Row.Key = directory.Key(identity.MachineID(userID))
		put, err := seen.Put(directory.Entry{ID: identity.MachineID(userID), Kind: identity.Machine, Name: "gil", ARN: "arn:aws:iam::111122223333:user/gil", At: time.Now()}, time.Time{})
		s.WantKind(err, "")
		s.WantKind(s.Store.Write(s.Context(), put), "")
		takes(s, "2000-01", campaign.Privileged{Principal: user, PrincipalID: userID, Score: 90, Classes: []string{"admin"}, Why: "AdministratorAccess"})
		owner := func(name, subject string) identity.Caller {
			c := s.As("dee").Caller
			c.Name, c.ID = name, identity.PersonID("https://id.example.com", subject)
			return c
		}
		for _, x := range []struct{ name, subject string }{
			{"OPS-2", "1"}, {"gil", "1"}, {"Gil", "1"}, {"night-watch", "1"},
			{"hal", "ops-2"}, {"hal", "gil"}, {"hal", userID}, {"hal", user},
		} {
			err := answers(s, owner(x.name, x.subject), userID, campaign.Signed)
			wantReason(t, err, "curfew.self")
			wantState(t, s, userID, campaign.Open)
		}
		seenRows, err := s.Store.Read(s.Context(), seen.Row.Key)
		s.WantKind(err, "")
		s.WorldMayBeWrong(func() { // nothing is signed if the directory cannot be read
			was := seenRows[seen.Row.Key]
			damaged := was
			damaged.Body = []byte(`{"name":1}`)
			s.Store.Overwrite(damaged, record.Form)
			s.WantKind(answers(s, owner("hal", "2"), userID, campaign.Signed), fault.Internal)
			s.Store.Overwrite(was, record.Form)
		})
		s.WantKind(answers(s, owner("hal", "2"), userID, campaign.Signed), "")
		wantState(t, s, userID, campaign.Signed)
	})
}
