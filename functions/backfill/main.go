// Command backfill reads CloudTrail's records from the files of a trail, on a schedule.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/cloudtrail"
	"curfew/shared/onaws/dynamo"
)

func main() { os.Exit(onaws.Run("backfill", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.BackfillConfig, sdk onaws.SDK) (onaws.Handler, error) {
	a := f.Service(cfg.InstallationConfig)
	set, err := catalogs.Load(f, a, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	a.Store = dynamo.New(sdk, cfg.TablesConfig)
	s, err := catalogs.Correlation(a, set, cfg.HomeConfig, cfg.RegionsConfig)
	if err != nil {
		return nil, err
	}
	return cloudtrail.Backfill(f, s, cloudtrail.New(sdk, cfg.FilesConfig)), nil
}
