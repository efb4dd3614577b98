// Command review finds the standing privilege of each account, monthly, and opens and closes the items of campaigns.
package main

import (
	"os"

	"curfew/shared/accountreview"
	"curfew/shared/correlate"
	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/iam"
	"curfew/shared/onaws/sqs"
)

func main() { os.Exit(onaws.Run("review", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.ReviewConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	if _, err := catalogs.Load(f, s, cfg.CatalogConfig); err != nil {
		return nil, err
	}
	s.Store = dynamo.New(sdk, cfg.TablesConfig)
	cloud := iam.New(cfg.InstallationConfig, onaws.NewAccounts(sdk, cfg.AccountsConfig))
	r := &accountreview.Service{Service: s, Reader: iam.NewReader(cloud), Queue: sqs.NewReviews(sdk, cfg.ReviewsConfig), Use: correlate.UsageOf(s.Base)}
	return onaws.Messages(f, r.Handle, func(o accountreview.Outcome) string { return string(o) }), nil
}
