package access

import (
	"context"

	"curfew/shared/campaign"
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
