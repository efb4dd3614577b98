// Command correlate takes CloudTrail's records from the bus, by their queue.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
)

func main() { os.Exit(onaws.Run("correlate", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.CorrelateConfig, sdk onaws.SDK) (onaws.Handler, error) {
	a := f.Service(cfg.InstallationConfig)
	set, err := catalogs.Load(f, a, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	a.Store = dynamo.New(sdk, cfg.TablesConfig)
	s, err := catalogs.Correlation(a, set, cfg.TrailConfig, cfg.HomeConfig)
	if err != nil {
		return nil, err
	}
	return onaws.Batch(f, s.Deliver), nil
}
