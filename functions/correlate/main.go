// Command correlate takes CloudTrail's records from the bus, by their queue. It orders ends and containments where the
// catalog says so.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/invoke"
)

func main() { os.Exit(onaws.Run("correlate", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.CorrelateConfig, sdk onaws.SDK) (onaws.Handler, error) {
	a := f.Service(cfg.InstallationConfig)
	set, err := catalogs.Load(f, a, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	a.Store, a.Workflow = dynamo.New(sdk, cfg.TablesConfig), onaws.Workflow{Orders: invoke.New(sdk, cfg.OrdersConfig), Containments: invoke.NewContainments(sdk, cfg.ContainmentsConfig)}
	s, err := catalogs.Correlation(a, set, cfg.HomeConfig, onaws.RegionsConfig{})
	if err != nil {
		return nil, err
	}
	return onaws.Batch(f, s.DeliverGoverned), nil
}
