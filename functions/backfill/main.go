// Command backfill reads CloudTrail's records from the files of a trail, on a schedule.
package main

import (
	"os"

	"curfew/shared/correlate"
	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/s3"
)

func main() { os.Exit(onaws.Run("backfill", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.BackfillConfig, sdk onaws.SDK) (onaws.Handler, error) {
	a := f.Service(cfg.InstallationConfig)
	if _, err := catalogs.Load(f, a, cfg.CatalogConfig); err != nil {
		return nil, err
	}
	a.Store = dynamo.New(sdk, cfg.TablesConfig)
	s := &correlate.Service{Base: a.Base, Settings: correlate.Settings{Name: cfg.Name, Accounts: cfg.TrailAccounts}}
	return s3.Backfill(f, s, s3.New(sdk, cfg.FilesConfig)), nil
}
