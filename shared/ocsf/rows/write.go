package rows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/audit/lake"
)

// Replace changes an object, or makes it: was is nil then. It tries again if another changed it.
type Replace func(ctx context.Context, name string, change func(was []byte) ([]byte, error)) error

// Write stores the events of one day of all entries of the log from (inclusive) to (exclusive). The files have those of entries
// before, so it may be repeated, and a late entry is added to its day. Each class is a separate source:
//
//	ocsf/role_management/1.0/region=us-east-1/accountId=111122223333/eventDay=20261130/events.parquet
//
// https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources.html
func (m Mapping) Write(ctx context.Context, replace Replace, day string, from, to int64, all Events) error {
	in := span{m.Region, strings.ReplaceAll(day, "-", ""), from, to}
	return errors.Join(
		write(ctx, replace, in, all.Requests, func(e *Request) *Base { return &e.Base }),
		write(ctx, replace, in, all.Roles, func(e *RoleChange) *Base { return &e.Base }),
		write(ctx, replace, in, all.Users, func(e *UserChange) *Base { return &e.Base }),
		write(ctx, replace, in, all.Uses, func(e *Use) *Base { return &e.Base }),
		write(ctx, replace, in, all.Findings, func(e *Finding) *Base { return &e.Base }),
	)
}

// span is what of a day is written.
type span struct {
	region, day string
	from, to    int64
}

func classes() map[int32]string {
	return map[int32]string{2004: "detection_finding", 3001: "account_change", 3004: "entity_management", 3007: "user_management", 3008: "role_management", 6003: "api_activity"}
}

func write[T any](ctx context.Context, replace Replace, in span, events []T, base func(*T) *Base) error {
	files := map[string][]T{}
	for _, e := range events {
		b := base(&e)
		name := fmt.Sprintf("ocsf/%s/1.0/region=%s/accountId=%s/eventDay=%s/events.parquet", classes()[b.ClassUID], in.region, b.Cloud.Account.UID, in.day)
		files[name] = append(files[name], e)
	}
	for name, added := range files {
		err := replace(ctx, name, func(was []byte) ([]byte, error) {
			var all []T
			if was != nil {
				var err error
				if all, err = lake.Decode[T](was); err != nil {
					return nil, err
				}
			}
			all = slices.DeleteFunc(all, func(e T) bool { i := base(&e).Metadata.Sequence; return i >= in.from && i < in.to })
			all = append(all, added...)
			slices.SortStableFunc(all, func(a, b T) int {
				x, y := base(&a), base(&b)
				return cmp.Or(cmp.Compare(x.Time, y.Time), cmp.Compare(x.Metadata.Sequence, y.Metadata.Sequence))
			})
			return lake.Encode(all)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
