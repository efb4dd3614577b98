package access

import (
	"context"

	"curfew/shared/campaign"
	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Answer stores what an owner says of an item. digest is of the facts that they saw. NotFound: none, or hidden. Denied: see
// [campaign.Item.MayAnswer], or suspended. Conflict: answered, gone, or other facts.
func (s Campaigns) Answer(ctx context.Context, c identity.Caller, id string, says campaign.State, digest, reason string) (now campaign.Stored, err error) {
	defer s.Logged(ctx, "sign-campaign-item", "", c.ID, &err, "says", string(says))
	s.Service = noting(s.Service, c)
	if err = fault.CheckText("reason", reason, 1, maxReason); err == nil {
		read := func(ctx context.Context) (campaign.Stored, error) { return s.read(ctx, c, id) }
		err = record.Update(ctx, s.Store, "the answer to "+fault.Printable(id), read, func(was campaign.Stored) ([]record.Change, error) {
			names, err := s.namesOf(ctx, was.Value)
			if err == nil {
				err = was.Value.MayAnswer(c, names...)
			}
			if err != nil {
				return nil, err
			}
			changes, next, err := was.Say(c, says, digest, reason, s.Now())
			if err == nil {
				err = s.Suspensions().Free(ctx, c, "you may not sign items of campaigns")
			}
			now = next
			return changes, err
		})
	}
	if err == nil {
		// A review may have written the item meanwhile: then the answer does not count.
		if again, read := s.read(ctx, c, id); read == nil && again.Answer() == nil {
			err = fault.Errorf(fault.Conflict, "%s changed while you answered: read it again", fault.Printable(id))
		}
	}
	noteCaller(ctx, s.Service, err)
	return now, refusals(s).refusedAbout(ctx, c, refusal{Verb: "sign-campaign-item", Subject: fault.Printable(id)}, err)
}

// namesOf are the names that the directory and the catalog have for the principal of an item: an IAM user keeps its id when it is renamed.
func (s Campaigns) namesOf(ctx context.Context, i campaign.Item) (names []string, err error) {
	key := directory.Key(identity.MachineID(i.PrincipalID))
	rows, err := s.Store.Read(ctx, key)
	if err != nil {
		return nil, fault.Wrap(err, "reading who %s is", i.PrincipalID)
	}
	seen, err := record.FindRow[directory.Entry](rows, key)
	if err != nil {
		return nil, err
	}
	machines, err := s.Decider.Machines(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "reading the catalog")
	}
	for _, m := range machines {
		if identity.MatchARN(m.Principal, i.Principal) {
			names = append(names, m.Name)
		}
	}
	return append(names, seen.Value.Name), nil
}
