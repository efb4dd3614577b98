// Command correlate takes CloudTrail's records from the bus, by their queue.
package main

import (
	"os"

	"curfew/shared/correlate"
	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
)

func main() { os.Exit(onaws.Run("correlate", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.CorrelateConfig, sdk onaws.SDK) (onaws.Handler, error) {
	a := f.Service(cfg.InstallationConfig)
	if _, err := catalogs.Load(f, a, cfg.CatalogConfig); err != nil {
		return nil, err
	}
	a.Store = dynamo.New(sdk, cfg.TablesConfig)
	s := &correlate.Service{Base: a.Base, Settings: correlate.Settings{Name: cfg.Name, Accounts: cfg.TrailAccounts}}
	return onaws.Batch(f, s.Deliver), nil
}
