package access

import (
	"context"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/registry"
)

// Accounts returns the registry of governed accounts.
func Accounts(s *Service) registry.Registry {
	return registry.Registry{
		Base: s.Base, Cache: s.Governed, Operators: s.Settings.Operators, Home: s.Settings.Home,
		Open: domain{s}.openIn, Refused: refusals{s}.refused, Free: s.Suspensions().Free,
	}
}

// openIn returns the elevations of an account that have not ended. It reads the index, which may lag.
func (d domain) openIn(ctx context.Context, account string) (ids []string, err error) {
	for _, in := range underWay() {
		q := record.Query{Index: record.ByState, Partition: in, Limit: record.ReadAtOnce}
		for {
			page, err := d.of.Store.List(ctx, q)
			if err != nil {
				return nil, fault.Wrap(err, "listing what is %s", in)
			}
			rows, err := d.of.Store.Read(ctx, page.Keys...)
			if err != nil {
				return nil, fault.Wrap(err, "reading what is %s", in)
			}
			for _, k := range page.Keys {
				e, err := DecodeElevation(rows[k])
				if err != nil || strings.Contains(e.Principal.ARN, "::"+account+":") && !e.State.Terminal() { // unreadable: perhaps in this account
					ids = append(ids, IDOf(k))
				}
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
	}
	return ids, nil
}
